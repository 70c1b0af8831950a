/**
 * Where a simulated listing's market comes from: a recording or a generator. Pulled in time order by whoever
 * keeps the listing's book. Ticks and lots of the instrument, on the listing's own tick and lot.
 */
export const MarketKind = { snapshot: 1, delta: 2, trade: 3 } as const;
export type MarketKind = (typeof MarketKind)[keyof typeof MarketKind];

/** One message of a market; reused between calls. */
export interface MarketMessage {
  kind: MarketKind;
  /** When it happened, ns of engine time. */
  timeNs: number;
  /** Flat pairs ticks, lots; lots 0 = gone. */
  bids: Float64Array;
  bidCount: number;
  asks: Float64Array;
  askCount: number;
  tradeTicks: number;
  tradeLots: number;
  takerSide: 1 | -1;
}

export interface MarketSource {
  /** Time of the next message; Infinity when there is none. */
  dueNs(): number;
  /** Takes the next message; false when nothing came of it (thinned away). */
  next(out: MarketMessage): boolean;
  /** Makes messages up to `untilNs` ahead, in at most `bytesMax`; returns how many are ready. */
  prepare?(untilNs: number, bytesMax: number): number;
}

export function newMarketMessage(): MarketMessage {
  return {
    kind: MarketKind.snapshot, timeNs: 0, bids: new Float64Array(4_096), bidCount: 0,
    asks: new Float64Array(4_096), askCount: 0, tradeTicks: 0, tradeLots: 0, takerSide: 1,
  };
}

/** Appends a pair to one side, growing it when full. */
export function pushLevel(out: MarketMessage, side: 'bids' | 'asks', ticks: number, lots: number): void {
  const count = side === 'bids' ? out.bidCount++ : out.askCount++;
  let pairs = out[side];
  if (2 * count + 2 > pairs.length) {
    const grown = new Float64Array(pairs.length * 2);
    grown.set(pairs);
    out[side] = grown;
    pairs = grown;
  }
  pairs[2 * count] = ticks;
  pairs[2 * count + 1] = lots;
}
