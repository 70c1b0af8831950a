/**
 * From the bytes of one venue message to changes in ticks and lots. The interface is narrow, so that a faster
 * scanner can take the place of this general one; whoever implements it must refuse what isn't whole.
 */
export const FrameKind = { ignored: 0, snapshot: 1, depth: 2, trade: 3, corrupt: 4 } as const;
export type FrameKind = (typeof FrameKind)[keyof typeof FrameKind];

/** One message's content; reused between calls. Quantities in lots of the recorded market. */
export interface FrameChanges {
  kind: FrameKind;
  /** Venue's own time in ms since the Unix epoch; 0 = not said. */
  venueMs: number;
  /** First and last update id; `prevId` is the last id of the message before (futures), -1 = not said. */
  firstId: number;
  lastId: number;
  prevId: number;
  /** Flat pairs ticks, lots; lots 0 = gone. */
  bids: Float64Array;
  bidCount: number;
  asks: Float64Array;
  askCount: number;
  tradeTicks: number;
  tradeLots: number;
  /** +1: the taker bought. */
  takerSide: 1 | -1;
}

export interface FrameParser {
  /** Fills `out` from bytes[from..to); never throws: what can't be read is `corrupt`. */
  parse(bytes: Uint8Array, from: number, to: number, out: FrameChanges): void;
}

/** Scale of a recorded market: sizes of its tick (1e-9) and lot (1e-8). */
export interface RecordedScale {
  readonly tick1e9: number;
  readonly lot1e8: number;
}

export function newFrameChanges(): FrameChanges {
  return {
    kind: FrameKind.ignored, venueMs: 0, firstId: 0, lastId: 0, prevId: -1,
    bids: new Float64Array(4_096), bidCount: 0, asks: new Float64Array(4_096), askCount: 0,
    tradeTicks: 0, tradeLots: 0, takerSide: 1,
  };
}

type Json = Readonly<Record<string, unknown>>;

/** Binance spot and USDⓈ-M messages: combined-stream envelopes of depthUpdate and trade, bare REST snapshots. */
export class BinanceFrameParser implements FrameParser {
  readonly #tick1e9: bigint;
  readonly #lot1e8: bigint;
  readonly #tickDivisor: number;
  readonly #lotDivisor: number;

  constructor(scale: RecordedScale) {
    this.#tick1e9 = BigInt(scale.tick1e9);
    this.#lot1e8 = BigInt(scale.lot1e8);
    // Prices are read at 1e-8: exact below 90 million.
    if (scale.tick1e9 % 10 !== 0) throw new RangeError('recorded tick: expected a multiple of 1e-8');
    this.#tickDivisor = Number(this.#tick1e9 / 10n);
    this.#lotDivisor = Number(this.#lot1e8);
  }

  parse(bytes: Uint8Array, from: number, to: number, out: FrameChanges): void {
    out.kind = FrameKind.corrupt;
    let message: unknown;
    try {
      message = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('latin1'));
    } catch {
      return;
    }
    if (!isObject(message)) return;
    if (message['lastUpdateId'] !== undefined) return this.#snapshot(message, out);
    const data = message['data'];
    if (!isObject(data)) return;
    if (data['e'] === 'depthUpdate') return this.#depth(data, out);
    if (data['e'] === 'trade') return this.#trade(data, out);
    out.kind = FrameKind.ignored;
  }

  #snapshot(message: Json, out: FrameChanges): void {
    const id = message['lastUpdateId'];
    if (!isId(id)) return;
    out.firstId = id;
    out.lastId = id;
    out.prevId = -1;
    out.venueMs = isId(message['E']) ? message['E'] : 0;
    if (this.#levels(message['bids'], 'bids', out) && this.#levels(message['asks'], 'asks', out)) {
      out.kind = FrameKind.snapshot;
    }
  }

  #depth(data: Json, out: FrameChanges): void {
    const first = data['U'];
    const last = data['u'];
    const previous = data['pu'];
    const time = data['E'];
    if (!isId(first) || !isId(last) || !isId(time) || first > last) return;
    if (previous !== undefined && !isId(previous)) return;
    out.firstId = first;
    out.lastId = last;
    out.prevId = previous ?? -1;
    out.venueMs = time;
    if (this.#levels(data['b'], 'bids', out) && this.#levels(data['a'], 'asks', out)) out.kind = FrameKind.depth;
  }

  #trade(data: Json, out: FrameChanges): void {
    const ticks = exactMultiple(data['p'], this.#tickDivisor);
    const quantity = at1e8(data['q']);
    const buyerIsMaker = data['m'];
    if (!isId(data['E']) || typeof buyerIsMaker !== 'boolean') return;
    // The futures stream prints liquidation and insurance fund transfers as trades without price.
    if (data['X'] !== undefined && data['X'] !== 'MARKET') {
      out.kind = FrameKind.ignored;
      return;
    }
    if (ticks <= 0 || quantity <= 0) return;
    out.venueMs = data['E'];
    out.tradeTicks = ticks;
    out.tradeLots = Math.floor(quantity / this.#lotDivisor);
    out.takerSide = buyerIsMaker ? -1 : 1;
    out.kind = FrameKind.trade;
  }

  #levels(levels: unknown, side: 'bids' | 'asks', out: FrameChanges): boolean {
    if (!Array.isArray(levels)) return false;
    let into = out[side];
    if (into.length < levels.length * 2) {
      into = new Float64Array(levels.length * 4);
      out[side] = into;
    }
    let at = 0;
    for (const level of levels as readonly unknown[]) {
      if (!Array.isArray(level) || level.length < 2) return false;
      const ticks = exactMultiple(level[0], this.#tickDivisor);
      const quantity = at1e8(level[1]);
      if (ticks <= 0 || quantity < 0) return false;
      into[at++] = ticks;
      // Venues show remainders finer than a lot (fees taken in base leave them): they can't be traded.
      into[at++] = Math.floor(quantity / this.#lotDivisor);
    }
    if (side === 'bids') out.bidCount = levels.length;
    else out.askCount = levels.length;
    return true;
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isId(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** Decimal text as a whole multiple of `divisor` (1e-8 units); -1 when it is anything else. */
function exactMultiple(text: unknown, divisor: number): number {
  const value = at1e8(text);
  const multiple = Math.round(value / divisor);
  return multiple * divisor === value ? multiple : -1;
}

/** Decimal text with at most 8 places in units of 1e-8; -1 when it is anything else. */
function at1e8(text: unknown): number {
  if (typeof text !== 'string' || text.length === 0 || text.length > 18) return -1;
  let value = 0;
  let places = -1;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 46) {
      if (places >= 0 || i === 0) return -1;
      places = 0;
      continue;
    }
    const digit = code - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
    if (places >= 0) places++;
  }
  if (places < 0) places = 0;
  if (places > 8) return -1;
  for (; places < 8; places++) value *= 10;
  return value > Number.MAX_SAFE_INTEGER ? -1 : value;
}
