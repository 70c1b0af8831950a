/** A graph in memory from its spec: nodes, edges, roles, groups (semantics, Roles and §6). */
import { assert, must } from '../../base/assert.js';
import { added } from '../../base/lists.js';
import { Wide } from '../../base/wide.js';
import type { GraphSpec, GroupSpec } from '../../protocol/graph-spec.js';
import type { CoreState, Graph, Group, Node, Role } from '../state.js';
import { indexList } from './index-list.js';
import { CompactEdge, figureOf } from './new-edge.js';
import { newNode } from './new-node.js';
import { newPace } from './pacing.js';
import { edgeTerms, graphTerms, nodeTerms } from './terms.js';

const STUCK_NS = 1_000_000_000;

export function buildGraph(state: CoreState, spec: GraphSpec, bodyHash: string, repeatKey: string): Graph {
  const { terms } = state.scratch;
  const graph: Graph = {
    serial: 0, spec: graphTerms(terms, spec), bodyHash, repeatKey, graphId: spec.graphId, accountId: spec.accountId, status: 'submitted',
    statusReason: '', createdAtNs: state.tNs, updatedAtNs: state.tNs, endedAtNs: -1, seq: 0, answeredAtNs: -1, answeredSeq: 0,
    documentNodes: spec.nodes.length, keptBytes: 0,
    warnings: [...spec.warnings], nodes: [], edges: [], groups: [], openNodes: 0, liveChildren: 0, orderCounter: 0,
    pausedBy: 0, openingStopped: 0, userCancelled: 0, anyFill: 0, priceLost: 0, riskDue: 0, failureDue: '', failureReason: '', breachEnded: 0,
    flattening: null, breaches: [], positions: [], listingPositions: [], fees: new Wide(), peak: new Wide(),
    venues: [], lostVenues: [], dirty: 0,
  };
  for (let i = 0; i < spec.nodes.length; i++) {
    const said = must(spec.nodes[i], 'node spec');
    const node = newNode(graph, i, said.nodeId, said.limitTicks ?? 0, nodeTerms(terms, said));
    node.expireAtNs = said.expireAtNs;
    if (node.spec.pacing !== null) node.pace = newPace();
    graph.nodes = added(graph.nodes, node);
  }
  graph.openNodes = graph.nodes.length;
  assert(graph.openNodes > 0, 'a graph has nodes');
  // One without edges is all opening roots.
  if (spec.edges.length > 0) {
    addEdges(state, graph, spec);
    assignRoles(state, graph);
  }
  addGroups(graph, spec);
  for (const node of graph.nodes) if (node.inEdges.length === 0) node.released = node.ceiling;
  return graph;
}

function addEdges(state: CoreState, graph: Graph, spec: GraphSpec): void {
  const into: number[][] = graph.nodes.map(() => []);
  const out: number[][] = graph.nodes.map(() => []);
  for (let i = 0; i < spec.edges.length; i++) {
    const edgeSpec = must(spec.edges[i], 'edge spec');
    assert(edgeSpec.from !== edgeSpec.to, 'an edge joins two nodes');
    const { edgeId, from, to, trigger } = edgeSpec;
    graph.edges = added(graph.edges, new CompactEdge(graph, i, edgeId, from, to, figureOf(trigger), edgeTerms(state.scratch.terms, edgeSpec)));
    must(out[from], 'parent of an edge').push(i);
    must(into[to], 'child of an edge').push(i);
  }
  for (const node of graph.nodes) {
    node.inEdges = indexList(must(into[node.index], 'incoming'));
    node.outEdges = indexList(must(out[node.index], 'outgoing'));
  }
}

/** Parents before children; the document was checked to have no cycle. */
function topological(graph: Graph): Node[] {
  const waiting = graph.nodes.map((node) => node.inEdges.length);
  const ready = graph.nodes.filter((node) => node.inEdges.length === 0);
  for (let i = 0; i < ready.length; i++) {
    for (const index of must(ready[i], 'ready node').outEdges) {
      const { to } = must(graph.edges[index], 'edge');
      waiting[to] = must(waiting[to], 'count') - 1;
      if (waiting[to] === 0) ready.push(must(graph.nodes[to], 'child'));
    }
  }
  assert(ready.length === graph.nodes.length, 'edges have no cycle');
  return ready;
}

interface Relation {
  role: Role;
  ps: number[];
}

/** What a node is by one of its parents. */
function relationTo(state: CoreState, node: Node, parent: Node): Relation {
  const { side, instrument } = node.spec;
  assert(node !== parent && node.graph === parent.graph, 'a parent is another node of the graph');
  const mine = must(state.universe.instruments[instrument], 'instrument');
  const exitOf = (p: Node): boolean => p.spec.instrument === instrument && p.spec.side !== side;
  const hedgeOf = (p: Node): boolean => {
    const other = must(state.universe.instruments[p.spec.instrument], 'instrument');
    return p.spec.instrument !== instrument && other.base === mine.base && p.spec.side !== side;
  };
  if (parent.role !== 'exit' && exitOf(parent)) return { role: 'exit', ps: [parent.index] };
  if (parent.role !== 'exit' && hedgeOf(parent)) return { role: 'hedge', ps: [parent.index] };
  const above = parent.ps.map((index) => must(parent.graph.nodes[index], 'p'));
  if (parent.role === 'exit' && above.length > 0 && above.every(exitOf)) return { role: 'exit', ps: [...parent.ps] };
  if (parent.role === 'hedge' && above.length > 0 && above.every(hedgeOf)) return { role: 'hedge', ps: [...parent.ps] };
  return { role: 'opening', ps: [] };
}

function assignRoles(state: CoreState, graph: Graph): void {
  for (const node of topological(graph)) {
    if (node.inEdges.length === 0) continue;
    const parents = [...new Set(node.inEdges.map((index) => must(graph.edges[index], 'edge').from))];
    const relations = parents.map((index) => relationTo(state, node, must(graph.nodes[index], 'parent')));
    const { role } = must(relations[0], 'relation');
    if (role !== 'opening' && relations.every((relation) => relation.role === role)) {
      node.role = role;
      assert(parents.length > 0, 'an exit or hedge has parents');
      node.ps = indexList([...new Set(relations.flatMap((relation) => relation.ps))].sort((a, b) => a - b));
    } else if (relations.some((relation) => relation.role !== 'opening')) {
      if (!graph.warnings.some((warning) => warning.code === 'MIXED_ROLE' && warning.field === `/nodes/${node.index}`)) {
        graph.warnings.push({ code: 'MIXED_ROLE', message: `node ${node.nodeId} is an exit or hedge of one parent only: treated as opening`, field: `/nodes/${node.index}` });
      }
    }
  }
  for (const p of graph.nodes) {
    const exits = graph.nodes.filter((node) => node.role === 'exit' && node.ps.includes(p.index)).map((node) => node.index);
    const hedges = graph.nodes.filter((node) => node.role === 'hedge' && node.ps.includes(p.index)).map((node) => node.index);
    if (exits.length > 0) p.exits = indexList(exits);
    if (hedges.length > 0) p.hedges = indexList(hedges);
  }
  for (const node of graph.nodes) {
    if (node.role !== 'exit') continue;
    const peers = new Set<number>();
    for (const p of node.ps) for (const exit of must(graph.nodes[p], 'p').exits) peers.add(exit);
    node.peers = node.ps.length === 1 ? must(graph.nodes[must(node.ps[0], 'p')], 'p').exits : indexList([...peers].sort((a, b) => a - b));
  }
}

function addGroups(graph: Graph, spec: GraphSpec): void {
  const add = (groupSpec: GroupSpec, auto: boolean): void => {
    const group: Group = { spec: groupSpec, auto, resolved: 0, blockedAtNs: -1 };
    for (const index of groupSpec.nodes) {
      const node = must(graph.nodes[index], 'group member');
      node.groups = indexList([...node.groups, graph.groups.length]);
    }
    assert(groupSpec.nodes.length > 0, 'a group has members');
    graph.groups.push(group);
  };
  for (const group of spec.groups) add(group, false);
  if (!spec.autoGroups) return;
  for (const p of graph.nodes) {
    if (p.exits.length < 2) continue;
    const known = graph.groups.some((group) => p.exits.every((index) => group.spec.nodes.includes(index)));
    if (!known) add({ type: 'ouo', nodes: p.exits, stuck: 'wait', stuckNs: STUCK_NS }, true);
  }
}
