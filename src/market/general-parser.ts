/**
 * The parser behind the scanner: reads Binance depth frames and snapshots by JSON.parse, whatever their order of keys,
 * whitespace or escapes. Slow and rare; what it can't make sense of is corrupt.
 */
import {
  CHANGES_MAX, RESULT_APPLIED, RESULT_CORRUPT, RESULT_OTHER, SEQUENCE_FUTURES,
} from './assembly/layout.js';
import { lotsOf, ticksOf, type Scale } from './scale.js';

export interface ParsedChanges {
  readonly bids: number;
  readonly asks: number;
  readonly firstId: number;
  readonly lastId: number;
  readonly previousId: number;
  readonly eventMs: number;
}

export interface ListingText {
  readonly symbol: string;
  readonly price: Scale;
  readonly lot: Scale;
  /** SEQUENCE_*. */
  readonly sequenceRule: number;
}

export type ParseOutcome =
  | { readonly result: typeof RESULT_APPLIED; readonly changes: ParsedChanges }
  | { readonly result: typeof RESULT_CORRUPT | typeof RESULT_OTHER };

type Fields = Readonly<Record<string, unknown>>;
const CORRUPT: ParseOutcome = { result: RESULT_CORRUPT };
const OTHER: ParseOutcome = { result: RESULT_OTHER };

/** Reads a frame's changes into flat pairs tick, lots: bids, then asks. */
export function parseFrame(text: string, listing: ListingText, out: Float64Array): ParseOutcome {
  const frame = parseObject(text);
  if (frame === undefined) return CORRUPT;
  const body = 'data' in frame ? asFields(frame['data']) : frame;
  if (body === undefined) return CORRUPT;
  if (body['e'] !== 'depthUpdate') return typeof body['e'] === 'string' ? OTHER : CORRUPT;
  if (body['s'] !== listing.symbol) return OTHER;
  const [firstId, lastId, eventMs] = [body['U'], body['u'], body['E']];
  const previousId = listing.sequenceRule === SEQUENCE_FUTURES ? body['pu'] : 0;
  if (!isId(firstId) || !isId(lastId) || !isId(previousId) || !isId(eventMs) || firstId > lastId) return CORRUPT;
  const bids = readSide(body['b'], listing, out, 0);
  const asks = bids < 0 ? -1 : readSide(body['a'], listing, out, bids);
  if (asks < 0) return CORRUPT;
  return { result: RESULT_APPLIED, changes: { bids, asks, firstId, lastId, previousId, eventMs } };
}

/** Reads a REST depth snapshot `{lastUpdateId, bids, asks}`; ids are all `lastUpdateId`, eventMs 0 where it has none. */
export function parseSnapshot(text: string, listing: ListingText, out: Float64Array): ParseOutcome {
  const body = parseObject(text);
  const id = body?.['lastUpdateId'];
  if (body === undefined || !isId(id)) return CORRUPT;
  const eventMs = body['E'] ?? 0;
  if (!isId(eventMs)) return CORRUPT;
  const bids = readSide(body['bids'], listing, out, 0);
  const asks = bids < 0 ? -1 : readSide(body['asks'], listing, out, bids);
  if (asks < 0) return CORRUPT;
  return { result: RESULT_APPLIED, changes: { bids, asks, firstId: id, lastId: id, previousId: id, eventMs } };
}

function parseObject(text: string): Fields | undefined {
  try {
    return asFields(JSON.parse(text));
  } catch {
    return undefined; // not JSON: the caller says corrupt
  }
}

function asFields(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

function isId(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Levels read, or -1. */
function readSide(value: unknown, listing: ListingText, out: Float64Array, from: number): number {
  if (!Array.isArray(value) || from + value.length > CHANGES_MAX) return -1;
  let at = 2 * from;
  for (const level of value) {
    if (!Array.isArray(level) || level.length < 2) return -1;
    const ticks = ticksOf(level[0], listing.price);
    const lots = lotsOf(level[1], listing.lot);
    if (ticks <= 0 || lots < 0) return -1;
    out[at] = ticks;
    out[at + 1] = lots;
    at += 2;
  }
  return value.length;
}
