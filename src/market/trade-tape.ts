/**
 * Trades of all listings of one venue thread, for whoever wants them: a broadcast ring of 48-byte records.
 * A reader that is overtaken knows how many trades it missed. Allocates: never after construction.
 */
import { BroadcastRingReader, RECEIVED } from '../memory/broadcast-ring-reader.js';
import type { BroadcastRing } from '../memory/broadcast-ring-layout.js';
import { BroadcastRingWriter } from '../memory/broadcast-ring-writer.js';
import { plainReadFloat64, plainReadInt32, plainWriteFloat64, plainWriteInt32 } from '../memory/words.js';

const TRADE_TYPE = 1;
const TRADE_BYTES = 48;

/** One trade. Ticks and lots of the instrument. */
export interface TapeTrade {
  listing: number;
  /** 1: the taker bought, -1: sold. */
  takerSide: 1 | -1;
  ticks: number;
  lots: number;
  tradeId: number;
  venueTimeUs: number;
  receivedNs: number;
}

export function emptyTrade(): TapeTrade {
  return { listing: 0, takerSide: 1, ticks: 0, lots: 0, tradeId: 0, venueTimeUs: 0, receivedNs: 0 };
}

export class TradeTapeWriter {
  readonly #ring: BroadcastRingWriter;

  constructor(ring: BroadcastRing) {
    this.#ring = new BroadcastRingWriter(ring);
  }

  write(trade: TapeTrade): void {
    const at = this.#ring.begin(TRADE_TYPE, TRADE_BYTES);
    const { int32, float64 } = this.#ring;
    plainWriteInt32(int32, at >> 2, trade.listing);
    plainWriteInt32(int32, (at + 4) >> 2, trade.takerSide);
    plainWriteFloat64(float64, (at + 8) >> 3, trade.ticks);
    plainWriteFloat64(float64, (at + 16) >> 3, trade.lots);
    plainWriteFloat64(float64, (at + 24) >> 3, trade.tradeId);
    plainWriteFloat64(float64, (at + 32) >> 3, trade.venueTimeUs);
    plainWriteFloat64(float64, (at + 40) >> 3, trade.receivedNs);
    this.#ring.end();
  }
}

export class TradeTapeReader {
  readonly #ring: BroadcastRingReader;

  constructor(ring: BroadcastRing) {
    this.#ring = new BroadcastRingReader(ring);
  }

  /** Trades lost to being overtaken. */
  get lost(): number {
    return this.#ring.lost;
  }

  /** The next trade into `out`: RECEIVED, NOTHING, or LAPPED (highs and lows since the last one are unsure). */
  read(out: TapeTrade): number {
    const got = this.#ring.receive();
    if (got !== RECEIVED) return got;
    const { int32, float64 } = this.#ring;
    out.listing = plainReadInt32(int32, 0);
    out.takerSide = plainReadInt32(int32, 1) === 1 ? 1 : -1;
    out.ticks = plainReadFloat64(float64, 1);
    out.lots = plainReadFloat64(float64, 2);
    out.tradeId = plainReadFloat64(float64, 3);
    out.venueTimeUs = plainReadFloat64(float64, 4);
    out.receivedNs = plainReadFloat64(float64, 5);
    return got;
  }
}
