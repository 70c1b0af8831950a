/**
 * An order as the bytes of a venue's request (Binance spot, "signed endpoint security": parameters, then their
 * HMAC-SHA256 in hex), written into one buffer. What a connection to such a venue does last.
 */
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { must } from '../../src/base/assert.js';
import type { VenueOrder } from '../../src/protocol/effects.js';
import type { Universe } from '../../src/protocol/universe.js';

const SIGNATURE = Buffer.from('&signature=');
const MIDDLE = {
  price: Buffer.from('&price='), id: Buffer.from('&newClientOrderId='), time: Buffer.from('&recvWindow=5000&timestamp='),
};

export class OrderBytes {
  /** The request: `length` bytes of it. */
  readonly bytes = Buffer.alloc(1_024);
  length = 0;
  /** Of every byte written, so that nothing can be left out. */
  checksum = 0;
  readonly #heads: ReadonlyMap<string, Buffer>;
  readonly #key: KeyObject;

  /** @param secret of the venue's key; the universe has ticks of 1e-2 and lots of 1e-5 */
  constructor(universe: Universe, secret: string) {
    this.#key = createSecretKey(Buffer.from(secret));
    const heads = new Map<string, Buffer>();
    for (const { id, instrument } of universe.listings) {
      const { symbol } = must(universe.instruments[instrument], 'instrument');
      for (const [side, name] of [[1, 'BUY'], [-1, 'SELL']] as const) {
        heads.set(`${id}${side}`, Buffer.from(`symbol=${symbol}&side=${name}&type=LIMIT&timeInForce=IOC&quantity=`));
      }
    }
    this.#heads = heads;
  }

  /** @param timeMs since the Unix epoch */
  write(order: VenueOrder, timeMs: number): number {
    let at = this.#copy(0, must(this.#heads.get(`${order.listing}${order.side}`), 'head of a listing'));
    at = this.#fixed(at, order.lots, 5);
    at = this.#copy(at, MIDDLE.price);
    at = this.#fixed(at, order.limitTicks, 2);
    at = this.#copy(at, MIDDLE.id);
    at += this.bytes.write(order.clientOrderId, at, 'latin1');
    at = this.#copy(at, MIDDLE.time);
    at = this.#fixed(at, timeMs, 0);
    this.length = at;
    this.checksum = (this.checksum + (this.bytes[at - 1] ?? 0) + at) | 0;
    return at;
  }

  writeSigned(order: VenueOrder, timeMs: number): number {
    const end = this.write(order, timeMs);
    const signature = createHmac('sha256', this.#key).update(this.bytes.subarray(0, end)).digest('hex');
    const at = this.#copy(end, SIGNATURE);
    this.length = at + this.bytes.write(signature, at, 'latin1');
    return this.length;
  }

  #copy(at: number, from: Buffer): number {
    for (let i = 0; i < from.length; i++) this.bytes[at + i] = from[i] as number; // i < length
    return at + from.length;
  }

  /** A whole number of 10^-decimals as decimal text. */
  #fixed(at: number, value: number, decimals: number): number {
    let digits = decimals + 1;
    for (let rest = Math.floor(value / 10 ** (decimals + 1)); rest > 0; rest = Math.floor(rest / 10)) digits++;
    let left = value;
    let to = at + digits + (decimals > 0 ? 1 : 0);
    const end = to;
    for (let i = 0; i < digits; i++) {
      if (i === decimals && decimals > 0) this.bytes[--to] = 46;
      const next = Math.floor(left / 10);
      this.bytes[--to] = 48 + left - 10 * next;
      left = next;
    }
    return end;
  }
}
