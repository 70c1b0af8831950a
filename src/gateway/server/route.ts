/** A route as data: one definition gives the handler's types, the validation and the OpenAPI operation. */
import type { Static, TSchema } from 'typebox';
import type { Warning } from '../../protocol/graph-spec.js';
import type { Principal, Scope } from '../auth/principal.js';
import type { GatewayContext } from '../context.js';
import type { BodyExample } from '../docs/order-examples.js';
import type { ErrorCodeName } from '../../protocol/error-codes.js';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** What a handler gets. `query` and `body` are validated; numbers no double holds are decimal text in them. */
export interface Call<Q = unknown, B = unknown> {
  readonly gateway: GatewayContext;
  readonly requestId: string;
  /** When its head was read, `performance.now()`. */
  readonly receivedMs: number;
  readonly principal: Principal;
  readonly query: Q;
  readonly body: B;
  /** The bytes as they came; empty without a body. */
  readonly raw: Uint8Array;
  /** Goes into the answer's `warnings`. */
  readonly warnings: Warning[];
  /** A path segment, percent-decoded once. */
  param(name: string): string;
}

export interface Answer {
  readonly status: number;
  /** JSON value; bigint is written exactly. */
  readonly body?: unknown;
  /** Bytes of another type instead of `body`. */
  readonly file?: { readonly type: string; readonly bytes: Uint8Array | string; readonly csp?: string };
  /** Told once: true when the last byte went to the operating system, false when the connection closed before. */
  readonly delivered?: (delivered: boolean) => void;
}

/**
 * An answer that comes by callback and leaves the moment it does. A promise would wait until the engine's whole cycle is
 * over: orders are answered this way.
 */
export class Later {
  /** Calls one of the two, once, now or later. */
  readonly start: (answer: (value: Answer) => void, failed: (problem: unknown) => void) => void;

  constructor(start: Later['start']) {
    this.start = start;
  }
}

export type BodyKind = 'none' | 'json' | 'optional' | 'document' | 'optional-document';

export interface Route {
  readonly method: Method;
  /** `/v1/orders/{node_order_id}` */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  /** Null: no key needed. */
  readonly scope: Scope | null;
  readonly query: TSchema | null;
  readonly body: TSchema | null;
  /** `optional`: an absent body is `{}`. `document`: the handler parses the bytes itself. */
  readonly bodyKind: BodyKind;
  readonly bodyMax: 'body' | 'upload';
  /** Bodies for the reference page. */
  readonly examples: Readonly<Record<string, BodyExample>> | null;
  /** Statuses and schemas of the good answers. */
  readonly answers: Readonly<Record<number, TSchema>>;
  /** Codes this route may answer with besides those that every route has. */
  readonly errors: readonly ErrorCodeName[];
  /** False where the handler asks the limiter itself. */
  readonly limited: boolean;
  /** Refused with 503 once shutdown began; what stops, cancels or reads goes on. */
  readonly startsWork: boolean;
  readonly handle: (call: Call) => Answer | Later | Promise<Answer | Later>;
}

export interface RouteInput<Q extends TSchema, B extends TSchema> {
  method: Method;
  path: string;
  tag: string;
  summary: string;
  scope: Scope | null;
  query?: Q;
  body?: B;
  bodyKind?: BodyKind;
  bodyMax?: 'body' | 'upload';
  examples?: Readonly<Record<string, BodyExample>>;
  answers: Readonly<Record<number, TSchema>>;
  errors?: readonly ErrorCodeName[];
  limited?: boolean;
  startsWork?: boolean;
  handle: (call: Call<Static<Q>, Static<B>>) => Answer | Later | Promise<Answer | Later>;
}

/** Completes a definition. */
export function route<Q extends TSchema, B extends TSchema>(input: RouteInput<Q, B>): Route {
  return {
    method: input.method,
    path: input.path,
    tag: input.tag,
    summary: input.summary,
    scope: input.scope,
    query: input.query ?? null,
    body: input.body ?? null,
    bodyKind: input.bodyKind ?? (input.body === undefined ? 'none' : 'json'),
    bodyMax: input.bodyMax ?? 'body',
    examples: input.examples ?? null,
    answers: input.answers,
    errors: input.errors ?? [],
    limited: input.limited ?? true,
    startsWork: input.startsWork ?? false,
    // The wrapper calls it only with values that passed these very schemas.
    handle: input.handle as Route['handle'],
  };
}

export function ok(body: unknown, status = 200): Answer {
  return { status, body };
}
