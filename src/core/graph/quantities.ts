/**
 * Exact arithmetic of the graph: what was filled net of base fees, trade lots, smallest orders, conversions between
 * instruments. Semantics §1 and §5.
 */
import { assert, must } from '../../base/assert.js';
import type { Instrument, Listing } from '../../protocol/universe.js';
import { limits } from '../../base/limits.js';
import { planted } from '../planted.js';
import type { CoreState, Graph, Node } from '../state.js';

export function instrumentOf(state: CoreState, node: Node): Instrument {
  return must(state.universe.instruments[node.spec.instrument], 'instrument of a node');
}

export function nodeAt(graph: Graph, index: number): Node {
  return must(graph.nodes[index], 'node of a graph');
}

/** Listings a node may use, in the instrument's order. */
export function eligible(state: CoreState, node: Node): readonly Listing[] {
  const instrument = instrumentOf(state, node);
  const all = instrument.listings.map((id) => must(state.universe.listings[id], 'listing'));
  const { venues } = node.spec;
  return venues === null ? all : all.filter((listing) => venues.includes(listing.venue));
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

/** Coarsest lot of the eligible venues (least common multiple), in instrument lots. */
export function tradeLot(state: CoreState, node: Node): number {
  const { listings } = instrumentOf(state, node);
  const { venues } = node.spec;
  let lot = 1;
  for (let i = 0; i < listings.length; i++) {
    const listing = must(state.universe.listings[listings[i] ?? -1], 'listing');
    if (venues !== null && !venues.includes(listing.venue)) continue;
    const multiple = listing.lotMultiple;
    assert(multiple >= 1, 'a listing has a lot');
    if (lot % multiple !== 0) lot = multiple % lot === 0 ? multiple : (lot / gcd(lot, multiple)) * multiple;
  }
  return lot;
}

export function floorTo(lots: number, lot: number): number {
  assert(lot >= 1, 'a lot is at least one');
  return lots - (((lots % lot) + lot) % lot);
}

/** Smallest order of a listing at a price, in lots, a multiple of its lot. */
export function smallestAt(instrument: Instrument, listing: Listing, ticks: number): number {
  const value = listing.minNotional1e9 * 1e8;
  const perLot = Math.max(ticks, 1) * instrument.tick1e9 * instrument.lot1e8;
  assert(perLot > 0, 'a lot is worth something');
  const byValue = Math.ceil(value / perLot - 1e-9);
  const lots = Math.max(listing.minLots, byValue, 1);
  assert(listing.lotMultiple >= 1 && lots >= 1, 'an order has at least a lot');
  return Math.ceil(lots / listing.lotMultiple) * listing.lotMultiple;
}

/**
 * Smallest order that the node could send now to any eligible venue, in lots: what a venue takes, on the node's grid
 * (a multiple of its trade lot). Without a price only the quantity minimum counts.
 */
export function smallestOrder(state: CoreState, node: Node): number {
  const instrument = instrumentOf(state, node);
  const { listings } = instrument;
  const { venues } = node.spec;
  const market = must(state.markets[instrument.id], 'market');
  const ticks = node.spec.orderType === 'limit' ? node.limitTicks : Math.floor(market.midQ / 4);
  let smallest = Infinity;
  for (let i = 0; i < listings.length; i++) {
    const listing = must(state.universe.listings[listings[i] ?? -1], 'listing');
    if (venues !== null && !venues.includes(listing.venue)) continue;
    const lots = ticks > 0 ? smallestAt(instrument, listing, ticks) : Math.max(listing.minLots, listing.lotMultiple);
    if (lots < smallest) smallest = lots;
  }
  const lot = tradeLot(state, node);
  assert(smallest > 0 && lot >= 1, 'an order has at least a lot');
  const beyond = smallest % lot;
  // Without an eligible venue it stays Infinity.
  return beyond > 0 ? smallest - beyond + lot : smallest;
}

/** F in whole lots: fills less base fees, rounded down. Semantics §5. */
export function netLots(state: CoreState, node: Node): number {
  const fee = node.run === null ? 0 : node.run.baseFee1e8;
  assert(fee >= 0 && node.filled >= 0, 'fills and their base fee are never negative');
  if (fee <= 0 || planted(state, 'EXIT_IGNORES_BASE_FEE')) return node.filled;
  return node.filled - Math.ceil(fee / instrumentOf(state, node).lot1e8);
}

/** floor(a * b / c) exactly; a, b >= 0, c > 0, safe integers. */
export function mulDivFloor(a: number, b: number, c: number): number {
  assert(a >= 0 && b >= 0 && c > 0, 'floor(a * b / c) is taken of no negative quantity');
  const value = a * b;
  if (Number.isSafeInteger(value)) {
    const q = Math.floor(value / c);
    const rest = value - q * c;
    return rest < 0 ? q - 1 : rest >= c ? q + 1 : q;
  }
  return Number((BigInt(a) * BigInt(b)) / BigInt(c));
}

/**
 * `factor` (1e-8) times the net quantity (lots less a base fee) of the parent, in trade lots of the child, rounded
 * down. Exact.
 */
export function scaleToChild(
  state: CoreState, parent: Node, lots: number, baseFee1e8: number, factorE8: number, child: Node,
): number {
  const from = instrumentOf(state, parent);
  const to = instrumentOf(state, child);
  const lot = tradeLot(state, child);
  assert(lots >= 0 && lot >= 1, 'what is scaled is a quantity, onto a grid');
  const quantity = lots * from.lot1e8 - Math.max(baseFee1e8, 0);
  if (quantity <= 0) return 0;
  const up = planted(state, 'HEDGE_ROUNDS_UP') ? lot : 0;
  if (factorE8 === 1e8 && Number.isSafeInteger(lots * from.lot1e8)) return mulDivFloor(quantity, 1, to.lot1e8 * lot) * lot + up;
  const exact = BigInt(lots) * BigInt(from.lot1e8) - BigInt(Math.max(baseFee1e8, 0));
  const child1e8 = (exact * BigInt(Math.abs(factorE8))) / 100_000_000n;
  const wholeLots = child1e8 / BigInt(to.lot1e8 * lot);
  // A venue may tell of any fill: what follows from it stays within what an order may have.
  const most = BigInt(Math.floor(limits.lotsMax / lot));
  const result = Number(wholeLots < most ? wholeLots : most) * lot + up;
  assert(Number.isSafeInteger(result) && result >= 0, 'a released quantity is a safe integer');
  return result;
}

/** What the venues turned out not to have of what a P filled, in lots. */
export function goneLots(p: Node): number {
  if (p.gone === null) return 0;
  let lots = 0;
  for (const entry of p.gone) lots += entry.lots;
  assert(lots >= 0 && p.role !== 'exit', 'what is gone was filled by what opens or hedges');
  return lots;
}

/** What a net hedge closed itself. */
function boughtBack({ run }: Node): number {
  return run === null ? 0 : run.counterFilled;
}

/**
 * Position that a node's exits may close: Σ F of its Ps less what all their exits filled, and less what turned out not
 * to be there (semantics §6), in lots.
 */
export function positionLots(state: CoreState, exit: Node): number {
  assert(exit.role === 'exit', 'exits close a position');
  let position = 0;
  for (const index of exit.ps) {
    const p = nodeAt(exit.graph, index);
    position += netLots(state, p) - goneLots(p) - boughtBack(p);
  }
  for (const peer of exit.peers) {
    const { filled } = nodeAt(exit.graph, peer);
    assert(filled >= 0, 'what is filled is never negative');
    position -= filled;
  }
  return position;
}

/** Position of one P: F less the fills of its exits and what is gone. */
export function openPosition(state: CoreState, p: Node): number {
  assert(p.role !== 'exit' || p.exits.length === 0, 'exits have no exits');
  let position = netLots(state, p) - goneLots(p) - boughtBack(p);
  assert(p.filled >= 0, 'what is filled is never negative');
  for (const exit of p.exits) position -= nodeAt(p.graph, exit).filled;
  return position;
}

/** A hedge's protected part in its own lots: min(released, factor times F of its Ps). */
export function protectedLots(state: CoreState, hedge: Node): number {
  let whole = 0;
  for (const p of hedge.ps) {
    const parent = nodeAt(hedge.graph, p);
    const fee = parent.run === null ? 0 : parent.run.baseFee1e8;
    whole += scaleToChild(state, parent, parent.filled, fee, hedgeFactor(hedge, p), hedge);
  }
  assert(whole >= 0 && hedge.role === 'hedge', 'a hedge protects what its parents filled');
  return Math.min(hedge.released, whole);
}

/** The largest factor among the edges that fired from a parent, 1 where none names one (semantics §5). */
function hedgeFactor(hedge: Node, parent: number): number {
  let factor = 0;
  for (const index of hedge.inEdges) {
    const edge = must(hedge.graph.edges[index], 'edge');
    if (edge.from !== parent || edge.firedCount === 0) continue;
    const { sizing } = edge.spec;
    const sized = sizing.kind === 'linear_hedge' || sizing.kind === 'scaled_notional';
    factor = Math.max(factor, sized ? Math.abs(sizing.factorE8) : 1e8);
  }
  assert(factor >= 0, 'a hedge factor has no sign here');
  return factor === 0 ? 1e8 : factor;
}
