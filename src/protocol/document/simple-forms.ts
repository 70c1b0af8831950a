/**
 * The short way for simple orders that differ from an earlier one in price, quantity and id only. The first order of a
 * form (symbol, side, type, time in force, …) goes the long way through schema and normaliser; what that made is kept
 * and the numbers of the next ones are put in. Whatever is unusual or wrong goes the long way: this one never refuses.
 * `test/unit/protocol/document/simple-forms.test.ts` holds both ways equal.
 */
import { must } from '../../base/assert.js';
import type { GraphSpec, NodeSpec } from '../graph-spec.js';
import type { JsonObject } from '../json/values.js';
import type { Instrument, Listing } from '../universe.js';
import { canonicalText, hashOfText } from './body-hash.js';
import { idPattern } from './schemas/common.js';
import type { DocumentContext } from './context.js';
import { toLots, toTicks, tradeLotOf } from './quantities.js';
import type { Resolver } from './resolver.js';

/** Forms kept a universe. Words only make a form, so that few are ever needed; beyond it all are made anew. */
const FORMS_MAX = 1_024;
/** Longest word that is part of a form; longer ones are wrong anyway. */
const WORD_MAX = 64;
const DECIMAL_MAX = 1e18;
const ID = new RegExp(idPattern);

interface Form {
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

/** What a body says, split into the words that make its form and the numbers that don't. */
interface Reading {
  readonly form: string;
  readonly quantity: number;
  readonly quantityScale: 0 | 8;
  /** NaN: none. */
  readonly price: number;
  readonly priceScale: 0 | 9;
  readonly graphId: string | null;
}

const formsOf = new WeakMap<Resolver, Map<string, Form>>();

/** The order, or null where only the long way can tell. */
export function takeSimple(body: JsonObject, context: DocumentContext): SimpleOrder | null {
  const reading = read(body, context);
  const form = reading === null ? undefined : formsOf.get(context.resolver)?.get(reading.form);
  if (reading === null || form === undefined) return null;
  const { instrument, listings, tradeLot } = form;
  const lots = toLots(reading.quantity, reading.quantityScale, instrument, tradeLot);
  const ticks = Number.isNaN(reading.price) ? null : toTicks(reading.price, reading.priceScale, instrument, listings);
  if (typeof lots !== 'number' || typeof ticks === 'string' || !isEnough(form, lots, ticks ?? 0)) return null;
  const { spec, node } = form;
  const graph: GraphSpec = {
    graphId: reading.graphId ?? context.newGraphId,
    accountId: context.accountId,
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
  let forms = formsOf.get(context.resolver);
  if (forms === undefined) formsOf.set(context.resolver, (forms = new Map()));
  if (forms.size >= FORMS_MAX) forms.clear();
  forms.set(reading.form, { node, spec: graph, instrument, listings, tradeLot: tradeLotOf(listings), head, between, tail });
}

/** Null for a body with anything but words, a quantity, at most one price and an id. */
function read(body: JsonObject, context: DocumentContext): Reading | null {
  if (context.referenceTicks !== undefined || (context.unsupported?.size ?? 0) > 0) return null;
  let form = context.forceSandbox ? 'S' : '-';
  let quantity = NaN;
  let quantityScale: 0 | 8 = 0;
  let price = NaN;
  let priceScale: 0 | 9 = 0;
  let graphId: string | null = null;
  for (const name in body) {
    const value = body[name];
    switch (name) {
      case 'qty':
      case 'qty_1e8':
        if (typeof value !== 'number' || !Number.isNaN(quantity)) return null;
        quantity = value;
        quantityScale = name === 'qty' ? 0 : 8;
        form += name;
        break;
      case 'price':
      case 'limit_price':
      case 'price_1e9':
        if (typeof value !== 'number' || !Number.isNaN(price)) return null;
        price = value;
        priceScale = name === 'price_1e9' ? 9 : 0;
        form += name;
        break;
      case 'graph_id':
        if (typeof value !== 'string' || value === 'graph' || !ID.test(value)) return null;
        graphId = value;
        break;
      case 'symbol':
      case 'side':
      case 'order_type':
      case 'tif':
      case 'type':
      case 'venue':
      case 'urgency':
      case 'policy':
        if (typeof value !== 'string' || value.length > WORD_MAX) return null;
        // With its length, so that no two bodies read alike.
        form += `${name}${value.length}:${value}`;
        break;
      case 'reduce_only':
      case 'sandbox':
      case 'is_sandbox':
        if (typeof value !== 'boolean') return null;
        form += value ? `${name}+` : `${name}-`;
        break;
      default:
        return null;
    }
  }
  if (!inRange(quantity, quantityScale) || !(Number.isNaN(price) || inRange(price, priceScale))) return null;
  return { form, quantity, quantityScale, price, priceScale, graphId };
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
