import { CodecError } from './record-type.js';

const noView = new DataView(new ArrayBuffer(0));
const noBytes = new Uint8Array(0);

/** Reads what Packer writes. @throws CodecError when the bytes end too soon. */
export class Unpacker {
  at = 0;
  /** The price that the next one is told by. */
  lastPrice = 0;
  #end = 0;
  #bytes: Uint8Array = noBytes;
  #view: DataView = noView;

  begin(bytes: Uint8Array, view: DataView, at: number, length: number): void {
    this.#bytes = bytes;
    this.#view = view;
    this.at = at;
    this.#end = at + length;
    this.lastPrice = 0;
  }

  /** Everything must have been read. */
  end(): void {
    if (this.at !== this.#end) throw new CodecError(`${this.#end - this.at} bytes left over at the end of an event`);
  }

  byte(): number {
    if (this.at >= this.#end) throw new CodecError('an event ends in the middle of a field');
    return this.#bytes[this.at++] as number;
  }

  time(): number {
    if (this.at + 8 > this.#end) throw new CodecError('an event ends in the middle of a time');
    this.at += 8;
    return this.#view.getFloat64(this.at - 8, true);
  }

  integer(): number {
    const first = this.byte();
    let magnitude = (first >> 1) & 63;
    if (first > 127) {
      let scale = 64;
      let next: number;
      do {
        next = this.byte();
        magnitude += (next & 127) * scale;
        scale *= 128;
      } while (next > 127);
    }
    return first & 1 ? -magnitude : magnitude;
  }

  price(): number {
    this.lastPrice += this.integer();
    return this.lastPrice;
  }

  /** A text that begins as `before` does. */
  textAfter(before: string): string {
    const shared = this.integer();
    if (shared < 0 || shared > before.length) throw new CodecError(`text shares ${shared} characters with one of ${before.length}`);
    return before.slice(0, shared) + this.text();
  }

  /** That many bytes from here on are passed over. @returns where they begin */
  skip(length: number): number {
    const from = this.at;
    if (length < 0 || from + length > this.#end) throw new CodecError(`${length} bytes go beyond their record`);
    this.at += length;
    return from;
  }

  text(): string {
    const length = this.integer();
    const bytes = this.#bytes;
    const end = this.at + length;
    if (length < 0 || end > this.#end) throw new CodecError(`text of ${length} bytes goes beyond its event`);
    let at = this.at;
    let text = '';
    for (; at + 8 <= end; at += 8) {
      text += String.fromCharCode(
        bytes[at] as number, bytes[at + 1] as number, bytes[at + 2] as number, bytes[at + 3] as number,
        bytes[at + 4] as number, bytes[at + 5] as number, bytes[at + 6] as number, bytes[at + 7] as number,
      );
    }
    for (; at < end; at++) text += String.fromCharCode(bytes[at] as number);
    this.at = end;
    return text;
  }
}
