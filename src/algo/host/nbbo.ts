import * as abi from '../abi/layouts.generated.js';
import type { MultiVenueLayout } from '../abi/profiles.js';
import { BookTop, BookWriter, LEVELS, type Scale } from './book-top.js';
import type { GuestMemory, TimeBase } from './guest-memory.js';

/** One venue of a cross-venue update, in slots ascending by venue id. */
export interface VenueSlot {
  /** abi venue id, 1..254. */
  readonly venueId: number;
  readonly top: BookTop;
  fresh: boolean;
}

const STALE_MS = 65_535;
const UNKNOWN_REGION = 255;
const NS_PER_MS = 1_000_000;

/**
 * Builds NbboSnapshot and VenueBooks of one instance from its venues' books. Venues that aren't fresh keep their slot
 * and their books but have no part in the best prices and in the merged book.
 * Allocates: never after construction.
 */
export class NbboWriter {
  readonly #merged = new BookTop();
  readonly #memory: GuestMemory;
  readonly #writer: BookWriter;
  readonly #cursor: Uint8Array;
  #sequence = 0;

  constructor(memory: GuestMemory, writer: BookWriter) {
    this.#memory = memory;
    this.#writer = writer;
    this.#cursor = new Uint8Array(abi.MAX_VENUES);
  }

  /** The sequence of the last snapshot. */
  get sequence(): number {
    return this.#sequence;
  }

  write(
    at: number,
    layout: MultiVenueLayout,
    slots: readonly VenueSlot[],
    scale: Scale,
    symbolId: number,
    base: TimeBase,
    tNs: number,
  ): void {
    const memory = this.#memory;
    const count = Math.min(slots.length, layout.venues);
    this.#sequence = (this.#sequence + 1) >>> 0;
    this.#writeBest(at, slots, count, scale);
    memory.set8(at + abi.NBBO_SNAPSHOT_VENUE_CT, count);
    if (layout.nbboSymbolId >= 0) memory.set8(at + layout.nbboSymbolId, symbolId);
    memory.set32(at + abi.NBBO_SNAPSHOT_SEQUENCE, this.#sequence);
    memory.setTime(at + layout.nbboRecvNs, base, tNs);
    const { tick1e9, lot1e8 } = scale;
    for (let i = 0; i < count; i++) {
      const slot = slots[i];
      if (slot === undefined) break;
      const { top } = slot;
      memory.set8(at + layout.nbboVenueIds + i, slot.venueId);
      if (layout.nbboRegions >= 0) memory.set8(at + layout.nbboRegions + i, UNKNOWN_REGION);
      memory.setScaled(at + layout.nbboBidPx + 8 * i, top.bidCount > 0 ? top.bid(0) : 0, tick1e9);
      memory.setScaled(at + layout.nbboAskPx + 8 * i, top.askCount > 0 ? top.ask(0) : 0, tick1e9);
      memory.set32(at + layout.nbboBidSz + 4 * i, top.bidCount > 0 ? clip32(top.bidSize(0) * lot1e8) : 0);
      memory.set32(at + layout.nbboAskSz + 4 * i, top.askCount > 0 ? clip32(top.askSize(0) * lot1e8) : 0);
      const ageMs = Math.max(0, Math.floor((tNs - top.recvNs) / NS_PER_MS));
      memory.set16(at + layout.nbboUpdateMs + 2 * i, slot.fresh ? Math.min(ageMs, STALE_MS - 1) : STALE_MS);
    }
    this.#writeBooks(layout, slots, count, scale, symbolId, base, tNs);
  }

  #writeBest(at: number, slots: readonly VenueSlot[], count: number, scale: Scale): void {
    const memory = this.#memory;
    let bid = -1;
    let ask = -1;
    for (let i = 0; i < count; i++) {
      const slot = slots[i];
      if (slot === undefined || !slot.fresh) continue;
      const { top } = slot;
      if (top.bidCount > 0 && (bid < 0 || top.bid(0) > (slots[bid]?.top.bid(0) ?? 0))) bid = i;
      if (top.askCount > 0 && (ask < 0 || top.ask(0) < (slots[ask]?.top.ask(0) ?? 0))) ask = i;
    }
    const bidTop = slots[bid]?.top;
    const askTop = slots[ask]?.top;
    memory.setScaled(at + abi.NBBO_SNAPSHOT_NBBO_BID_PX_1E9, bidTop?.bid(0) ?? 0, scale.tick1e9);
    memory.setScaled(at + abi.NBBO_SNAPSHOT_NBBO_ASK_PX_1E9, askTop?.ask(0) ?? 0, scale.tick1e9);
    memory.setScaled(at + abi.NBBO_SNAPSHOT_NBBO_BID_SZ_1E8, bidTop?.bidSize(0) ?? 0, scale.lot1e8);
    memory.setScaled(at + abi.NBBO_SNAPSHOT_NBBO_ASK_SZ_1E8, askTop?.askSize(0) ?? 0, scale.lot1e8);
    memory.set8(at + abi.NBBO_SNAPSHOT_NBBO_BID_VENUE, Math.max(bid, 0));
    memory.set8(at + abi.NBBO_SNAPSHOT_NBBO_ASK_VENUE, Math.max(ask, 0));
  }

  #writeBooks(
    layout: MultiVenueLayout,
    slots: readonly VenueSlot[],
    count: number,
    scale: Scale,
    symbolId: number,
    base: TimeBase,
    tNs: number,
  ): void {
    const memory = this.#memory;
    const at = abi.VENUE_BOOKS_AT;
    const merged = this.#merged;
    merged.bidCount = this.#merge(slots, count, 1);
    merged.askCount = this.#merge(slots, count, -1);
    merged.recvNs = tNs;
    this.#writer.write(at, merged, scale, symbolId, base);
    memory.set8(at + abi.VENUE_BOOKS_BOOK_CT, count);
    if (layout.booksSymbolId >= 0) memory.set16(at + layout.booksSymbolId, symbolId);
    for (let i = 0; i < count; i++) {
      const slot = slots[i];
      if (slot === undefined) break;
      memory.set8(at + layout.booksVenueIds + i, slot.venueId);
      if (layout.booksRegions >= 0) memory.set8(at + layout.booksRegions + i, UNKNOWN_REGION);
      this.#writer.write(at + layout.books + i * abi.L2_BOOK_SIZE, slot.top, scale, symbolId, base);
    }
  }

  /** Best 20 levels of all fresh venues, equal prices summed. @param side 1 bids, -1 asks */
  #merge(slots: readonly VenueSlot[], count: number, side: 1 | -1): number {
    const merged = this.#merged;
    this.#cursor.fill(0);
    let levels = 0;
    for (;;) {
      let best = 0;
      let found = false;
      for (let i = 0; i < count; i++) {
        const slot = slots[i];
        const k = this.#cursor[i] ?? 0;
        if (slot === undefined || !slot.fresh) continue;
        if (k >= (side > 0 ? slot.top.bidCount : slot.top.askCount)) continue;
        const price = side > 0 ? slot.top.bid(k) : slot.top.ask(k);
        if (!found || (price - best) * side > 0) best = price;
        found = true;
      }
      if (!found || levels === LEVELS) return levels;
      const lots = this.#takeLevel(slots, count, side, best);
      if (side > 0) merged.setBid(levels, best, lots);
      else merged.setAsk(levels, best, lots);
      levels++;
    }
  }

  /** Sums what stands at the price and moves those venues' cursors on. */
  #takeLevel(slots: readonly VenueSlot[], count: number, side: 1 | -1, price: number): number {
    let sum = 0;
    for (let i = 0; i < count; i++) {
      const slot = slots[i];
      const k = this.#cursor[i] ?? 0;
      if (slot === undefined || !slot.fresh) continue;
      if (k >= (side > 0 ? slot.top.bidCount : slot.top.askCount)) continue;
      if ((side > 0 ? slot.top.bid(k) : slot.top.ask(k)) !== price) continue;
      sum += side > 0 ? slot.top.bidSize(k) : slot.top.askSize(k);
      this.#cursor[i] = k + 1;
    }
    return sum;
  }
}

function clip32(value: number): number {
  return Math.min(value, 0xffff_ffff);
}
