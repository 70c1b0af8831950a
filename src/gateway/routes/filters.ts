/** Filters of lists: words that can match nothing are refused or warned of, never answered by silence. */
import type { Call } from '../server/route.js';
import { ApiError } from '../server/api-error.js';

export const orderStatuses = ['NEW', 'WORKING', 'PARTIAL', 'FILLED', 'CANCELLED', 'EXPIRED', 'REJECTED'] as const;
export const graphStatuses = ['submitted', 'active', 'paused', 'cancelling', 'completed', 'cancelled', 'failed'] as const;

export function invalidParam(field: string, message: string): ApiError {
  return new ApiError('INVALID_PARAMS', `query parameter ${field}: ${message}`, { details: [{ field, message }] });
}

/** The word of the list that was meant, whatever its case. @throws ApiError INVALID_PARAMS naming the list */
export function oneOf(field: string, value: string, words: readonly string[]): string {
  const found = words.find((word) => word.toLowerCase() === value.toLowerCase());
  if (found === undefined) throw invalidParam(field, `expected one of ${words.join(', ')}`);
  return found;
}

/** The instrument's own symbol; one that nobody has is warned of and matches nothing. */
export function symbolOf(call: Call, symbol: string): string {
  const found = call.gateway.names.findInstrument(symbol)?.symbol;
  if (found === undefined) {
    call.warnings.push({ code: 'UNKNOWN_SYMBOL', message: `no instrument "${symbol.slice(0, 64)}"; GET /v1/symbols lists them`, field: 'symbol' });
  }
  return found ?? symbol;
}

/** Venues of a comma-separated list; those that nobody has are warned of and match nothing. */
export function namedVenues(call: Call, list: string): string[] {
  const names = list.split(',').map((name) => call.gateway.names.findVenue(name)?.name ?? name);
  const unknown = names.filter((name) => call.gateway.names.findVenue(name) === undefined);
  if (unknown.length > 0) {
    const message = `no such venue: ${unknown.slice(0, 10).join(', ').slice(0, 200)}; GET /v1/venues lists them`;
    call.warnings.push({ code: 'UNKNOWN_VENUE', message, field: 'venues' });
  }
  return names;
}
