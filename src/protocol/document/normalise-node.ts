/** One node of a document to a `NodeSpec`, as far as it can be told; every problem is noted. */
import type { NodeSpec, PolicySpec, QuantitySpec, Side, Tif, Urgency } from '../graph-spec.js';
import type { Instrument, Listing, VenueId } from '../universe.js';
import type { DocumentContext } from './context.js';
import {
  type Field, flagOf, isGiven, listOf, member, numberOf, plainNumberOf, scaledOf, textOf, variantOf, wordOf,
} from './fields.js';
import { givenOf, type NodeFields } from './node-fields.js';
import { defaultTif, normalisePolicy, policyKindOf, tifProblem } from './policies.js';
import { type Problems, shown } from './problems.js';
import { type ConversionProblem, smallestOrderLots, toLots, toTicks, tradeLotOf } from './quantities.js';
import { knownList } from './resolver.js';
import { smallestSliceLots } from './slices.js';

/** What is known of a node so far; null where a problem was noted. */
export interface NodeDraft {
  readonly fields: NodeFields;
  readonly nodeId: string | null;
  readonly instrument: Instrument | null;
  readonly side: Side | null;
  /** Listings that the node may trade on; empty when its market is not known. */
  readonly listings: readonly Listing[];
  readonly tradeLot: number;
  readonly quantity: QuantitySpec | null;
  readonly pacing: NodeSpec['pacing'];
  readonly spec: Omit<NodeSpec, 'nodeId' | 'instrument' | 'side' | 'quantity' | 'pacing' | 'activation'> | null;
}

const NS_PER_MS = 1_000_000;

export function normaliseNode(fields: NodeFields, context: DocumentContext, problems: Problems): NodeDraft {
  const instrument = resolveInstrument(fields, context, problems);
  const market = resolveVenues(fields, instrument, context, problems);
  const tradeLot = tradeLotOf(market.listings);
  const { orderType, limitTicks } = resolveOrderType(fields, instrument, market.listings, problems);
  const pacing = resolvePacing(fields.pacing);
  const quantity = resolveQuantity(fields, instrument, market.listings, tradeLot, context, problems);
  if (instrument !== null && quantity?.kind === 'fixed') {
    const price = limitTicks ?? context.referenceTicks?.(instrument.id) ?? 0;
    checkMinimum(fields, quantity.lots, pacing, tradeLot, market.listings, instrument, price, problems);
  }
  if (pacing !== null && quantity !== null && quantity.kind !== 'fixed') {
    const code = quantity.kind === 'notional' ? 'NOT_SUPPORTED' : 'CONTRADICTION';
    problems.add(fields.pacing.at, code, 'pacing needs a fixed quantity to cut into slices');
  }
  const policy = normalisePolicy(
    { policy: fields.policy, params: fields.params, horizon: fields.horizon },
    { orderType, tif: tifOf(fields, problems), listings: market.listings, intervalNs: pacing?.intervalNs ?? Infinity },
    context,
    problems,
  );
  return {
    fields,
    nodeId: problems.covers(fields.nodeId.at) ? null : (textOf(fields.nodeId) ?? null),
    instrument,
    side: sideOf(fields.side),
    listings: market.listings,
    tradeLot,
    quantity,
    pacing,
    spec: restOf(fields, orderType, limitTicks, market, policy, context, problems),
  };
}

function tifOf(fields: NodeFields, problems: Problems): Tif | undefined {
  return problems.covers(fields.tif.at) ? undefined : (wordOf(fields.tif) as Tif | undefined);
}

function sideOf(field: Field): Side | null {
  const word = wordOf(field);
  return word === 'buy' ? 1 : word === 'sell' ? -1 : null;
}

function resolveInstrument(fields: NodeFields, context: DocumentContext, problems: Problems): Instrument | null {
  const symbol = textOf(fields.symbol);
  if (symbol === undefined || problems.covers(fields.symbol.at)) return null;
  const type = wordOf(fields.type);
  if (type !== undefined && type !== 'spot' && type !== 'perp' && !problems.covers(fields.type.at)) {
    problems.add(fields.type.at, 'NOT_SUPPORTED', `instruments of type ${shown(type)} are not supported; spot or perp`);
    return null;
  }
  const instrument = context.resolver.instrument(symbol, type);
  if (instrument === undefined) {
    const kind = type === 'perp' ? 'perp' : 'instrument';
    const message = `no ${kind} ${shown(symbol)}; ${knownList(context.resolver.symbols())}`;
    problems.add(fields.symbol.at, 'UNKNOWN_SYMBOL', message);
    return null;
  }
  return instrument;
}

interface Market {
  readonly listings: readonly Listing[];
  readonly venues: readonly VenueId[] | null;
  readonly pinned: boolean;
}

function resolveVenues(
  fields: NodeFields,
  instrument: Instrument | null,
  context: DocumentContext,
  problems: Problems,
): Market {
  const allowed = new Set<VenueId>();
  const lookUp = (field: Field): VenueId | null => {
    const name = textOf(field);
    if (name === undefined || problems.covers(field.at)) return null;
    const venue = context.resolver.venue(name);
    if (venue !== undefined) return venue.id;
    const message = `no venue ${shown(name)}; ${knownList(context.resolver.venueNames())}`;
    problems.add(field.at, 'UNKNOWN_VENUE', message);
    return null;
  };
  listOf(fields.venues).forEach((value, index) => {
    const venue = lookUp({ value, at: `${fields.venues.at}/${index}` });
    if (venue !== null) allowed.add(venue);
  });
  const pin = isGiven(fields.venue) ? lookUp(fields.venue) : null;
  if (pin !== null && isGiven(fields.venues) && !allowed.has(pin)) {
    problems.add(fields.venue.at, 'CONTRADICTION', 'this venue is not in execution.venues');
  }
  if (pin !== null) {
    allowed.clear();
    allowed.add(pin);
  }
  const all = instrument === null ? [] : context.resolver.listings(instrument);
  const venues = allowed.size === 0 ? null : [...allowed].sort((a, b) => a - b);
  const listings = venues === null ? all : all.filter((listing) => allowed.has(listing.venue));
  if (instrument !== null && listings.length === 0 && all.length > 0) {
    const field = pin !== null ? fields.venue : fields.venues;
    const names = all.map((listing) => context.resolver.universe.venues[listing.venue]?.name ?? '');
    problems.add(field.at, 'UNKNOWN_VENUE', `${instrument.symbol} is not listed there; listed on: ${names.join(', ')}`);
  }
  return { listings, venues, pinned: venues?.length === 1 };
}

function conversionMessage(problem: ConversionProblem, grid: string): string {
  if (problem === 'ZERO') return 'must be above zero';
  return problem === 'RANGE' ? 'is larger than this engine counts' : `must be a multiple of ${grid}`;
}

function resolveOrderType(
  fields: NodeFields,
  instrument: Instrument | null,
  listings: readonly Listing[],
  problems: Problems,
): { orderType: 'market' | 'limit' | null; limitTicks: number | null } {
  const variant = variantOf(fields.orderType);
  const inside = member(variant?.body ?? { value: undefined, at: fields.orderType.at }, 'price_1e9');
  const scaled = [fields.price1e9, ...(variant?.word === 'limit' ? [inside] : [])];
  const given = givenOf([...scaled, fields.limitPrice, fields.price]);
  const named = variant?.word;
  const orderType = named === 'market' || named === 'limit' ? named : given.length > 0 ? 'limit' : 'market';
  if (isGiven(fields.orderType) && named !== orderType) return { orderType: null, limitTicks: null };
  if (orderType === 'market') {
    for (const field of given) problems.add(field.at, 'CONTRADICTION', 'a market order has no limit price');
    return { orderType, limitTicks: null };
  }
  if (given.length === 0) {
    const at = fields.limitPrice.at;
    if (!problems.covers(fields.orderType.at)) problems.add(at, 'REQUIRED', 'a limit order needs its limit price');
    return { orderType, limitTicks: null };
  }
  let limitTicks: number | null = null;
  for (const field of given) {
    const value = numberOf(field);
    if (value === undefined || instrument === null || listings.length === 0 || problems.covers(field.at)) continue;
    const ticks = toTicks(value, scaled.includes(field) ? 9 : 0, instrument, listings);
    if (typeof ticks === 'string') {
      const finest = Math.min(...listings.map((listing) => listing.tickMultiple)) * instrument.tick1e9;
      const message = conversionMessage(ticks, `a tick of ${instrument.symbol} (${finest} at 1e-9)`);
      problems.add(field.at, ticks === 'OFF_GRID' ? 'OFF_TICK' : 'RANGE', message);
    } else if (limitTicks !== null && ticks !== limitTicks) {
      problems.add(field.at, 'CONTRADICTION', 'the limit price is given twice with different values');
    } else limitTicks = ticks;
  }
  return { orderType, limitTicks };
}

function resolvePacing(pacing: Field): NodeSpec['pacing'] {
  const uniform = member(pacing, 'uniform');
  const slices = plainNumberOf(member(uniform, 'num_slices'));
  const interval = plainNumberOf(member(uniform, 'interval_ms'));
  // What the schema refused must not be counted with: -1e-400 is minus zero as a double.
  if (!isCount(slices) || !isCount(interval)) return null;
  const carry = wordOf(member(uniform, 'carry')) === 'none' ? 'none' : 'next';
  return { slices, intervalNs: interval * NS_PER_MS, carry };
}

function resolveQuantity(
  fields: NodeFields,
  instrument: Instrument | null,
  listings: readonly Listing[],
  tradeLot: number,
  context: DocumentContext,
  problems: Problems,
): QuantitySpec | null {
  const given = givenOf([fields.quantity, fields.qty, fields.qty1e8, fields.notional]);
  const field = given[0];
  if (field === undefined) {
    const simple = fields.quantity.at === fields.whole.at;
    const at = simple ? fields.qty.at : fields.quantity.at;
    if (!problems.covers(at)) problems.add(at, 'REQUIRED', simple ? 'give qty or notional' : 'give quantity or qty');
    return null;
  }
  for (const other of given.slice(1)) {
    problems.add(other.at, 'CONTRADICTION', `the quantity is already given at ${field.at}`);
  }
  if (problems.covers(field.at)) return null;
  const variant = field === fields.quantity ? variantOf(field) : undefined;
  if (variant?.word === 'from_edge') return { kind: 'from_edge' };
  const usd = variant?.word === 'notional' ? member(variant.body, 'usd') : field === fields.notional ? field : null;
  if (usd !== null) return resolveNotional(usd, context, problems);
  const wire = variant?.word === 'fixed' ? member(variant.body, 'qty_1e8') : field;
  const value = numberOf(wire);
  if (value === undefined || instrument === null || listings.length === 0 || problems.covers(wire.at)) return null;
  const lots = toLots(value, field === fields.qty ? 0 : 8, instrument, tradeLot);
  if (typeof lots === 'number') return { kind: 'fixed', lots };
  const grid = `the trade lot of ${instrument.symbol} (${tradeLot * instrument.lot1e8} at 1e-8)`;
  const message = conversionMessage(lots, grid);
  problems.add(wire.at, lots === 'OFF_GRID' ? 'OFF_LOT' : 'RANGE', message);
  return null;
}

function resolveNotional(usd: Field, context: DocumentContext, problems: Problems): QuantitySpec | null {
  if (problems.covers(usd.at)) return null;
  if (context.unsupported?.has('notional') === true) {
    problems.add(usd.at, 'NOT_SUPPORTED', 'money targets are not supported by this engine');
    return null;
  }
  const scaled = scaledOf(usd, 9);
  if (scaled !== undefined && scaled > 0n) return { kind: 'notional', usd1e9: scaled.toString() };
  if (numberOf(usd) !== undefined) problems.add(usd.at, 'RANGE', 'expected US dollars with at most 9 decimals');
  return null;
}

function checkMinimum(
  fields: NodeFields,
  lots: number,
  pacing: NodeSpec['pacing'],
  tradeLot: number,
  listings: readonly Listing[],
  instrument: Instrument,
  priceTicks: number,
  problems: Problems,
): void {
  const least = smallestOrderLots(listings, instrument, priceTicks);
  const quantity = givenOf([fields.quantity, fields.qty, fields.qty1e8])[0] ?? fields.whole;
  const wire = (value: number): string => `${BigInt(value) * BigInt(instrument.lot1e8)} at 1e-8`;
  if (lots < least) {
    problems.add(quantity.at, 'BELOW_MINIMUM', `below the smallest order of every venue (${wire(least)})`);
  } else if (pacing !== null && smallestSliceLots(lots, tradeLot, pacing.slices) < least) {
    const at = `${fields.pacing.at}/uniform/num_slices`;
    const message = `a slice of ${wire(smallestSliceLots(lots, tradeLot, pacing.slices))} is below the smallest order`;
    problems.add(at, 'BELOW_MINIMUM', `${message} of every venue (${wire(least)}); use fewer slices`);
  }
}

function restOf(
  fields: NodeFields,
  orderType: 'market' | 'limit' | null,
  limitTicks: number | null,
  market: Market,
  policy: PolicySpec | null,
  context: DocumentContext,
  problems: Problems,
): NodeDraft['spec'] {
  const kind = policyKindOf(fields.policy);
  const tif = tifOf(fields, problems);
  if (kind !== undefined && orderType !== null) {
    const why = tifProblem(kind, orderType, tif);
    if (why !== null) problems.add(fields.tif.at, 'CONTRADICTION', why);
  }
  const expireAt = scaledOf(fields.expireAt, 0);
  if (tif === 'gtd' && !isGiven(fields.expireAt)) {
    problems.add(fields.expireAt.at, 'REQUIRED', 'gtd needs expire_at_ns');
  } else if (isGiven(fields.expireAt) && tif !== 'gtd' && !problems.covers(fields.tif.at)) {
    problems.add(fields.expireAt.at, 'CONTRADICTION', 'expire_at_ns goes with tif gtd only');
  } else if (expireAt !== undefined && context.nowEpochNs !== undefined && expireAt <= context.nowEpochNs) {
    problems.add(fields.expireAt.at, 'RANGE', 'expire_at_ns has already passed');
  }
  const joinAll = wordOf(fields.join) === 'all';
  if (joinAll && context.unsupported?.has('join_all') === true) {
    problems.add(fields.join.at, 'NOT_SUPPORTED', 'join "all" is not supported by this engine');
  }
  if (orderType === null || policy === null || kind === undefined) return null;
  return {
    orderType,
    limitTicks,
    venues: market.venues,
    pinned: market.pinned,
    policy,
    urgency: (wordOf(fields.urgency) ?? 'medium') as Urgency,
    maxSlippageBps: plainNumberOf(fields.maxSlippage) ?? null,
    tif: tif ?? defaultTif(kind),
    expireAtNs: expireAt?.toString() ?? null,
    reduceOnly: flagOf(fields.reduceOnly) ?? false,
    join: joinAll ? 'all' : 'any',
  };
}

function isCount(value: number | undefined): value is number {
  return value !== undefined && Number.isSafeInteger(value) && value > 0;
}
