/** Which venues may take part in a plan of a node and with how much: the candidates of the planner (semantics §8). */
import { assert, must } from '../../base/assert.js';
import { added } from '../../base/lists.js';
import type { Listing } from '../../protocol/universe.js';
import { explicitLeft, isCapped } from '../graph/allowance.js';
import { floorTo, instrumentOf, nodeAt } from '../graph/quantities.js';
import { quoteOf } from '../market.js';
import { asideAt } from '../orders/aside.js';
import { openLots } from '../orders/child.js';
import { ownOpposite } from '../orders/resting.js';
import { available, neededFor, positionOf } from '../risk/balances.js';
import { killCoversVenue } from '../risk/kill.js';
import { flattens, orderMax } from '../risk/pretrade.js';
import type { ExcludedReason, PlanCandidate } from '../sor/plan-types.js';
import type { CoreState, Node } from '../state.js';
import { goesReduceOnly } from './prices.js';

/** @param into filled and returned: one candidate for each listing of the node's instrument, those in it reused */
export function candidatesOf(state: CoreState, node: Node, side: number, limitTicks: number, into: PlanCandidate[] = []): PlanCandidate[] {
  const { listings } = instrumentOf(state, node);
  const { venues } = node.spec;
  while (into.length < listings.length) into.push({ listing: 0, excluded: null, maxLots: 0, maxSpend: Infinity, ownResting: EMPTY });
  while (into.length > listings.length) into.pop();
  for (let i = 0; i < listings.length; i++) {
    const listing = must(state.universe.listings[listings[i] ?? -1], 'listing');
    const allowed = venues === null || venues.includes(listing.venue);
    const excluded = allowed ? exclusion(state, node, listing) : 'NOT_ALLOWED';
    const maxLots = excluded === null ? roomAt(state, node, listing, side, limitTicks) : 0;
    assert(maxLots >= 0, 'room is never negative');
    const candidate = must(into[i], 'candidate');
    candidate.listing = listing.id;
    candidate.excluded = excluded === null && maxLots < listing.lotMultiple ? 'NO_BALANCE' : excluded;
    candidate.maxLots = maxLots;
    candidate.ownResting = excluded === null ? ownResting(state, node, listing, side) : EMPTY;
  }
  return into;
}

const EMPTY: readonly number[] = [];

function exclusion(state: CoreState, node: Node, listing: Listing): ExcludedReason | null {
  assert(listing.instrument === node.spec.instrument, 'a venue is judged for the instrument of the node');
  const venue = must(state.venues[listing.venue], 'venue');
  if (venue.connected === 0 || venue.credentialsValid === 0) return 'DISCONNECTED';
  const market = must(state.markets[listing.instrument], 'market');
  const quote = quoteOf(market, listing.id);
  if (quote === undefined || quote.fresh === 0) return 'STALE_VENUE';
  const run = must(node.run, 'run');
  for (const cooldown of run.cooldowns) if (cooldown.venue === listing.venue && cooldown.untilAtNs > state.tNs) return 'COOLING_DOWN';
  return killCoversVenue(state, node.graph.accountId, listing.venue, node.role !== 'opening') ? 'KILL_SWITCH' : null;
}

/** Lots that balance, margin, inventory or reduce-only allow there at the worst price, on the listing's lot. */
export function roomAt(state: CoreState, node: Node, listing: Listing, side: number, limitTicks: number): number {
  assert(listing.instrument === node.spec.instrument && limitTicks >= 0, 'room is asked for at a listing of the instrument, at a price');
  const instrument = instrumentOf(state, node);
  const { accountId } = node.graph;
  let room = Infinity;
  const closesOnly = instrument.kind === 'perp' && node.role === 'exit' && node.ps.length > 0;
  const beyond = closesOnly ? beyondPosition(node) : 0;
  if (closesOnly && beyond < Infinity) room = Math.max(netOfParents(node, listing.id), beyond);
  if (node.spec.reduceOnly) room = Math.min(room, reducible(state, accountId, listing.id, side));
  // A limit on single orders must not keep a protective node from acting: it goes in orders that are allowed.
  if (node.role !== 'opening' && !flattens(node)) room = Math.min(room, orderMax(state, accountId, instrument, limitTicks));
  const sellsSpot = instrument.kind === 'spot' && side === -1;
  if (node.graph.spec.risk.preTrade.requireBalanceCheck || (sellsSpot && node.role === 'exit')) {
    const reduces = goesReduceOnly(state, node, listing, side, 1);
    const perLot = neededFor(instrument, listing, side, 1_000_000, limitTicks, reduces && beyond === 0);
    // What turns a position round needs margin, what closes it none: it closes first where the margin is not there.
    const closing = reduces ? reducible(state, accountId, listing.id, side) : 0;
    if (perLot.quote > 0) room = Math.min(room, Math.max(closing, affordable(available(state, accountId, listing.venue, listing.quote), perLot.quote)));
    if (perLot.base > 0) room = Math.min(room, Math.floor(available(state, accountId, listing.venue, instrument.base) / instrument.lot1e8));
  }
  return Number.isFinite(room) ? Math.max(0, floorTo(room, listing.lotMultiple)) : Infinity;
}

/** Lots for a budget when a million of them need `perMillion`; a shade below, so that rounding up still fits. */
function affordable(budget: number, perMillion: number): number {
  assert(perMillion > 0, 'lots cost something');
  return Math.floor((Math.max(0, budget - 2) / perMillion) * 1_000_000 * (1 - 1e-12));
}

/** Lots that an exit may do whatever its position is: it may open with them (semantics §6). */
function beyondPosition(exit: Node): number {
  const owner = exit.container ?? exit;
  assert(owner.role === 'exit', 'only exits close a position');
  if (!isCapped(owner)) return Infinity;
  return Math.max(0, explicitLeft(owner) - must(owner.run, 'run').live);
}

function reducible(state: CoreState, accountId: number, listing: number, side: number): number {
  assert(side === 1 || side === -1, 'an order buys or sells');
  const position = positionOf(state, accountId, listing);
  const open = side === 1 ? position.openBuy : position.openSell;
  return position.lots * side < 0 ? Math.max(0, Math.abs(position.lots) - open) : 0;
}

/** What the Ps filled at a listing and is still there, less what their exits filled or have live there. */
function netOfParents(exit: Node, listing: number): number {
  assert(exit.ps.length > 0, 'an exit has parents');
  let net = filledAt(exit, listing, true);
  for (const p of exit.ps) for (const gone of nodeAt(exit.graph, p).gone ?? []) if (gone.listing === listing) net -= gone.lots;
  return net;
}

/** What the Ps filled at a listing less what their exits filled there, with `live` also less what those have live. */
export function filledAt(exit: Node, listing: number, live: boolean): number {
  let net = 0;
  const add = (node: Node, sign: number, withLive: boolean): void => {
    const parts = node.pace === null ? [node] : node.graph.nodes.filter((other) => other.container === node);
    for (const part of parts) {
      const aside = asideAt(part, listing);
      net += sign * (aside.filled + aside.counterFilled);
      for (const child of part.run?.children ?? []) {
        if (child.listing === listing) net += sign * (child.filled + (withLive ? openLots(child) : 0));
      }
    }
  };
  for (const p of exit.ps) add(nodeAt(exit.graph, p), 1, false);
  assert(net >= 0, 'what parents filled is never negative');
  for (const peer of exit.peers) add(nodeAt(exit.graph, peer), -1, live);
  return net;
}

/** The account's own orders on the other side of the book there, as flat ticks, lots. */
function ownResting(state: CoreState, node: Node, listing: Listing, side: number): readonly number[] {
  const position = positionOf(state, node.graph.accountId, listing.id);
  if ((side === 1 ? position.openSell : position.openBuy) === 0) return EMPTY;
  const out: number[] = [];
  assert(listing.instrument === node.spec.instrument, 'own orders are looked for in the instrument of the node');
  for (const child of ownOpposite(state, node.graph.accountId, listing.id, side)) out.push(child.limitTicks, child.lots - child.filled);
  return out;
}

/**
 * Where to rest an order: lowest maker fee plus penalties plus distance of the venue's touch from the best one, in
 * millionths; ties by listing order. Venues without room are left out.
 */
export function restingVenues(state: CoreState, node: Node, side: number, limitTicks: number): Listing[] {
  const market = must(state.markets[node.spec.instrument], 'market');
  let best = 0;
  for (const quote of market.quotes) {
    const touch = side === 1 ? quote.bidTicks : quote.askTicks;
    if (quote.fresh === 1 && touch > 0 && (best === 0 || (side === 1 ? touch > best : touch < best))) best = touch;
  }
  const { listings } = instrumentOf(state, node);
  const { venues } = node.spec;
  let scored: { listing: Listing; score: number }[] = [];
  for (let i = 0; i < listings.length; i++) {
    const listing = must(state.universe.listings[listings[i] ?? -1], 'listing');
    if (venues !== null && !venues.includes(listing.venue)) continue;
    if (exclusion(state, node, listing) !== null || roomAt(state, node, listing, side, limitTicks) < listing.lotMultiple) continue;
    const quote = must(quoteOf(market, listing.id), 'quote of a fresh listing');
    const touch = side === 1 ? quote.bidTicks : quote.askTicks;
    const distance = touch > 0 && best > 0 ? (Math.abs(best - touch) / best) * 1e6 : 1e6;
    assert(distance >= 0, 'a touch lies some way from the best one');
    scored = added(scored, { listing, score: listing.makerFeeE6 + quote.penaltyE6 + distance });
  }
  if (scored.length > 1) scored.sort((a, b) => a.score - b.score || a.listing.id - b.listing.id);
  return scored.map((entry) => entry.listing);
}
