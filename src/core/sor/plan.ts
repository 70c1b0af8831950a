/**
 * The router's planner: one pure function for live orders, previews, forecasts and traces (semantics: "Smart order
 * routing").
 *
 *   1 merge   levels of all venues by all-in price = price · (1 ± (taker fee + penalties)), ties in candidate order
 *   2 take    until quantity, money, limit, depth or a venue's cap ends it; every leg a multiple of its listing's lot
 *   3 repair  a leg below its venue's minimum is dropped and the walk done again without it, smallest leg first;
 *             then, where lots and minimums leave a rest over, another leg gives a venue with room what it lacks
 *
 * A money target counts a buy at the price its order may trade at (the limit), since a leg's limit is the node's and
 * not the level's; without a limit, and for sells (which can only trade better), at the level.
 *
 * Allocates: the plan. Cost: levels visited × venues, a few times over when minimums bite.
 */
import { assert, must } from '../../base/assert.js';
import { limits } from '../../base/limits.js';
import { added } from '../../base/lists.js';
import { advance, aim, Cursor, rewind, ticksAt } from './cursor.js';
import type { Plan, PlanLeg, PlanRequest } from './plan-types.js';
import { triggerMidQuarterTicks } from './trigger-mid.js';

const pool: Cursor[] = [];
/** The cursors of the plan at hand, out of the pool. */
const active: Cursor[] = [];
/** Limits from here on are no limits: no instrument counts that far. */
const UNLIMITED_TICKS = limits.ticksMax;

export function plan(request: PlanRequest): Plan {
  assert(request.lots >= 0 && request.spend >= 0, 'a plan is asked for a quantity and money of at least 0');
  assert(request.limitTicks >= 0, 'a plan is asked for with a price of at least 0');
  const cursors = aimAll(request);
  if (request.whole) placeWhole(cursors, request);
  else placeSplit(cursors, request);
  assert(cursors.length === request.candidates.length, 'every candidate is judged');
  return describe(cursors, request);
}

function aimAll(request: PlanRequest): readonly Cursor[] {
  const { candidates, universe, side, limitTicks, quotes, depth } = request;
  while (pool.length < candidates.length) pool.push(new Cursor());
  active.length = 0;
  for (let i = 0; i < candidates.length; i++) {
    const candidate = must(candidates[i], 'candidate');
    const listing = must(universe.listings[candidate.listing], 'listing of a candidate');
    assert(listing.instrument === request.instrument, 'a candidate lists the instrument that is planned');
    const cursor = must(pool[i], 'cursor');
    aim(cursor, candidate, listing, side, limitTicks, quotes, depth);
    active.push(cursor);
  }
  return active;
}

/** The price per lot that money and caps count. */
function spendTicks(request: PlanRequest, levelTicks: number): number {
  return request.side === 1 && request.limitTicks < UNLIMITED_TICKS ? request.limitTicks : levelTicks;
}

/** Greedy walk over the cursors that are `open`; returns the lots that found no place. */
function walk(cursors: readonly Cursor[], request: PlanRequest): number {
  let left = request.lots;
  let money = request.spend;
  for (const cursor of cursors) if (cursor.open) rewind(cursor, request.side);
  while (left > 0) {
    const best = bestOf(cursors, request.side);
    if (best === null) break;
    const taken = take(best, left, money, request);
    if (taken === 0) continue;
    assert(taken > 0 && taken <= left, 'a level gives at least a lot and no more than is left');
    left -= taken;
    money -= taken * spendTicks(request, best.worstTicks) * (1 + best.feeRate);
  }
  assert(left >= 0 && left <= request.lots, 'what found no place is part of what was asked for');
  return left;
}

function bestOf(cursors: readonly Cursor[], side: 1 | -1): Cursor | null {
  let best: Cursor | null = null;
  let bestPrice = Infinity;
  for (const cursor of cursors) {
    if (!cursor.open || cursor.level >= cursor.count) continue;
    const price = side * ticksAt(cursor) * cursor.factor;
    if (price >= bestPrice) continue;
    best = cursor;
    bestPrice = price;
  }
  assert(best === null || best.level < best.count, 'the best level is one that is there');
  return best;
}

/** Takes what it can of the cursor's present level; 0 ends the cursor. */
function take(cursor: Cursor, left: number, money: number, request: PlanRequest): number {
  const ticks = ticksAt(cursor);
  const each = spendTicks(request, ticks) * (1 + cursor.feeRate);
  const lot = cursor.listing.lotMultiple;
  const { maxLots, maxSpend } = cursor.candidate;
  let most = Math.min(cursor.levelLots, left, maxLots - cursor.lots);
  if (money !== Infinity) most = Math.min(most, money / each);
  if (maxSpend !== Infinity) most = Math.min(most, (maxSpend - cursor.spent) / each);
  const lots = Math.floor(most / lot) * lot;
  if (lots <= 0) {
    cursor.level = cursor.count;
    return 0;
  }
  cursor.lots += lots;
  cursor.notional += lots * ticks;
  cursor.spent += lots * each;
  cursor.worstTicks = ticks;
  cursor.levelLots -= lots;
  assert(lots % lot === 0 && cursor.levelLots >= 0, 'what is taken of a level is a multiple of its lot and there');
  assert(cursor.lots <= maxLots, 'a venue gets no more than its cap');
  if (cursor.levelLots < lot) advance(cursor, request.side);
  return lots;
}

/** Smallest lots of a leg at its venue's minimums, a multiple of its lot. */
function minimumLots(cursor: Cursor, request: PlanRequest): number {
  const { minLots, minNotional1e9, lotMultiple } = cursor.listing;
  let least = Math.max(minLots, lotMultiple);
  if (minNotional1e9 > 0) {
    const instrument = must(request.universe.instruments[request.instrument], 'instrument');
    // A sell's order carries its limit, the lowest price a venue may value it at; a buy is valued at the best level.
    const ticks = request.side === -1 && request.limitTicks > 0 ? request.limitTicks : bestTicks(cursor, request);
    assert(ticks > 0, 'a minimum in money is judged at a price');
    const lotValue1e9 = (ticks * instrument.tick1e9 * instrument.lot1e8) / 1e8;
    least = Math.max(least, Math.ceil(minNotional1e9 / lotValue1e9));
  }
  assert(least >= 1, 'a leg has at least a lot');
  return Math.ceil(least / lotMultiple) * lotMultiple;
}

function bestTicks(cursor: Cursor, request: PlanRequest): number {
  for (let i = 0; i < cursor.count; i++) {
    const ticks = cursor.pairs[2 * i] ?? 0;
    if (ticks > 0) return ticks;
  }
  assert(cursor.count >= 0 && request.limitTicks >= 0, 'without a level the limit is the price');
  return Math.max(1, request.limitTicks);
}

function openAll(cursors: readonly Cursor[]): void {
  for (const cursor of cursors) cursor.open = cursor.reason === null;
}

function placeSplit(cursors: readonly Cursor[], request: PlanRequest): void {
  openAll(cursors);
  let left = walk(cursors, request);
  for (let round = 0; round < cursors.length; round++) {
    const small = smallestBelowMinimum(cursors, request);
    if (small === null) break;
    assert(small.reason === null, 'only a venue that takes part is dropped');
    small.open = false;
    small.reason = 'BELOW_MINIMUM';
    left = walk(cursors, request);
  }
  if (left > 0 && request.spend === Infinity) placeRest(cursors, request, left);
}

function smallestBelowMinimum(cursors: readonly Cursor[], request: PlanRequest): Cursor | null {
  let small: Cursor | null = null;
  for (const cursor of cursors) {
    if (!cursor.open || cursor.lots === 0 || cursor.lots >= minimumLots(cursor, request)) continue;
    assert(cursor.lots > 0 && cursor.reason === null, 'what is too small is a leg');
    if (small === null || cursor.lots < small.lots) small = cursor;
  }
  return small;
}

/**
 * Finds a place for what is left over where lots or minimums stand in the way: a venue with room takes one more lot
 * (a dropped one its minimum), and one other leg gives what that needs beyond the rest. Repeated while it helps.
 */
function placeRest(cursors: readonly Cursor[], request: PlanRequest, leftOver: number): void {
  assert(leftOver > 0 && leftOver <= request.lots, 'what is left over is part of what was asked for');
  let left = leftOver;
  for (let round = 0; round < cursors.length && left > 0; round++) {
    const before: number = left;
    for (const receiver of cursors) {
      if (left > 0 && (receiver.reason === null || receiver.reason === 'BELOW_MINIMUM')) {
        left = shift(cursors, receiver, request, left);
      }
    }
    if (left === before) return;
    assert(left >= 0 && left < before, 'a round that moves places more');
  }
}

/** One such move; returns what is then left over, the same when it can't be done. */
function shift(cursors: readonly Cursor[], receiver: Cursor, request: PlanRequest, left: number): number {
  assert(left > 0, 'a move needs something left over');
  const had = receiver.open ? receiver.lots : 0;
  const wanted = Math.max(had + receiver.listing.lotMultiple, minimumLots(receiver, request));
  grow(receiver, wanted, request);
  const lacking = Math.max(0, wanted - had - left);
  const giver = receiver.lots < wanted || lacking === 0 ? null : worstGiver(cursors, receiver, request, lacking);
  if (receiver.lots < wanted || (lacking > 0 && giver === null)) {
    grow(receiver, had, request);
    return left;
  }
  const given = giver === null ? 0 : Math.ceil(lacking / giver.listing.lotMultiple) * giver.listing.lotMultiple;
  grow(receiver, had + left + given, request);
  const after = left + given - (receiver.lots - had);
  if (after >= left) {
    grow(receiver, had, request);
    return left;
  }
  assert(after >= 0, 'no more is placed than was left over and given');
  if (giver !== null) grow(giver, giver.lots - given, request);
  receiver.open = true;
  receiver.reason = null;
  return after;
}

/** Re-walks one cursor alone up to that many lots. */
function grow(cursor: Cursor, lots: number, request: PlanRequest): void {
  assert(lots >= 0, 'a leg is walked up to a quantity of at least 0');
  rewind(cursor, request.side);
  while (cursor.lots < lots && cursor.level < cursor.count) {
    if (take(cursor, lots - cursor.lots, Infinity, request) === 0) break;
  }
  assert(cursor.lots <= lots, 'a leg grows no further than it was told');
}

/** The leg with the worst last level that can give so much and stays above its minimum. */
function worstGiver(
  cursors: readonly Cursor[],
  receiver: Cursor,
  request: PlanRequest,
  lots: number,
): Cursor | null {
  assert(lots > 0, 'a giver is looked for when something lacks');
  let worst: Cursor | null = null;
  let worstPrice = -Infinity;
  for (const cursor of cursors) {
    if (cursor === receiver || !cursor.open || cursor.lots === 0) continue;
    const lot = cursor.listing.lotMultiple;
    if (cursor.lots - Math.ceil(lots / lot) * lot < minimumLots(cursor, request)) continue;
    const price = request.side * cursor.worstTicks * cursor.factor;
    if (price <= worstPrice) continue;
    worst = cursor;
    worstPrice = price;
  }
  return worst;
}

/** All in one leg at the venue where the whole costs least, or nothing. */
function placeWhole(cursors: readonly Cursor[], request: PlanRequest): void {
  let best: Cursor | null = null;
  let bestPrice = Infinity;
  for (const cursor of cursors) cursor.open = false;
  for (const cursor of cursors) {
    if (cursor.reason !== null) continue;
    cursor.open = true;
    const left = walk(cursors, request);
    cursor.open = false;
    // A money target is whole when money ended the walk, not the book: there was still a level to take from.
    const whole = left === 0 || (request.spend !== Infinity && cursor.lots > 0 && hasMore(cursor, request));
    const price = (request.side * cursor.notional * cursor.factor) / cursor.lots;
    if (!whole) cursor.reason = 'NO_DEPTH';
    else if (cursor.lots < minimumLots(cursor, request)) cursor.reason = 'BELOW_MINIMUM';
    else if (price < bestPrice) {
      best = cursor;
      bestPrice = price;
    }
  }
  if (best === null) return;
  assert(best.reason === null && !best.open, 'the whole goes to a venue that can take it');
  best.open = true;
  walk(cursors, request);
  assert(best.lots > 0, 'the whole is found again');
}

/** Whether the book had another lot within the limit beyond what the cursor took. */
function hasMore(cursor: Cursor, request: PlanRequest): boolean {
  const { lots } = cursor;
  grow(cursor, lots + cursor.listing.lotMultiple, request);
  const more = cursor.lots > lots;
  grow(cursor, lots, request);
  assert(cursor.lots === lots, 'a look beyond leaves the leg as it was');
  return more;
}

/** Venues without a leg. */
function countOut(cursors: readonly Cursor[]): number {
  let count = 0;
  for (const cursor of cursors) if (!cursor.open || cursor.lots === 0) count++;
  assert(count <= cursors.length, 'no more is left out than there is');
  return count;
}

function describe(cursors: readonly Cursor[], request: PlanRequest): Plan {
  let legs: PlanLeg[] = [];
  const excluded = new Array<Plan['excluded'][number]>(countOut(cursors));
  let out = 0;
  let placed = 0;
  let notional = 0;
  let fee = 0;
  for (const cursor of cursors) {
    const { listing } = cursor;
    if (!cursor.open || cursor.lots === 0) {
      excluded[out++] = { venue: listing.venue, reason: cursor.reason ?? 'WORSE_PRICE' };
      continue;
    }
    assert(cursor.lots % listing.lotMultiple === 0, 'a leg is a multiple of its listing lot');
    assert(cursor.worstTicks > 0 && cursor.notional > 0, 'a leg has a price');
    const legFee = cursor.notional * cursor.feeRate;
    legs = added(legs, {
      listing: listing.id,
      venue: listing.venue,
      lots: cursor.lots,
      worstTicks: cursor.worstTicks,
      notional: cursor.notional,
      fee: legFee,
    });
    placed += cursor.lots;
    notional += cursor.notional;
    fee += legFee;
  }
  assert(placed <= request.lots, 'a plan places no more than was asked for');
  assert(legs.length + excluded.length === cursors.length, 'a venue has a leg or a reason');
  const averageTicks = placed === 0 ? 0 : notional / placed;
  const mid = triggerMidQuarterTicks(request.quotes, null) / 4;
  const slip = mid === 0 || placed === 0 ? 0 : (request.side * (averageTicks - mid) * 1e4) / mid;
  const costBps = mid === 0 || placed === 0 ? 0 : slip + (fee * 1e4) / notional;
  return { legs, placedLots: placed, unplacedLots: request.lots - placed, averageTicks, fee, costBps, excluded };
}
