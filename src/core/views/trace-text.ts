/** Lines of a graph's life in the units of people: prices in USD, quantities in the base asset. Made only when traced. */
import { assert, must } from '../../base/assert.js';
import { bigIntToDecimal } from '../../base/decimal.js';
import type { Instrument } from '../../protocol/universe.js';
import { instrumentOf, nodeAt } from '../graph/quantities.js';
import type { Plan } from '../sor/plan-types.js';
import type { Child, CoreState, Edge, Node } from '../state.js';

/** A price in ticks; quarters of one are exact too. */
function price(instrument: Instrument, ticks: number): string {
  // Four times the ticks is whole; two more digits hold a quarter of the scale's last.
  return bigIntToDecimal(BigInt(Math.round(ticks * 4)) * BigInt(instrument.tick1e9) * 25n, 11);
}

/** Decimal of lots. */
export function quantity(instrument: Instrument, lots: number): string {
  return Number.isFinite(lots) ? bigIntToDecimal(BigInt(lots) * BigInt(instrument.lot1e8), 8) : 'all';
}

function venueOf(state: CoreState, venue: number): string {
  return must(state.universe.venues[venue], 'venue').name;
}

/** `decides on binance 61833.09/61833.1, kraken stale`: the touches of the sample it looks at. */
export function decidesText(state: CoreState, node: Node): string {
  return `decides on ${touches(state, node.spec.instrument)}`;
}

function touches(state: CoreState, id: number): string {
  const instrument = must(state.universe.instruments[id], 'instrument');
  const { quotes } = must(state.markets[id], 'market');
  assert(quotes.length <= instrument.listings.length, 'a market has a quote a listing at most');
  const parts = quotes.map(({ venue, fresh, bidTicks, askTicks }) => {
    const touch = fresh === 0 ? 'stale' : `${side(instrument, bidTicks)}/${side(instrument, askTicks)}`;
    return `${venueOf(state, venue)} ${touch}`;
  });
  return parts.join(', ');
}

function side(instrument: Instrument, ticks: number): string {
  return ticks > 0 ? price(instrument, ticks) : '-';
}

/** Each leg with the worst level it reaches, what has no place, and why each other venue is left out. */
export function planText(state: CoreState, node: Node, plan: Plan): string {
  const instrument = instrumentOf(state, node);
  assert(plan.unplacedLots >= 0, 'a plan places no more than was asked for');
  assert(plan.legs.length <= instrument.listings.length, 'a plan has a leg a listing at most');
  const legs = plan.legs.map((leg) => `${venueOf(state, leg.venue)} ${quantity(instrument, leg.lots)} up to level ${price(instrument, leg.worstTicks)}`);
  const out = plan.excluded.map((entry) => `${venueOf(state, entry.venue)} ${entry.reason}`);
  const rest = plan.unplacedLots > 0 ? `; without a place ${quantity(instrument, plan.unplacedLots)}` : '';
  return `plan: ${legs.length === 0 ? 'nothing' : legs.join(', ')}${rest}; left out: ${out.length === 0 ? 'none' : out.join(', ')}`;
}

export function sendsText(state: CoreState, child: Child): string {
  const instrument = instrumentOf(state, child.node);
  assert(child.lots > 0 && child.limitTicks > 0, 'an order has a quantity and a price');
  const what = `${child.side === 1 ? 'buy' : 'sell'} ${quantity(instrument, child.lots)} at ${price(instrument, child.limitTicks)}`;
  return `sends ${what} ${child.tif} to ${venueOf(state, child.venue)}${child.reduceOnly ? ', reduce only' : ''} (${child.clientOrderId})`;
}

export function filledText(state: CoreState, child: Child, lots: number, ticks: number): string {
  const instrument = instrumentOf(state, child.node);
  assert(lots > 0 && ticks > 0, 'a fill has a quantity and a price');
  return `filled ${quantity(instrument, lots)} at ${price(instrument, ticks)} at ${venueOf(state, child.venue)} (${child.clientOrderId})`;
}

export function lotsText(state: CoreState, node: Node, lots: number): string {
  return quantity(instrumentOf(state, node), lots);
}

/** Which edge, by which condition, on which prices. */
export function firedText(state: CoreState, edge: Edge): string {
  const { edgeId, spec: { trigger } } = edge;
  const parent = nodeAt(edge.graph, edge.from);
  assert(edge.firedCount > 0, 'what is said of has fired');
  if (trigger.kind === 'on_price') {
    const watched = must(state.universe.instruments[trigger.instrument], 'watched instrument');
    const level = `${trigger.direction} ${price(watched, edge.level / 4)}`;
    return `edge ${edgeId} fired: ${trigger.source} ${price(watched, edge.firedPriceQ / 4)} is ${level}; ${touches(state, trigger.instrument)}`;
  }
  if (trigger.kind === 'on_timeout') return `edge ${edgeId} fired: ${edge.afterNs / 1e6} ms after ${parent.nodeId} was activated`;
  const filled = `${lotsText(state, parent, parent.filled)} of ${lotsText(state, parent, Math.min(parent.released, parent.ceiling))} filled`;
  return `edge ${edgeId} (${trigger.kind}) fired: ${parent.nodeId} is ${parent.status}, ${filled}`;
}
