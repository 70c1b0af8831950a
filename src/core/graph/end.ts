/** The end of graphs, and flattening. */
import { assert, must } from '../../base/assert.js';
import { sometimes } from '../coverage.js';
import { emitGraph } from '../emit.js';
import { DEFAULT_CHASE } from '../policies/chase.js';
import { planted } from '../planted.js';
import type { CoreState, Graph, Node } from '../state.js';
import { touch } from './dirty.js';
import { isTerminalGraph } from './graph-table.js';
import { keepEnded } from './kept.js';
import { activate } from './lifecycle.js';
import { newNode } from './new-node.js';
import type { NodeTerms } from './terms.js';
import { setGraphStatus } from './transitions.js';

/** Ends the graph if nothing of it can act any more; starts flattening when that is due. */
export function settleGraph(state: CoreState, graph: Graph): void {
  if (isTerminalGraph(graph.status)) return;
  const early = planted(state, 'GRAPH_ENDS_WITH_LIVE_CHILD') && graph.status === 'cancelling';
  if (!early && (graph.openNodes > 0 || graph.liveChildren > 0)) return;
  if (graph.flattening !== null && graph.flattening.made === 0) {
    graph.flattening.made = 1;
    if (flatten(state, graph)) return;
  }
  const ended = howItEnds(graph);
  const reason = ended === 'endCompleted' || graph.statusReason !== '' ? '' : firstReason(graph);
  assert(early || (graph.openNodes === 0 && graph.liveChildren === 0), 'a graph ends with nothing open and nothing live');
  graph.endedAtNs = state.tNs;
  setGraphStatus(state, graph, ended, reason);
  if (graph.status === 'cancelled' && graph.listingPositions.some((entry) => entry.lots !== 0)) sometimes(state, 'GRAPH_CANCELLED_WITH_POSITION');
  assert(isTerminalGraph(graph.status) && state.open.has(graph.serial), 'what ends was open');
  state.open.delete(graph.serial);
  keepEnded(state, graph);
}

function howItEnds(graph: Graph): 'endCancelled' | 'endFailed' | 'endCompleted' {
  assert(!isTerminalGraph(graph.status), 'what ends has not ended');
  if (graph.status === 'cancelling') return 'endCancelled';
  if (graph.breachEnded === 1 || allRefused(graph)) return 'endFailed';
  return everyNodeCancelledByUser(graph) ? 'endCancelled' : 'endCompleted';
}

/** Its user cancelled each of its nodes, a simple order its only one: the same as cancelling the graph (semantics §3). */
function everyNodeCancelledByUser(graph: Graph): boolean {
  return graph.nodes.every((node) => node.container !== null || node.reason === 'USER' || node.reason === 'VENUE_CANCEL_ALL');
}

/** Every activated node was rejected without a fill; a container stands for its slices. */
function allRefused(graph: Graph): boolean {
  if (graph.anyFill === 1) return false;
  let activated = 0;
  for (const node of graph.nodes) {
    if (node.run === null || node.container !== null) continue;
    if (node.status !== 'rejected') return false;
    activated += 1;
  }
  assert(activated <= graph.nodes.length, 'no more nodes were activated than there are');
  return activated > 0;
}

function firstReason(graph: Graph): string {
  return graph.nodes.find((node) => node.status === 'rejected' || node.status === 'cancelled')?.reason ?? '';
}

/** Orders that bring each venue and instrument back to the quantity before the graph. False = nothing to do. */
function flatten(state: CoreState, graph: Graph): boolean {
  let made = false;
  for (const position of graph.listingPositions) {
    const listing = must(state.universe.listings[position.listing], 'listing');
    const instrument = must(state.universe.instruments[listing.instrument], 'instrument');
    const fee = Math.ceil(Math.max(0, position.baseFee1e8) / instrument.lot1e8);
    const net = position.lots > 0 ? Math.max(0, position.lots - fee) : position.lots;
    const lots = Math.abs(net) - (Math.abs(net) % listing.lotMultiple);
    if (lots < Math.max(1, listing.minLots)) continue;
    if (instrument.kind === 'spot' && net < 0 && !graph.spec.risk.failure.flattenBuyback) continue;
    let number = graph.nodes.length;
    while (graph.nodes.some((node) => node.nodeId === `flatten.${number}`)) number += 1;
    const spec: NodeTerms = {
      instrument: instrument.id, side: net > 0 ? -1 : 1, orderType: 'market',
      quantity: { kind: 'fixed', lots }, venues: [listing.venue], pinned: true, policy: { kind: 'aggressive_chase', ...DEFAULT_CHASE },
      urgency: 'high', maxSlippageBps: null, tif: 'ioc', reduceOnly: instrument.kind === 'perp', pacing: null,
      join: 'any', activation: 'root',
    };
    assert(lots > 0 && lots <= Math.abs(position.lots), 'no more is flattened than the graph has');
    const node: Node = newNode(graph, graph.nodes.length, `flatten.${number}`, 0, spec);
    node.role = 'exit';
    node.uncapped = 1;
    node.triggered = 1;
    node.released = lots;
    graph.nodes.push(node);
    graph.openNodes += 1;
    activate(state, node);
    touch(state, node);
    made = true;
  }
  assert(!made || graph.openNodes > 0, 'what flattens is open');
  if (made) {
    sometimes(state, 'FLATTENED');
    emitGraph(state, graph);
  }
  return made;
}
