/** Orders that are kept by themselves: their graph is gone or never was, or has too many to keep. */
import { assert } from '../../base/assert.js';
import type { Child, CoreState } from '../state.js';
import type { AwayOrder } from './orphans.js';

const STRAYS_MAX = 4_096;

/** What is kept of an order that is not kept whole. */
export function awayOf({ clientOrderId, filled, syntheticLots, limitTicks, execIds }: Child): AwayOrder {
  assert(filled >= syntheticLots && syntheticLots >= 0, 'what came without an execution is part of what is filled');
  return { clientOrderId, filled, syntheticLots, limitTicks, execIds };
}

export function keepStray(state: CoreState, order: AwayOrder): void {
  assert(order.filled >= order.syntheticLots && order.syntheticLots >= 0, 'what came without an execution is part of what is filled');
  state.awayOrders.set(order.clientOrderId, order);
  if (state.awayOrders.size <= STRAYS_MAX) return;
  for (const oldest of state.awayOrders.keys()) {
    state.awayOrders.delete(oldest);
    if (state.awayOrders.size <= STRAYS_MAX) break;
  }
}
