/**
 * States as earlier versions wrote them, read into what this one holds. Up to version 6 nodes and edges had all fields
 * at once and their documents whole: they are filled through the same names, documents are cut to their terms. Version 5
 * kept nothing of orders put away but their executions: as if none had been.
 */
import { must } from '../base/assert.js';
import type { EdgeSpec, GraphSpec, NodeSpec } from '../protocol/graph-spec.js';
import type { DecodedShape } from './codec.js';
import { blankEdge, figureOf, type CompactEdge } from './graph/new-edge.js';
import { blankNode, type CompactNode } from './graph/new-node.js';
import { edgeTerms, graphTerms, nodeTerms, type TermsTable } from './graph/terms.js';
import { indexList } from './graph/index-list.js';

type Fields = Record<string, unknown>;

/** How objects with these keys of a state of version 6 or less are read; null = as they are. */
export function oldShape(keys: readonly string[], table: TermsTable): DecodedShape | null {
  if (keys.includes('inEdges')) return { keys, last: [], make: () => fieldsOf(blankNode()), set: (object, key, value) => setOfNode(object as unknown as CompactNode, key, value, table) };
  if (keys.includes('heldSinceAtNs')) return { keys, last: [], make: () => fieldsOf(blankEdge()), set: (object, key, value) => setOfEdge(object as unknown as CompactEdge, key, value, table) };
  if (keys.includes('dueAtNs')) return { keys, last: [], make: () => ({ dueAtNs: 0, order: 0, pos: 0, kind: 0, owner: null }), set: setOfTimer };
  if (!keys.includes('listingPositions')) return null;
  const first: Fields = Object.fromEntries(keys.map((key) => [key, 0]));
  return { keys, last: [], make: () => ({ ...first }), set: (object, key, value) => void (object[key] = key === 'spec' ? graphTerms(table, value as GraphSpec) : value) };
}

function fieldsOf(object: object): Fields {
  return object as Fields;
}

function setOfNode(node: CompactNode, key: string, value: unknown, table: TermsTable): void {
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
  edge.spec = edgeTerms(table, spec);
  edge.edgeId = spec.edgeId;
  edge.from = spec.from;
  edge.to = spec.to;
  edge.level = figureOf(spec.trigger);
  return undefined;
}

/** Of four owners one was there. */
function setOfTimer(timer: Fields, key: string, value: unknown): void {
  const isOwner = ['node', 'edge', 'child', 'graph'].includes(key);
  if (!isOwner) timer[key] = value;
  else if (value !== null) timer['owner'] = must(value, 'owner of a timer');
}

function setOf(object: object, key: string, value: unknown): void {
  fieldsOf(object)[key] = value;
}
