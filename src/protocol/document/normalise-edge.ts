/** One edge of a document: its trigger and sizing in integers; what it says about its ends is checked here too. */
import type { PriceSource, SizingSpec, TriggerKind, TriggerSpec } from '../graph-spec.js';
import type { Instrument } from '../universe.js';
import type { DocumentContext } from './context.js';
import {
  type Field, flagOf, isGiven, member, numberOf, plainNumberOf, scaledOf, textOf, variantOf, wordOf,
} from './fields.js';
import type { NodeDraft } from './normalise-node.js';
import { type Problems, shown } from './problems.js';
import { toLots, toQuarterTicks } from './quantities.js';
import { knownList } from './resolver.js';
import { triggerNames } from './schemas/edge.js';

const NS_PER_MS = 1_000_000;

/** The node at one end of an edge, null when it is not known. */
export interface Ends {
  readonly from: NodeDraft | null;
  readonly to: NodeDraft | null;
}

export function normaliseTrigger(
  edge: Field,
  ends: Ends,
  context: DocumentContext,
  problems: Problems,
): TriggerSpec | null {
  const field = member(edge, 'trigger');
  const variant = problems.covers(field.at) ? undefined : variantOf(field);
  const kind = variant === undefined ? undefined : (triggerNames[variant.word] as TriggerKind | undefined);
  if (variant === undefined || kind === undefined) return null;
  if (context.unsupported?.has(`trigger:${kind}`) === true) {
    problems.add(field.at, 'NOT_SUPPORTED', `the trigger ${kind} is not supported by this engine`);
  }
  checkCondition(edge, kind, problems);
  switch (kind) {
    case 'on_fill_ratio':
      return ratioTrigger(edge, variant.body, problems);
    case 'on_timeout': {
      const ms = onlyOne([member(variant.body, 'ms'), member(member(edge, 'condition'), 'timeout_ms')], problems);
      if (ms === null) problems.add(field.at, 'REQUIRED', 'on_timeout needs its time: {"on_timeout":{"ms":n}}');
      const value = ms === null ? undefined : plainNumberOf(ms);
      return value === undefined ? null : { kind, afterNs: value * NS_PER_MS };
    }
    case 'on_price':
      if (typeof field.value === 'string') {
        problems.add(field.at, 'REQUIRED', 'on_price needs its level: {"on_price":{"symbol","direction","price"}}');
        return null;
      }
      return priceTrigger(variant.body, ends, context, problems);
    default:
      return { kind };
  }
}

/** `condition` and `value` belong to the triggers that use them and to no other. */
function checkCondition(edge: Field, kind: TriggerKind, problems: Problems): void {
  const condition = member(edge, 'condition');
  const ratio = member(condition, 'fill_ratio_gte');
  const timeout = member(condition, 'timeout_ms');
  const value = member(edge, 'value');
  for (const field of [ratio, value]) {
    if (isGiven(field) && kind !== 'on_fill_ratio') problems.add(field.at, 'CONTRADICTION', `${kind} takes no ratio`);
  }
  if (isGiven(timeout) && kind !== 'on_timeout') problems.add(timeout.at, 'CONTRADICTION', `${kind} takes no time-out`);
}

/** The one field that is given; null when none is. Two that disagree are a problem. */
function onlyOne(fields: readonly Field[], problems: Problems): Field | null {
  const given = fields.filter(isGiven);
  const first = given[0] ?? null;
  for (const other of given.slice(1)) {
    if (first === null || plainNumberOf(other) === plainNumberOf(first)) continue;
    problems.add(other.at, 'CONTRADICTION', `also given at ${first.at} with another value`);
  }
  return first;
}

function ratioTrigger(edge: Field, body: Field, problems: Problems): TriggerSpec | null {
  const places = [
    member(body, 'fill_ratio_gte'), member(member(edge, 'condition'), 'fill_ratio_gte'), member(edge, 'value'),
  ];
  const field = onlyOne(places, problems);
  if (field === null) {
    const at = `${edge.at}/condition/fill_ratio_gte`;
    problems.add(at, 'REQUIRED', 'a ratio trigger needs its threshold: {"fill_ratio_gte": 0.5}');
    return null;
  }
  if (problems.covers(field.at) || numberOf(field) === undefined) return null;
  const ratioE8 = scaledOf(field, 8);
  if (ratioE8 !== undefined && ratioE8 >= 1n && ratioE8 <= 100_000_000n) {
    return { kind: 'on_fill_ratio', ratioE8: Number(ratioE8) };
  }
  problems.add(field.at, 'RANGE', 'expected a ratio above 0 and at most 1 with at most 8 decimals');
  return null;
}

function priceTrigger(body: Field, ends: Ends, context: DocumentContext, problems: Problems): TriggerSpec | null {
  const symbolField = member(body, 'symbol');
  const symbol = textOf(symbolField);
  const direction = wordOf(member(body, 'direction')) as 'above' | 'below' | undefined;
  const instrument = symbol === undefined ? undefined : context.resolver.instrument(symbol, undefined);
  if (symbol !== undefined && instrument === undefined) {
    const message = `no instrument ${shown(symbol)}; ${knownList(context.resolver.symbols())}`;
    problems.add(symbolField.at, 'UNKNOWN_SYMBOL', message);
  }
  const source = (wordOf(member(body, 'source')) ?? 'mid') as PriceSource;
  if (source === 'mark' && instrument?.kind === 'spot') {
    problems.add(`${body.at}/source`, 'CONTRADICTION', 'only perps have a mark price');
  }
  const allowImmediate = flagOf(member(body, 'allow_immediate')) ?? false;
  const confirmNs = (plainNumberOf(member(body, 'confirm_ms')) ?? 0) * NS_PER_MS;
  const level = priceLevel(body, instrument, direction, allowImmediate, ends, problems);
  if (instrument === undefined || direction === undefined || level === null) return null;
  return { kind: 'on_price', instrument: instrument.id, direction, level, source, confirmNs, allowImmediate };
}

type Level = Extract<TriggerSpec, { kind: 'on_price' }>['level'];

function priceLevel(
  body: Field,
  instrument: Instrument | undefined,
  direction: 'above' | 'below' | undefined,
  allowImmediate: boolean,
  ends: Ends,
  problems: Problems,
): Level | null {
  const price = member(body, 'price');
  const price1e9 = member(body, 'price_1e9');
  const reference = member(body, 'reference');
  const absolute = [price, price1e9].filter(isGiven);
  const offsets = [member(body, 'offset_pct'), member(body, 'offset_bps')].filter(isGiven);
  const [first, second] = isGiven(reference) ? [offsets[0], offsets[1]] : [absolute[0], absolute[1]];
  if (isGiven(reference)) {
    for (const field of absolute) problems.add(field.at, 'CONTRADICTION', 'give a price or a reference, not both');
  } else for (const field of offsets) problems.add(field.at, 'CONTRADICTION', 'an offset needs a reference');
  if (second !== undefined) {
    problems.add(second.at, 'CONTRADICTION', `the level is already given at ${first?.at ?? ''}`);
  }
  if (first === undefined) {
    const what = isGiven(reference) ? 'offset_pct or offset_bps' : 'price, price_1e9 or a reference with an offset';
    problems.add(body.at, 'REQUIRED', `the level is missing: give ${what}`);
    return null;
  }
  const value = numberOf(first);
  if (value === undefined || problems.covers(first.at) || direction === undefined) return null;
  if (isGiven(reference)) {
    return referenceLevel(reference, first, instrument, direction, allowImmediate, ends, problems);
  }
  if (instrument === undefined) return null;
  const quarterTicks = toQuarterTicks(value, first === price1e9 ? 9 : 0, instrument, direction);
  if (typeof quarterTicks === 'number') return { kind: 'absolute', quarterTicks };
  problems.add(first.at, 'RANGE', 'expected a price above zero that this engine can count');
  return null;
}

function referenceLevel(
  reference: Field,
  offset: Field,
  instrument: Instrument | undefined,
  direction: 'above' | 'below',
  allowImmediate: boolean,
  ends: Ends,
  problems: Problems,
): Level | null {
  const kind = wordOf(reference);
  if (kind !== 'graph_entry_price' && kind !== 'arrival_mid') return null;
  const watched = ends.from?.instrument ?? null;
  if (instrument !== undefined && watched !== null && watched.id !== instrument.id) {
    const message = `${kind} is a price of ${watched.symbol}: watch that symbol, or give a price`;
    problems.add(reference.at, 'NOT_SUPPORTED', message);
  }
  // One percent is 10,000 ppm, one basis point 100.
  const ppm = scaledOf(offset, offset.at.endsWith('/offset_pct') ? 4 : 2);
  if (ppm === undefined) {
    problems.add(offset.at, 'RANGE', 'expected an offset no finer than a millionth');
    return null;
  }
  const wrongSide = direction === 'below' ? ppm >= 0n : ppm <= 0n;
  if (wrongSide && !allowImmediate) {
    const wanted = direction === 'below' ? 'negative' : 'positive';
    const message = `"${direction}" with this offset would fire at once: expected a ${wanted} one, or allow_immediate`;
    problems.add(offset.at, 'CONTRADICTION', message);
  }
  return { kind, offsetPpm: Number(ppm) };
}

/** `trigger` decides the default: `on_fill` without sizing is incremental. */
export function normaliseSizing(
  edge: Field,
  trigger: TriggerSpec | null,
  ends: Ends,
  context: DocumentContext,
  problems: Problems,
): SizingSpec | null {
  const field = member(edge, 'sizing');
  if (!isGiven(field)) return { kind: trigger?.kind === 'on_fill' ? 'parent_incremental_fill_qty' : 'none' };
  const variant = problems.covers(field.at) ? undefined : variantOf(field);
  if (variant === undefined) return null;
  if (context.unsupported?.has(`sizing:${variant.word}`) === true) {
    problems.add(field.at, 'NOT_SUPPORTED', `the sizing ${variant.word} is not supported by this engine`);
  }
  const needs = (what: string): null => {
    problems.add(field.at, 'REQUIRED', `${variant.word} needs its ${what}: {"${variant.word}":{"${what}":…}}`);
    return null;
  };
  switch (variant.word) {
    case 'parent_filled_qty':
    case 'parent_incremental_fill_qty':
    case 'residual':
      return { kind: variant.word };
    case 'linear_hedge':
    case 'scaled_notional': {
      const factor = member(variant.body, 'factor');
      if (!isGiven(factor)) return needs('factor');
      const factorE8 = factorOf(factor, problems);
      if (factorE8 === null) return null;
      if (variant.word === 'scaled_notional') {
        const cap = member(variant.body, 'max_notional_usd');
        return { kind: 'scaled_notional', factorE8, maxUsd1e9: moneyOf(cap, problems) };
      }
      const net = member(variant.body, 'net');
      if (flagOf(net) === true && context.unsupported?.has('net_hedge') === true) {
        problems.add(net.at, 'NOT_SUPPORTED', 'net hedges are not supported by this engine');
      }
      return { kind: 'linear_hedge', factorE8, net: flagOf(net) ?? false };
    }
    case 'fixed': {
      const qty = member(variant.body, 'qty_1e8');
      if (!isGiven(qty)) return needs('qty_1e8');
      return fixedSizing(qty, ends.to, problems);
    }
    default:
      return null;
  }
}

function factorOf(field: Field, problems: Problems): number | null {
  if (problems.covers(field.at) || numberOf(field) === undefined) return null;
  const scaled = scaledOf(field, 8);
  if (scaled !== undefined && scaled !== 0n) return Number(scaled);
  problems.add(field.at, 'RANGE', 'expected a factor other than 0 with at most 8 decimals');
  return null;
}

/** Money at 1e-9 as digits; null when absent or wrong. */
export function moneyOf(field: Field, problems: Problems): string | null {
  if (!isGiven(field) || problems.covers(field.at) || numberOf(field) === undefined) return null;
  const scaled = scaledOf(field, 9);
  if (scaled !== undefined && scaled > 0n) return scaled.toString();
  problems.add(field.at, 'RANGE', 'expected US dollars above zero with at most 9 decimals');
  return null;
}

function fixedSizing(qty: Field, child: NodeDraft | null, problems: Problems): SizingSpec | null {
  const value = numberOf(qty);
  const instrument = child?.instrument ?? null;
  if (value === undefined || child === null || instrument === null || problems.covers(qty.at)) return null;
  const lots = toLots(value, 8, instrument, child.tradeLot);
  if (typeof lots === 'number') return { kind: 'fixed', lots };
  const lot = `the trade lot of ${instrument.symbol} (${child.tradeLot * instrument.lot1e8} at 1e-8)`;
  if (lots === 'OFF_GRID') problems.add(qty.at, 'OFF_LOT', `must be a multiple of ${lot}`);
  else problems.add(qty.at, 'RANGE', lots === 'ZERO' ? 'must be above zero' : 'is larger than this engine counts');
  return null;
}
