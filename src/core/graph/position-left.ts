/** What a graph's fills leave behind, listing by listing (wire.md, `position_left`). */
import { assert, must } from '../../base/assert.js';
import type { PositionLeft } from '../../protocol/commands.js';
import type { CoreState, Graph } from '../state.js';

export function positionLeft(state: CoreState, graph: Graph): PositionLeft[] {
  const left: PositionLeft[] = [];
  for (const entry of graph.listingPositions) {
    assert(entry.baseFee1e8 >= 0, 'base fees are never negative');
    const listing = must(state.universe.listings[entry.listing], 'listing');
    const instrument = must(state.universe.instruments[listing.instrument], 'instrument');
    const quantity = BigInt(entry.lots) * BigInt(instrument.lot1e8) - BigInt(entry.baseFee1e8);
    if (quantity !== 0n) left.push({ venue: listing.venue, symbol: instrument.symbol, qty1e8: quantity.toString() });
  }
  return left;
}
