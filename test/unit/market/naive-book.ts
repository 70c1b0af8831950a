/**
 * The book again, as naively as it can be said: Maps, JSON.parse, BigInt. What the ladder must equal.
 * Its decimals, sequence rules and verdicts are written anew here, not shared with the product.
 */
export type Verdict = 'applied' | 'old' | 'waiting' | 'gap' | 'crossed' | 'corrupt' | 'other';
export interface NaiveListing {
  readonly symbol: string;
  readonly priceDecimals: number;
  readonly lotDecimals: number;
  readonly futures: boolean;
}

type Levels = [number, number][];

export class NaiveBook {
  readonly bids = new Map<number, number>();
  readonly asks = new Map<number, number>();
  live = false;
  lastId = 0;
  readonly #listing: NaiveListing;
  #state: 'waiting' | 'first' | 'running' = 'waiting';

  constructor(listing: NaiveListing) {
    this.#listing = listing;
  }

  snapshot(bids: Levels, asks: Levels, lastId: number): Verdict {
    this.bids.clear();
    this.asks.clear();
    setAll(this.bids, bids);
    setAll(this.asks, asks);
    this.lastId = lastId;
    this.#state = 'first';
    return this.#judge();
  }

  snapshotText(text: string): Verdict {
    const body = JSON.parse(text) as { bids: unknown; asks: unknown; lastUpdateId: number };
    const bids = this.#side(body.bids);
    const asks = this.#side(body.asks);
    return bids === null || asks === null ? this.stale('corrupt') : this.snapshot(bids, asks, body.lastUpdateId);
  }

  frame(text: string): Verdict {
    let frame: Record<string, unknown>;
    try {
      frame = JSON.parse(text) as Record<string, unknown>;
    } catch {
      return this.stale('corrupt');
    }
    if (!isObject(frame)) return this.stale('corrupt');
    const body = 'data' in frame ? frame['data'] : frame;
    if (!isObject(body) || typeof body['e'] !== 'string') return this.stale('corrupt');
    if (body['e'] !== 'depthUpdate' || body['s'] !== this.#listing.symbol) return 'other';
    const ids = [body['U'], body['u'], body['E'], this.#listing.futures ? body['pu'] : 0];
    if (!ids.every((id) => Number.isSafeInteger(id) && (id as number) >= 0)) return this.stale('corrupt');
    const [first, last, , previous] = ids as [number, number, number, number];
    const bids = this.#side(body['b']);
    const asks = this.#side(body['a']);
    if (first > last || bids === null || asks === null) return this.stale('corrupt');
    const verdict = this.#admit(first, last, previous);
    if (verdict === 'gap') return this.stale('gap');
    if (verdict !== 'applied') return verdict;
    setAll(this.bids, bids);
    setAll(this.asks, asks);
    this.lastId = last;
    this.#state = 'running';
    return this.#judge();
  }

  stale(verdict: Verdict): Verdict {
    this.live = false;
    this.#state = 'waiting';
    return verdict;
  }

  /** The best levels of a side, sorted. */
  best(side: 'bids' | 'asks', count: number): Levels {
    const sign = side === 'bids' ? -1 : 1;
    return [...this[side]].sort((a, b) => sign * (a[0] - b[0])).slice(0, count);
  }

  #admit(first: number, last: number, previous: number): Verdict {
    if (this.#state === 'waiting') return 'waiting';
    const { futures } = this.#listing;
    if (this.#state === 'first') {
      if (futures ? last < this.lastId : last <= this.lastId) return 'old';
      return first <= (futures ? this.lastId : this.lastId + 1) ? 'applied' : 'gap';
    }
    if (last <= this.lastId) return 'old';
    return (futures ? previous === this.lastId : first === this.lastId + 1) ? 'applied' : 'gap';
  }

  #judge(): Verdict {
    const bid = this.bids.size === 0 ? -Infinity : [...this.bids.keys()].reduce((a, b) => Math.max(a, b));
    const ask = this.asks.size === 0 ? Infinity : [...this.asks.keys()].reduce((a, b) => Math.min(a, b));
    this.live = bid < ask;
    return this.live ? 'applied' : this.stale('crossed');
  }

  #side(value: unknown): Levels | null {
    if (!Array.isArray(value)) return null;
    const levels: Levels = [];
    for (const level of value as unknown[]) {
      if (!Array.isArray(level) || level.length < 2) return null;
      const ticks = exact(level[0], this.#listing.priceDecimals);
      const lots = exact(level[1], this.#listing.lotDecimals, true);
      if (ticks === null || lots === null || ticks === 0) return null;
      levels.push([ticks, lots]);
    }
    return levels;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function setAll(side: Map<number, number>, levels: Levels): void {
  for (const [ticks, lots] of levels) {
    if (lots === 0) side.delete(ticks);
    else side.set(ticks, lots);
  }
}

/** Decimal text × 10^decimals when that is an integer from 0 to 2^53 - 1; `cut` drops what is finer. */
function exact(text: unknown, decimals: number, cut = false): number | null {
  const parts = typeof text === 'string' ? /^(-?)(\d{1,24})(?:\.(\d{1,24}))?(?:[eE]([+-]?\d{1,2}))?$/.exec(text) : null;
  if (parts === null) return null;
  const fraction = parts[3] ?? '';
  const digits = BigInt(`${parts[2]}${fraction}`) * (parts[1] === '-' ? -1n : 1n);
  const shift = decimals - fraction.length + Number(parts[4] ?? 0);
  const divisor = 10n ** BigInt(Math.max(-shift, 0));
  const scaled = shift >= 0 ? digits * 10n ** BigInt(shift) : digits / divisor;
  if (!cut && shift < 0 && scaled * divisor !== digits) return null;
  if (digits < 0n || scaled > 9_007_199_254_740_991n) return null;
  return Number(scaled);
}
