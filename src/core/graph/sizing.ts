/**
 * How much an edge has released to its child, cumulatively, in lots of the child (semantics §5). Small fills release
 * exactly what one large fill would: the target is floored as a whole, never per fill.
 */
import { assert, must } from '../../base/assert.js';
import { Wide } from '../../base/wide.js';
import { sometimes } from '../coverage.js';
import { planted } from '../planted.js';
import type { CoreState, Edge, Node } from '../state.js';
import { awaitQuotes, touch, touchAll } from './dirty.js';
import { isTerminalNode } from './node-table.js';
import { floorTo, instrumentOf, nodeAt, openPosition, scaleToChild, smallestOrder, tradeLot } from './quantities.js';

/** True while the edge's target follows the parent after its first firing. */
export function tracks(edge: Edge): boolean {
  assert(edge.released >= 0, 'what an edge released is never negative');
  const { kind } = edge.spec.sizing;
  if (kind === 'parent_filled_qty' || kind === 'linear_hedge' || kind === 'residual') return true;
  if (edge.spec.trigger.kind !== 'on_fill') return false;
  return kind === 'parent_incremental_fill_qty' || kind === 'none' || kind === 'scaled_notional';
}

/** Nothing of the parent is live or unknown and it is over: its figures change by late fills only. */
export function isOver(node: Node): boolean {
  return isTerminalNode(node.status) && (node.run === null || node.run.live + node.run.counterLive === 0);
}

/** Parent's fill less what it was before the edge's first firing. */
function incremental(state: CoreState, edge: Edge, parent: Node, child: Node): number {
  const fee = parent.run === null ? 0 : parent.run.baseFee1e8;
  assert(fee >= edge.baseFee1e8 && edge.baseFee1e8 >= 0, 'base fees never go back');
  assert(parent.filled >= edge.baseLots && edge.baseLots >= 0, 'fills never go back');
  return scaleToChild(state, parent, parent.filled - edge.baseLots, fee - edge.baseFee1e8, 1e8, child);
}

/** Cumulative target in lots of the child, floored to its trade lot; -1 = needs a price first. */
function targetOf(state: CoreState, edge: Edge): number {
  const parent = nodeAt(edge.graph, edge.from);
  const child = nodeAt(edge.graph, edge.to);
  const { sizing } = edge.spec;
  const fee = parent.run === null ? 0 : parent.run.baseFee1e8;
  assert(fee >= 0 && parent.filled >= 0, 'fills and their base fee are never negative');
  switch (sizing.kind) {
    case 'fixed':
      return sizing.lots;
    case 'parent_filled_qty':
      return scaleToChild(state, parent, parent.filled, fee, 1e8, child);
    case 'linear_hedge': {
      if (!sizing.net) return scaleToChild(state, parent, parent.filled, fee, sizing.factorE8, child);
      return scaleToChild(state, parent, Math.max(0, openPosition(state, parent)), 0, sizing.factorE8, child);
    }
    case 'residual':
      return floorTo(residual(parent), tradeLot(state, child));
    case 'scaled_notional':
      return -1;
    case 'parent_incremental_fill_qty':
      return incremental(state, edge, parent, child);
    case 'none':
      return edge.spec.trigger.kind === 'on_fill' ? incremental(state, edge, parent, child) : child.ceiling;
  }
}

/** T − G, of what can be known not to fill any more: live quantity of the stopped parent is not released yet. */
function residual(parent: Node): number {
  const target = Number.isFinite(parent.ceiling) ? parent.ceiling : parent.released;
  const live = parent.run === null ? 0 : parent.run.live;
  assert(live >= 0 && target >= 0, 'what is live and the target are never negative');
  if (live > 0 && !isTerminalNode(parent.status)) {
    return Math.max(0, target - parent.filled - live);
  }
  return Math.max(0, target - parent.filled);
}

/** Brings the edge's release up to its target. Called at firing and whenever the parent's figures change. */
export function refreshRelease(state: CoreState, edge: Edge): void {
  const child = nodeAt(edge.graph, edge.to);
  const kind = edge.spec.sizing.kind;
  const target = targetOf(state, edge);
  assert(target >= -1 && edge.released >= 0, 'a target is a quantity, or needs a price first');
  if (target < 0) return awaitQuotes(state, child.spec.instrument, edge);
  const down = kind === 'residual' || (kind === 'linear_hedge' && edge.spec.sizing.kind === 'linear_hedge' && edge.spec.sizing.net);
  if (target < edge.released && down) return setReleased(state, edge, target);
  if (target <= edge.released) return undefined;
  const follows = tracks(edge) && kind !== 'residual';
  if (follows && target - edge.released < smallestOrder(state, child)) {
    sometimes(state, 'HEDGE_RELEASE_BELOW_MINIMUM');
    return undefined;
  }
  return setReleased(state, edge, planted(state, 'RELEASE_FORGETS_WHAT_WAS_RELEASED') ? target + edge.released : target);
}

/** Money sizing: what is not released yet of min(factor · N, cap), at the child's trigger mid now. */
export function releaseNotional(state: CoreState, edge: Edge): void {
  const { sizing } = edge.spec;
  assert(sizing.kind === 'scaled_notional', 'only money sizing waits for a price');
  const child = nodeAt(edge.graph, edge.to);
  const parent = nodeAt(edge.graph, edge.from);
  const market = must(state.markets[child.spec.instrument], 'market');
  assert(edge.state === 'fired' && market.midQ >= 0, 'money is released by what has fired');
  if (parent.run === null) return;
  // No price to size by: it waits for the next look, without asking for one.
  if (market.midQ <= 0) return void market.waiters.push({ node: null, edge, graph: null });
  const from = instrumentOf(state, parent);
  const to = instrumentOf(state, child);
  const factor = BigInt(Math.abs(sizing.factorE8));
  const filled = parent.run.value.toBigInt() * BigInt(from.tick1e9) * BigInt(from.lot1e8);
  let money = (filled * factor) / 10_000_000_000_000_000n;
  if (sizing.maxUsd1e9 !== null && money > BigInt(sizing.maxUsd1e9)) {
    money = BigInt(sizing.maxUsd1e9);
    sometimes(state, 'SCALED_NOTIONAL_CAPPED');
  }
  const notional = (edge.notional ??= new Wide());
  const left = money - notional.toBigInt();
  assert(money >= 0n && notional.sign() >= 0, 'money to release is never negative');
  if (left <= 0n) return;
  const lot = tradeLot(state, child);
  const perLotE9 = BigInt(market.midQ) * BigInt(to.tick1e9) * BigInt(to.lot1e8) * BigInt(lot);
  const lots = Number((left * 400_000_000n) / perLotE9) * lot;
  if (lots < smallestOrder(state, child)) return;
  const spent = (perLotE9 * BigInt(lots / lot)) / 400_000_000n;
  assert(lots > 0 && spent > 0n && spent <= left, 'no more is released than the money left buys');
  notional.setBigInt(notional.toBigInt() + spent);
  setReleased(state, edge, edge.released + lots);
}

function setReleased(state: CoreState, edge: Edge, lots: number): void {
  assert(lots >= 0, 'a release is not negative');
  assert(Number.isSafeInteger(lots) || !Number.isFinite(lots), 'a release is whole lots');
  edge.released = lots;
  recomputeReleased(state, nodeAt(edge.graph, edge.to));
}

/** Different parents add up, several edges of one parent take the maximum, all under the ceiling. */
function sumOfReleases(child: Node, explicitOnly: boolean): number {
  let total = 0;
  const { edges } = child.graph;
  for (let i = 0; i < child.inEdges.length; i++) {
    const edge = must(edges[child.inEdges[i] ?? -1], 'incoming edge');
    if (explicitOnly && edge.spec.sizing.kind !== 'fixed') continue;
    let best = edge.released;
    let counted = false;
    for (let j = 0; j < child.inEdges.length; j++) {
      const other = must(edges[child.inEdges[j] ?? -1], 'incoming edge');
      if (other.from !== edge.from || (explicitOnly && other.spec.sizing.kind !== 'fixed')) continue;
      if (j < i) counted = true;
      if (other.released > best) best = other.released;
    }
    assert(best >= edge.released && edge.released >= 0, 'what edges released is never negative');
    if (!counted) total += best;
  }
  return Math.min(total, child.ceiling);
}

/** What edges of explicit size (`fixed`) released: it is to be done whatever the position is (semantics §6). */
export function explicitReleased(child: Node): number {
  return sumOfReleases(child, true);
}

export function recomputeReleased(state: CoreState, child: Node): void {
  assert(child.inEdges.length > 0, 'edges release to their child');
  const released = sumOfReleases(child, false);
  if (released === child.released) return;
  // Attempts count per release: a larger one is tried whole again.
  if (released > child.released && child.run !== null) child.run.failures = 0;
  assert(released >= 0 && released <= child.ceiling, 'what is released is within the ceiling');
  child.released = released;
  touch(state, child);
  // What an exit may do now is taken from the claims of those behind it.
  if (child.role === 'exit' && child.run !== null) touchAll(state, child.graph, child.peers);
}

/** What the parent's end leaves unreleased for good, in instrument lots of the child. */
export function dustOf(state: CoreState, edge: Edge): number {
  const parent = nodeAt(edge.graph, edge.from);
  const child = nodeAt(edge.graph, edge.to);
  const { sizing } = edge.spec;
  if (!tracks(edge) || sizing.kind === 'residual' || sizing.kind === 'scaled_notional' || edge.firedCount === 0) return 0;
  const factor = sizing.kind === 'linear_hedge' ? Math.abs(sizing.factorE8) : 1e8;
  const from = instrumentOf(state, parent);
  const to = instrumentOf(state, child);
  const fee = parent.run === null ? 0 : parent.run.baseFee1e8;
  const quantity = BigInt(parent.filled - edge.baseLots) * BigInt(from.lot1e8) - BigInt(Math.max(0, fee - edge.baseFee1e8));
  assert(parent.filled >= edge.baseLots && factor >= 0, 'fills never go back');
  const exact = Number((quantity * BigInt(factor)) / 100_000_000n / BigInt(to.lot1e8));
  return Math.max(0, Math.min(exact, child.ceiling) - edge.released);
}
