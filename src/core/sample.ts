/** What a sample sets off: waiting edges, price edges, nodes that wait for books, pegs, marks (design decision 2). */
import { assert, must } from '../base/assert.js';
import { SampleReason, type SampleEvent } from '../protocol/events.js';
import { wantSample } from './emit.js';
import { note, touch, touchGraph } from './graph/dirty.js';
import { watch } from './graph/edges.js';
import { judgeHeld, judgeLevels } from './graph/prices.js';
import { releaseNotional } from './graph/sizing.js';
import { resumeParked } from './graph/submit.js';
import { takeSample, type Market } from './market.js';
import { cancelChild } from './orders/child.js';
import { isLiveChild } from './orders/child-table.js';
import { isTerminalGraph } from './graph/graph-table.js';
import { isTerminalNode } from './graph/node-table.js';
import { repeg } from './policies/passive.js';
import { judgeAccounts } from './risk/daily.js';
import { hasRuntimeLimits } from './risk/runtime.js';
import { driveTouched, stepNode } from './settle.js';
import { sometimes } from './coverage.js';
import type { CoreState, Waiter } from './state.js';

export function onSample(state: CoreState, event: SampleEvent): void {
  const market = must(state.markets[event.instrument], 'sampled instrument');
  assert(market.id === event.instrument && event.depthCount >= 0, 'a look is of its market');
  const changed = takeSample(state, market, event);
  assert(market.sampledAtNs === state.tNs && state.scratch.sample === null, 'one look at the books at a time');
  state.scratch.sample = event;
  resumeParked(state, market.id);
  const waiters = takeWaiters(state, market, event);
  for (const waiter of waiters) if (waiter.edge !== null) onEdgeSample(state, market, waiter);
  judgeLevels(state, market);
  assert(market.levels.count >= 0, 'armed levels are counted');
  // What a price decides is done before anything is sent on the same look: nothing goes out only to be called back.
  driveTouched(state);
  if (changed) leaveStale(state, market);
  if (market.pegs.length > 0) market.pegs = market.pegs.filter((peg) => !isTerminalNode(peg.node.status) && !repeg(state, peg));
  stepWaiters(state, market, waiters);
  if ((event.reason & SampleReason.mark) !== 0) onMark(state, market);
}

/**
 * Those that protect act before those that open (semantics §6), an exit that this very look set off included: what opens
 * then waits for the exit's look.
 */
function stepWaiters(state: CoreState, market: Market, waiters: readonly Waiter[]): void {
  for (const { node } of waiters) if (node !== null && node.role !== 'opening') stepNode(state, node);
  assert(state.scratch.sample !== null, 'who waited for books has them before it');
  const isUrgent = market.waiters.some(({ node }) => node !== null && node.role !== 'opening');
  for (const { node } of waiters) {
    if (node === null || node.role !== 'opening') continue;
    if (!isUrgent) stepNode(state, node);
    else if (node.run?.waitingBooks === 1) {
      node.run.waitingBooks = 0;
      touch(state, node);
    }
  }
}

/** Who can be served by this sample. Planning needs depth; edges only quotes. */
function takeWaiters(state: CoreState, market: Market, event: SampleEvent): readonly Waiter[] {
  if (market.waiters.length === 0) {
    if (market.wantedLevels === 1) market.wantedLevels = 0;
    return NO_WAITERS;
  }
  const waiters = market.waiters;
  assert(event.depthCount <= event.depth.length, 'a look has the books that it says');
  if (event.depthCount > 0 || market.wantedLevels <= 1) {
    market.waiters = [];
    market.wantedLevels = 0;
    market.wantedAskLots = 0;
    market.wantedBidLots = 0;
    return waiters;
  }
  market.waiters = waiters.filter((waiter) => waiter.node !== null);
  if (market.waiters.length > 0 && ((event.reason & SampleReason.wanted) !== 0 || market.freshCount > 0)) {
    // A look without the depth that was asked for (a tick after a restart): asked again.
    wantSample(state, market);
  }
  return waiters.filter((waiter) => waiter.node === null);
}

const NO_WAITERS: readonly Waiter[] = [];

function onEdgeSample(state: CoreState, market: Market, waiter: Waiter): void {
  const edge = must(waiter.edge, 'waiting edge');
  assert(waiter.node === null && edge.graph.edges[edge.index] === edge, 'an edge that waits is one of its graph');
  note(state, edge.graph);
  if (edge.spec.trigger.kind === 'on_price' && edge.state === 'armed') {
    if (edge.spec.trigger.instrument !== market.id) return;
    watch(state, edge);
    judgeHeld(state, market, edge);
    return;
  }
  if (edge.spec.sizing.kind === 'scaled_notional' && edge.state === 'fired' && edge.graph.status !== 'cancelling') {
    releaseNotional(state, edge);
    touch(state, must(edge.graph.nodes[edge.to], 'child'));
  }
}

/** Resting orders leave a venue that went stale where another is fresh. */
function leaveStale(state: CoreState, market: Market): void {
  if (market.resters.size === 0 || market.freshCount === 0) return;
  for (const node of market.resters.keys()) {
    for (const child of must(node.run, 'run').children) {
      if (!isLiveChild(child.state) || child.cancelAsked === 1) continue;
      assert(node.spec.instrument === market.id, 'what rests here is of this instrument');
      const quote = market.quotes.find((entry) => entry.listing === child.listing);
      if (quote === undefined || quote.fresh === 1) continue;
      sometimes(state, 'RESTING_MOVED_FROM_STALE_VENUE');
      cancelChild(state, child);
    }
  }
}

/** Once a second for an instrument: runtime limits of graphs that trade it, daily loss of accounts. */
function onMark(state: CoreState, market: Market): void {
  for (const graph of state.open.values()) {
    if (!hasRuntimeLimits(graph)) continue;
    if (!graph.positions.some((position) => position.instrument === market.id)) continue;
    assert(!isTerminalGraph(graph.status), 'what is open is not over');
    graph.riskDue = 1;
    touchGraph(state, graph);
  }
  judgeAccounts(state);
}

/** Instruments for which the scheduler sends a mark once a second: armed levels, resting orders, positions, limits. */
export function interestingInstruments(state: CoreState): number[] {
  const out = new Set<number>();
  for (const market of state.markets) {
    if (market.levels.count > 0 || market.pegs.length > 0 || market.resters.size > 0) out.add(market.id);
  }
  for (const graph of state.open.values()) {
    for (const position of graph.positions) if (hasRuntimeLimits(graph)) out.add(position.instrument);
    for (const node of graph.nodes) if (node.role !== 'opening' && node.run !== null && !isTerminalNode(node.status)) out.add(node.spec.instrument);
  }
  for (const account of state.accounts) {
    if (account.limits.maxDailyLossUsd1e9 === null) continue;
    for (const position of account.positions) {
      if (position !== null && position.lots !== 0) out.add(must(state.universe.listings[position.listing], 'listing').instrument);
    }
  }
  return [...out].sort((a, b) => a - b);
}

