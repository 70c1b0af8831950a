/**
 * The one wrapper around every HTTP route: headers in doubt, aborts, body limits, authentication, rates, parsing,
 * validation, the answer and the error envelope. A handler never touches the socket.
 */
import { randomUUID } from 'node:crypto';
import { limits } from '../../base/limits.js';
import { parseJson } from '../../protocol/json/parse.js';
import { stringifyExact } from '../../protocol/json/stringify.js';
import { isJsonObject } from '../../protocol/json/values.js';
import type { Warning } from '../../protocol/graph-spec.js';
import type { Principal } from '../auth/principal.js';
import type { GatewayContext } from '../context.js';
import { ApiError } from './api-error.js';
import { authenticate, authorise, limitRate } from './admit.js';
import { readHeaders, type RequestHeaders } from './header-guard.js';
import { parseQuery } from './query-string.js';
import { Reply } from './reply.js';
import { Later, type Answer, type Route } from './route.js';
import type { Router } from './router.js';
import type { HttpRequest, HttpResponse } from './uws.js';
import { checker, details, plain } from './validate.js';

const REQUEST_ID = /^[\x21-\x7e]{1,128}$/;
const NO_BODY = new Uint8Array(0);
const methods = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);

/** Serves one request, start to end. The request object lives only during this call. */
export function exchange(gateway: GatewayContext, router: Router, response: HttpResponse, request: HttpRequest): void {
  const headers = readHeaders(request);
  const method = request.getCaseSensitiveMethod();
  const requestId = REQUEST_ID.test(headers.requestId) ? headers.requestId : randomUUID();
  const reply = new Reply(gateway, response, requestId, method);
  if (headers.doubt !== null) {
    gateway.metrics.refused('headers');
    reply.cutOff(headers.doubt);
    return;
  }
  const address = (): string => addressOf(response);
  const match = router.match(method, request.getUrl());
  const query = request.getQuery() as string | undefined;
  try {
    if (match.kind === 'route') {
      reply.route = match.route.path;
      const found = match.route;
      const principal = found.scope === null ? null : authenticate(gateway, headers.authorization, address);
      if (principal !== null) authorise(gateway, principal, found);
      const bytesMax = found.bodyMax === 'upload' ? limits.uploadBytesMax : limits.bodyBytesMax;
      receive(gateway, response, headers, reply, bytesMax, (raw) =>
        run(gateway, found, { reply, raw, query: query ?? '', params: match.params, principal }),
      );
      return;
    }
    // Reading the body keeps the connection usable after the refusal.
    const problem = unmatched(match, method);
    receive(gateway, response, headers, reply, limits.bodyBytesMax, () => reply.fail(problem));
  } catch (problem) {
    refuse(gateway, response, headers, reply, problem);
  }
}

/** Remote address as text; only while the request is being taken in. */
export function addressOf(response: HttpResponse): string {
  return Buffer.from(response.getRemoteAddressAsText()).toString('latin1');
}

/** A refusal before the body: small bodies are read away, larger ones cost the connection. */
function refuse(
  gateway: GatewayContext,
  response: HttpResponse,
  headers: RequestHeaders,
  reply: Reply,
  problem: unknown,
): void {
  const error = toApiError(gateway, problem, reply.requestId);
  receive(gateway, response, headers, reply, limits.bodyBytesMax, () => reply.fail(error));
}

function unmatched(match: { readonly kind: string; readonly allow?: string }, method: string): ApiError {
  if (match.kind === 'bad') return new ApiError('INVALID_PARAMS', 'a path segment is not valid percent-encoded UTF-8');
  if (match.kind === 'none') return new ApiError('NOT_FOUND', 'no such route; GET /v1/openapi.json lists them');
  const allow = match.allow ?? '';
  const said = methods.has(method) ? method : 'this method';
  return new ApiError('METHOD_NOT_ALLOWED', `${said} is not among ${allow}`, { allow });
}

/** Most of a module above the limit is its debug sections. */
const smallerModule =
  ': a module of that size usually has its debug sections still; build it with `cargo build --release` and `strip = true` in ' +
  '[profile.release], or upload it by `npm run algo -- deploy FILE.wasm`, which leaves them out';

/** Collects the body up to a limit, then calls on; over the limit 413 and the connection ends. */
function receive(
  gateway: GatewayContext,
  response: HttpResponse,
  headers: RequestHeaders,
  reply: Reply,
  bytesMax: number,
  then: (raw: Uint8Array) => void,
): void {
  const tooLarge = (): void =>
    reply.fail(new ApiError('PAYLOAD_TOO_LARGE', `the body is larger than ${bytesMax} bytes${bytesMax === limits.uploadBytesMax ? smallerModule : ''}`), true);
  if (headers.contentLength !== null && headers.contentLength > bytesMax) {
    tooLarge();
    return;
  }
  const chunks: Buffer[] = [];
  let size = 0;
  response.onData((chunk, last) => {
    if (reply.over) return;
    size += chunk.byteLength;
    if (size > bytesMax) {
      gateway.metrics.refused('too_large');
      tooLarge();
      return;
    }
    // The library takes the chunk's memory back when this returns.
    if (chunk.byteLength > 0) chunks.push(Buffer.from(chunk.slice(0)));
    if (!last) return;
    const first = chunks[0];
    then(first === undefined ? NO_BODY : chunks.length === 1 ? first : Buffer.concat(chunks));
  });
}

interface Received {
  readonly reply: Reply;
  readonly raw: Uint8Array;
  readonly query: string;
  readonly params: ReadonlyMap<string, string>;
  readonly principal: Principal | null;
}

const nobody: Principal = {
  keyId: '', accountId: -1, accountName: '', test: false, scopes: [], venues: [], instruments: [],
};

function run(gateway: GatewayContext, route: Route, received: Received): void {
  const { reply, raw, principal, params } = received;
  const failed = (problem: unknown): void => reply.fail(toApiError(gateway, problem, reply.requestId));
  try {
    if (principal !== null && route.limited) limitRate(gateway, principal);
    const warnings: Warning[] = [];
    const query = parseQuery(received.query, route.query, warnings);
    const body = readBody(route, raw);
    const answer = route.handle({
      gateway,
      requestId: reply.requestId,
      receivedMs: reply.startedMs,
      principal: principal ?? nobody,
      query,
      body,
      raw,
      warnings,
      param: (name) => params.get(name) ?? '',
    });
    if (answer instanceof Promise) answer.then((value) => settle(reply, value, warnings, failed)).catch(failed);
    else settle(reply, answer, warnings, failed);
  } catch (problem) {
    failed(problem);
  }
}

function settle(reply: Reply, answer: Answer | Later, warnings: readonly Warning[], failed: (problem: unknown) => void): void {
  if (!(answer instanceof Later)) {
    send(reply, answer, warnings);
    return;
  }
  answer.start((value) => {
    // The caller is the engine: nothing that goes wrong with an answer may go up to it.
    try {
      send(reply, value, warnings);
    } catch (problem) {
      failed(problem);
    }
  }, failed);
}

function readBody(route: Route, raw: Uint8Array): unknown {
  if (route.body === null || route.bodyKind === 'none' || route.bodyKind.endsWith('document')) return null;
  if (raw.length === 0 && route.bodyKind === 'optional') return {};
  const parsed = parseJson(raw);
  if (!parsed.ok) throw new ApiError('BAD_REQUEST', `the body is not JSON: ${parsed.error.message}`);
  if (!isJsonObject(parsed.value)) throw new ApiError('BAD_REQUEST', 'the body must be a JSON object');
  const value = plain(parsed.value);
  const problems = details(checker(route.body), value);
  if (problems.length > 0) {
    const first = problems[0];
    throw new ApiError('VALIDATION_ERROR', `${first?.field || 'body'}: ${first?.message ?? ''}`, { details: problems });
  }
  return value;
}

function send(reply: Reply, answer: Answer, warnings: readonly Warning[]): void {
  if (answer.file !== undefined) {
    reply.file(answer.status, answer.file);
    return;
  }
  reply.json(answer.status, stringifyExact(withWarnings(answer.body, warnings)), answer.delivered ?? null);
}

/** The answer with what this request was warned of added to its own warnings. */
function withWarnings(body: unknown, warnings: readonly Warning[]): unknown {
  if (warnings.length === 0 || typeof body !== 'object' || body === null || Array.isArray(body)) return body;
  const own = (body as { readonly warnings?: unknown }).warnings;
  return { ...body, warnings: [...(Array.isArray(own) ? (own as unknown[]) : []), ...warnings] };
}

/** Whatever a handler threw; what is not an API error is logged and becomes a bare 500. */
function toApiError(gateway: GatewayContext, problem: unknown, requestId: string): ApiError {
  if (problem instanceof ApiError) return problem;
  gateway.log.error({ requestId, err: problem }, 'a route failed');
  return new ApiError('INTERNAL_ERROR', 'a fault of the engine; it was logged under this request id');
}
