/**
 * Child orders: made, cancelled, amended, and what every state costs in live quantity and reservation. Nothing else
 * changes a child's state.
 */
import { assert, must } from '../../base/assert.js';
import { added } from '../../base/lists.js';
import type { Side, Tif } from '../../protocol/graph-spec.js';
import type { Listing } from '../../protocol/universe.js';
import { emitAmend, emitCancel, emitChild, emitPlace, emitTrace } from '../emit.js';
import { touch, touchAll, touchGraph } from '../graph/dirty.js';
import { setNodeStatus } from '../graph/transitions.js';
import { planted } from '../planted.js';
import { positionOf, setReservation } from '../risk/balances.js';
import type { Child, CoreState, Node } from '../state.js';
import { stopTimer } from '../timers.js';
import { setAside } from './aside.js';
import { childTable, isLiveChild, type ChildInput } from './child-table.js';
import { listResting, unlistResting } from './resting.js';

const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyz';

/** Base 36. */
function part(value: number): string {
  let text = DIGITS.charAt(value % 36);
  for (let rest = Math.floor(value / 36); rest > 0; rest = Math.floor(rest / 36)) text = DIGITS.charAt(rest % 36) + text;
  return text;
}

/** Client order ids: engine epoch, account, listing and side, graph, node, number. Base 36; unique for ever. */
function clientOrderId(state: CoreState, node: Node, listing: number, side: Side, number: number): string {
  const { graph } = node;
  const market = part(listing) + (side === 1 ? 'B-' : 'S-');
  return `L${part(state.epoch)}-${part(graph.accountId)}-${market}${part(graph.serial)}-${part(node.index)}-${part(number)}`;
}

export interface ParsedId {
  accountId: number;
  listing: number;
  side: Side;
}

/** What an id says about an order that is not kept any more, or null for a foreign id. */
export function parseClientOrderId(id: string): ParsedId | null {
  const match = /^L[0-9a-z]+-([0-9a-z]+)-([0-9a-z]+)([BS])-[0-9a-z]+-[0-9a-z]+-[0-9a-z]+$/.exec(id);
  if (match === null) return null;
  return { accountId: parseInt(match[1] ?? '', 36), listing: parseInt(match[2] ?? '', 36), side: match[3] === 'B' ? 1 : -1 };
}

export function openLots(child: Child): number {
  assert(child.filled >= 0 && child.lots >= 0, 'quantities of an order are never negative');
  return isLiveChild(child.state) ? Math.max(0, child.lots - child.filled) : 0;
}

/** A price on the listing's own tick, on the safe side: a buy down, a sell up. */
export function onTick(listing: Listing, side: number, ticks: number): number {
  assert(listing.tickMultiple >= 1, 'a listing has a tick');
  const rest = ticks % listing.tickMultiple;
  if (rest === 0) return ticks;
  return side === 1 ? ticks - rest : ticks - rest + listing.tickMultiple;
}

/** Sends an order. The caller has passed it through risk/pretrade.ts. */
export function sendChild(
  state: CoreState, node: Node, listing: Listing, side: Side, lots: number, limitTicks: number,
  tif: Exclude<Tif, 'gtd'>, reduceOnly: boolean, counter: 0 | 1,
): Child {
  const run = must(node.run, 'run of a node that sends');
  assert(lots > 0 && Number.isSafeInteger(lots), 'a child order has a positive whole quantity');
  assert(lots % listing.lotMultiple === 0, 'a child order is a multiple of its listing lot');
  assert(limitTicks > 0 && limitTicks % listing.tickMultiple === 0, 'a child order is priced on its listing tick');
  setAside(state, run);
  if (!planted(state, 'CHILD_ID_REPEATED') || run.childCount !== 1) run.childCount += 1;
  const child: Child = {
    clientOrderId: clientOrderId(state, node, listing.id, side, run.childCount), node, listing: listing.id,
    venue: listing.venue, side, state: 'sent', lots, filled: 0, value: 0, limitTicks, tif, reduceOnly, counter,
    cancelAsked: 0, amendLots: -1, amendTicks: 0, amendFrom: 0, venueOrderId: '', sentAtNs: state.tNs, ackedAtNs: -1, doneAtNs: -1,
    reservedQuote: 0, reservedBase: 0, syntheticLots: 0, execIds: null, livePos: -1, unknownTimer: null, unknownSinceAtNs: -1,
    noAmend: 0, algoOrderId: '', algoInstance: 0,
  };
  // The number of an order is its place among its node's, less what was set aside: so reports find it.
  assert(run.children.length + (run.aside?.count ?? 0) === run.childCount - 1, 'client order ids never repeat');
  run.children = added(run.children, child);
  run.updatedAtNs = state.tNs;
  const { live } = must(state.venues[child.venue], 'venue of a child');
  child.livePos = live.length;
  live.push(child);
  listResting(state, child);
  if (!node.graph.venues.includes(child.venue)) node.graph.venues = added(node.graph.venues, child.venue);
  addLive(state, child, lots);
  setReservation(state, child, lots);
  node.graph.liveChildren += 1;
  if (node.status === 'pending') setNodeStatus(state, node, 'send');
  assert(child.reservedQuote >= 0 && child.reservedBase >= 0, 'an order sets aside, it does not free');
  emitPlace(state, child);
  emitChild(state, child);
  return child;
}

/** Moves the live figures of node, container and account by what a child's open quantity changed. */
function addLive(state: CoreState, child: Child, delta: number): void {
  const { node } = child;
  const run = must(node.run, 'run');
  assert(delta !== 0 && Number.isSafeInteger(delta), 'live quantity moves by whole lots');
  if (child.counter === 1) run.counterLive += delta;
  else run.live += delta;
  if (node.container !== null) must(node.container.run, 'container run').live += child.counter === 1 ? 0 : delta;
  const position = positionOf(state, node.graph.accountId, child.listing);
  if (child.side === 1) position.openBuy += delta;
  else position.openSell += delta;
  assert(run.live >= 0 && run.counterLive >= 0, 'live quantity of a node is never negative');
  assert(position.openBuy >= 0 && position.openSell >= 0, 'open quantity of an account is never negative');
}

/** Asks the venue to cancel, once. */
export function cancelChild(state: CoreState, child: Child): void {
  if (child.cancelAsked === 1 || !isLiveChild(child.state)) return;
  assert(child.livePos >= 0, 'a live order is listed at its venue');
  assert(child.doneAtNs === -1, 'what is over is not cancelled');
  child.cancelAsked = 1;
  emitCancel(state, child);
  if (state.tracing) emitTrace(state, child.node, `asks to cancel ${child.clientOrderId}`);
}

/** A cancel that died with its connection, or came before the order did: asked again once the order is known to be open. */
export function recancel(state: CoreState, child: Child): void {
  assert(child.cancelAsked === 1 && isLiveChild(child.state), 'what is cancelled again is open and was to be cancelled');
  child.cancelAsked = 0;
  cancelChild(state, child);
}

export function cancelAllChildren(state: CoreState, node: Node): void {
  if (node.run === null) return;
  for (const child of node.run.children) cancelChild(state, child);
}

/** Asks for a new total and limit where the venue amends natively. The larger of both is reserved meanwhile. */
export function amendChild(state: CoreState, child: Child, lots: number, limitTicks: number): void {
  assert(child.amendLots < 0 && child.cancelAsked === 0, 'one change of a child at a time');
  assert(lots > child.filled, 'an amended total is above what is filled');
  assert(isLiveChild(child.state) && limitTicks > 0, 'a live order is amended, at a price');
  const more = Math.max(0, lots - child.lots);
  child.amendFrom = child.lots;
  child.amendLots = lots;
  child.amendTicks = limitTicks;
  if (more > 0) {
    // Counted as live from now on: the venue may fill it before it answers.
    child.lots = lots;
    addLive(state, child, more);
  }
  setReservation(state, child, openLots(child));
  emitAmend(state, child, lots, limitTicks);
}

/** The venue answered an amend: total and limit as they are now. */
export function settleAmend(state: CoreState, child: Child, lots: number, limitTicks: number): void {
  assert(child.amendLots >= 0, 'only an amend under way is settled');
  const before = openLots(child);
  child.amendLots = -1;
  child.amendTicks = 0;
  child.lots = Math.max(lots, child.filled);
  child.limitTicks = limitTicks;
  assert(child.lots >= child.filled, 'a settled total holds at least what is filled');
  assert(limitTicks > 0 && lots >= 0, 'an order has a price and a total');
  const delta = openLots(child) - before;
  if (delta !== 0) addLive(state, child, delta);
  setReservation(state, child, openLots(child));
}

/** Books lots on the child: live quantity shrinks, the node grows elsewhere (orders/fills.ts). */
export function fillChild(state: CoreState, child: Child, ticks: number, lots: number): void {
  assert(lots > 0, 'a fill has a quantity');
  const before = openLots(child);
  assert(ticks > 0, 'a fill has a price');
  child.filled += lots;
  child.value += ticks * lots;
  const after = openLots(child);
  assert(after <= before, 'a fill leaves no more open than there was');
  if (before !== after) addLive(state, child, after - before);
  if (isLiveChild(child.state)) setReservation(state, child, after);
}

/** Applies an input of the table; at a terminal state everything held for the child is let go, once. */
export function moveChild(state: CoreState, child: Child, input: ChildInput): boolean {
  const before = child.state;
  const after = childTable[before][input];
  if (after === before) return false;
  assert(isLiveChild(before), 'a terminal order takes nothing but fills');
  const open = openLots(child);
  child.state = child.filled > 0 && after === 'live' ? 'partial' : child.filled > 0 && after === 'rejected' ? 'cancelled' : after;
  if (before === 'unknown') {
    child.unknownTimer = stopTimer(state, child.unknownTimer);
    child.unknownSinceAtNs = -1;
  }
  if (!isLiveChild(child.state)) endChild(state, child, open);
  if (child.state === 'unknown' && planted(state, 'UNKNOWN_COUNTS_AS_DEAD')) addLive(state, child, -Math.min(open, 1));
  const run = must(child.node.run, 'run');
  run.updatedAtNs = state.tNs;
  emitChild(state, child);
  // In doubt it may be that its cancel overtook it: the venue knew of no such order then.
  if (before === 'unknown' && isLiveChild(child.state) && child.cancelAsked === 1) recancel(state, child);
  touch(state, child.node);
  return true;
}

function endChild(state: CoreState, child: Child, open: number): void {
  assert(child.doneAtNs === -1, 'a child ends once');
  child.doneAtNs = state.tNs;
  if (open > 0) addLive(state, child, -open);
  setReservation(state, child, 0);
  child.amendLots = -1;
  child.amendTicks = 0;
  const { live } = must(state.venues[child.venue], 'venue');
  assert(live[child.livePos] === child, 'a live child is listed at its venue');
  const last = must(live.pop(), 'last live child');
  if (last !== child) {
    live[child.livePos] = last;
    last.livePos = child.livePos;
  }
  child.livePos = -1;
  unlistResting(state, child);
  child.node.graph.liveChildren -= 1;
  assert(child.node.graph.liveChildren >= 0, 'live orders of a graph are counted');
  const owner = child.node.container ?? child.node;
  if (owner !== child.node) touch(state, owner);
  touchAll(state, owner.graph, owner.peers);
  touchGraph(state, child.node.graph);
}
