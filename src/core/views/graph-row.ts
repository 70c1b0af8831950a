/** A graph in one row: the list's element and what the `graphs` channel says on every change. */
import { assert } from '../../base/assert.js';
import type { GraphStatus } from '../graph/graph-table.js';
import type { NodeStatus } from '../graph/node-table.js';
import type { CoreState, Graph } from '../state.js';
import type { Facts, WireObject } from './told.js';
import { absoluteNs } from './wire.js';

/** A graph and the status of its nodes at a moment. */
export class GraphFacts implements Facts {
  readonly graphId: string;
  readonly status: GraphStatus;
  readonly reason: string;
  readonly isSandbox: boolean;
  readonly createdNs: number;
  readonly updatedNs: number;
  readonly baseNs: string;
  readonly nodeIds: readonly string[];
  readonly statuses: readonly NodeStatus[];

  constructor(state: CoreState, graph: Graph) {
    this.graphId = graph.graphId;
    this.status = graph.status;
    this.reason = graph.statusReason;
    this.isSandbox = graph.spec.isSandbox;
    this.createdNs = graph.createdAtNs;
    this.updatedNs = graph.updatedAtNs;
    this.baseNs = state.baseNs;
    this.nodeIds = graph.nodes.map(({ nodeId }) => nodeId);
    this.statuses = graph.nodes.map(({ status }) => status);
    assert(this.nodeIds.length > 0, 'a graph has nodes');
  }

  view(): WireObject {
    const nodes = Object.create(null) as Record<string, unknown>;
    assert(this.statuses.length === this.nodeIds.length, 'every node has a status');
    for (const [i, nodeId] of this.nodeIds.entries()) nodes[nodeId] = this.statuses[i];
    return {
      graph_id: this.graphId,
      status: this.status,
      status_reason: this.reason === '' ? null : this.reason,
      is_sandbox: this.isSandbox,
      created_ns: absoluteNs(this.baseNs, this.createdNs),
      updated_ns: absoluteNs(this.baseNs, this.updatedNs),
      nodes,
    };
  }
}

export function graphRow(state: CoreState, graph: Graph): WireObject {
  return new GraphFacts(state, graph).view();
}
