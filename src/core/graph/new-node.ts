/** A node before anything happened to it. Its roles and edges are filled in by submit.ts. */
import type { NodeSpec } from '../../protocol/graph-spec.js';
import type { Graph, Node } from '../state.js';

/** Shared by every node without edges, exits or groups; never changed. */
export const NONE: readonly number[] = Object.freeze([]) as readonly number[];

export function newNode(graph: Graph, index: number, spec: NodeSpec): Node {
  const ceiling = spec.quantity.kind === 'fixed' ? spec.quantity.lots : Infinity;
  return {
    graph, index, spec, nodeId: spec.nodeId, status: 'waiting', role: 'opening', reason: '', reopened: 0, ceiling,
    limitTicks: spec.limitTicks ?? 0, released: 0, filled: 0, inEdges: NONE, outEdges: NONE, ps: NONE, peers: NONE,
    exits: NONE, hedges: NONE, groups: NONE, order: 0, triggered: 0, uncapped: 0, algoDead: 0, lookDue: 0,
    groupCancelled: 0, stopReason: '', askedPosition: 0, gone: null, mustRun: 0, stopped: 0, saidStatus: 'waiting', saidFilled: 0,
    dirty: 0, container: null, sliceIndex: 0, planLots: 0, superseded: 0, pace: null, run: null,
  };
}
