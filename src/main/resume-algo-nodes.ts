/**
 * After a recovery: nodes whose module ran when the journal ended get a fresh one. What the old one had open is
 * cancelled by events of the journal, like anything a module does.
 */
import { sendable } from '../core/graph/allowance.js';
import { keyOf } from '../core/graph/graph-index.js';
import { isTerminalNode } from '../core/graph/node-table.js';
import { isLiveChild } from '../core/orders/child-table.js';
import { AlgoPhase, isAlgo } from '../core/policies/algo-phase.js';
import type { CoreState, Node } from '../core/state.js';
import { must } from '../base/assert.js';
import { EventType, type AlgoActionEvent } from '../protocol/events.js';
import type { AlgoNodes } from './algo-nodes.js';
import type { AlgoStart } from './algo-node.js';

/** @param life distinguishes ids that the guest chooses anew: the journal's epoch */
export function resumeAlgoNodes(
  state: CoreState, algos: AlgoNodes, say: (event: AlgoActionEvent) => void, life: number, nowNs: number,
): void {
  for (const graph of state.open.values()) {
    for (const node of graph.nodes) {
      if (!isAlgo(node) || isTerminalNode(node.status) || node.run?.phase !== AlgoPhase.running) continue;
      const left = cancelOpen(node, say, nowNs);
      algos.resume(startOf(state, node, sendable(state, node) + left), life, nowNs);
    }
  }
}

/** @returns lots that its open orders hold */
function cancelOpen(node: Node, say: (event: AlgoActionEvent) => void, nowNs: number): number {
  let lots = 0;
  for (const child of node.run?.children ?? []) {
    if (child.algoOrderId === '' || !isLiveChild(child.state)) continue;
    lots += child.lots - child.filled;
    say({
      type: EventType.algoAction, tNs: nowNs, graphKey: keyOf(node.graph), nodeId: node.nodeId, instance: child.algoInstance,
      kind: 'cancel', algoOrderId: child.algoOrderId, venue: child.venue, side: child.side, orderType: 'limit', priceTicks: 0, lots: 0, ttlNs: 0,
    });
  }
  return lots;
}

function startOf(state: CoreState, node: Node, lots: number): AlgoStart {
  const { policy, side, instrument } = node.spec;
  if (policy.kind !== 'wasm_algo' && policy.kind !== 'mesh_algo') throw new TypeError(`node ${node.nodeId} runs no module`);
  const { listings } = must(state.universe.instruments[instrument], 'instrument');
  return {
    kind: 'algo_start', graphKey: keyOf(node.graph), nodeId: node.nodeId, algo: policy.algo,
    listings: listings.filter((id) => policy.venues.length === 0 || policy.venues.includes(must(state.universe.listings[id], 'listing').venue)),
    labels: policy.labels, configJson: policy.configJson, side, lots,
  };
}
