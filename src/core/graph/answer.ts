/** The answer to a submit, made from the graph when it is told, and from what is kept of it when it is told again. */
import { assert, must } from '../../base/assert.js';
import type { Reply, ReplyBody } from '../../protocol/commands.js';
import type { Warning } from '../../protocol/graph-spec.js';
import type { Graph } from '../state.js';
import type { EndedRecord } from './kept.js';

type Submitted = Extract<ReplyBody, { kind: 'submitted' }>;
type Said = Pick<Submitted, 'nodeCount' | 'edgeCount' | 'nodeIds' | 'groups'> & { readonly warnings: readonly Warning[] };

/** Every graph that is taken starts at once. */
const STATUS = 'active';

export function submittedBody(graph: Graph, repeated: boolean): Submitted {
  const { nodeCount, edgeCount, nodeIds, groups } = saidOf(graph);
  assert(nodeCount >= nodeIds.length && edgeCount >= graph.edges.length, 'slices count beside the nodes and edges of the document');
  return { kind: 'submitted', graphId: graph.graphId, status: STATUS, nodeCount, edgeCount, nodeIds, groups, repeated };
}

/** Slices and what flattens come after the nodes of the document. */
function saidOf(graph: Graph): Said {
  assert(graph.documentNodes > 0 && graph.documentNodes <= graph.nodes.length, 'a graph begins with the nodes of its document');
  const nodes = graph.nodes.slice(0, graph.documentNodes);
  const slices = nodes.reduce((sum, node) => sum + (node.spec.pacing?.slices ?? 0), 0);
  const nameOf = (index: number): string => must(nodes[index], 'member of a group').nodeId;
  return {
    nodeCount: nodes.length + slices, edgeCount: graph.edges.length + slices, nodeIds: nodes.map((node) => node.nodeId),
    groups: graph.groups.map(({ spec, auto }) => ({ type: spec.type, nodes: spec.nodes.map(nameOf), auto })), warnings: graph.warnings,
  };
}

/** What a record keeps of it, as short text. */
export function saidText(graph: Graph): string {
  const { nodeCount, edgeCount, nodeIds, groups, warnings } = saidOf(graph);
  assert(nodeIds.length > 0, 'a graph has nodes');
  return JSON.stringify([nodeCount, edgeCount, nodeIds, groups, warnings]);
}

/** The first answer again; null where it was never given. */
export function answerAgain(graphId: string, known: Graph | EndedRecord): Reply | null {
  if (known.answeredAtNs < 0) return null;
  const { answeredAtNs: tNs, answeredSeq: seq } = known;
  assert(seq >= 0, 'what was answered has its place among what the account was told');
  if ('nodes' in known) return { ok: true, tNs, seq, body: submittedBody(known, true), warnings: known.warnings };
  const [nodeCount, edgeCount, nodeIds, groups, warnings] = JSON.parse(known.said) as [number, number, Said['nodeIds'], Said['groups'], Warning[]]; // by saidText
  return { ok: true, tNs, seq, body: { kind: 'submitted', graphId, status: STATUS, nodeCount, edgeCount, nodeIds, groups, repeated: true }, warnings };
}
