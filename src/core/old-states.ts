/**
 * States as earlier versions wrote them, read into what this one holds. Up to version 6 nodes and edges had all fields
 * at once and their documents whole: they are filled through the same names, documents are cut to their terms. Version 5
 * kept nothing of orders put away but their executions: as if none had been. Up to version 11 a node kept all its orders.
 */
import { assert, must } from '../base/assert.js';
import type { Reply } from '../protocol/commands.js';
import type { EdgeSpec, GraphSpec, NodeSpec } from '../protocol/graph-spec.js';
import type { DecodedShape } from './codec.js';
import { blankEdge, figureOf, type CompactEdge } from './graph/new-edge.js';
import type { EndedRecord } from './graph/kept.js';
import { blankNode, type CompactNode } from './graph/new-node.js';
import { edgeTerms, graphTerms, nodeTerms, type TermsTable } from './graph/terms.js';
import { indexList } from './graph/index-list.js';
import type { AwayOrder } from './orders/orphans.js';
import type { Graph } from './state.js';

type Fields = Record<string, unknown>;

/** Executions of orders put away are with what those filled, open graphs by serial. */
const AWAY_AS_ONE_SINCE = 8;
/** What orders put away came to is in the record of their graph. */
const RECORDS_WITH_ORDERS_SINCE = 10;

/** What a whole state of an earlier version says in the fields of this one. */
export function upgraded(decoded: object, version: number): object {
  if (version >= RECORDS_WITH_ORDERS_SINCE) return decoded;
  const state = version < AWAY_AS_ONE_SINCE ? withAwayAsOne(decoded as Fields) : decoded as Fields;
  const { awayExecCount, ...rest } = state;
  assert(typeof awayExecCount === 'number', 'executions of orders put away were counted');
  const orders = [...(rest['awayOrders'] as ReadonlyMap<string, Omit<AwayOrder, 'clientOrderId'>>)]
    .map(([clientOrderId, order]): [string, AwayOrder] => [clientOrderId, { clientOrderId, ...order }]);
  // Records had no serial: below every one that is given, where nothing is looked for.
  const records = [...(rest['ended'] as ReadonlyMap<string, Omit<EndedRecord, 'key' | 'serial' | 'orders'>>)]
    .map(([key, record], i): [string, EndedRecord] => [key, { key, serial: -1 - i, ...record, orders: null }]);
  return { ...rest, ended: new Map(records), awayOrders: new Map(orders) };
}

/** Of version 7 or less: open graphs had their keys, and executions of orders put away a table of their own, by order, a space and id. */
function withAwayAsOne(decoded: Fields): Fields {
  const { awayExecs, ...rest } = decoded;
  const old = (rest['awayOrders'] ?? new Map()) as ReadonlyMap<string, Omit<AwayOrder, 'clientOrderId' | 'execIds'>>;
  const awayOrders = new Map<string, Omit<AwayOrder, 'clientOrderId'>>();
  for (const [id, { filled, syntheticLots, limitTicks }] of old) awayOrders.set(id, { filled, syntheticLots, limitTicks, execIds: null });
  const execs = [...((awayExecs ?? new Map()) as ReadonlyMap<string, 1>).keys()];
  for (const key of execs) {
    const [id = '', name = ''] = splitAtSpace(key);
    const known = awayOrders.get(id) ?? { filled: -1, syntheticLots: 0, limitTicks: 0, execIds: null };
    awayOrders.set(id, { ...known, execIds: [...(known.execIds ?? []), name] });
  }
  assert(awayOrders.size >= old.size, 'no order put away gets lost');
  const open = [...(rest['open'] as ReadonlyMap<string, Graph>).values()];
  return { ...rest, open: new Map(open.map((graph) => [graph.serial, graph])), awayOrders, awayExecCount: execs.length };
}

function splitAtSpace(text: string): readonly string[] {
  const at = text.indexOf(' ');
  assert(at > 0, 'an execution was kept as an order, a space and its id');
  return [text.slice(0, at), text.slice(at + 1)];
}

/** How objects with these keys of a state of version 6 or less are read; null = as they are. */
export function oldShape(keys: readonly string[], table: TermsTable): DecodedShape | null {
  if (keys.includes('inEdges')) return { keys, last: [], make: () => fieldsOf(blankNode()), set: (object, key, value) => setOfNode(object as unknown as CompactNode, key, value, table) };
  if (keys.includes('heldSinceAtNs')) return { keys, last: [], make: () => fieldsOf(blankEdge()), set: (object, key, value) => setOfEdge(object as unknown as CompactEdge, key, value, table) };
  if (keys.includes('dueAtNs')) return { keys, last: [], make: () => ({ dueAtNs: 0, order: 0, pos: 0, kind: 0, owner: null }), set: setOfTimer };
  return null;
}

/** Graphs and their records kept their answers whole before version 9; null = other objects. */
export function shapeWithAnswer(keys: readonly string[], table: TermsTable): DecodedShape | null {
  assert(keys.length > 0, 'an object that was written has fields');
  if (!keys.includes('reply') || !keys.includes('bodyHash')) return null;
  const isGraph = keys.includes('listingPositions');
  assert(isGraph !== keys.includes('left'), 'an answer was kept with a graph or its record');
  const fields = keys.flatMap((key) => (key !== 'reply' ? [key] : isGraph ? ['answeredAtNs', 'answeredSeq', 'documentNodes', 'keptBytes'] : ['answeredAtNs', 'answeredSeq', 'said']));
  const first: Fields = Object.fromEntries(fields.map((key) => [key, 0]));
  return { keys, last: [], make: () => ({ ...first }), set: isGraph ? (object, key, value) => setOfGraph(object, key, value, table) : setOfRecord };
}

/** Runs of nodes had no orders set aside before version 12; null = other objects. */
export function shapeOfOldRun(keys: readonly string[]): DecodedShape | null {
  assert(keys.length > 0, 'an object that was written has fields');
  const at = keys.indexOf('childCount');
  if (at < 0) return null;
  assert(!keys.includes('aside'), 'a version that has orders set aside says so');
  const first: Fields = Object.fromEntries([...keys.slice(0, at + 1), 'aside', ...keys.slice(at + 1)].map((key) => [key, key === 'aside' ? null : 0]));
  return { keys, last: [], make: () => ({ ...first }), set: setOf };
}

function setOfGraph(graph: Fields, key: string, value: unknown, table: TermsTable): void {
  if (key !== 'reply') return setOf(graph, key, key === 'spec' ? graphTerms(table, value as GraphSpec) : value);
  const answer = value as Reply | null;
  assert(answer === null || typeof answer === 'object', 'an answer is an object or none');
  const body = answer?.ok === true && answer.body.kind === 'submitted' ? answer.body : null;
  graph['answeredAtNs'] = answer?.ok === true ? answer.tNs : -1;
  graph['answeredSeq'] = answer?.ok === true ? answer.seq : 0;
  graph['documentNodes'] = body?.nodeIds.length ?? 0;
  return undefined;
}

function setOfRecord(record: Fields, key: string, value: unknown): void {
  if (key === 'left') return setOf(record, key, (value as unknown[]).length === 0 ? '' : JSON.stringify(value));
  if (key !== 'reply') return setOf(record, key, value);
  const answer = value as Reply | null;
  assert(answer === null || typeof answer === 'object', 'an answer is an object or none');
  const isAnswer = answer?.ok === true && answer.body.kind === 'submitted';
  record['answeredAtNs'] = isAnswer ? answer.tNs : -1;
  record['answeredSeq'] = isAnswer ? answer.seq : 0;
  record['said'] = isAnswer && answer.body.kind === 'submitted'
    ? JSON.stringify([answer.body.nodeCount, answer.body.edgeCount, answer.body.nodeIds, answer.body.groups, answer.warnings]) : '';
  return undefined;
}

function fieldsOf(object: object): Fields {
  return object as Fields;
}

function setOfNode(node: CompactNode, key: string, value: unknown, table: TermsTable): void {
  assert(node.filled >= 0, 'what is filled is never negative');
  if (key === 'spec') {
    node.spec = nodeTerms(table, value as NodeSpec);
    node.expireAtNs = (value as NodeSpec).expireAtNs;
    return;
  }
  // Slices end with their container.
  if (key === 'container' && value !== null) node.expireAtNs = null;
  if (Array.isArray(value) && key !== 'gone') setOf(node, key, indexList(value as number[]));
  else setOf(node, key, value);
}

/** Written after the spec: a level that was not looked at yet was unknown, and in the document. */
function setOfEdge(edge: CompactEdge, key: string, value: unknown, table: TermsTable): void {
  if (key !== 'spec') return key === 'level' && Number.isNaN(value) ? undefined : setOf(edge, key, value);
  const spec = value as EdgeSpec;
  assert(spec.from >= 0 && spec.to >= 0 && spec.from !== spec.to, 'an edge joins two nodes');
  edge.spec = edgeTerms(table, spec);
  edge.edgeId = spec.edgeId;
  edge.from = spec.from;
  edge.to = spec.to;
  edge.level = figureOf(spec.trigger);
  return undefined;
}

/** Of four owners one was there. */
function setOfTimer(timer: Fields, key: string, value: unknown): void {
  assert(key !== '', 'a field has a name');
  const isOwner = ['node', 'edge', 'child', 'graph'].includes(key);
  if (!isOwner) timer[key] = value;
  else if (value !== null) timer['owner'] = must(value, 'owner of a timer');
}

function setOf(object: object, key: string, value: unknown): void {
  fieldsOf(object)[key] = value;
}
