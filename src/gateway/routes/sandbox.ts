/** Balances and positions of the simulated account. */
import Type from 'typebox';
import { decimalToBigInt } from '../../base/decimal.js';
import type { Command } from '../../protocol/commands.js';
import { tell } from '../engine.js';
import { SandboxSettingsSchema, type SandboxBalances } from '../sandbox-settings.js';
import { allowInstrument, allowVenue } from '../server/admit.js';
import { ApiError, type Detail } from '../server/api-error.js';
import { ok, route, type Answer, type Call, type Route } from '../server/route.js';
import { positionsOf } from './positions.js';
import { DecimalText, Open, shape } from './schemas.js';

const SandboxPosition = Type.Object(
  {
    venue: Type.String({ maxLength: 64 }),
    kind: Type.Union([Type.Literal('fiat'), Type.Literal('crypto'), Type.Literal('perp')]),
    symbol: Type.String({ maxLength: 64 }),
    qty: DecimalText,
    entry_price_usd: Type.Optional(Type.Union([DecimalText, Type.Null()])),
  },
  { additionalProperties: false },
);

interface PositionInput {
  readonly venue: string;
  readonly kind: 'fiat' | 'crypto' | 'perp';
  readonly symbol: string;
  readonly qty: number | string;
  readonly entry_price_usd?: number | string | null;
}

const Written = shape({ written: Type.Integer(), deleted: Type.Integer() });

export const sandboxRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/v1/sandbox/positions',
    tag: 'sandbox',
    summary: 'Set simulated balances and positions; with replace, drop all others.',
    scope: 'trade',
    body: Type.Object(
      {
        positions: Type.Array(SandboxPosition, { maxItems: 1000 }),
        replace: Type.Optional(Type.Boolean()),
      },
      { additionalProperties: false },
    ),
    answers: { 200: Written },
    errors: ['BAD_REQUEST', 'VALIDATION_ERROR', 'CONFLICT'],
    handle: (call) => write(call, call.body.positions as readonly PositionInput[], call.body.replace ?? false),
  }),
  route({
    method: 'POST',
    path: '/v1/sandbox/reset',
    tag: 'sandbox',
    summary: 'Back to the balances of the settings on every venue, no positions.',
    scope: 'trade',
    body: Type.Object({}, { additionalProperties: false }),
    bodyKind: 'optional',
    answers: { 200: Written },
    errors: ['CONFLICT'],
    handle: (call) => {
      const settings = call.gateway.sandbox.of(call.principal.accountName);
      const rows = call.gateway.names.universe.venues
        .filter((venue) => venue.simulated)
        .flatMap((venue) => settingRows(call, venue.name, settings));
      return write(call, rows, true);
    },
  }),
  route({
    method: 'GET',
    path: '/v1/sandbox/settings',
    tag: 'sandbox',
    summary: 'What a reset gives.',
    scope: 'read',
    answers: { 200: Open },
    handle: (call) => ok(call.gateway.sandbox.of(call.principal.accountName)),
  }),
  route({
    method: 'PUT',
    path: '/v1/sandbox/settings',
    tag: 'sandbox',
    summary: 'Change what a reset gives.',
    scope: 'trade',
    body: SandboxSettingsSchema,
    answers: { 200: Open },
    errors: ['BAD_REQUEST', 'VALIDATION_ERROR'],
    handle: (call) => {
      const problems: Detail[] = [];
      for (const [code, amount] of Object.entries(call.body.balances)) {
        const field = `/balances/${code}`;
        if (call.gateway.names.findAsset(code) === undefined) problems.push({ field, message: 'no such asset' });
        scaled(amount, 8, field, problems);
      }
      refuse(problems);
      call.gateway.sandbox.put(call.principal.accountName, call.body);
      return ok(call.body);
    },
  }),
];

function settingRows(call: Call<unknown, unknown>, venue: string, settings: SandboxBalances): PositionInput[] {
  return Object.entries(settings.balances)
    .filter(([code]) => call.gateway.names.findAsset(code) !== undefined)
    .map(([symbol, qty]) => ({ venue, kind: symbol === 'USD' ? 'fiat' : 'crypto', symbol, qty }));
}

type SetBalances = Extract<Command, { kind: 'set_balances' }>;

async function write(call: Call<unknown, unknown>, rows: readonly PositionInput[], replace: boolean): Promise<Answer> {
  const problems: Detail[] = [];
  const balances: SetBalances['balances'][number][] = [];
  const perps: SetBalances['perps'][number][] = [];
  rows.forEach((row, i) => {
    if (row.kind === 'perp') pushPerp(call, row, `/positions/${i}`, perps, problems);
    else pushBalance(call, row, `/positions/${i}`, balances, problems);
  });
  refuse(problems);
  allowRows(call, rows, replace);
  const named = new Set(rows.map((row) => `${row.venue.toLowerCase()} ${row.symbol.toUpperCase()}`));
  const before = replace ? (await positionsOf(call)).positions : [];
  const deleted = before.filter((row) => !named.has(`${row.venue} ${row.instrument.symbol}`)).length;
  await tell(call.gateway.port, call.principal.accountId, { kind: 'set_balances', replace, balances, perps });
  return ok({ written: rows.length, deleted });
}

/** @throws ApiError FORBIDDEN where the key's lists don't hold it; a key with lists replaces nothing that it can't see */
function allowRows(call: Call<unknown, unknown>, rows: readonly PositionInput[], replace: boolean): void {
  const { principal, gateway } = call;
  for (const row of rows) {
    allowVenue(principal, gateway.names.venue(row.venue).name);
    if (row.kind === 'perp') allowInstrument(principal, gateway.names.instrument(row.symbol).symbol);
  }
  if (replace && (principal.venues !== null || principal.instruments !== null)) {
    throw new ApiError('FORBIDDEN', 'a key with allow-lists takes no other balances away; leave "replace" out');
  }
}

function pushBalance(
  call: Call<unknown, unknown>,
  row: PositionInput,
  field: string,
  into: SetBalances['balances'][number][],
  problems: Detail[],
): void {
  const venue = simulatedVenue(call, row, field, problems);
  const asset = call.gateway.names.findAsset(row.symbol);
  if (asset === undefined) problems.push({ field: `${field}/symbol`, message: 'no such asset' });
  const total = scaled(row.qty, 8, `${field}/qty`, problems);
  if (total !== null && total < 0n) problems.push({ field: `${field}/qty`, message: 'a balance is 0 or more' });
  if (venue !== null && asset !== undefined && total !== null) {
    into.push({ venue, asset: asset.id, total1e8: total.toString() });
  }
}

function pushPerp(
  call: Call<unknown, unknown>,
  row: PositionInput,
  field: string,
  into: SetBalances['perps'][number][],
  problems: Detail[],
): void {
  const { names } = call.gateway;
  const venue = simulatedVenue(call, row, field, problems);
  const instrument = names.findInstrument(row.symbol);
  const listing = instrument === undefined ? undefined : names.listings(instrument).find((item) => item.venue === venue);
  if (instrument === undefined || instrument.kind !== 'perp' || listing === undefined) {
    problems.push({ field: `${field}/symbol`, message: 'not a perp of that venue' });
    return;
  }
  const qty = scaled(row.qty, 8, `${field}/qty`, problems);
  const price = scaled(row.entry_price_usd ?? 0, 9, `${field}/entry_price_usd`, problems);
  if (qty === null || price === null) return;
  if (qty % BigInt(instrument.lot1e8) !== 0n) problems.push({ field: `${field}/qty`, message: 'not a multiple of the lot' });
  if (price <= 0n || price % BigInt(instrument.tick1e9) !== 0n) {
    problems.push({ field: `${field}/entry_price_usd`, message: 'expected a price above 0 on the tick' });
  }
  const lots = Number(qty / BigInt(instrument.lot1e8));
  const entryTicks = Number(price / BigInt(instrument.tick1e9));
  if (!Number.isSafeInteger(lots) || !Number.isSafeInteger(entryTicks)) problems.push({ field, message: 'too large' });
  into.push({ listing: listing.id, lots, entryTicks });
}

function simulatedVenue(call: Call<unknown, unknown>, row: PositionInput, field: string, problems: Detail[]): number | null {
  const venue = call.gateway.names.findVenue(row.venue);
  if (venue?.simulated === true) return venue.id;
  problems.push({ field: `${field}/venue`, message: 'no such simulated venue' });
  return null;
}

function scaled(value: number | string, scale: number, field: string, problems: Detail[]): bigint | null {
  const result = decimalToBigInt(String(value), scale);
  if (typeof result === 'bigint' && result < 2n ** 90n && result > -(2n ** 90n)) return result;
  problems.push({ field, message: `expected a decimal with at most ${scale} places` });
  return null;
}

function refuse(problems: readonly Detail[]): void {
  const first = problems[0];
  if (first !== undefined) throw new ApiError('VALIDATION_ERROR', `${first.field}: ${first.message}`, { details: problems });
}
