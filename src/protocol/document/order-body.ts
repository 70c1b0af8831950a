/** The way in for POST /v1/orders and /v1/orders/preview: a body to a `GraphSpec`, or every reason why not. */
import { must } from '../../base/assert.js';
import type { GraphSpec } from '../graph-spec.js';
import { parseJson } from '../json/parse.js';
import { isJsonObject } from '../json/values.js';
import { bodyHash } from './body-hash.js';
import type { DocumentContext } from './context.js';
import { normaliseBody } from './normalise-graph.js';
import { type Problem, Problems } from './problems.js';
import { keepSimple, takeSimple } from './simple-forms.js';
import { compileSchema } from './schema-check.js';
import { graphSchema, simpleOrderSchema } from './schemas/graph.js';

export interface Refusal {
  readonly ok: false;
  /** Of the registry in `error-codes.ts`; NOT_SUPPORTED only when nothing else is wrong. Status 422, or 400. */
  readonly code: 'BAD_REQUEST' | 'VALIDATION_ERROR' | 'NOT_SUPPORTED';
  readonly status: 400 | 422;
  /** Carries the first reason: the public client shows nothing else. */
  readonly message: string;
  readonly problems: readonly Problem[];
  /** Problems found beyond those listed. */
  readonly more: number;
}

export interface AcceptedOrder {
  readonly ok: true;
  readonly graph: GraphSpec;
  readonly bodyHash: string;
  /** True when the client chose the id: idempotency by id, else the answer-lost rule. */
  readonly namedByClient: boolean;
}

const checkGraph = compileSchema(graphSchema);
const checkSimple = compileSchema(simpleOrderSchema);

/** Parses, validates and normalises a body. Never throws for anything a client can send. */
export function parseOrderBody(input: string | Uint8Array, context: DocumentContext): AcceptedOrder | Refusal {
  const parsed = parseJson(input, { rawKey: 'metadata' });
  return parsed.ok ? normaliseOrder(parsed.value, context) : badRequest(parsed.error.message);
}

/** The same for a body that is parsed already (by `parseJson`). A body with `nodes` is a graph. */
export function normaliseOrder(value: unknown, context: DocumentContext): AcceptedOrder | Refusal {
  if (!isJsonObject(value)) return badRequest('expected a JSON object');
  const isGraph = value['nodes'] !== undefined || value['edges'] !== undefined;
  const namedByClient = typeof value['graph_id'] === 'string';
  const simple = isGraph ? null : takeSimple(value, context);
  if (simple !== null) return { ok: true, graph: simple.graph, bodyHash: simple.bodyHash, namedByClient };
  const problems = new Problems();
  (isGraph ? checkGraph : checkSimple)(value, '', problems);
  const graph = normaliseBody(value, isGraph, context, problems);
  if (graph === null) return refusalOf(problems);
  if (!isGraph) keepSimple(value, context, graph);
  return { ok: true, graph, bodyHash: bodyHash(graph, context.resolver.universe), namedByClient };
}

export function badRequest(message: string): Refusal {
  return { ok: false, code: 'BAD_REQUEST', status: 400, message, problems: [], more: 0 };
}

/** A refusal out of what was found; there is at least one problem. */
export function refusalOf(problems: Problems): Refusal {
  const rows = problems.rows;
  const first = must(rows[0], 'a reason for the refusal');
  const rest = problems.count - 1;
  const message = `${first.field || 'body'}: ${first.message}${rest > 0 ? ` (and ${rest} more)` : ''}`;
  const code = rows.every((row) => row.code === 'NOT_SUPPORTED') ? 'NOT_SUPPORTED' : 'VALIDATION_ERROR';
  return { ok: false, code, status: 422, message, problems: rows, more: problems.more };
}
