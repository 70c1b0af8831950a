/**
 * A fill is always booked, whenever it comes: into the child, its node and container, the graph and the account.
 * Then its edges fire, in edge order, and whoever it concerns is looked at again (semantics §3, §6).
 */
import { assert, must } from '../../base/assert.js';
import { added } from '../../base/lists.js';
import { Wide } from '../../base/wide.js';
import type { ReportEvent } from '../../protocol/events.js';
import { sometimes } from '../coverage.js';
import { emitAccount, emitAlert, emitChild, emitTrace, nextSeq } from '../emit.js';
import { touch, touchAll, touchGraph } from '../graph/dirty.js';
import { edgesOnFill, followPositions } from '../graph/edges.js';
import { isCapped, isMoney, ownTarget } from '../graph/allowance.js';
import { onLateFill, reopenExits } from '../graph/late.js';
import { isTerminalNode } from '../graph/node-table.js';
import { takeBack } from '../graph/pacing.js';
import { onGroupFill } from '../graph/groups.js';
import { goneLots, instrumentOf, nodeAt, positionLots } from '../graph/quantities.js';
import { explicitReleased } from '../graph/sizing.js';
import { planted } from '../planted.js';
import { bookFill } from '../risk/balances.js';
import type { Child, CoreState, Graph, GraphPosition, Node } from '../state.js';
import { feeUsd1e9, FillFacts } from '../views/fill-view.js';
import { filledText, lotsText } from '../views/trace-text.js';
import { takeBackOrder } from './aside.js';
import { fillChild, moveChild } from './child.js';
import { isLiveChild } from './child-table.js';

/** Books `lots` at `ticks` on the child as the event says, and what follows. */
export function applyFill(state: CoreState, child: Child, event: ReportEvent, ticks: number, lots: number): void {
  assert(lots > 0 && Number.isSafeInteger(lots) && ticks > 0, 'a fill has a whole positive quantity and a price');
  const { node } = child;
  const live = isLiveChild(child.state);
  if (!live && planted(state, 'LATE_FILL_DROPPED')) return;
  if (!live) takeBackOrder(child);
  if (child.state === 'sent') sometimes(state, 'FILL_BEFORE_ACK');
  if (live && child.cancelAsked === 1 && node.role === 'exit') sometimes(state, 'TP_FILLED_WHILE_CANCEL_OPEN');
  if (live && node.run?.stop?.reason === 'EXIT_TRIGGERED') sometimes(state, 'STOP_GREW_BY_LATE_PARENT_FILL');
  const instrument = instrumentOf(state, node);
  const fee = feeUsd1e9(state, child, ticks, event.feeAsset, event.fee1e8);
  // A rebate in the base asset is the account's; no exit closes it.
  const baseFee = event.feeAsset === instrument.base && instrument.kind === 'spot' ? Math.max(0, event.fee1e8) : 0;
  const before = child.filled;
  fillChild(state, child, ticks, lots);
  assert(child.filled === before + lots, 'a fill is booked once and whole');
  const listing = must(state.universe.listings[child.listing], 'listing of a fill');
  bookFill(state, node.graph.accountId, listing, child.side, ticks, lots, event.feeAsset, event.fee1e8, fee, event.venueTsNs);
  bookNode(state, node, child, ticks, lots, fee, baseFee);
  const owner = node.container ?? node;
  if (owner !== node) bookNode(state, owner, child, ticks, lots, fee, baseFee);
  bookGraph(node.graph, child, ticks, lots, fee, baseFee, node.spec.instrument);
  const seq = nextSeq(state, node.graph.accountId);
  const facts = state.muted ? null : new FillFacts(state, child, event, ticks, lots, fee, seq);
  emitAccount(state, node.graph.accountId, 'fills', node.graph.graphId, node.nodeId, facts, seq);
  if (state.tracing) emitTrace(state, node, filledText(state, child, lots, ticks));
  assert(node.run !== null && node.graph.anyFill === 1, 'what fills was activated');
  const moved = live && moveChild(state, child, child.filled >= child.lots ? 'lastFill' : 'partialFill');
  if (!live) sometimes(state, 'FILL_AFTER_CANCEL');
  if (!moved) emitChild(state, child);
  if (child.counter === 0) must(node.run, 'run').unasked += live ? Math.min(lots, Math.max(0, child.filled - child.lots)) : lots;
  if (owner !== node && child.counter === 0) takeBack(state, node);
  if (child.filled > child.lots) overfill(state, child, child.filled - child.lots);
  if ((owner !== node || must(node.run, 'run').unasked > 0) && child.counter === 0) overWhole(state, owner);
  if (owner.role === 'exit' && isCapped(owner) && child.counter === 0) overClosed(state, owner);
  if (isTerminalNode(owner.status) && child.counter === 0) onLateFill(state, owner);
  else if (owner.reopened > 0 && owner.role !== 'exit' && child.counter === 0) reopenExits(state, owner);
  if (isTerminalNode(node.status) && owner !== node && child.counter === 0) lateInSlice(state, node, owner);
  // The fill decides its groups before anything that it fires.
  onGroupFill(state, owner);
  if (child.counter === 0) edgesOnFill(state, owner, lots, baseFee);
  if (owner.role === 'exit' && child.counter === 0) followPositions(state, owner);
  concern(state, node);
  if (owner !== node) concern(state, owner);
}

function bookNode(state: CoreState, node: Node, child: Child, ticks: number, lots: number, fee: number, baseFee: number): void {
  const run = must(node.run, 'run of a filled node');
  assert(baseFee >= 0 && Number.isSafeInteger(node.filled + lots), 'a node\'s fill is a whole quantity');
  assert(lots > 0 && ticks > 0, 'a node fills by a quantity at a price');
  run.updatedAtNs = state.tNs;
  run.fees.add(fee);
  if (child.counter === 1) {
    run.counterFilled += lots;
    return;
  }
  run.value.addProduct(ticks, lots);
  run.baseFee1e8 += baseFee;
  node.filled += lots;
  assert(run.value.sign() > 0 && run.baseFee1e8 >= 0, 'what is filled is worth something');
  run.refusals = 0;
  if (node.role === 'exit' && baseFee > 0) sometimes(state, 'EXIT_OFF_LOT_BY_BASE_FEE');
}

/** More than was asked for: booked, flagged, alerted; exits and hedges follow it. */
function overfill(state: CoreState, child: Child, beyond: number): void {
  const { node } = child;
  const run = must(node.run, 'run');
  const over = Math.max(beyond, node.filled - ownTarget(node));
  assert(beyond > 0 && child.filled === child.lots + beyond, 'an overfill is beyond the order');
  if (over <= run.overfill) return;
  run.overfill = over;
  sometimes(state, 'OVERFILL');
  emitAlert(state, 'OVERFILL', node.graph, node.nodeId, `${child.clientOrderId} filled ${lotsText(state, node, beyond)} more than it asked for`);
}

/**
 * Its orders together filled more than it asked for: a late fill whose quantity was filled elsewhere by then, or is
 * filled there afterwards, before what is too much could be called back. What a net hedge bought back it may sell again.
 */
function overWhole(state: CoreState, container: Node): void {
  if (isMoney(container)) return;
  const run = must(container.run, 'run');
  assert(run.overfill >= 0 && run.counterFilled >= 0, 'what came too much is never negative');
  const over = container.filled - run.counterFilled - ownTarget(container);
  if (over <= run.overfill) return;
  run.overfill = over;
  sometimes(state, 'OVERFILL');
  emitAlert(state, 'OVERFILL', container.graph, container.nodeId, `its orders filled ${lotsText(state, container, over)} more than it asked for: a fill came after its quantity had gone to another`);
}

/** Exits closed more than their Ps filled: a fill came after its order's end, when another exit had taken over. */
function overClosed(state: CoreState, exit: Node): void {
  const run = must(exit.run, 'run');
  let position = positionLots(state, exit);
  for (const p of exit.ps) position += goneLots(nodeAt(exit.graph, p));
  // What was to be done whatever the position is, is done rightly (semantics §6).
  for (const index of exit.peers) position += explicitFilled(nodeAt(exit.graph, index));
  const over = Math.min(exit.filled - explicitFilled(exit), -position);
  assert(exit.role === 'exit' && explicitFilled(exit) <= exit.filled, 'an exit closed what it filled');
  if (over <= run.overfill) return;
  run.overfill = over;
  sometimes(state, 'OVERFILL');
  emitAlert(state, 'OVERFILL', exit.graph, exit.nodeId, `exits closed ${lotsText(state, exit, over)} more than was filled: a fill came after its order's end`);
}

function explicitFilled(exit: Node): number {
  return exit.uncapped === 1 ? Math.min(exit.filled, explicitReleased(exit)) : 0;
}

function lateInSlice(state: CoreState, slice: Node, container: Node): void {
  assert(slice.container === container && isTerminalNode(slice.status), 'a slice is filled late after its end');
  must(slice.run, 'run').lateFill = 1;
  sometimes(state, 'SLICE_FILLED_LATE');
  if (!isTerminalNode(container.status)) emitAlert(state, 'LATE_FILL', slice.graph, slice.nodeId, `a fill came after the slice was ${slice.status}`);
}

function bookGraph(graph: Graph, child: Child, ticks: number, lots: number, fee: number, baseFee: number, instrument: number): void {
  graph.anyFill = 1;
  graph.fees.add(fee);
  let position: GraphPosition | undefined = graph.positions.find((entry) => entry.instrument === instrument);
  if (position === undefined) {
    position = { instrument, lots: 0, cash: new Wide(), baseFee1e8: 0 };
    graph.positions = added(graph.positions, position);
  }
  assert(lots > 0 && baseFee >= 0, 'a graph position moves by a fill');
  position.lots += child.side * lots;
  position.cash.addProduct(-child.side * ticks, lots);
  position.baseFee1e8 += baseFee;
  let there = graph.listingPositions.find((entry) => entry.listing === child.listing);
  if (there === undefined) {
    there = { listing: child.listing, lots: 0, baseFee1e8: 0 };
    graph.listingPositions = added(graph.listingPositions, there);
  }
  there.lots += child.side * lots;
  there.baseFee1e8 += baseFee;
}

function concern(state: CoreState, node: Node): void {
  touch(state, node);
  touchAll(state, node.graph, node.exits);
  touchAll(state, node.graph, node.hedges);
  touchAll(state, node.graph, node.peers);
  for (const p of node.ps) touchAll(state, node.graph, must(node.graph.nodes[p], 'p').hedges);
  node.graph.riskDue = 1;
  touchGraph(state, node.graph);
}
