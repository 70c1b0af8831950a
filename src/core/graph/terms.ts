/**
 * Documents repeat themselves: rungs of a ladder, slices, the same bracket all day. What nodes and edges say alike is
 * kept once. A table of the newest terms finds those that are equal; who shares with whom is no part of the state.
 */
import { assert } from '../../base/assert.js';
import type { EdgeSpec, GraphSpec, NodeSpec, RiskSpec, TriggerSpec } from '../../protocol/graph-spec.js';

/** What a document says of a node beside what differs from node to node: one for all nodes that say the same. */
export type NodeTerms = Omit<NodeSpec, 'nodeId' | 'limitTicks' | 'expireAtNs'>;

type PriceTrigger = Extract<TriggerSpec, { kind: 'on_price' }>;

/** A trigger without the one figure that differs between the rungs of a ladder: `Edge.level` or `Edge.afterNs`. */
export type TriggerTerms =
  | Exclude<TriggerSpec, { kind: 'on_price' | 'on_timeout' }>
  | { readonly kind: 'on_timeout' }
  | (Omit<PriceTrigger, 'level'> & { readonly level: { readonly kind: 'absolute' } | Exclude<PriceTrigger['level'], { kind: 'absolute' }> });

/** What a document says of an edge beside its name, ends and figure: one for all edges that say the same. */
export interface EdgeTerms extends Pick<EdgeSpec, 'sizing' | 'keepParent'> {
  readonly trigger: TriggerTerms;
}

/** What of a document's head is looked at after the submit. */
export type GraphTerms = Pick<GraphSpec, 'isSandbox' | 'autoGroups' | 'risk' | 'metadataJson'>;

/** Places of each kind; what comes to a taken place and is not equal replaces what was there. */
const PLACES = 256;

export interface TermsTable {
  readonly nodes: (NodeTerms | undefined)[];
  readonly edges: (EdgeTerms | undefined)[];
  readonly graphs: (GraphTerms | undefined)[];
}

export function newTermsTable(): TermsTable {
  return { nodes: [], edges: [], graphs: [] };
}

export function nodeTerms(table: TermsTable, spec: NodeSpec | NodeTerms): NodeTerms {
  const place = placeOfNode(spec);
  const known = table.nodes[place];
  if (known !== undefined && sameNode(known, spec)) return known;
  assert(spec.side === 1 || spec.side === -1, 'a node buys or sells');
  const terms: NodeTerms = {
    instrument: spec.instrument, side: spec.side, orderType: spec.orderType, quantity: ordered(spec.quantity, known?.quantity),
    venues: ordered(spec.venues, known?.venues), pinned: spec.pinned, policy: ordered(spec.policy, known?.policy), urgency: spec.urgency, maxSlippageBps: spec.maxSlippageBps, tif: spec.tif,
    reduceOnly: spec.reduceOnly, pacing: ordered(spec.pacing, known?.pacing), join: spec.join, activation: spec.activation,
  };
  keep(table.nodes, place, terms);
  return terms;
}

function placeOfNode({ quantity, instrument, side, policy, activation, tif, orderType, venues }: NodeSpec | NodeTerms): number {
  assert(side === 1 || side === -1, 'a node buys or sells');
  assert(instrument >= 0, 'a node trades an instrument of the universe');
  const size = quantity.kind === 'fixed' ? quantity.lots : quantity.kind.length;
  const words = policy.kind.length + 5 * activation.charCodeAt(0) + 11 * tif.charCodeAt(0) + 17 * orderType.length;
  return placeOf(size + 31 * instrument + 64 * side + words + 128 * (venues?.[0] ?? 0) + 37 * (venues?.length ?? 0));
}

/** Field by field, the likeliest to differ first; test/unit/core/terms.test.ts changes each. */
function sameNode(a: NodeTerms, b: NodeSpec | NodeTerms): boolean {
  return a.side === b.side && a.instrument === b.instrument && a.activation === b.activation && a.orderType === b.orderType && a.tif === b.tif
    && a.urgency === b.urgency && a.reduceOnly === b.reduceOnly && a.join === b.join && a.pinned === b.pinned && a.maxSlippageBps === b.maxSlippageBps
    && same(a.quantity, b.quantity) && same(a.venues, b.venues) && same(a.policy, b.policy) && same(a.pacing, b.pacing);
}

export function edgeTerms(table: TermsTable, { trigger, sizing, keepParent }: EdgeSpec): EdgeTerms {
  const place = placeOf(placeOfTrigger(trigger) + 31 * sizing.kind.length + (sizing.kind === 'fixed' ? sizing.lots : 0));
  assert(place >= 0 && place < PLACES, 'terms are kept within their table');
  const known = table.edges[place];
  if (known !== undefined && known.keepParent === keepParent && same(known.sizing, sizing) && sameTrigger(known.trigger, trigger)) return known;
  const terms: EdgeTerms = { trigger: ordered(triggerTerms(trigger), known?.trigger), sizing: ordered(sizing, known?.sizing), keepParent };
  keep(table.edges, place, terms);
  return terms;
}

function placeOfTrigger(trigger: TriggerSpec): number {
  assert(trigger.kind !== 'on_price' || trigger.instrument >= 0, 'a price is of an instrument');
  if (trigger.kind === 'on_price') return 131 + trigger.instrument * 4 + trigger.direction.length + trigger.level.kind.length;
  return 17 * trigger.kind.length;
}

/** But for the figure that `figureOf` (new-edge.ts) gives to the edge. */
function sameTrigger(known: TriggerTerms, said: TriggerSpec): boolean {
  if (known.kind !== said.kind) return false;
  if (known.kind !== 'on_price' || said.kind !== 'on_price') return said.kind === 'on_timeout' || same(known, said);
  return known.instrument === said.instrument && known.direction === said.direction && known.source === said.source
    && known.confirmNs === said.confirmNs && known.allowImmediate === said.allowImmediate && known.level.kind === said.level.kind
    && (said.level.kind === 'absolute' || same(known.level, said.level));
}

function triggerTerms(said: TriggerSpec): TriggerTerms {
  if (said.kind === 'on_timeout') return { kind: 'on_timeout' };
  return said.kind === 'on_price' && said.level.kind === 'absolute' ? { ...said, level: { kind: 'absolute' } } : said;
}

export function graphTerms(table: TermsTable, { isSandbox, autoGroups, risk, metadataJson }: GraphSpec): GraphTerms {
  const place = placeOf((isSandbox ? 1 : 0) + (autoGroups ? 2 : 0) + 4 * (metadataJson?.length ?? 0));
  assert(place >= 0 && place < PLACES, 'terms are kept within their table');
  const known = table.graphs[place];
  const isKnownRisk = known !== undefined && sameRisk(known.risk, risk);
  if (isKnownRisk && known.isSandbox === isSandbox && known.autoGroups === autoGroups && known.metadataJson === metadataJson) return known;
  const terms: GraphTerms = { isSandbox, autoGroups, risk: isKnownRisk ? known.risk : ordered(risk), metadataJson };
  keep(table.graphs, place, terms);
  return terms;
}

function sameRisk({ admission, preTrade, runtime, failure }: RiskSpec, said: RiskSpec): boolean {
  return admission.maxNotionalUsd1e9 === said.admission.maxNotionalUsd1e9 && admission.maxLeverageE8 === said.admission.maxLeverageE8
    && same(admission.requiredVenues, said.admission.requiredVenues)
    && preTrade.maxSlippageBps === said.preTrade.maxSlippageBps && preTrade.requireBalanceCheck === said.preTrade.requireBalanceCheck
    && runtime.maxUnhedgedQty1e8 === said.runtime.maxUnhedgedQty1e8 && runtime.maxLossUsd1e9 === said.runtime.maxLossUsd1e9
    && runtime.maxDrawdownUsd1e9 === said.runtime.maxDrawdownUsd1e9 && failure.onRuntimeBreach === said.failure.onRuntimeBreach
    && failure.onDisconnect === said.failure.onDisconnect && failure.onNodeFailure === said.failure.onNodeFailure
    && failure.hedgeFailNs === said.failure.hedgeFailNs && failure.flattenBuyback === said.failure.flattenBuyback;
}

function placeOf(number: number): number {
  return (number % PLACES + PLACES) % PLACES;
}

function keep<T>(places: (T | undefined)[], place: number, terms: T): void {
  assert(place >= 0 && place < PLACES, 'terms are kept within their table');
  while (places.length <= place) places.push(undefined);
  places[place] = terms;
}

/** Deep equality of plain values, whatever the order of their keys; documents hold no undefined. */
function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => same(item, b[i]));
  const mine = a as Readonly<Record<string, unknown>>;
  const theirs = b as Readonly<Record<string, unknown>>;
  const keys = Object.keys(mine);
  if (keys.length !== Object.keys(theirs).length) return false;
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string; // i is within
    const other = theirs[key];
    if (other === undefined || (mine[key] !== other && !same(mine[key], other))) return false;
  }
  return true;
}

/**
 * What is known already if that says the same, else a copy with its keys in one order: what says the same is written the
 * same in a snapshot, though the table that shared it was empty when it was read back.
 */
function ordered<T>(value: T, known?: T): T {
  if (known !== undefined && same(known, value)) return known;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  assert(known === undefined || typeof known === 'object', 'terms of a kind have one shape');
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]: [string, unknown]) => [key, ordered(item)])) as T; // the same keys
}
