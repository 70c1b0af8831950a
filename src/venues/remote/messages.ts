/**
 * What a simulated venue in a process of its own and its client say to each other: one JSON object a line.
 * Times of the server are ns since its own base, told in its hello; the client shifts them to the engine's base.
 */
import type { VenueOrder } from '../../protocol/effects.js';
import type {
  BalanceEvent, OpenOrdersEvent, ReportEvent, VenuePositionEvent, VenueStatusEvent,
} from '../../protocol/events.js';
import type { AccountId, ListingId } from '../../protocol/universe.js';

export type ClientMessage =
  | { readonly op: 'hello'; readonly venue: string }
  | { readonly op: 'place'; readonly order: VenueOrder }
  | { readonly op: 'cancel' | 'query'; readonly accountId: AccountId; readonly clientOrderId: string }
  | {
      readonly op: 'amend'; readonly accountId: AccountId; readonly clientOrderId: string; readonly lots: number;
      readonly limitTicks: number;
    }
  | { readonly op: 'reconcile'; readonly accountId: AccountId };

export type ServerMessage =
  | { readonly op: 'hello'; readonly venue: string; readonly baseNs: string }
  | { readonly op: 'report'; readonly event: ReportEvent }
  | { readonly op: 'status'; readonly event: VenueStatusEvent }
  | { readonly op: 'balance'; readonly event: BalanceEvent }
  | { readonly op: 'position'; readonly event: VenuePositionEvent }
  | { readonly op: 'open'; readonly event: OpenOrdersEvent }
  | {
      readonly op: 'snapshot' | 'delta'; readonly listing: ListingId; readonly timeNs: number;
      readonly bids: readonly number[]; readonly asks: readonly number[];
    }
  | {
      readonly op: 'trade'; readonly listing: ListingId; readonly timeNs: number; readonly ticks: number;
      readonly lots: number; readonly takerSide: 1 | -1;
    }
  | { readonly op: 'mark'; readonly listing: ListingId; readonly timeNs: number; readonly ticks: number }
  | { readonly op: 'stale'; readonly listing: ListingId; readonly reason: string }
  | { readonly op: 'alive' };

/** Cuts a byte stream into lines. A line beyond `lineBytesMax` is an error of the other side. */
export class LineReader {
  #rest = '';

  /** Complete lines in order; throws a RangeError when one is too long. */
  push(chunk: string): string[] {
    const lines = (this.#rest + chunk).split('\n');
    this.#rest = lines.pop() ?? '';
    if (this.#rest.length > lineBytesMax) throw new RangeError(`a line of more than ${lineBytesMax} bytes`);
    return lines;
  }
}

/** A whole book of 5,000 levels a side fits several times. */
export const lineBytesMax = 4 * 1024 * 1024;

/** What the other process said, or null when it isn't a message: both are of one build, so the tag is enough. */
export function parseMessage<T extends ClientMessage | ServerMessage>(
  line: string, ops: ReadonlySet<string>,
): T | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null || !('op' in value)) return null;
  return typeof value.op === 'string' && ops.has(value.op) ? (value as T) : null;
}

export const clientOps: ReadonlySet<string> = new Set<ClientMessage['op']>([
  'hello', 'place', 'cancel', 'query', 'amend', 'reconcile',
]);
export const serverOps: ReadonlySet<string> = new Set<ServerMessage['op']>([
  'hello', 'report', 'status', 'balance', 'position', 'open', 'snapshot', 'delta', 'trade', 'mark', 'stale', 'alive',
]);
