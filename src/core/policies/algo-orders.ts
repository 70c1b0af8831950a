/** The orders of a node's run by the ids that its modules gave them: a transient index over the run's children. */
import { assert } from '../../base/assert.js';
import type { Child, NodeRun } from '../state.js';

export interface AlgoOrders {
  /** Children of the run that are in it, or have no module's id. */
  seen: number;
  /** By instance, then id. */
  readonly byId: Map<string, Child>[];
}

/** The order of an id, also one that is over. */
export function algoOrder(index: WeakMap<NodeRun, AlgoOrders>, run: NodeRun, instance: number, algoOrderId: string): Child | undefined {
  let orders = index.get(run);
  if (orders === undefined || orders.seen > run.children.length) {
    orders = { seen: 0, byId: [] };
    index.set(run, orders);
  }
  assert(instance >= 0 && orders.seen <= run.children.length, 'orders of modules are indexed as they are sent');
  // A child gets its id in the event that sends it: whoever asks next finds it here.
  for (; orders.seen < run.children.length; orders.seen++) {
    const child = run.children[orders.seen] as Child; // seen < length
    if (child.algoOrderId === '') continue;
    const known = (orders.byId[child.algoInstance] ??= new Map());
    if (!known.has(child.algoOrderId)) known.set(child.algoOrderId, child);
  }
  return orders.byId[instance]?.get(algoOrderId);
}
