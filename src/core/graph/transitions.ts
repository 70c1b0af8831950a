/** The only places that change the status of a node or a graph: by the tables. */
import { assert } from '../../base/assert.js';
import { emitGraph } from '../emit.js';
import type { CoreState, Graph, Node } from '../state.js';
import { touchGraph } from './dirty.js';
import { graphTable, type GraphInput } from './graph-table.js';
import { isTerminalNode, nodeTable, type NodeInput } from './node-table.js';

export function setNodeStatus(state: CoreState, node: Node, input: NodeInput): boolean {
  const before = node.status;
  const after = nodeTable[before][input];
  assert(after !== null, 'a node takes only what the table has for its status');
  if (after === before) return false;
  node.status = after;
  if (isTerminalNode(after)) node.graph.openNodes -= 1;
  if (isTerminalNode(before)) node.graph.openNodes += 1;
  assert(node.graph.openNodes >= 0, 'open nodes are counted');
  assert(node.graph.openNodes <= node.graph.nodes.length, 'no more nodes are open than there are');
  if (node.run !== null) node.run.updatedAtNs = state.tNs;
  touchGraph(state, node.graph);
  return true;
}

export function setGraphStatus(state: CoreState, graph: Graph, input: GraphInput, reason: string): void {
  const before = graph.status;
  const after = graphTable[before][input];
  assert(after !== null, 'a graph takes only what the table has for its status');
  if (reason !== '') graph.statusReason = reason;
  if (after === before) return;
  graph.status = after;
  emitGraph(state, graph);
}
