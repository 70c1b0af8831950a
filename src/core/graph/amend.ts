/**
 * Amending a node's limit or total (semantics §10): what is larger or dearer passes admission first; a resting order is
 * changed natively where its venue keeps priority and can carry it, else cancelled, awaited and replaced. Never both live.
 */
import { assert, must } from '../../base/assert.js';
import type { Command } from '../../protocol/commands.js';
import { sometimes } from '../coverage.js';
import { amendChild, cancelChild, onTick } from '../orders/child.js';
import { isLiveChild } from '../orders/child-table.js';
import { limitOf } from '../policies/prices.js';
import { refuseAdmission } from '../risk/admission.js';
import { killCovers } from '../risk/kill.js';
import { amendRefusal, COLLAR_BPS } from '../risk/pretrade.js';
import type { Child, CoreState, Node } from '../state.js';
import { nodeOrderId } from '../views/order-view.js';
import { touch } from './dirty.js';
import { edgeAt, judgeRatio } from './edges.js';
import { isTerminalNode } from './node-table.js';
import { instrumentOf, smallestAt, tradeLot } from './quantities.js';
import { recomputeReleased, refreshRelease } from './sizing.js';

export type Amend = Extract<Command, { kind: 'amend_node' }>;
export type AmendMode = 'native_atomic' | 'cancel_replace' | null;

interface Problem {
  code: string;
  message: string;
}

/** Amends, or says why not. `mode` null: nothing of it rests. */
export function amendNode(state: CoreState, node: Node, command: Amend): { ok: true; mode: AmendMode } | ({ ok: false } & Problem) {
  const problem = amendProblem(state, node, command);
  if (problem !== null) {
    if (command.lots !== null && command.lots < node.filled) sometimes(state, 'AMEND_BELOW_FILLED_REFUSED');
    return { ok: false, ...problem };
  }
  const refusal = increaseRefusal(state, node, command);
  if (refusal !== null) return { ok: false, ...refusal };
  assert(node.container === null && !isTerminalNode(node.status), 'a whole node that goes on is amended');
  if (command.lots !== null) setTotal(state, node, command.lots);
  const parts = [node, ...(node.pace === null ? [] : node.graph.nodes.filter((slice) => slice.container === node && !isTerminalNode(slice.status)))];
  let mode: AmendMode = null;
  for (const part of parts) {
    if (command.limitTicks !== null) part.limitTicks = command.limitTicks;
    mode = reprice(state, part) ?? mode;
    touch(state, part);
  }
  for (const index of node.peers) touch(state, must(node.graph.nodes[index], 'peer'));
  return { ok: true, mode };
}

function amendProblem(state: CoreState, node: Node, command: Amend): Problem | null {
  const run = node.run;
  assert(node.filled >= 0 && node.released >= 0, 'what is filled and released is never negative');
  if (node.container !== null) return { code: 'CONFLICT', message: 'a slice is not amended; amend its container' };
  if (isTerminalNode(node.status) || (run !== null && run.stop !== null)) return { code: 'CONFLICT', message: `${nodeOrderId(node)} is ${node.status}` };
  if (command.limitTicks !== null && node.spec.orderType !== 'limit') return { code: 'VALIDATION_ERROR', message: 'a market order has no limit to amend' };
  if (command.lots !== null) {
    if (node.spec.quantity.kind !== 'fixed') return { code: 'VALIDATION_ERROR', message: 'only a fixed quantity is amended' };
    if (command.lots <= 0 || command.lots % tradeLot(state, node) !== 0) return { code: 'VALIDATION_ERROR', message: 'the new quantity is not a positive multiple of the trade lot' };
    if (command.lots < node.filled) return { code: 'CONFLICT', message: 'the new quantity is below what is filled' };
  }
  return null;
}

/** What a higher quantity or a dearer limit must pass first: kill switch, collar, admission. Exits only lower positions. */
function increaseRefusal(state: CoreState, node: Node, command: Amend): Problem | null {
  const lots = command.lots ?? node.ceiling;
  const limit = command.limitTicks ?? node.limitTicks;
  const dearer = node.spec.orderType === 'limit' && node.spec.side * (limit - node.limitTicks) > 0;
  if (node.role === 'exit' || (lots <= node.ceiling && !dearer)) return null;
  const { graph } = node;
  if (lots > node.ceiling && killCovers(state, graph, node.role !== 'opening')) {
    return { code: 'KILL_SWITCH', message: 'a kill switch covers this graph; clear it first' };
  }
  const { midQ } = must(state.markets[node.spec.instrument], 'market');
  if (dearer && node.role === 'opening' && midQ > 0 && node.spec.side * (limit * 4 - midQ) * 10_000 > midQ * COLLAR_BPS) {
    return { code: 'PRICE_DEVIATION', message: `the new limit is more than ${COLLAR_BPS / 100} % beyond the reference` };
  }
  assert(lots > 0 && limit >= 0, 'a larger order is judged at its quantity and price');
  const before = { ceiling: node.ceiling, limitTicks: node.limitTicks };
  node.ceiling = lots;
  node.limitTicks = limit;
  const refusal = refuseAdmission(state, graph);
  node.ceiling = before.ceiling;
  node.limitTicks = before.limitTicks;
  // A root releases all of it; a child no more than its edges did.
  const most = node.inEdges.length === 0 ? lots : Math.min(node.released, lots);
  return refusal ?? beyondAccountLimits(state, node, most - node.filled, limit);
}

/** What rests would become an order that the account's limits do not allow: not cancelled for a larger one that can't be. */
function beyondAccountLimits(state: CoreState, node: Node, open: number, limitTicks: number): Problem | null {
  const child = restingChildren(node)[0];
  if (child === undefined || node.role !== 'opening' || node.pace !== null || !Number.isFinite(open) || open <= 0) return null;
  const listing = must(state.universe.listings[child.listing], 'listing');
  const code = amendRefusal(state, child, listing, open, onTick(listing, child.side, limitTicks));
  return code === 'MAX_NOTIONAL' || code === 'POSITION_LIMIT' ? { code, message: 'the amended order would be beyond the account\'s limits' } : null;
}

function setTotal(state: CoreState, node: Node, lots: number): void {
  assert(lots >= node.filled, 'a total holds what is filled');
  node.ceiling = lots;
  if (node.inEdges.length === 0) node.released = lots;
  for (const index of node.inEdges) if (edgeAt(node.graph, index).firedCount > 0) refreshRelease(state, edgeAt(node.graph, index));
  if (node.inEdges.length > 0) recomputeReleased(state, node);
  assert(node.released >= 0, 'what is released is never negative');
  for (const index of node.outEdges) judgeRatio(state, edgeAt(node.graph, index), 0, 0);
}

function restingChildren(node: Node): Child[] {
  return (node.run?.children ?? []).filter((child) => isLiveChild(child.state) && (child.tif === 'gtc' || child.tif === 'post_only'));
}

/** The one resting order of a node where its venue can change it in place now, else null. */
function changeable(state: CoreState, node: Node, resting: readonly Child[]): Child | null {
  const child = resting[0];
  assert(child === undefined || child.node === node, 'what rests of a node is its own');
  if (child === undefined || resting.length > 1 || node.spec.orderType !== 'limit' || child.noAmend === 1) return null;
  const free = child.amendLots < 0 && child.cancelAsked === 0 && (child.state === 'live' || child.state === 'partial');
  return free && must(state.universe.venues[child.venue], 'venue').nativeAmend ? child : null;
}

/** Brings what rests of a node to its limit and total; how, or null when nothing rests. */
function reprice(state: CoreState, node: Node): AmendMode {
  const resting = restingChildren(node);
  if (resting.length === 0) return null;
  const child = changeable(state, node, resting);
  if (child !== null) {
    const listing = must(state.universe.listings[child.listing], 'listing');
    const target = Math.min(node.released, node.ceiling) - node.filled + child.filled;
    const total = node.role === 'opening' ? target - (target % listing.lotMultiple) : Math.min(child.lots, target);
    const ticks = onTick(listing, child.side, limitOf(state, node));
    assert(ticks > 0, 'an amended order has a price');
    const whole = total > child.filled && total - child.filled >= smallestAt(instrumentOf(state, node), listing, ticks);
    if (whole && total === child.lots && ticks === child.limitTicks) return 'native_atomic';
    // Where this venue cannot carry it the order is replaced: what it does not take goes elsewhere.
    if (whole && amendRefusal(state, child, listing, total - child.filled, ticks) === '') {
      amendChild(state, child, total, ticks);
      return 'native_atomic';
    }
  }
  sometimes(state, 'AMENDED_BY_REPLACE');
  assert(resting.length > 0, 'only what rests is replaced');
  must(node.run, 'run').replacing = 1;
  for (const order of resting) cancelChild(state, order);
  return 'cancel_replace';
}
