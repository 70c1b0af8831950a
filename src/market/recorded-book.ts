/**
 * What a simulated venue's matching asks of the market that its recording or generator shows. Two of them: sorted
 * arrays (cheap to make: generated markets, tests) and the AssemblyScript ladder (ladder-book.ts: replays).
 */
import { SideBook } from './replay-side-book.js';
import type { MarketMessage } from './replay-source.js';

/** One side. Ticks and lots of the instrument; a price of 0 = there is none. */
export interface RecordedSide {
  /** +1 for bids (higher is better), -1 for asks. */
  readonly sign: 1 | -1;
  bestTicks(): number;
  /** The next worse price that has a level. */
  worseThan(ticks: number): number;
  lotsOn(ticks: number): number;
  /** Every level as flat pairs ticks, lots, best first; a new array. */
  pairs(): Float64Array;
}

export interface RecordedBook {
  readonly bids: RecordedSide;
  readonly asks: RecordedSide;
  /** Takes a snapshot's levels in place of all that was there. */
  replace(message: MarketMessage): void;
  /** Applies a delta's levels. */
  change(message: MarketMessage): void;
}

export class PlainRecordedBook implements RecordedBook {
  readonly bids = new SideBook(1);
  readonly asks = new SideBook(-1);

  replace(message: MarketMessage): void {
    this.bids.clear();
    this.asks.clear();
    this.change(message);
  }

  change(message: MarketMessage): void {
    for (let i = 0; i < message.bidCount; i++) this.bids.set(message.bids[2 * i] ?? 0, message.bids[2 * i + 1] ?? 0);
    for (let i = 0; i < message.askCount; i++) this.asks.set(message.asks[2 * i] ?? 0, message.asks[2 * i + 1] ?? 0);
  }
}
