/** Venues come and go; balances and positions as they have them (semantics §9, §10). */
import { assert, must } from '../base/assert.js';
import type { BalanceEvent, VenuePositionEvent, VenueStatusEvent } from '../protocol/events.js';
import type { Listing } from '../protocol/universe.js';
import { sometimes } from './coverage.js';
import { emitAlert } from './emit.js';
import { note, touch } from './graph/dirty.js';
import { followPositions } from './graph/edges.js';
import { isTerminalGraph } from './graph/graph-table.js';
import { isTerminalNode } from './graph/node-table.js';
import { netLots, nodeAt } from './graph/quantities.js';
import { asideAt } from './orders/aside.js';
import { recancel } from './orders/child.js';
import { isAmount, isPosition } from './orders/report-check.js';
import { onVenueLost } from './orders/reports.js';
import { applyBalance, balanceOf, positionOf } from './risk/balances.js';
import { filledAt } from './policies/venues.js';
import { failGraph, pauseGraph, resumeGraph } from './risk/runtime.js';
import { PausedBy, type CoreState, type Graph, type Node } from './state.js';
import { lotsText } from './views/trace-text.js';

export function onVenueStatus(state: CoreState, event: VenueStatusEvent): void {
  const venue = must(state.venues[event.venue], 'venue of a status');
  const lost = venue.connected === 1 && event.connected === 0;
  const back = venue.connected === 0 && event.connected === 1;
  const reconciled = event.reconciled === 1 && (venue.reconciled === 0 || lost || back);
  venue.connected = event.connected;
  venue.credentialsValid = event.credentialsValid;
  venue.reconciled = event.connected === 1 ? event.reconciled : 0;
  assert(!lost || !back, 'a venue is lost or comes back');
  assert(venue.reconciled === 0 || venue.connected === 1, 'what is compared with a venue is so while it is there');
  if (lost || back) venue.sinceAtNs = state.tNs;
  if (event.reconciled === 1) venue.reconciledAtNs = state.tNs;
  if (lost) onLost(state, event.venue);
  if (back) askAgain(state, event.venue);
  if (event.connected === 1 && (reconciled || back)) resumeAfter(state, event.venue);
}

/** Graphs with a live child there act by their `on_disconnect`. */
function onLost(state: CoreState, venue: number): void {
  const graphs = new Set<Graph>();
  for (const child of must(state.venues[venue], 'venue').live) graphs.add(child.node.graph);
  onVenueLost(state, venue);
  for (const graph of graphs) {
    note(state, graph);
    emitAlert(state, 'VENUE_LOST', graph, '', `${must(state.universe.venues[venue], 'venue').name} is lost with orders live there`);
    const action = graph.spec.risk.failure.onDisconnect;
    if (action === 'continue') {
      for (const node of graph.nodes) touch(state, node);
    } else if (action === 'pause_graph') {
      sometimes(state, 'GRAPH_PAUSED_BY_DISCONNECT');
      if (!graph.lostVenues.includes(venue)) graph.lostVenues.push(venue);
      pauseGraph(state, graph, PausedBy.disconnect, 'DISCONNECT');
    } else failGraph(state, graph, action, 'DISCONNECT');
  }
}

/** Cancels that were asked for while it was away go out again. */
function askAgain(state: CoreState, venue: number): void {
  for (const child of must(state.venues[venue], 'venue').live) {
    assert(child.venue === venue, 'a venue lists its own orders');
    if (child.cancelAsked === 1) recancel(state, child);
    touch(state, child.node);
  }
}

/** A graph paused by the loss goes on by itself once every venue it lost is reconciled. */
export function resumeAfter(state: CoreState, venue: number): void {
  if (must(state.venues[venue], 'venue').reconciled === 0) return;
  for (const graph of [...state.open.values()]) {
    if ((graph.pausedBy & PausedBy.disconnect) === 0 || !graph.lostVenues.includes(venue)) continue;
    note(state, graph);
    graph.lostVenues = graph.lostVenues.filter((entry) => entry !== venue);
    assert(!isTerminalGraph(graph.status), 'a graph that is over waits for no venue');
    if (graph.lostVenues.length > 0) continue;
    sometimes(state, 'GRAPH_RESUMED_AFTER_DISCONNECT');
    resumeGraph(state, graph, PausedBy.disconnect);
  }
}

export function onBalance(state: CoreState, event: BalanceEvent): void {
  // A venue's figures are looked at before they are believed; an account it cannot know of is none of its business.
  if (state.accounts[event.accountId] === undefined || state.universe.assets[event.asset] === undefined || !isAmount(event.total1e8)) return;
  if (!applyBalance(state, event.accountId, event.venue, event.asset, event.total1e8, event.asOfNs)) {
    sometimes(state, 'BALANCE_OLDER_THAN_FILL');
    return;
  }
  const there = balanceOf(state, event.accountId, event.venue, event.asset).total.toNumber();
  for (const listing of state.universe.listings) {
    if (listing.venue !== event.venue) continue;
    const instrument = must(state.universe.instruments[listing.instrument], 'instrument');
    if (instrument.kind !== 'spot' || instrument.base !== event.asset) continue;
    lowerExits(state, event.accountId, listing, Math.floor(Math.max(0, there) / instrument.lot1e8));
  }
}

/** The venue's position; asked for after a refusal, it lowers what exits may still close (POSITION_GONE). */
export function onVenuePosition(state: CoreState, event: VenuePositionEvent): void {
  const known = state.accounts[event.accountId] !== undefined && state.universe.listings[event.listing] !== undefined;
  if (!known || !isPosition(event.lots, event.entryTicks)) return;
  const position = positionOf(state, event.accountId, event.listing);
  if (event.asOfNs < position.asOfAtNs) return;
  position.asOfAtNs = event.asOfNs;
  position.lots = event.lots;
  position.cost.clear();
  position.cost.addProduct(event.lots, event.entryTicks);
  lowerExits(state, event.accountId, must(state.universe.listings[event.listing], 'listing'), event.lots);
}

/**
 * Exits that were refused there for lack of position go on with what is left: `there` lots (signed for perps). What they
 * have live there may have filled already; only what is missing beyond that is gone.
 */
function lowerExits(state: CoreState, accountId: number, listing: Listing, there: number): void {
  for (const graph of state.open.values()) {
    if (graph.accountId !== accountId) continue;
    for (const node of graph.nodes) {
      if ((node.askedPosition & (1 << listing.venue)) === 0 || node.spec.instrument !== listing.instrument) continue;
      node.askedPosition &= ~(1 << listing.venue);
      if (isTerminalNode(node.status)) continue;
      assert(node.role === 'exit', 'only exits ask what the venue has');
      const fee = node.ps.reduce((sum, p) => sum + nodeAt(graph, p).filled - netLots(state, nodeAt(graph, p)), 0);
      const gone = filledAt(node, listing.id, true) - fee - Math.max(0, there * -node.spec.side);
      if (gone > 0 && noteGone(node, listing.id, gone)) {
        sometimes(state, 'POSITION_GONE');
        emitAlert(state, 'POSITION_GONE', graph, node.nodeId, `the venue has ${lotsText(state, node, gone)} less than was filled there: exits lowered`);
      }
      followPositions(state, node);
      for (const peer of node.peers) touch(state, nodeAt(graph, peer));
    }
  }
}

/** Takes what is gone at a listing off the Ps, each up to what it filled there. True when it is more than was known. */
function noteGone(exit: Node, listing: number, gone: number): boolean {
  assert(gone > 0 && exit.role === 'exit', 'something is gone of what an exit may close');
  let left = gone;
  let more = false;
  for (const index of exit.ps) {
    const p = nodeAt(exit.graph, index);
    const lots = Math.min(left, filledBy(p, listing));
    if (lots <= 0) continue;
    left -= lots;
    assert(left >= 0 && lots <= p.filled, 'no more is gone of a node than it filled');
    p.gone ??= [];
    let entry = p.gone.find((known) => known.listing === listing);
    if (entry === undefined) p.gone.push((entry = { listing, lots: 0 }));
    if (lots <= entry.lots) continue;
    entry.lots = lots;
    more = true;
  }
  return more;
}

function filledBy(p: Node, listing: number): number {
  let lots = 0;
  const parts = p.pace === null ? [p] : p.graph.nodes.filter((slice) => slice.container === p);
  for (const part of parts) {
    lots += asideAt(part, listing).filled;
    for (const child of part.run?.children ?? []) if (child.listing === listing && child.counter === 0) lots += child.filled;
  }
  assert(lots >= 0 && lots <= p.filled, 'what a node filled at a listing is part of what it filled');
  return lots;
}
