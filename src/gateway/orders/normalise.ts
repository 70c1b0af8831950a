/** Bodies that carry orders, to what the core takes. The one place of the gateway that calls the normaliser. */
import { randomFillSync } from 'node:crypto';
import { parseJson } from '../../protocol/json/parse.js';
import { isJsonObject, type JsonObject } from '../../protocol/json/values.js';
import type { DocumentContext } from '../../protocol/document/context.js';
import { normaliseOrder, type Refusal } from '../../protocol/document/order-body.js';
import { formOf, orderOf, type Form } from '../../protocol/document/simple-forms.js';
import type { GraphSpec, NodeSpec } from '../../protocol/graph-spec.js';
import type { Principal } from '../auth/principal.js';
import type { GatewayContext } from '../context.js';
import { allowInstrument } from '../server/admit.js';
import { ApiError } from '../server/api-error.js';

const ID_BYTES = 12;
/** Random bytes are fetched by the hundred: one call costs as much as a small document. */
const pool = Buffer.alloc(ID_BYTES * 256);
let used = pool.length;

/** 96 random bits: unique among all that one engine will ever make. */
function newGraphId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += ID_BYTES;
  return `g-${pool.toString('hex', used - ID_BYTES, used)}`;
}

/** @throws ApiError BAD_REQUEST when the bytes are not a JSON object */
export function parseDocument(raw: Uint8Array): JsonObject {
  const parsed = parseJson(raw, { rawKey: 'metadata' });
  if (!parsed.ok) throw new ApiError('BAD_REQUEST', `the body is not JSON: ${parsed.error.message}`);
  if (!isJsonObject(parsed.value)) throw new ApiError('BAD_REQUEST', 'the body must be a JSON object');
  return parsed.value;
}

/**
 * The spec of a document, narrowed to what the key may use.
 * @throws ApiError VALIDATION_ERROR with every problem, or FORBIDDEN
 */
export function specOf(
  gateway: GatewayContext,
  principal: Principal,
  document: JsonObject,
): { spec: GraphSpec; bodyHash: string } {
  const result = normaliseOrder(document, contextOf(gateway, principal, document));
  if (!result.ok) throw refusalOf(result);
  return { spec: narrowed(gateway, principal, result.graph), bodyHash: result.bodyHash };
}

/** The form of a document that `specOf` took, for `specOfForm`; null where it has none. */
export function formOfDocument(gateway: GatewayContext, principal: Principal, document: JsonObject): Form | null {
  return formOf(document, contextOf(gateway, principal, document));
}

/**
 * The spec of another order of a form, or null where only a document can tell. A form is of the sandbox or not: one a door
 * must not be used for the other (`forcedSandbox`).
 * @throws ApiError FORBIDDEN
 */
export function specOfForm(
  gateway: GatewayContext, principal: Principal, form: Form, numbers: { readonly quantity: number; readonly price: number }, graphId: string,
): { spec: GraphSpec; bodyHash: string } | null {
  const made = orderOf(form, numbers.quantity, numbers.price, graphId, principal.accountId);
  return made === null ? null : { spec: narrowed(gateway, principal, made.graph), bodyHash: made.bodyHash };
}

/** True where everything that this key sends is sandbox. */
export function forcedSandbox(gateway: GatewayContext, principal: Principal): boolean {
  return principal.test || gateway.names.simulatedOnly();
}

function contextOf(gateway: GatewayContext, principal: Principal, document: JsonObject): DocumentContext {
  const { port } = gateway;
  return {
    resolver: gateway.resolver,
    accountId: principal.accountId,
    newGraphId: typeof document['graph_id'] === 'string' ? '' : newGraphId(),
    forceSandbox: forcedSandbox(gateway, principal),
    nowEpochNs: port.baseNs() + BigInt(port.nowNs()),
  };
}

/** A body's refusal as the error the caller gets: every problem in `details`. */
export function refusalOf(refusal: Refusal): ApiError {
  const details = refusal.problems.map((row) => ({ field: row.field, message: row.message }));
  return new ApiError(refusal.code, refusal.message, { status: refusal.status, details, more: refusal.more });
}

/** Venues that the key may not use are taken out of every node; a node left without any is refused. */
function narrowed(gateway: GatewayContext, principal: Principal, spec: GraphSpec): GraphSpec {
  if (principal.instruments !== null) {
    for (const node of spec.nodes) allowInstrument(principal, gateway.names.symbol(node.instrument));
  }
  const allowed = principal.venues;
  if (allowed === null) return spec;
  const nodes = spec.nodes.map((node): NodeSpec => {
    const listed = gateway.names.universe.instruments[node.instrument]?.listings ?? [];
    const own = node.venues ?? listed.map((id) => gateway.names.universe.listings[id]?.venue ?? -1);
    const venues = [...new Set(own)].filter((venue) => allowed.includes(gateway.names.venueName(venue)));
    if (venues.length === 0) {
      throw new ApiError('FORBIDDEN', `this key may use no venue that node "${node.nodeId}" could trade on`);
    }
    return { ...node, venues: venues.sort((a, b) => a - b) };
  });
  return { ...spec, nodes };
}
