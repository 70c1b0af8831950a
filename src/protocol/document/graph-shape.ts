/** The shape of a graph: ids, edges between known nodes, no cycles, roots and waits. */
import type { NodeSpec } from '../graph-spec.js';
import { type Field, isGiven, member, textOf, wordOf } from './fields.js';
import type { NodeDraft } from './normalise-node.js';
import { type Problems, shown } from './problems.js';
import { topologicalOrder } from './roles.js';

/** Index of every node by id; duplicates and ids of slices are problems. */
export function indexNodes(drafts: readonly NodeDraft[], problems: Problems): Map<string, number> {
  const index = new Map<string, number>();
  const paced = new Map<string, number>();
  for (const draft of drafts) {
    if (draft.nodeId !== null && draft.pacing !== null) paced.set(draft.nodeId, draft.pacing.slices);
  }
  drafts.forEach((draft, i) => {
    const { nodeId, fields } = draft;
    if (nodeId === null) return;
    if (index.has(nodeId)) problems.add(fields.nodeId.at, 'DUPLICATE', `the node id ${shown(nodeId)} appears twice`);
    else index.set(nodeId, i);
    const dot = nodeId.lastIndexOf('.');
    const slices = dot < 0 ? undefined : paced.get(nodeId.slice(0, dot));
    const number = nodeId.slice(dot + 1);
    if (slices !== undefined && /^[1-9]\d{0,4}$/.test(number) && Number(number) <= slices) {
      const message = `${shown(nodeId)} is the id of a slice of ${shown(nodeId.slice(0, dot))}`;
      problems.add(fields.nodeId.at, 'DUPLICATE', message);
    }
  });
  return index;
}

/** Ids of the edges: as given, else `e0`, `e1`, … by position, made different from those given. */
export function edgeIds(edges: readonly Field[], problems: Problems): string[] {
  const taken = new Set<string>();
  const given = edges.map((edge) => {
    const field = member(edge, 'edge_id');
    const id = problems.covers(field.at) ? undefined : textOf(field);
    if (id === undefined) return id;
    if (taken.has(id)) problems.add(field.at, 'DUPLICATE', `the edge id ${shown(id)} appears twice`);
    taken.add(id);
    return id;
  });
  return given.map((id, i) => {
    if (id !== undefined) return id;
    let made = `e${i}`;
    while (taken.has(made)) made = `${made}_`;
    taken.add(made);
    return made;
  });
}

/** The node at one end of an edge, null when unknown (a problem). */
export function endOf(field: Field, index: ReadonlyMap<string, number>, problems: Problems): number | null {
  const id = textOf(field);
  if (id === undefined || problems.covers(field.at)) return null;
  const node = index.get(id);
  if (node !== undefined) return node;
  problems.add(field.at, 'UNKNOWN_NODE', `no node ${shown(id)} in this graph`);
  return null;
}

/** False, with a problem on the edges concerned, when the edges have a cycle. */
export function checkCycles(
  nodeCount: number,
  edges: readonly { readonly from: number; readonly to: number; readonly at: string }[],
  problems: Problems,
): boolean {
  const order = topologicalOrder(nodeCount, edges);
  if (order.length === nodeCount) return true;
  const left = new Set(Array.from({ length: nodeCount }, (_, i) => i).filter((i) => !order.includes(i)));
  // Nodes behind a cycle are left over too: walk back along leftover edges until a node repeats.
  const back = new Map<number, { from: number; at: string }>();
  for (const edge of edges) {
    if (left.has(edge.from) && left.has(edge.to) && !back.has(edge.to)) back.set(edge.to, edge);
  }
  const seen = new Set<number>();
  let node = [...left][0] ?? 0;
  while (!seen.has(node)) {
    seen.add(node);
    node = back.get(node)?.from ?? node;
  }
  const field = back.get(node)?.at ?? '/edges';
  problems.add(field, 'CYCLE', 'this edge closes a cycle: nodes would wait for one another for ever');
  return false;
}

/** Activation of each node, derived from the edges where it is not given; contradictions are problems. */
export function activations(
  drafts: readonly NodeDraft[],
  targets: ReadonlySet<number>,
  problems: Problems,
): NodeSpec['activation'][] {
  return drafts.map((draft, i) => {
    const field = draft.fields.activation;
    const derived = targets.has(i) ? 'wait' : 'root';
    if (!isGiven(field) || problems.covers(field.at)) return derived;
    const given = wordOf(field);
    if (given === 'root' && derived === 'wait') {
      problems.add(field.at, 'CONTRADICTION', 'a root has no incoming edges; make it "wait"');
    } else if (given === 'wait' && derived === 'root') {
      problems.add(field.at, 'CONTRADICTION', 'nothing would ever activate it: a "wait" needs an incoming edge');
    }
    return derived;
  });
}
