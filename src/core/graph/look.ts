/** How deep a node that plans must see: a look at the books costs time and journal by the levels in it. */
import { assert, must } from '../../base/assert.js';
import type { CoreState, Node } from '../state.js';
import { instrumentOf, smallestAt } from './quantities.js';

/** Every level there is. */
export const ALL_LOTS = Number.MAX_SAFE_INTEGER;

/**
 * Lots of one listing whose levels cover whatever a plan of `want` may take there: all of it, the smallest order that a
 * repair lifts a leg to, and the account's own resting orders, which a plan passes over. Twice that, for levels that are
 * skipped since a lot doesn't fit into what is left of them.
 */
export function lotsToSee(state: CoreState, node: Node, want: number): number {
  if (!Number.isFinite(want)) return ALL_LOTS;
  const instrument = instrumentOf(state, node);
  const account = must(state.accounts[node.graph.accountId], 'account');
  // A leg is valued at its limit at worst: half the market's price is far below any.
  const lowTicks = Math.floor(must(state.markets[instrument.id], 'market').midQ / 8);
  assert(want > 0 && lowTicks >= 0, 'a look is for a quantity');
  let own = 0;
  let least = 0;
  for (const id of instrument.listings) {
    const listing = must(state.universe.listings[id], 'listing');
    const position = account.positions[id];
    if (position !== undefined && position !== null) own = Math.max(own, node.spec.side === 1 ? position.openSell : position.openBuy);
    least = Math.max(least, smallestAt(instrument, listing, lowTicks));
  }
  return enoughLots(want, own, least);
}

/** @param own resting at most at any of the listings @param least the largest of their smallest orders */
export function enoughLots(want: number, own: number, least: number): number {
  assert(own >= 0 && least >= 0, 'what rests and the smallest order are never negative');
  return Math.min(ALL_LOTS, 2 * (want + own + least));
}
