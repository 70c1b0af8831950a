/**
 * Running 64-bit hash of integers and text as two 32-bit lanes: murmur3's mixing constants (Austin Appleby,
 * public domain) on each lane. For state and trace hashes: equal states give equal hashes on every machine.
 * Not for secrets.
 */
export class RunningHash {
  #a = 0x9747_b28c;
  #b = 0x3c6e_f372;

  uint32(value: number): void {
    let k = Math.imul(value, 0xcc9e_2d51);
    k = (k << 15) | (k >>> 17);
    this.#a ^= Math.imul(k, 0x1b87_3593);
    this.#a = (Math.imul((this.#a << 13) | (this.#a >>> 19), 5) + 0xe654_6b64) | 0;
    let m = Math.imul(value ^ this.#a, 0x85eb_ca6b);
    m = (m << 16) | (m >>> 16);
    this.#b = (Math.imul(this.#b ^ Math.imul(m, 0xc2b2_ae35), 5) + 0x38b3_4ae5) | 0;
  }

  /** Little-endian words, the bytes that are left over one by one, then the length. */
  bytes(bytes: Uint8Array): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let i = 0;
    for (; i + 3 < bytes.length; i += 4) this.uint32(view.getUint32(i, true));
    for (; i < bytes.length; i++) this.uint32(bytes[i] ?? 0);
    this.uint32(bytes.length);
  }

  /** Any safe integer, negative ones included. */
  integer(value: number): void {
    this.uint32(value | 0);
    this.uint32(Math.floor(value / 0x1_0000_0000) | 0);
  }

  text(value: string): void {
    this.uint32(value.length);
    for (let i = 0; i < value.length; i++) this.uint32(value.charCodeAt(i));
  }

  /** 16 hexadecimal digits. */
  hex(): string {
    const lane = (x: number): string => (x >>> 0).toString(16).padStart(8, '0');
    return lane(finish(this.#a)) + lane(finish(this.#b));
  }
}

function finish(lane: number): number {
  let h = lane ^ (lane >>> 16);
  h = Math.imul(h, 0x85eb_ca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2_ae35);
  return h ^ (h >>> 16);
}
