/** The orders of a node's run by the ids that its modules gave them: a transient index over the run's orders that are not forgotten. */
import { assert } from '../../base/assert.js';
import type { Child, NodeRun } from '../state.js';

export interface AlgoOrders {
  /** Orders of the run up to this number are in it, have no module's id, or are forgotten. */
  seen: number;
  /** By instance, then id. */
  readonly byId: Map<string, Child>[];
}

/** The order of an id, also one that is over. */
export function algoOrder(index: WeakMap<NodeRun, AlgoOrders>, run: NodeRun, instance: number, algoOrderId: string): Child | undefined {
  let orders = index.get(run);
  // New ones are at the end; more of them than there are children were sent unseen after a state was read.
  if (orders === undefined || run.childCount - orders.seen > run.children.length) {
    orders = { seen: run.childCount - run.children.length, byId: [] };
    for (const child of run.aside?.orders ?? []) add(orders, child);
    index.set(run, orders);
  }
  assert(instance >= 0 && orders.seen <= run.childCount, 'orders of modules are indexed as they are sent');
  // A child gets its id in the event that sends it: whoever asks next finds it here.
  for (let i = run.children.length - (run.childCount - orders.seen); i < run.children.length; i++) add(orders, run.children[i] as Child); // i is within
  orders.seen = run.childCount;
  return orders.byId[instance]?.get(algoOrderId);
}

function add({ byId }: AlgoOrders, child: Child): void {
  if (child.algoOrderId === '') return;
  const known = (byId[child.algoInstance] ??= new Map());
  assert(child.algoInstance >= 0, 'instances of a module are numbered');
  if (!known.has(child.algoOrderId)) known.set(child.algoOrderId, child);
}

/** An order is not kept any more: its id is free. */
export function forgetAlgoOrder(index: WeakMap<NodeRun, AlgoOrders>, run: NodeRun, child: Child): void {
  const known = index.get(run)?.byId[child.algoInstance];
  assert(child.doneAtNs >= 0, 'what is live is not forgotten');
  if (known?.get(child.algoOrderId) === child) known.delete(child.algoOrderId);
}
