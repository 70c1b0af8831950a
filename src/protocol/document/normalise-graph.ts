/** A document, simple order or graph, to a `GraphSpec` with every problem listed at once. */
import { must } from '../../base/assert.js';
import { limits } from '../../base/limits.js';
import { stringifyExact } from '../json/stringify.js';
import type { EdgeSpec, GraphSpec, GroupSpec, NodeSpec } from '../graph-spec.js';
import { RawJson } from '../json/values.js';
import type { DocumentContext } from './context.js';
import { type Field, flagOf, isGiven, listOf, member, plainNumberOf, textOf, wordOf } from './fields.js';
import { activations, checkCycles, edgeIds, endOf, indexNodes } from './graph-shape.js';
import { fieldsOfNode, fieldsOfSimpleOrder } from './node-fields.js';
import { normaliseSizing, normaliseTrigger } from './normalise-edge.js';
import { type NodeDraft, normaliseNode } from './normalise-node.js';
import { normaliseRisk } from './normalise-risk.js';
import { type Problems, shown } from './problems.js';
import { type NodeRole, rolesOf } from './roles.js';
import { checkNet, checkSizing, isSelfEdge } from './sizing-checks.js';
import { warningsOf } from './warnings.js';

const NS_PER_MS = 1_000_000;
/** How long a group's quantity may stay in doubt before an alert. */
const STUCK_MS = 1_000;

/**
 * The body's meaning; null when there is any problem. The body's form has been checked against its schema and those
 * problems are in `problems` already: what they cover is read as absent here.
 */
export function normaliseBody(
  value: unknown,
  isGraph: boolean,
  context: DocumentContext,
  problems: Problems,
): GraphSpec | null {
  const body: Field = { value, at: '' };
  const nodeFields = isGraph
    ? listOf(member(body, 'nodes'))
        .slice(0, limits.nodesMax)
        .map((node, i) => fieldsOfNode({ value: node, at: `/nodes/${i}` }))
    : [fieldsOfSimpleOrder(body)];
  const drafts = nodeFields.map((fields) => normaliseNode(fields, context, problems));
  checkSliceCount(drafts, problems);
  const index = indexNodes(drafts, problems);
  const edgeFields = listOf(member(body, 'edges'))
    .slice(0, limits.edgesMax)
    .map((edge, i): Field => ({ value: edge, at: `/edges/${i}` }));
  const edges = normaliseEdges(edgeFields, drafts, index, context, problems);
  const targets = new Set(edges.flatMap((edge) => (edge.to === null ? [] : [edge.to])));
  const activation = activations(drafts, targets, problems);
  drafts.forEach((draft, i) => {
    if (draft.quantity?.kind !== 'from_edge' || targets.has(i)) return;
    problems.add(draft.fields.quantity.at, 'CONTRADICTION', 'a root has no edge to take its quantity from');
  });
  const roles = rolesIfKnown(drafts, edges, problems, context);
  if (roles !== null) checkNet(edges, roles, problems);
  const groups = isGraph ? normaliseGroups(member(body, 'groups'), index, roles, context, problems) : [];
  const risk = normaliseRisk(member(body, 'risk'), context, problems);
  const graphId = resolveGraphId(member(body, 'graph_id'), context, problems);
  const metadataJson = resolveMetadata(member(body, 'metadata'), problems);
  if (problems.count > 0 || roles === null) return null;
  const nodes = drafts.map((draft, i) => finishNode(draft, must(activation[i], 'activation')));
  const finished = edges.map(finishEdge);
  const sandbox = flagOf(member(body, 'is_sandbox')) ?? flagOf(member(body, 'sandbox')) ?? false;
  return {
    graphId,
    accountId: context.accountId,
    isSandbox: context.forceSandbox || sandbox,
    nodes,
    edges: finished,
    groups,
    autoGroups: flagOf(member(body, 'auto_groups')) ?? true,
    risk,
    metadataJson,
    warnings: warningsOf({ nodes, edges: finished, risk, roles, universe: context.resolver.universe }),
  };
}

interface EdgeDraft {
  readonly edgeId: string;
  readonly from: number | null;
  readonly to: number | null;
  readonly at: string;
  readonly trigger: EdgeSpec['trigger'] | null;
  readonly sizing: EdgeSpec['sizing'] | null;
  readonly keepParent: boolean;
}

function normaliseEdges(
  fields: readonly Field[],
  drafts: readonly NodeDraft[],
  index: ReadonlyMap<string, number>,
  context: DocumentContext,
  problems: Problems,
): EdgeDraft[] {
  const ids = edgeIds(fields, problems);
  return fields.map((edge, i) => {
    const from = endOf(member(edge, 'from_node'), index, problems);
    const to = endOf(member(edge, 'to_node'), index, problems);
    if (from !== null && to !== null && isSelfEdge({ from, to })) {
      problems.add(`${edge.at}/to_node`, 'CYCLE', 'an edge can’t lead from a node to itself');
    }
    const ends = { from: from === null ? null : (drafts[from] ?? null), to: to === null ? null : (drafts[to] ?? null) };
    const trigger = normaliseTrigger(edge, ends, context, problems);
    const sizing = normaliseSizing(edge, trigger, ends, context, problems);
    if (sizing !== null) checkSizing(sizing, `${edge.at}/sizing`, ends, problems);
    const keepParent = flagOf(member(edge, 'keep_parent')) ?? false;
    if (keepParent && trigger !== null && trigger.kind !== 'on_price') {
      problems.add(`${edge.at}/keep_parent`, 'CONTRADICTION', 'only an exit fired by on_price stops its parent');
    }
    return { edgeId: must(ids[i], 'edge id'), from, to, at: edge.at, trigger, sizing, keepParent };
  });
}

/** Roles need instruments, sides and sound edges; null while any of these is wrong. */
function rolesIfKnown(
  drafts: readonly NodeDraft[],
  edges: readonly EdgeDraft[],
  problems: Problems,
  context: DocumentContext,
): NodeRole[] | null {
  const known: { from: number; to: number; at: string }[] = [];
  for (const { from, to, at } of edges) {
    if (from !== null && to !== null && from !== to) known.push({ from, to, at });
  }
  const acyclic = checkCycles(drafts.length, known, problems);
  if (!acyclic || known.length < edges.length) return null;
  const nodes = drafts.flatMap(({ instrument, side }) =>
    instrument === null || side === null ? [] : [{ instrument: instrument.id, side }],
  );
  return nodes.length < drafts.length ? null : rolesOf({ nodes, edges: known }, context.resolver.universe);
}

function normaliseGroups(
  groups: Field,
  index: ReadonlyMap<string, number>,
  roles: readonly NodeRole[] | null,
  context: DocumentContext,
  problems: Problems,
): GroupSpec[] {
  if (context.unsupported?.has('groups') === true && listOf(groups).length > 0) {
    problems.add(groups.at, 'NOT_SUPPORTED', 'explicit groups are not supported by this engine');
  }
  const ouoMembers = new Set<number>();
  return listOf(groups).map((value, g) => {
    const group: Field = { value, at: `${groups.at}/${g}` };
    const type = wordOf(member(group, 'type')) === 'ouo' ? 'ouo' : 'oco';
    const list = member(group, 'nodes');
    const nodes: number[] = [];
    listOf(list).forEach((id, i) => {
      const field: Field = { value: id, at: `${list.at}/${i}` };
      const node = endOf(field, index, problems);
      if (node === null) return;
      if (nodes.includes(node)) problems.add(field.at, 'DUPLICATE', `${shown(id)} is in this group already`);
      nodes.push(node);
      if (type !== 'ouo') return;
      if (ouoMembers.has(node)) problems.add(field.at, 'DUPLICATE', `${shown(id)} is in another ouo group already`);
      ouoMembers.add(node);
    });
    if (type === 'ouo' && roles !== null && !problems.covers(list.at) && !shareOneParent(nodes, roles)) {
      problems.add(list.at, 'CONTRADICTION', 'an ouo group is for exits of one and the same node');
    }
    const stuckMs = plainNumberOf(member(group, 'stuck_ms')) ?? STUCK_MS;
    const stuck = wordOf(member(group, 'stuck')) === 'send' ? 'send' : 'wait';
    return { type, nodes, stuck, stuckNs: stuckMs * NS_PER_MS };
  });
}

function shareOneParent(nodes: readonly number[], roles: readonly NodeRole[]): boolean {
  const members = nodes.map((node) => roles[node]);
  if (members.some((role) => role?.role !== 'exit')) return false;
  return members[0]?.parents.some((p) => members.every((role) => role?.parents.includes(p) === true)) === true;
}

function checkSliceCount(drafts: readonly NodeDraft[], problems: Problems): void {
  let total = 0;
  for (const draft of drafts) {
    total += draft.pacing?.slices ?? 0;
    if (total <= limits.slicesMax || draft.pacing === null) continue;
    const at = `${draft.fields.pacing.at}/uniform/num_slices`;
    problems.add(at, 'TOO_MANY', `the graph has more than ${limits.slicesMax} slices`);
    return;
  }
}

function resolveGraphId(field: Field, context: DocumentContext, problems: Problems): string {
  const id = textOf(field);
  if (id === 'graph') problems.add(field.at, 'BAD_ID', '"graph" is the prefix of order ids and can’t name a graph');
  return id ?? context.newGraphId;
}

function resolveMetadata(field: Field, problems: Problems): string | null {
  if (!isGiven(field)) return null;
  const text = field.value instanceof RawJson ? field.value.text : stringifyExact(field.value);
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    // UTF-8 bytes: a surrogate pair is four, two for each half.
    bytes += code < 0x80 ? 1 : code < 0x800 || (code >= 0xd800 && code < 0xe000) ? 2 : 3;
  }
  if (bytes > limits.metadataBytesMax) {
    problems.add(field.at, 'TOO_MANY', `metadata is ${bytes} bytes; at most ${limits.metadataBytesMax}`);
  }
  return text;
}

function finishNode(draft: NodeDraft, activation: NodeSpec['activation']): NodeSpec {
  return {
    nodeId: must(draft.nodeId, 'node id'),
    instrument: must(draft.instrument, 'instrument').id,
    side: must(draft.side, 'side'),
    quantity: must(draft.quantity, 'quantity'),
    pacing: draft.pacing,
    activation,
    ...must(draft.spec, 'the rest of a node'),
  };
}

function finishEdge(draft: EdgeDraft): EdgeSpec {
  return {
    edgeId: draft.edgeId,
    from: must(draft.from, 'parent'),
    to: must(draft.to, 'child'),
    trigger: must(draft.trigger, 'trigger'),
    sizing: must(draft.sizing, 'sizing'),
    keepParent: draft.keepParent,
  };
}
