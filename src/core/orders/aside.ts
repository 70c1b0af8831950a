/**
 * Orders of a node that ended long ago. A module re-quotes up to 200 times a second for hours: what every event of its
 * node walks, tells and writes must not grow with that. A node's `children` are all that are live or in doubt and the
 * newest that ended; older ones are set aside, whole, as long as there is room, and what sums over a node's orders need
 * is kept of all of them.
 *
 *   children ──▶ aside ──▶ forgotten
 *       ▲          │ a fill comes late: taken back, and booked like any
 *       └──────────┘
 */
import { assert, must } from '../../base/assert.js';
import { forgetAlgoOrder } from '../policies/algo-orders.js';
import type { Child, CoreState, Node, NodeRun } from '../state.js';
import { isLiveChild } from './child-table.js';
import { awayOf, keepStray } from './strays.js';

/** What is kept of the orders of one node. */
export interface OrderRoom {
  /** Newest ended ones among the children, at least; at most `step` more. */
  readonly ended: number;
  /** Orders that are sent between two looks at what may be set aside. */
  readonly step: number;
  /** Orders set aside that a late fill finds again. */
  readonly aside: number;
}

/**
 * 128 to 192: more than any plan or ladder of one decision has, and about what an order event still tells at the price
 * of its decision. 1,024 aside: 5 s of a module's 200 orders a second, days of a node that sends one a minute, and no
 * more than 0.8 MB.
 */
export const ORDER_ROOM: OrderRoom = { ended: 128, step: 64, aside: 1_024 };

/** Lots of the orders set aside by listing: the node's own, and those of counter orders. */
export interface AsideAt {
  listing: number;
  filled: number;
  counterFilled: number;
}

export interface Aside {
  /** Orders of the node that are not among its children, forgotten ones included. */
  count: number;
  /** 1: one of them, ever, was not refused; was asked to be cancelled. */
  accepted: 0 | 1;
  called: 0 | 1;
  at: AsideAt[];
  /** Those not forgotten, in the order in which they were set aside. */
  orders: Child[];
}

/** Before an order is added: older ended ones make room for it, each `step` orders. */
export function setAside(state: CoreState, run: NodeRun): void {
  const { ended, step, aside } = state.scratch.orderRoom;
  if (run.children.length < ended + step || run.childCount % step !== 0) return;
  assert(ended >= 0 && step > 0 && aside >= 0, 'room for orders is a number of them');
  let over = -ended;
  for (const child of run.children) if (mayLeave(child)) over += 1;
  if (over <= 0) return;
  // The list that somebody may be walking stays as it is.
  const kept: Child[] = [];
  const there = (run.aside ??= { count: 0, accepted: 0, called: 0, at: [], orders: [] });
  for (const child of run.children) {
    if (over > 0 && mayLeave(child)) {
      over -= 1;
      count(there, child, 1);
      there.orders.push(child);
    } else kept.push(child);
  }
  run.children = kept;
  forget(state, run, there, aside);
}

function mayLeave(child: Child): boolean {
  return !isLiveChild(child.state) && child.unknownTimer === null;
}

function count(there: Aside, child: Child, sign: 1 | -1): void {
  assert(child.livePos === -1 && child.amendLots < 0, 'only what is over is set aside');
  there.count += sign;
  if (child.state !== 'rejected') there.accepted = 1;
  if (child.cancelAsked === 1) there.called = 1;
  if (child.filled === 0) return;
  let at = there.at.find((entry) => entry.listing === child.listing);
  if (at === undefined) there.at.push((at = { listing: child.listing, filled: 0, counterFilled: 0 }));
  if (child.counter === 1) at.counterFilled += sign * child.filled;
  else at.filled += sign * child.filled;
  assert(at.filled >= 0 && at.counterFilled >= 0 && there.count >= 0, 'what is set aside was counted');
}

/** The oldest without a fill first: of them nothing can be told twice. What others filled stays known by itself. */
function forget(state: CoreState, run: NodeRun, there: Aside, room: number): void {
  let over = there.orders.length - room;
  if (over <= 0) return;
  const gone = new Set<Child>();
  for (const child of there.orders) if (over > 0 && child.filled === 0 && gone.add(child)) over -= 1;
  for (const child of there.orders) if (over > 0 && !gone.has(child) && gone.add(child)) over -= 1;
  for (const child of gone) {
    forgetAlgoOrder(state.scratch.algoOrders, run, child);
    if (child.filled > 0) keepStray(state, awayOf(child));
  }
  there.orders = there.orders.filter((child) => !gone.has(child));
  assert(over === 0 && there.orders.length <= room, 'orders set aside are kept within their room');
}

/** A fill is about to be booked on an order that ended: where it was set aside it is among the children again. */
export function takeBackOrder(child: Child): void {
  const run = must(child.node.run, 'run of an order');
  const { aside } = run;
  const at = aside === null ? -1 : aside.orders.indexOf(child);
  if (aside === null || at < 0) return;
  assert(!isLiveChild(child.state), 'only what is over was set aside');
  aside.orders.splice(at, 1);
  count(aside, child, -1);
  const number = orderNumber(child.clientOrderId);
  const before = run.children.findIndex((other) => orderNumber(other.clientOrderId) > number);
  const place = before < 0 ? run.children.length : before;
  run.children = [...run.children.slice(0, place), child, ...run.children.slice(place)];
}

/** The last part of an id: orders of a node are numbered from 1. */
export function orderNumber(clientOrderId: string): number {
  const number = parseInt(clientOrderId.slice(clientOrderId.lastIndexOf('-') + 1), 36);
  assert(number >= 1, 'orders of a node are numbered from 1');
  return number;
}

/** The order of a node with an id, undefined = it never was or is forgotten. */
export function orderOf(run: NodeRun, clientOrderId: string, number: number): Child | undefined {
  const { children, aside } = run;
  // Behind the last that was taken out, and before anything was, the number says the place.
  const child = children[number - 1 - (aside === null ? 0 : aside.count)];
  if (child !== undefined && child.clientOrderId === clientOrderId) return child;
  if (aside === null) return undefined;
  assert(aside.count > 0 || aside.orders.length === 0, 'what is set aside is counted');
  const isIt = (other: Child): boolean => other.clientOrderId === clientOrderId;
  return children.find(isIt) ?? aside.orders.find(isIt);
}

/** All that is known of a node's orders, by number. */
export function ordersOf(run: NodeRun): readonly Child[] {
  const { children, aside } = run;
  if (aside === null || aside.orders.length === 0) return children;
  const all = [...aside.orders, ...children];
  assert(all.length <= run.childCount, 'an order is among the children or aside');
  return all.sort((a, b) => orderNumber(a.clientOrderId) - orderNumber(b.clientOrderId));
}

/** Lots that orders set aside filled at a listing, for their node and against it. */
export function asideAt(node: Node, listing: number): { readonly filled: number; readonly counterFilled: number } {
  const at = node.run?.aside?.at.find((entry) => entry.listing === listing) ?? NOTHING;
  assert(at.filled <= node.filled, 'what orders set aside filled is part of what their node did');
  return at;
}

const NOTHING = { filled: 0, counterFilled: 0 } as const;
