/** Bodies that change or stop orders: amend, kill switch and its clearing. */
import type { KillScope } from '../commands.js';
import { parseJson } from '../json/parse.js';
import { isJsonObject } from '../json/values.js';
import type { AccountId, Instrument, Listing } from '../universe.js';
import { type Field, flagOf, isGiven, member, numberOf, textOf } from './fields.js';
import { badRequest, type Refusal, refusalOf } from './order-body.js';
import { Problems } from './problems.js';
import { type ConversionProblem, toLots, toTicks, tradeLotOf } from './quantities.js';
import { type Resolver, knownList } from './resolver.js';
import { compileSchema } from './schema-check.js';
import { amendSchema, killClearSchema, killSwitchSchema } from './schemas/requests.js';

const checkAmend = compileSchema(amendSchema);
const checkKill = compileSchema(killSwitchSchema);
const checkClear = compileSchema(killClearSchema);

export type Accepted<T> = { readonly ok: true; readonly value: T } | Refusal;

export interface AmendRequest {
  /** New total in lots and new limit in ticks; null leaves that one. */
  readonly lots: number | null;
  readonly limitTicks: number | null;
}

/** @param listings those that the node may trade on */
export function parseAmend(
  input: string | Uint8Array,
  instrument: Instrument,
  listings: readonly Listing[],
): Accepted<AmendRequest> {
  const parsed = parseJson(input);
  if (!parsed.ok) return badRequest(parsed.error.message);
  if (!isJsonObject(parsed.value)) return badRequest('expected a JSON object');
  const problems = new Problems();
  checkAmend(parsed.value, '', problems);
  const body: Field = { value: parsed.value, at: '' };
  const qty1e8 = member(body, 'new_qty_1e8');
  const price1e9 = member(member(body, 'new_constraints'), 'max_price_1e9');
  const lots = chosen([qty1e8, member(body, 'qty')], problems, (field, value) => {
    const result = toLots(value, field === qty1e8 ? 8 : 0, instrument, tradeLotOf(listings));
    if (typeof result === 'number') return result;
    return refuse(field, result, 'OFF_LOT', `the trade lot of ${instrument.symbol}`, problems);
  });
  const limitTicks = chosen([price1e9, member(body, 'price')], problems, (field, value) => {
    const result = toTicks(value, field === price1e9 ? 9 : 0, instrument, listings);
    if (typeof result === 'number') return result;
    return refuse(field, result, 'OFF_TICK', `a tick of ${instrument.symbol}`, problems);
  });
  if (problems.count === 0 && lots === null && limitTicks === null) {
    problems.add('', 'REQUIRED', 'give a new price, a new quantity, or both');
  }
  return problems.count > 0 ? refusalOf(problems) : { ok: true, value: { lots, limitTicks } };
}

function refuse(
  field: Field,
  problem: ConversionProblem,
  code: 'OFF_LOT' | 'OFF_TICK',
  grid: string,
  problems: Problems,
): null {
  if (problem === 'OFF_GRID') problems.add(field.at, code, `must be a multiple of ${grid}`);
  else problems.add(field.at, 'RANGE', 'must be above zero and within what this engine counts');
  return null;
}

function chosen(
  fields: readonly Field[],
  problems: Problems,
  convert: (field: Field, value: NonNullable<ReturnType<typeof numberOf>>) => number | null,
): number | null {
  const given = fields.filter(isGiven);
  const [first, second] = given;
  if (first === undefined) return null;
  if (second !== undefined) problems.add(second.at, 'CONTRADICTION', `already given at ${first.at}`);
  const value = numberOf(first);
  return value === undefined || problems.covers(first.at) ? null : convert(first, value);
}

export interface KillRequest {
  readonly scope: KillScope;
  readonly reason: string;
  readonly cancelOpen: boolean;
  readonly allowExits: boolean;
}

/** An absent body ("" or no bytes) means the caller's account. */
export function parseKill(input: string | Uint8Array, account: AccountId, resolver: Resolver): Accepted<KillRequest> {
  return parseScoped(input, account, resolver, checkKill);
}

export function parseKillClear(
  input: string | Uint8Array,
  account: AccountId,
  resolver: Resolver,
): Accepted<KillRequest> {
  return parseScoped(input, account, resolver, checkClear);
}

function parseScoped(
  input: string | Uint8Array,
  account: AccountId,
  resolver: Resolver,
  check: ReturnType<typeof compileSchema>,
): Accepted<KillRequest> {
  const parsed = parseJson(input.length === 0 ? '{}' : input);
  if (!parsed.ok) return badRequest(parsed.error.message);
  if (!isJsonObject(parsed.value)) return badRequest('expected a JSON object');
  const problems = new Problems();
  check(parsed.value, '', problems);
  const body: Field = { value: parsed.value, at: '' };
  const scope = problems.covers('/scope') ? null : scopeOf(member(body, 'scope'), account, resolver, problems);
  if (problems.count > 0 || scope === null) return refusalOf(problems);
  return {
    ok: true,
    value: {
      scope,
      reason: textOf(member(body, 'reason')) ?? '',
      cancelOpen: flagOf(member(body, 'cancel_open')) ?? false,
      allowExits: flagOf(member(body, 'allow_exits')) ?? false,
    },
  };
}

function scopeOf(field: Field, account: AccountId, resolver: Resolver, problems: Problems): KillScope | null {
  const text = textOf(field) ?? 'account';
  if (text === 'account') return { kind: 'account', accountId: account };
  if (text === 'global') return { kind: 'global' };
  if (text.startsWith('graph:')) return { kind: 'graph', graphId: text.slice(6), accountId: account };
  const venue = resolver.venue(text.slice('venue:'.length));
  if (venue !== undefined) return { kind: 'venue', venue: venue.id, accountId: account };
  problems.add(field.at, 'UNKNOWN_VENUE', `no such venue; ${knownList(resolver.venueNames())}`);
  return null;
}
