/** The caller is wrong, or we can't serve: one class, codes from the registry, the envelope of wire.md. */
import { limits } from '../../base/limits.js';
import { errorCodes, type ErrorCodeName } from '../../protocol/error-codes.js';

export interface Detail {
  /** JSON pointer into the body, or the name of a query parameter. */
  readonly field: string;
  readonly message: string;
}

export interface ApiErrorOptions {
  readonly details?: readonly Detail[];
  /** Problems found beyond those in `details`. */
  readonly more?: number;
  /** Only where wire.md says so: a code inside a document is 422, not 501. */
  readonly status?: number;
  /** Whole seconds. */
  readonly retryAfter?: number;
  readonly allow?: string;
  /** Extra members beside code and message, such as the filled quantity of a graph that can't be cancelled. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ErrorCodeName;
  readonly status: number;
  readonly options: ApiErrorOptions;

  constructor(code: ErrorCodeName, message: string, options: ApiErrorOptions = {}) {
    super(message);
    this.code = code;
    this.status = options.status ?? errorCodes[code].status;
    this.options = options;
  }
}

/** The envelope's value for an error; details beyond the limit become a count. */
export function envelope(error: ApiError, requestId: string): unknown {
  const all = error.options.details ?? [];
  const more = Math.max(0, all.length - limits.problemsMax) + (error.options.more ?? 0);
  return {
    error: {
      code: error.code,
      message: error.message,
      request_id: requestId,
      ...(all.length > 0 ? { details: all.slice(0, limits.problemsMax) } : {}),
      ...(more > 0 ? { more } : {}),
      ...error.options.extra,
    },
  };
}

/** An engine's refusal as the error the caller gets. Codes outside the registry are our fault: 500. */
export function refusal(code: string, message: string, options: ApiErrorOptions = {}): ApiError {
  if (code in errorCodes) {
    const name = code as ErrorCodeName;
    const retryAfter = errorCodes[name].status === 503 || errorCodes[name].status === 429 ? { retryAfter: 1 } : {};
    return new ApiError(name, message, { ...retryAfter, ...options });
  }
  return new ApiError('INTERNAL_ERROR', `the engine refused with an unregistered code ${code}: ${message}`, options);
}
