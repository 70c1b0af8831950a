/** Admission of a graph, once, before anything is sent (semantics §9). Every rounding is against the user. */
import { assert, must } from '../../base/assert.js';
import { listingIndex } from '../market.js';
import { isTerminalNode } from '../graph/node-table.js';
import { instrumentOf } from '../graph/quantities.js';
import type { CoreState, Graph, Node } from '../state.js';
import { available, PERP_MARGIN_DIVISOR } from './balances.js';

export interface Refusal {
  code: string;
  message: string;
  field?: string;
}

/** Worst price of a node in quarter ticks: the larger of mid and a buy's limit; the mid for sells. 0 = unknown. */
function worstQ(state: CoreState, node: Node): number {
  const market = must(state.markets[node.spec.instrument], 'market');
  const limit = node.spec.orderType === 'limit' && node.spec.side === 1 ? node.limitTicks * 4 : 0;
  assert(limit >= 0, 'a limit is a price');
  if (market.freshCount === 0) return limit;
  return Math.max(market.midQ, limit);
}

/** Which part of a node counts: all of it, what it may still fill, or what it may still send. */
type Part = 'whole' | 'open' | 'unsent';

/** Lots of that part. What has ended counts by what it filled and is over. */
function lotsOf(graph: Graph, node: Node, part: Part): number {
  const over = isTerminalNode(node.status);
  const most = over ? node.filled : Number.isFinite(node.ceiling) ? node.ceiling : ceilingFromEdges(graph, node);
  if (part === 'whole') return most;
  const live = part === 'unsent' && node.run !== null ? node.run.live : 0;
  assert(live >= 0 && node.filled >= 0, 'what is live and filled is never negative');
  return Math.max(0, most - node.filled - live);
}

/** Worth of a node's part at its worst price in USD 1e-9, rounded up; -1 = no price to judge by. */
function worthOf(state: CoreState, graph: Graph, node: Node, part: Part): bigint {
  const { quantity } = node.spec;
  const { tick1e9, lot1e8 } = instrumentOf(state, node);
  if (quantity.kind === 'notional') {
    if (part === 'whole' || node.run === null) return BigInt(quantity.usd1e9);
    if (isTerminalNode(node.status)) return 0n;
    const spent = (node.run.value.toBigInt() * BigInt(tick1e9) * BigInt(lot1e8)) / 100_000_000n;
    return BigInt(quantity.usd1e9) > spent ? BigInt(quantity.usd1e9) - spent : 0n;
  }
  const price = worstQ(state, node);
  if (price === 0) return -1n;
  return (exact(price, tick1e9) * exact(lotsOf(graph, node, part), lot1e8) + 399_999_999n) / 400_000_000n;
}

/** a · b: of two safe integers. A product that is safe needs no long arithmetic. */
function exact(a: number, b: number): bigint {
  const product = a * b;
  return Number.isSafeInteger(product) ? BigInt(product) : BigInt(a) * BigInt(b);
}

/** A `from_edge` node may at most do what its parents' ceilings release. */
function ceilingFromEdges(graph: Graph, node: Node): number {
  let lots = 0;
  for (const index of node.inEdges) {
    const { spec, from } = must(graph.edges[index], 'edge');
    const parent = must(graph.nodes[from], 'parent');
    const above = Number.isFinite(parent.ceiling) ? parent.ceiling : parent.inEdges.length > 0 ? ceilingFromEdges(graph, parent) : 0;
    const factor = spec.sizing.kind === 'linear_hedge' || spec.sizing.kind === 'scaled_notional' ? Math.abs(spec.sizing.factorE8) / 1e8 : 1;
    lots += spec.sizing.kind === 'fixed' ? spec.sizing.lots : Math.ceil(above * factor);
  }
  return Math.min(lots, 2 ** 50);
}

/**
 * Members of a group or of a chain of alternatives count together, by their largest: for each node the index of the one
 * that stands for its class; null = each stands for itself, as in most graphs.
 */
function classesOf(graph: Graph): readonly number[] | null {
  const { nodes } = graph;
  let root: number[] | null = null;
  const find = (index: number): number => {
    const up = root?.[index] ?? index;
    return up === index ? index : find(up);
  };
  const join = (a: number, b: number): void => {
    root ??= nodes.map(({ index }) => index);
    root[find(a)] = find(b);
  };
  for (let i = 0; i < nodes.length; i++) {
    const node = must(nodes[i], 'node');
    if (node.inEdges.length === 0 || !isAlternative(graph, node)) continue;
    for (const index of node.inEdges) join(i, must(graph.edges[index], 'edge').from);
  }
  for (const { spec } of graph.groups) for (let i = 1; i < spec.nodes.length; i++) join(must(spec.nodes[i], 'member'), must(spec.nodes[0], 'member'));
  return root === null ? null : nodes.map(({ index }) => find(index));
}

/** Acts only for what its parents could not do. */
function isAlternative(graph: Graph, node: Node): boolean {
  for (const index of node.inEdges) {
    const { spec } = must(graph.edges[index], 'edge');
    if (spec.trigger.kind !== 'on_cancel' && spec.sizing.kind !== 'residual') return false;
  }
  return true;
}

/**
 * null = admitted. Order: venues, notional, leverage, balance. Also for a graph under way that an amend makes larger:
 * the whole counts against `max_notional_usd`, what may still fill against leverage, what may still be sent against
 * balances.
 */
export function refuseAdmission(state: CoreState, graph: Graph): Refusal | null {
  const { admission } = graph.spec.risk;
  for (const venue of admission.requiredVenues) {
    const problem = venueProblem(state, graph, venue);
    if (problem !== '') return { code: problem === 'stale' ? 'STALE_VENUE' : 'BAD_VENUE', message: `required venue ${must(state.universe.venues[venue], 'venue').name} is ${problem}`, field: '/risk/admission/required_venues' };
  }
  const classes = classesOf(graph);
  assert(classes === null || classes.length === graph.nodes.length, 'every node counts in one class');
  // By class: of all of its nodes the largest worth, and that of perps that may still fill.
  const largest: bigint[] = [];
  const perp: bigint[] = [];
  for (let i = 0; i < graph.nodes.length; i++) {
    const node = must(graph.nodes[i], 'node');
    if (node.role === 'exit') continue;
    const value = worthOf(state, graph, node, 'whole');
    if (value < 0n) return { code: 'STALE_VENUE', message: `no fresh price for ${instrumentOf(state, node).symbol} to judge the order by; try again`, field: `/nodes/${node.index}` };
    const key = classes === null ? i : must(classes[i], 'class');
    if (value > (largest[key] ?? 0n)) largest[key] = value;
    if (instrumentOf(state, node).kind !== 'perp') continue;
    const open = worthOf(state, graph, node, 'open');
    if (open > (perp[key] ?? 0n)) perp[key] = open;
  }
  const total = sumOf(largest);
  if (admission.maxNotionalUsd1e9 !== null && total > BigInt(admission.maxNotionalUsd1e9)) {
    assert(total > 0n, 'what is beyond a limit is worth something');
    return { code: 'MAX_NOTIONAL', message: `worth ${total / 1_000_000_000n} USD at worst, allowed ${BigInt(admission.maxNotionalUsd1e9) / 1_000_000_000n}`, field: '/risk/admission/max_notional_usd' };
  }
  const perps = sumOf(perp);
  if (admission.maxLeverageE8 !== null && perps > 0n) {
    const equity = equityUsd(state, graph.accountId);
    const used = perpExposureUsd(state, graph.accountId) + Number(perps) / 1e9;
    if (equity <= 0 || used > (equity * admission.maxLeverageE8) / 1e8) {
      return { code: 'MAX_LEVERAGE', message: `leverage would be ${equity > 0 ? (used / equity).toFixed(2) : 'without bound'}, allowed ${admission.maxLeverageE8 / 1e8}`, field: '/risk/admission/max_leverage' };
    }
  }
  return refuseBalance(state, graph, classes);
}

/** Some are missing: nodes that others stand for. */
function sumOf(values: readonly bigint[]): bigint {
  let sum = 0n;
  for (let i = 0; i < values.length; i++) sum += values[i] ?? 0n;
  return sum;
}

function venueProblem(state: CoreState, graph: Graph, venue: number): string {
  const status = state.venues[venue];
  if (status === undefined) return 'not configured';
  if (status.connected === 0) return 'not connected';
  if (status.credentialsValid === 0) return 'without valid credentials';
  for (const instrument of new Set(graph.nodes.map((node) => node.spec.instrument))) {
    const index = listingIndex(state.universe, instrument, venue);
    const quote = must(state.markets[instrument], 'market').quotes[index];
    if (index >= 0 && (quote === undefined || quote.fresh === 0)) return 'stale';
  }
  return '';
}

/** What is needed of an asset, and the venues that may have it. */
interface Need {
  readonly asset: number;
  readonly field: string;
  readonly venues: number[];
  /** By class: the largest of its members so far. */
  readonly biggest: number[];
  amount: number;
}

/** Quote (or base of spot sells) that all non-exit nodes may need, against what their venues have free. */
function refuseBalance(state: CoreState, graph: Graph, classes: readonly number[] | null): Refusal | null {
  const needs: Need[] = [];
  for (let i = 0; i < graph.nodes.length; i++) {
    const node = must(graph.nodes[i], 'node');
    if (node.role !== 'exit') addNeed(state, graph, node, classes === null ? i : must(classes[i], 'class'), needs);
  }
  for (let i = 0; i < needs.length; i++) {
    const { asset, amount, venues, field } = must(needs[i], 'need');
    let free = 0;
    for (let v = 0; v < venues.length; v++) free += Math.max(0, available(state, graph.accountId, must(venues[v], 'venue'), asset));
    if (amount > free) {
      const { code } = must(state.universe.assets[asset], 'asset');
      return { code: 'INSUFFICIENT_BALANCE', message: `needs ${amount / 1e8} ${code} at worst, ${free / 1e8} free at its venues`, field };
    }
  }
  return null;
}

function addNeed(state: CoreState, graph: Graph, node: Node, key: number, needs: Need[]): void {
  const instrument = instrumentOf(state, node);
  const { spec } = node;
  if (spec.reduceOnly && instrument.kind === 'perp') return;
  const sellsSpot = instrument.kind === 'spot' && spec.side === -1;
  const asset = sellsSpot ? instrument.base : instrument.quote;
  let need = needs.find((entry) => entry.asset === asset);
  if (need === undefined) needs.push(need = { asset, field: `/nodes/${node.index}`, venues: [], biggest: [], amount: 0 });
  let feeE6 = 0;
  for (let i = 0; i < instrument.listings.length; i++) {
    const listing = must(state.universe.listings[instrument.listings[i] ?? -1], 'listing');
    if (spec.venues !== null && !spec.venues.includes(listing.venue)) continue;
    if (listing.takerFeeE6 > feeE6) feeE6 = listing.takerFeeE6;
    if (!need.venues.includes(listing.venue)) need.venues.push(listing.venue);
  }
  const amount = sellsSpot ? (Number.isFinite(node.ceiling) ? lotsOf(graph, node, 'unsent') : 0) * instrument.lot1e8 : quoteNeeded(state, graph, node, feeE6);
  assert(amount >= 0, 'what may be sent needs at least 0');
  const known = need.biggest[key] ?? 0;
  if (amount <= known) return;
  need.biggest[key] = amount;
  need.amount += amount - known;
}

function quoteNeeded(state: CoreState, graph: Graph, node: Node, feeE6: number): number {
  const value = Number(worthOf(state, graph, node, 'unsent')) / 10;
  const perpFactor = instrumentOf(state, node).kind === 'perp' ? PERP_MARGIN_DIVISOR : 1;
  return Math.ceil(value / perpFactor + (value * feeE6) / 1e6);
}

/** Mid in USD of one base unit by any instrument of the asset; 0 = unknown. */
export function assetPriceUsd(state: CoreState, asset: number): number {
  if (must(state.universe.assets[asset], 'asset').kind === 'fiat') return 1;
  for (const instrument of state.universe.instruments) {
    const market = must(state.markets[instrument.id], 'market');
    if (instrument.base === asset && market.midQ > 0) return (market.midQ / 4) * (instrument.tick1e9 / 1e9);
  }
  return must(state.universe.assets[asset], 'asset').code.startsWith('USD') ? 1 : 0;
}

/** Value of everything an account has at its venues, unrealised perp PnL included, in USD. */
export function equityUsd(state: CoreState, accountId: number): number {
  const account = must(state.accounts[accountId], 'account');
  let equity = 0;
  for (const balance of account.balances) {
    if (balance !== null) equity += (balance.total.toNumber() / 1e8) * assetPriceUsd(state, balance.asset);
  }
  for (const position of account.positions) {
    if (position === null || position.lots === 0) continue;
    const instrument = must(state.universe.instruments[must(state.universe.listings[position.listing], 'listing').instrument], 'instrument');
    if (instrument.kind !== 'perp') continue;
    const { midQ } = must(state.markets[instrument.id], 'market');
    const worth = midQ > 0 ? (position.lots * midQ) / 4 : position.cost.toNumber();
    equity += ((worth - position.cost.toNumber()) * instrument.tick1e9 * instrument.lot1e8) / 1e17;
  }
  return equity;
}

function perpExposureUsd(state: CoreState, accountId: number): number {
  let sum = 0;
  for (const position of must(state.accounts[accountId], 'account').positions) {
    if (position === null || position.lots === 0) continue;
    const instrument = must(state.universe.instruments[must(state.universe.listings[position.listing], 'listing').instrument], 'instrument');
    if (instrument.kind !== 'perp') continue;
    const { midQ } = must(state.markets[instrument.id], 'market');
    const worth = midQ > 0 ? (Math.abs(position.lots) * midQ) / 4 : Math.abs(position.cost.toNumber());
    sum += (worth * instrument.tick1e9 * instrument.lot1e8) / 1e17;
  }
  return sum;
}
