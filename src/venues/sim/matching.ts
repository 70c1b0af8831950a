/**
 * Matching of one simulated listing: our users' orders against the recorded book and against each other, by price
 * and time.
 *
 * The recorded market goes on as recorded, whatever our orders did. So what they took of a level is remembered
 * until the recording says something new about it (the same displayed quantity is never given twice), and a
 * resting order waits in a queue: ahead of it is what was displayed when it joined, less what traded there since,
 * less its share of what was cancelled. Prices and quantities in ticks and lots of the instrument.
 */
import { PlainRecordedBook, type RecordedBook, type RecordedSide } from '../../market/recorded-book.js';
import { MarketKind, type MarketMessage } from '../../market/replay-source.js';
import type { VenueReason } from '../../protocol/events.js';
import { VenueReason as Reason } from '../../protocol/events.js';
import type { SimOrder, SimOrderState } from './sim-order.js';
import { RestingSide } from './resting.js';

/** What matching tells its venue; every call comes before the next match. */
export interface MatchHost {
  fill(order: SimOrder, ticks: number, lots: number, maker: 0 | 1): void;
  /** The order leaves the book other than by being filled. */
  end(order: SimOrder, state: SimOrderState, reason: VenueReason): void;
  /** What is displayed at this price may have changed. */
  level(side: 1 | -1, ticks: number): void;
  /** Lots that a reduce-only order may still trade. */
  reduceRoom(order: SimOrder): number;
}

class MatchSide {
  readonly book: RecordedSide;
  readonly resting: RestingSide;
  /** Taken from recorded levels by our orders since the recording last spoke of them: ticks → lots. */
  readonly taken = new Map<number, number>();

  constructor(book: RecordedSide) {
    this.book = book;
    this.resting = new RestingSide(book.sign);
  }

  /** Nothing of ours is here: what is recorded is what is displayed. */
  isUntouched(): boolean {
    return this.taken.size === 0 && this.resting.bestTicks() === 0;
  }

  available(ticks: number): number {
    const lots = this.book.lotsOn(ticks);
    return lots === 0 ? 0 : Math.max(0, lots - (this.taken.get(ticks) ?? 0));
  }

  take(ticks: number, lots: number): void {
    if (lots > 0) this.taken.set(ticks, (this.taken.get(ticks) ?? 0) + lots);
  }

  /** Best price with anything left to give, 0 when none. */
  bestTicks(): number {
    const own = this.resting.bestTicks();
    for (let ticks = this.book.bestTicks(); ticks !== 0; ticks = this.book.worseThan(ticks)) {
      if (own !== 0 && (own - ticks) * this.book.sign >= 0) return own;
      if (this.taken.size === 0 || this.book.lotsOn(ticks) > (this.taken.get(ticks) ?? 0)) return ticks;
    }
    return own;
  }
}

export class Matching {
  readonly #host: MatchHost;
  readonly #market: RecordedBook;
  readonly #bids: MatchSide;
  readonly #asks: MatchSide;
  /** Messages so far: a level is told once of each. */
  #messages = 0;

  /** @param market empty */
  constructor(host: MatchHost, market: RecordedBook = new PlainRecordedBook()) {
    this.#host = host;
    this.#market = market;
    this.#bids = new MatchSide(market.bids);
    this.#asks = new MatchSide(market.asks);
  }

  /** True when no order of ours rests here or took anything: what is recorded is what is displayed. */
  isUntouched(): boolean {
    return this.#bids.isUntouched() && this.#asks.isUntouched();
  }

  bestBid(): number {
    return this.#bids.bestTicks();
  }

  bestAsk(): number {
    return this.#asks.bestTicks();
  }

  /** Mid in ticks, 0 when a side is empty. */
  mid(): number {
    const bid = this.#bids.book.bestTicks();
    const ask = this.#asks.book.bestTicks();
    return bid === 0 || ask === 0 ? 0 : (bid + ask) / 2;
  }

  /** What the venue shows at a price: recorded, less taken, plus our users' resting orders. */
  displayed(side: 1 | -1, ticks: number): number {
    const own = this.#side(side);
    return own.available(ticks) + own.resting.lotsAt(ticks);
  }

  /** Recorded levels of a side, for snapshots. */
  recorded(side: 1 | -1): RecordedSide {
    return this.#side(side).book;
  }

  /** Resting orders of a side, best first. */
  resting(side: 1 | -1): readonly SimOrder[] {
    return this.#side(side).resting.bestFirst();
  }

  /** True when an order at this price would take now. */
  wouldTake(side: 1 | -1, limitTicks: number): boolean {
    const best = this.#side(side === 1 ? -1 : 1).bestTicks();
    return best !== 0 && (limitTicks - best) * side >= 0;
  }

  /** Lots an order could take at once within its limit, up to its own quantity; its own account's are a wall. */
  takeable(order: SimOrder): number {
    const other = this.#side(order.side === 1 ? -1 : 1);
    const wall = other.resting.bestOf(order.accountId);
    let sum = other.resting.lotsWithin(order.limitTicks, wall);
    for (let ticks = other.book.bestTicks(); ticks !== 0 && sum < order.openLots; ticks = other.book.worseThan(ticks)) {
      if ((order.limitTicks - ticks) * order.side < 0) break;
      if (wall !== null && (ticks - wall.limitTicks) * order.side >= 0) {
        if (ticks === wall.limitTicks) sum += Math.min(wall.ahead, other.available(ticks));
        break;
      }
      sum += other.available(ticks);
    }
    return Math.min(sum, order.openLots);
  }

  /** Matches a new order and rests what is left where its time in force allows; else it ends. */
  submit(order: SimOrder): void {
    if (order.tif === 'fok' && this.takeable(order) < order.openLots) {
      this.#host.end(order, 'expired', Reason.notFilled);
      return;
    }
    this.#sweep(order);
    if (order.openLots === 0 || order.state !== 'live') return;
    if (order.tif === 'ioc' || order.tif === 'fok') this.#host.end(order, 'expired', Reason.notFilled);
    else this.#rest(order);
  }

  /** Takes at most `lots` of what the order may take now, without resting or ending it. */
  takeAtMost(order: SimOrder, lots: number): void {
    const held = order.openLots - lots;
    order.openLots = lots;
    this.#sweep(order);
    if (order.state === 'live') order.openLots += held;
  }

  /** Somebody outside the recording trades with a resting order at its price. */
  hit(order: SimOrder, lots: number): void {
    this.#fillResting(order, this.#side(order.side), order.limitTicks, lots);
    this.#host.level(order.side, order.limitTicks);
  }

  /** Takes a live order out of the book. */
  remove(order: SimOrder): void {
    if (this.#side(order.side).resting.remove(order)) this.#host.level(order.side, order.limitTicks);
  }

  /**
   * New total and limit of a resting order. Smaller at the same price keeps its place in the queue, anything else
   * goes to the end of it, and matches first if it crosses.
   */
  amend(order: SimOrder, lots: number, limitTicks: number): void {
    const open = lots - order.cumLots;
    const side = this.#side(order.side);
    if (limitTicks === order.limitTicks && open <= order.openLots) {
      side.resting.shrink(order, order.openLots - open);
      order.openLots = open;
      order.lots = lots;
      this.#host.level(order.side, limitTicks);
      return;
    }
    side.resting.remove(order);
    this.#host.level(order.side, order.limitTicks);
    order.lots = lots;
    order.openLots = open;
    order.limitTicks = limitTicks;
    this.#sweep(order);
    if (order.openLots > 0 && order.state === 'live') this.#rest(order);
  }

  /** A message of the recorded market: book first, then the orders it meets. */
  market(message: MarketMessage): void {
    if (message.kind === MarketKind.trade) return this.#trade(message);
    this.#messages++;
    if (message.kind === MarketKind.snapshot) {
      this.#market.replace(message);
      this.#reset(this.#bids);
      this.#reset(this.#asks);
    } else {
      this.#told(this.#bids, message.bids, message.bidCount);
      this.#told(this.#asks, message.asks, message.askCount);
      this.#market.change(message);
    }
    this.#crossed(this.#bids, this.#asks);
    this.#crossed(this.#asks, this.#bids);
  }

  #side(side: 1 | -1): MatchSide {
    return side === 1 ? this.#bids : this.#asks;
  }

  #rest(order: SimOrder): void {
    const side = this.#side(order.side);
    order.ahead = side.available(order.limitTicks);
    side.resting.add(order);
    this.#host.level(order.side, order.limitTicks);
  }

  /** Takes from the other side, best level first, until the limit, the quantity or the account's own order. */
  #sweep(order: SimOrder): void {
    const other = this.#side(order.side === 1 ? -1 : 1);
    while (order.openLots > 0 && order.state === 'live') {
      const best = other.bestTicks();
      if (best === 0 || (order.limitTicks - best) * order.side < 0) return;
      if (!this.#takeLevel(order, other, best)) return;
    }
  }

  /** One level: recorded quantity and our orders in the order of their queue. False: the order may not go on. */
  #takeLevel(order: SimOrder, other: MatchSide, ticks: number): boolean {
    let passed = 0;
    let goesOn = true;
    let next: SimOrder | null = null;
    for (let maker = other.resting.at(ticks)?.first ?? null; maker !== null; maker = next) {
      next = maker.next;
      const before = Math.min(order.openLots, Math.max(0, maker.ahead - passed), other.available(ticks));
      if (before > 0) {
        passed += before;
        other.take(ticks, before);
        this.#fillOpen(order, ticks, before, 0);
      }
      if (order.openLots === 0 || order.state !== 'live') break;
      if (maker.accountId === order.accountId) {
        this.#host.end(order, 'expired', Reason.selfTrade);
        goesOn = false;
        break;
      }
      this.#between(order, maker, other, ticks);
      if (order.openLots === 0 || order.state !== 'live') break;
    }
    const rest = goesOn && order.state === 'live' ? Math.min(order.openLots, other.available(ticks)) : 0;
    if (rest > 0) {
      passed += rest;
      other.take(ticks, rest);
      this.#fillOpen(order, ticks, rest, 0);
    }
    other.resting.passed(ticks, passed);
    this.#host.level(other.book.sign, ticks);
    return goesOn;
  }

  #between(taker: SimOrder, maker: SimOrder, side: MatchSide, ticks: number): void {
    const room = maker.reduceOnly ? this.#host.reduceRoom(maker) : maker.openLots;
    const lots = Math.min(taker.openLots, maker.openLots, room);
    if (lots > 0) {
      this.#fillResting(maker, side, ticks, lots);
      this.#fillOpen(taker, ticks, lots, 0);
    }
    if (maker.openLots > 0 && room <= lots) this.#endResting(maker, side, Reason.reduceOnly);
  }

  #fillOpen(order: SimOrder, ticks: number, lots: number, maker: 0 | 1): void {
    order.cumLots += lots;
    order.openLots -= lots;
    this.#host.fill(order, ticks, lots, maker);
  }

  #fillResting(order: SimOrder, side: MatchSide, ticks: number, lots: number): void {
    if (lots === order.openLots) side.resting.remove(order);
    else side.resting.shrink(order, lots);
    this.#fillOpen(order, ticks, lots, 1);
  }

  #endResting(order: SimOrder, side: MatchSide, reason: VenueReason): void {
    side.resting.remove(order);
    this.#host.end(order, 'cancelled', reason);
    this.#host.level(order.side, order.limitTicks);
  }

  /** Fills a resting order as far as a reduce-only order may; returns what was filled. */
  #marketFills(order: SimOrder, side: MatchSide, ticks: number, most: number): number {
    const room = order.reduceOnly ? this.#host.reduceRoom(order) : order.openLots;
    const lots = Math.min(most, order.openLots, room);
    if (lots > 0) this.#fillResting(order, side, ticks, lots);
    if (order.openLots > 0 && room <= lots) this.#endResting(order, side, Reason.reduceOnly);
    return lots;
  }

  #reset(side: MatchSide): void {
    side.taken.clear();
    for (const level of side.resting.levels()) {
      level.traded = 0;
      side.resting.capAhead(level, side.book.lotsOn(level.ticks));
    }
  }

  /**
   * The recording's new word on levels, before the book takes it: refreshes them, and what vanished without trading was
   * cancelled. A message that names a level twice says the same twice.
   */
  #told(side: MatchSide, pairs: Float64Array, count: number): void {
    if (side.isUntouched()) return;
    for (let i = 0; i < count; i++) {
      const ticks = pairs[2 * i] ?? 0;
      const lots = pairs[2 * i + 1] ?? 0;
      side.taken.delete(ticks);
      const level = side.resting.at(ticks);
      if (level === undefined || level.message === this.#messages) continue;
      level.message = this.#messages;
      const left = Math.max(0, side.book.lotsOn(ticks) - level.traded);
      if (lots < left) side.resting.cancelledAhead(level, lots, left);
      side.resting.capAhead(level, lots);
      level.traded = 0;
    }
  }

  /** A recorded print: better-priced orders of ours would have met it first, then the queue at its price. */
  #trade(message: MarketMessage): void {
    const side = this.#side(message.takerSide === 1 ? -1 : 1);
    if (side.resting.bestTicks() === 0) return;
    let left = message.tradeLots;
    while (left > 0) {
      const best = side.resting.first();
      if (best === null || (best.limitTicks - message.tradeTicks) * side.book.sign <= 0) break;
      const price = best.limitTicks;
      left -= this.#marketFills(best, side, price, left);
      this.#host.level(side.book.sign, price);
    }
    if (left > 0) this.#tradeAt(side, message.tradeTicks, left);
  }

  #tradeAt(side: MatchSide, ticks: number, lots: number): void {
    const level = side.resting.at(ticks);
    if (level === undefined) return;
    let left = lots;
    let passed = 0;
    let next: SimOrder | null = null;
    for (let order = level.first; order !== null; order = next) {
      next = order.next;
      const before = Math.min(left, Math.max(0, order.ahead - passed));
      passed += before;
      left -= before;
      if (left === 0) break;
      left -= this.#marketFills(order, side, ticks, left);
      if (left === 0) break;
    }
    // Emptied meanwhile, it is nobody's: a level that is taken again starts at nothing traded.
    level.traded += passed + left;
    side.resting.passed(ticks, passed);
    this.#host.level(side.book.sign, ticks);
  }

  /** The recorded market moved through our resting orders: they trade at their own price. */
  #crossed(own: MatchSide, other: MatchSide): void {
    const sign = own.book.sign;
    if (own.resting.bestTicks() === 0) return;
    for (let price = other.book.bestTicks(); price !== 0; price = other.book.worseThan(price)) {
      const first = own.resting.first();
      if (first === null || (first.limitTicks - price) * sign < 0) return;
      for (let order: SimOrder | null = first; order !== null; order = own.resting.first()) {
        if ((order.limitTicks - price) * sign < 0) break;
        const available = other.available(price);
        if (available === 0) break;
        const at = order.limitTicks;
        other.take(price, this.#marketFills(order, own, at, available));
        this.#host.level(sign, at);
      }
      this.#host.level(other.book.sign, price);
    }
  }
}
