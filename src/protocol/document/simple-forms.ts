/**
 * The short way for simple orders that differ from an earlier one in price, quantity and id only. The first order of a
 * form (symbol, side, type, time in force, …) goes the long way through schema and normaliser; what that made is kept
 * and the numbers of the next ones are put in. Whatever is unusual or wrong goes the long way: this one never refuses.
 * `test/unit/protocol/document/simple-forms.test.ts` holds both ways equal.
 */
import { must } from '../../base/assert.js';
import type { GraphSpec, NodeSpec } from '../graph-spec.js';
import type { JsonObject } from '../json/values.js';
import type { AccountId, Instrument, Listing } from '../universe.js';
import { canonicalText, hashOfText } from './body-hash.js';
import { idPattern } from './schemas/common.js';
import type { DocumentContext } from './context.js';
import { toLots, toTicks, tradeLotOf } from './quantities.js';
import type { Resolver } from './resolver.js';

/** Forms kept of one symbol; beyond it they are made anew. */
const FORMS_MAX = 64;
const DECIMAL_MAX = 1e18;
const ID = new RegExp(idPattern);

/** Members whose values make the form; absent ones count as such. */
const words = ['side', 'order_type', 'tif', 'type', 'venue', 'urgency', 'policy'] as const;
const flags = ['reduce_only', 'sandbox', 'is_sandbox'] as const;

/** What simple orders that differ in numbers and id only have in common. */
export interface Form {
  readonly words: readonly (string | undefined)[];
  readonly flags: readonly (boolean | undefined)[];
  readonly forced: boolean;
  readonly quantityName: Reading['quantityName'];
  readonly priceName: Reading['priceName'];
  readonly node: NodeSpec;
  readonly spec: GraphSpec;
  readonly instrument: Instrument;
  readonly listings: readonly Listing[];
  readonly tradeLot: number;
  /** The canonical text around limit and lots, which are JSON already. */
  readonly head: string;
  readonly between: string;
  readonly tail: string;
}

export interface SimpleOrder {
  readonly graph: GraphSpec;
  readonly bodyHash: string;
}

/** The numbers and the id of a body, which are no part of its form. */
interface Reading {
  readonly symbol: string;
  readonly quantityName: 'qty' | 'qty_1e8';
  readonly quantity: number;
  readonly priceName: 'price' | 'limit_price' | 'price_1e9' | null;
  /** NaN: none. */
  readonly price: number;
  readonly graphId: string | null;
}

/** By symbol as written. */
const formsOf = new WeakMap<Resolver, Map<string, Form[]>>();

/** The order, or null where only the long way can tell. */
export function takeSimple(body: JsonObject, context: DocumentContext): SimpleOrder | null {
  const reading = read(body, context);
  const form = reading === null ? undefined : findForm(body, reading, context);
  if (reading === null || form === undefined) return null;
  return orderOf(form, reading.quantity, reading.price, reading.graphId ?? context.newGraphId, context.accountId);
}

/** The form of a body that went through once, for who asks again without a body; null where it has none. */
export function formOf(body: JsonObject, context: DocumentContext): Form | null {
  const reading = read(body, context);
  return reading === null ? null : (findForm(body, reading, context) ?? null);
}

/**
 * The order of a form with these numbers, or null where only the long way can tell.
 * @param quantity @param price as the form's names say: decimals, or whole 1e-8 and 1e-9; the price of a form without one is not read
 */
export function orderOf(form: Form, quantity: number, price: number, graphId: string, accountId: AccountId): SimpleOrder | null {
  const { instrument, listings, tradeLot } = form;
  const decimals = form.quantityName === 'qty';
  const scale = form.priceName === 'price_1e9' ? 9 : 0;
  if (!inRange(quantity, decimals ? 0 : 8) || (form.priceName !== null && !inRange(price, scale))) return null;
  const lots = toLots(quantity, decimals ? 0 : 8, instrument, tradeLot);
  const ticks = form.priceName === null ? null : toTicks(price, scale, instrument, listings);
  if (typeof lots !== 'number' || typeof ticks === 'string' || !isEnough(form, lots, ticks ?? 0)) return null;
  const { spec, node } = form;
  const graph: GraphSpec = {
    graphId,
    accountId,
    isSandbox: spec.isSandbox,
    nodes: [{
      nodeId: node.nodeId, instrument: node.instrument, side: node.side, quantity: { kind: 'fixed', lots }, pacing: node.pacing,
      activation: node.activation, orderType: node.orderType, limitTicks: ticks, venues: node.venues, pinned: node.pinned,
      policy: node.policy, urgency: node.urgency, maxSlippageBps: node.maxSlippageBps, tif: node.tif, expireAtNs: node.expireAtNs,
      reduceOnly: node.reduceOnly, join: node.join,
    }],
    edges: spec.edges, groups: spec.groups, autoGroups: spec.autoGroups, risk: spec.risk, metadataJson: spec.metadataJson,
    warnings: spec.warnings,
  };
  const limit = ticks === null ? 'null' : `"${wireText(ticks, instrument.tick1e9)}"`;
  const text = `${form.head}${limit}${form.between}${wireText(lots, instrument.lot1e8)}${form.tail}`;
  return { graph, bodyHash: hashOfText(text) };
}

/** Keeps the form of an order that came the long way, where it has one. */
export function keepSimple(body: JsonObject, context: DocumentContext, graph: GraphSpec): void {
  const reading = read(body, context);
  const node = graph.nodes[0];
  if (reading === null || node === undefined || node.quantity.kind !== 'fixed' || graph.warnings.length > 0) return;
  const { universe } = context.resolver;
  const instrument = must(universe.instruments[node.instrument], 'instrument');
  const all = context.resolver.listings(instrument);
  const listings = node.venues === null ? all : all.filter((listing) => node.venues?.includes(listing.venue) === true);
  const text = canonicalText(graph, universe);
  const limit = node.limitTicks === null ? 'null' : `"${wireText(node.limitTicks, instrument.tick1e9)}"`;
  const head = `[[["${node.nodeId}","${instrument.symbol}",${node.side},"${node.orderType}",`;
  const between = ',["fixed","';
  const lots = wireText(node.quantity.lots, instrument.lot1e8);
  if (!text.startsWith(`${head}${limit}${between}${lots}"]`)) return;
  const tail = text.slice(head.length + limit.length + between.length + lots.length);
  let symbols = formsOf.get(context.resolver);
  if (symbols === undefined) formsOf.set(context.resolver, (symbols = new Map()));
  // Only symbols that the universe knows came so far.
  let forms = symbols.get(reading.symbol);
  if (forms === undefined) symbols.set(reading.symbol, (forms = []));
  if (forms.length >= FORMS_MAX) forms.length = 0;
  forms.push({
    words: words.map((name) => body[name] as string | undefined), flags: flags.map((name) => body[name] as boolean | undefined),
    forced: context.forceSandbox, quantityName: reading.quantityName, priceName: reading.priceName, node, spec: graph, instrument, listings,
    tradeLot: tradeLotOf(listings), head, between, tail,
  });
}

function findForm(body: JsonObject, reading: Reading, context: DocumentContext): Form | undefined {
  const forms = formsOf.get(context.resolver)?.get(reading.symbol);
  if (forms === undefined) return undefined;
  for (let i = 0; i < forms.length; i++) {
    const form = forms[i];
    if (form !== undefined && form.forced === context.forceSandbox && isOf(form, body, reading)) return form;
  }
  return undefined;
}

function isOf(form: Form, body: JsonObject, reading: Reading): boolean {
  if (form.quantityName !== reading.quantityName || form.priceName !== reading.priceName) return false;
  for (let i = 0; i < words.length; i++) if (form.words[i] !== body[words[i] ?? '']) return false;
  for (let i = 0; i < flags.length; i++) if (form.flags[i] !== body[flags[i] ?? '']) return false;
  return true;
}

/** Null for a body with anything but words, flags, a quantity, at most one price and an id. */
function read(body: JsonObject, context: DocumentContext): Reading | null {
  if (context.referenceTicks !== undefined || (context.unsupported?.size ?? 0) > 0) return null;
  const { symbol, graph_id: id } = body;
  const { qty, qty_1e8, price, limit_price, price_1e9 } = body;
  if (typeof symbol !== 'string' || (id !== undefined && (typeof id !== 'string' || id === 'graph' || !ID.test(id)))) return null;
  let members = id === undefined ? 1 : 2;
  for (let i = 0; i < words.length; i++) {
    const word = body[words[i] ?? ''];
    if (word === undefined) continue;
    if (typeof word !== 'string') return null;
    members++;
  }
  for (let i = 0; i < flags.length; i++) {
    const flag = body[flags[i] ?? ''];
    if (flag === undefined) continue;
    if (typeof flag !== 'boolean') return null;
    members++;
  }
  const quantity = qty ?? qty_1e8;
  const quantityName = qty === undefined ? 'qty_1e8' : 'qty';
  const limit = price ?? limit_price ?? price_1e9;
  const priceName = limit === undefined ? null : price !== undefined ? 'price' : limit_price !== undefined ? 'limit_price' : 'price_1e9';
  if (typeof quantity !== 'number' || !inRange(quantity, quantityName === 'qty' ? 0 : 8)) return null;
  if (limit !== undefined && (typeof limit !== 'number' || !inRange(limit, priceName === 'price_1e9' ? 9 : 0))) return null;
  members += limit === undefined ? 1 : 2;
  // Anything else, a second quantity or price too, is the long way's.
  if (Object.keys(body).length !== members) return null;
  return { symbol, quantityName, quantity, priceName, price: limit ?? NaN, graphId: id ?? null };
}

/** What the schema says of decimals and of wire integers. */
function inRange(value: number, scale: number): boolean {
  return scale === 0 ? value > 0 && value <= DECIMAL_MAX : Number.isSafeInteger(value) && value >= 1;
}

/** True where at least one listing surely takes the order; near a minimum notional the long way counts exactly. */
function isEnough(form: Form, lots: number, ticks: number): boolean {
  const { tick1e9, lot1e8 } = form.instrument;
  const notional1e9 = lots * lot1e8 * 1e-8 * ticks * tick1e9;
  for (let i = 0; i < form.listings.length; i++) {
    const listing = form.listings[i];
    if (listing === undefined || lots < listing.minLots || lots < listing.lotMultiple || lots % listing.lotMultiple !== 0) continue;
    if (ticks === 0 || listing.minNotional1e9 === 0 || notional1e9 >= listing.minNotional1e9 * 1.000_001) return true;
  }
  return false;
}

/** `value · unit` as digits. */
function wireText(value: number, unit: number): string {
  const product = value * unit;
  return Number.isSafeInteger(product) ? String(product) : (BigInt(value) * BigInt(unit)).toString();
}
