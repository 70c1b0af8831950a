/**
 * What the HTTP parser lets through and we must not: it takes the first of two Content-Length headers, ignores a
 * Transfer-Encoding that it doesn't know, and reads obs-folded or odd lengths leniently. Where sender and receiver
 * could disagree about where a body ends, the connection is closed: the next "request" could be smuggled.
 */
import type { HttpRequest } from './uws.js';

export interface RequestHeaders {
  readonly authorization: string;
  readonly requestId: string;
  readonly contentLength: number | null;
  readonly chunked: boolean;
  /** Null, or why the end of the body is in doubt. */
  readonly doubt: string | null;
}

const DIGITS = /^\d{1,15}$/;

/** One walk over the headers. */
export function readHeaders(request: HttpRequest): RequestHeaders {
  let lengths = 0;
  let encodings = 0;
  let contentLength: number | null = null;
  let authorization = '';
  let authorizations = 0;
  let requestId = '';
  let hosts = 0;
  let doubt: string | null = null;
  request.forEach((name, value) => {
    switch (name) {
      case 'content-length':
        lengths++;
        if (!DIGITS.test(value)) doubt = 'Content-Length must be one whole number';
        contentLength = Number(value);
        break;
      case 'transfer-encoding':
        encodings++;
        if (value.toLowerCase() !== 'chunked') doubt = 'Transfer-Encoding may only be chunked';
        break;
      case 'authorization':
        authorizations++;
        authorization = value;
        break;
      case 'x-request-id':
        requestId = value;
        break;
      case 'host':
        hosts++;
        break;
      default:
        break;
    }
  });
  if (lengths > 1) doubt = 'Content-Length may be given once';
  else if (encodings > 1) doubt = 'Transfer-Encoding may be given once';
  else if (lengths > 0 && encodings > 0) doubt = 'Content-Length and Transfer-Encoding exclude each other';
  else if (hosts > 1) doubt = 'Host may be given once';
  else if (authorizations > 1) doubt = 'Authorization may be given once';
  return { authorization, requestId, contentLength, chunked: encodings > 0, doubt };
}
