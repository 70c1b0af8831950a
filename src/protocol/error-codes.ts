/**
 * Every error a caller can get: code, HTTP status, whether a retry can help. One registry; the docs and the OpenAPI
 * document are made from it. Source: docs of the wire, "Conventions".
 */
export interface ErrorCode {
  readonly status: number;
  /** True: nothing was accepted and the same request may work later. */
  readonly retryable: boolean;
  readonly meaning: string;
}

export const errorCodes = {
  BAD_REQUEST: { status: 400, retryable: false, meaning: 'The body is not JSON, or not of the type the route takes.' },
  INVALID_PARAMS: { status: 400, retryable: false, meaning: 'A query parameter or path segment is not valid.' },
  UNAUTHORIZED: { status: 401, retryable: false, meaning: 'No key, or one that is not valid (any more).' },
  FORBIDDEN: { status: 403, retryable: false, meaning: 'The key lacks the scope, venue or instrument.' },
  NOT_FOUND: { status: 404, retryable: false, meaning: 'No such route or object of this account.' },
  METHOD_NOT_ALLOWED: { status: 405, retryable: false, meaning: 'The path exists, not with this method.' },
  CONFLICT: { status: 409, retryable: false, meaning: 'Same graph_id with another body, or the state forbids it.' },
  KILL_SWITCH: { status: 409, retryable: false, meaning: 'A kill switch covers this; clear it first.' },
  PAYLOAD_TOO_LARGE: { status: 413, retryable: false, meaning: 'The body is larger than the route takes.' },
  VALIDATION_ERROR: { status: 422, retryable: false, meaning: 'Fields are wrong; `details` lists each.' },
  INSUFFICIENT_BALANCE: { status: 422, retryable: false, meaning: 'Balance or margin does not cover the worst case.' },
  PRICE_DEVIATION: { status: 422, retryable: false, meaning: 'Nothing can be traded within the allowed price.' },
  POSITION_LIMIT: { status: 422, retryable: false, meaning: 'The position would pass its limit.' },
  DAILY_LOSS_LIMIT: { status: 422, retryable: false, meaning: 'The day’s loss reached its limit.' },
  MAX_NOTIONAL: { status: 422, retryable: false, meaning: 'The order or graph is worth more than allowed.' },
  MAX_LEVERAGE: { status: 422, retryable: false, meaning: 'The graph would pass the leverage allowed.' },
  BAD_VENUE: { status: 422, retryable: false, meaning: 'A venue needed is not configured or not connected.' },
  STALE_VENUE: { status: 422, retryable: true, meaning: 'No fresh price from any venue that may be used.' },
  ORDER_RATE: { status: 422, retryable: true, meaning: 'More orders a second than the account may send.' },
  REDUCE_ONLY: { status: 422, retryable: false, meaning: 'The account may only reduce positions now.' },
  SELF_TRADE: { status: 422, retryable: false, meaning: 'The order would meet the account’s own.' },
  RISK: { status: 422, retryable: false, meaning: 'Another rule of the risk model refused it.' },
  RATE_LIMITED: { status: 429, retryable: true, meaning: 'Too many requests; wait for Retry-After seconds.' },
  INTERNAL_ERROR: { status: 500, retryable: false, meaning: 'A fault of the engine; it was logged.' },
  NOT_SUPPORTED: { status: 501, retryable: false, meaning: 'Outside what this engine does (422 inside a document).' },
  SERVICE_UNAVAILABLE: { status: 503, retryable: true, meaning: 'Not ready or shutting down; nothing was accepted.' },
} as const satisfies Record<string, ErrorCode>;

export type ErrorCodeName = keyof typeof errorCodes;
