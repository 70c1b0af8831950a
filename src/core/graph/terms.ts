/**
 * Documents repeat themselves: rungs of a ladder, slices, the same bracket all day. What nodes and edges say alike is
 * kept once. A table of the newest terms finds those that are equal; who shares with whom is no part of the state.
 */
import { assert, must } from '../../base/assert.js';
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

/** Lists the keys of a type, all of them, or it doesn't compile. */
function keysOf<T extends object>(keys: Readonly<Record<keyof T, 1>>): readonly (keyof T)[] {
  return Object.keys(keys) as (keyof T)[]; // the record has these keys and no others
}

const nodeKeys = keysOf<NodeTerms>({
  instrument: 1, side: 1, orderType: 1, quantity: 1, venues: 1, pinned: 1, policy: 1, urgency: 1, maxSlippageBps: 1, tif: 1,
  reduceOnly: 1, pacing: 1, join: 1, activation: 1,
});
const edgeKeys = keysOf<EdgeTerms>({ trigger: 1, sizing: 1, keepParent: 1 });
const admissionKeys = keysOf<RiskSpec['admission']>({ maxNotionalUsd1e9: 1, maxLeverageE8: 1, requiredVenues: 1 });
const preTradeKeys = keysOf<RiskSpec['preTrade']>({ maxSlippageBps: 1, requireBalanceCheck: 1 });
const runtimeKeys = keysOf<RiskSpec['runtime']>({ maxUnhedgedQty1e8: 1, maxLossUsd1e9: 1, maxDrawdownUsd1e9: 1 });
const failureKeys = keysOf<RiskSpec['failure']>({ onRuntimeBreach: 1, onDisconnect: 1, onNodeFailure: 1, hedgeFailNs: 1, flattenBuyback: 1 });

export function nodeTerms(table: TermsTable, spec: NodeSpec | NodeTerms): NodeTerms {
  const size = spec.quantity.kind === 'fixed' ? spec.quantity.lots : spec.quantity.kind.length;
  const place = placeOf(size + 31 * spec.instrument + 7 * spec.side + 3 * spec.policy.kind.length + spec.activation.length + (spec.venues?.[0] ?? 0));
  assert(spec.side === 1 || spec.side === -1, 'a node buys or sells');
  const known = table.nodes[place];
  if (known !== undefined && sameBy(nodeKeys, known, spec)) return known;
  const terms: NodeTerms = {
    instrument: spec.instrument, side: spec.side, orderType: spec.orderType, quantity: spec.quantity, venues: spec.venues,
    pinned: spec.pinned, policy: spec.policy, urgency: spec.urgency, maxSlippageBps: spec.maxSlippageBps, tif: spec.tif,
    reduceOnly: spec.reduceOnly, pacing: spec.pacing, join: spec.join, activation: spec.activation,
  };
  keep(table.nodes, place, terms);
  return terms;
}

export function edgeTerms(table: TermsTable, { trigger: said, sizing, keepParent }: EdgeSpec): EdgeTerms {
  const trigger = triggerTerms(said);
  const place = placeOf(placeOfTrigger(trigger) + 31 * sizing.kind.length + (sizing.kind === 'fixed' ? sizing.lots : 0));
  const terms: EdgeTerms = { trigger, sizing, keepParent };
  assert(table.edges.length <= PLACES, 'terms are kept within their table');
  const known = table.edges[place];
  if (known !== undefined && sameBy(edgeKeys, known, terms)) return known;
  keep(table.edges, place, terms);
  return terms;
}

function triggerTerms(said: TriggerSpec): TriggerTerms {
  if (said.kind === 'on_timeout') return { kind: 'on_timeout' };
  return said.kind === 'on_price' && said.level.kind === 'absolute' ? { ...said, level: { kind: 'absolute' } } : said;
}

function placeOfTrigger(trigger: TriggerTerms): number {
  assert(trigger.kind.length > 0, 'a trigger has a kind');
  if (trigger.kind === 'on_price') return 131 + trigger.instrument * 4 + trigger.direction.length + trigger.level.kind.length;
  return 17 * trigger.kind.length;
}

export function graphTerms(table: TermsTable, { isSandbox, autoGroups, risk, metadataJson }: GraphSpec): GraphTerms {
  const place = placeOf((isSandbox ? 1 : 0) + (autoGroups ? 2 : 0) + 4 * (metadataJson?.length ?? 0));
  assert(table.graphs.length <= PLACES, 'terms are kept within their table');
  const known = table.graphs[place];
  const isKnownRisk = known !== undefined && sameRisk(known.risk, risk);
  if (isKnownRisk && known.isSandbox === isSandbox && known.autoGroups === autoGroups && known.metadataJson === metadataJson) return known;
  const terms: GraphTerms = { isSandbox, autoGroups, risk: isKnownRisk ? known.risk : copyOf(risk), metadataJson };
  keep(table.graphs, place, terms);
  return terms;
}

function sameRisk(a: RiskSpec, b: RiskSpec): boolean {
  return sameBy(admissionKeys, a.admission, b.admission) && sameBy(preTradeKeys, a.preTrade, b.preTrade)
    && sameBy(runtimeKeys, a.runtime, b.runtime) && sameBy(failureKeys, a.failure, b.failure);
}

/** With its keys in one order, whatever theirs is. */
function copyOf({ admission, preTrade, runtime, failure }: RiskSpec): RiskSpec {
  return { admission: pick(admissionKeys, admission), preTrade: pick(preTradeKeys, preTrade), runtime: pick(runtimeKeys, runtime), failure: pick(failureKeys, failure) };
}

function pick<T extends object>(keys: readonly (keyof T)[], from: T): T {
  return Object.fromEntries(keys.map((key) => [key, from[key]])) as T; // all keys of T
}

function placeOf(number: number): number {
  return (number % PLACES + PLACES) % PLACES;
}

function keep<T>(places: (T | undefined)[], place: number, terms: T): void {
  assert(place >= 0 && place < PLACES, 'terms are kept within their table');
  while (places.length <= place) places.push(undefined);
  places[place] = terms;
}

function sameBy<T extends object>(keys: readonly (keyof T)[], a: T, b: T): boolean {
  for (let i = 0; i < keys.length; i++) {
    const key = must(keys[i], 'key of terms');
    if (a[key] !== b[key] && !same(a[key], b[key])) return false;
  }
  return true;
}

/** Deep equality of plain values, in the order of their keys: one order of keys says the same, another is kept apart. */
function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  const mine = Object.keys(a);
  const theirs = Object.keys(b);
  if (mine.length !== theirs.length || Array.isArray(a) !== Array.isArray(b)) return false;
  for (let i = 0; i < mine.length; i++) {
    const key = must(mine[i], 'key of a value');
    if (key !== theirs[i] || !same((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key])) return false;
  }
  return true;
}
