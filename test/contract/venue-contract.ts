/** What every venue must do, whatever feeds it. One suite; each venue brings a way to make a rig. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReportKind, VenueReason } from '../../src/protocol/events.js';
import { ms, second, type VenueRig } from './venue-rig.js';

export interface ContractVenue {
  readonly name: string;
  /** A connected venue with a market, accounts 0 and 1, and a seeded latency below a second. */
  make(seed: number): VenueRig;
  /** A symbol that it lists (spot where it has any), and a perp where it has any. */
  readonly symbol: string;
  readonly perp: string | null;
}

export function venueContract(subject: ContractVenue): void {
  const ready = (seed = 1): VenueRig => {
    const rig = subject.make(seed);
    rig.run(2 * second);
    return rig;
  };
  const named = (title: string): string => `${subject.name}: ${title}`;
  connection(subject, ready, named);
  lifeOfOrders(subject, ready, named);
  refusals(subject, ready, named);
  answers(subject, ready, named);
  money(subject, ready, named);
}

type Ready = (seed?: number) => VenueRig;
type Named = (title: string) => string;

function connection(subject: ContractVenue, ready: Ready, named: Named): void {
  test(named('connects, says balances and open orders, then that it is reconciled'), () => {
    const rig = ready();
    const last = rig.statuses.at(-1);
    assert.deepEqual([last?.connected, last?.reconciled, last?.credentialsValid], [1, 1, 1]);
    assert.ok(rig.balances.length > 0);
    assert.deepEqual(rig.openLists.at(-1)?.orders, []);
  });

  test(named('its feed builds a book that is never crossed, and shows life'), () => {
    const rig = ready();
    rig.run(10 * second);
    const book = rig.book(rig.listing(subject.symbol).id);
    assert.equal(book.stale, null);
    assert.equal(book.crossings, 0);
    assert.ok(book.messages > 10 && book.bids.count > 5 && book.asks.count > 5);
    assert.ok(rig.lifeSigns >= 10);
    if (subject.perp !== null) assert.ok(rig.book(rig.listing(subject.perp).id).marks > 0);
  });

  test(named('one seed says the same things at the same times, whatever the steps of the clock'), () => {
    const story = (stepNs: number): string => {
      const rig = ready(7);
      const listing = rig.listing(subject.symbol);
      for (let i = 0; i < 20; i++) {
        const book = rig.book(listing.id);
        const side = i % 2 === 0 ? 1 : -1;
        rig.place(listing, { side, limitTicks: side === 1 ? book.asks.bestTicks() : book.bids.bestTicks() });
        for (let t = 0; t < 200 * ms; t += stepNs) rig.run(stepNs);
      }
      return JSON.stringify([rig.reports, rig.statuses, rig.book(listing.id).messages]);
    };
    assert.equal(story(10 * ms), story(40 * ms));
  });
}

function lifeOfOrders(subject: ContractVenue, ready: Ready, named: Named): void {
  test(named('a marketable ioc is acknowledged, filled within its limit, and ends'), () => {
    const rig = ready();
    const listing = rig.listing(subject.symbol);
    const limitTicks = rig.book(listing.id).asks.bestTicks() + rig.farTicks(listing);
    const lots = rig.usualLots(listing);
    const id = rig.place(listing, { side: 1, limitTicks, lots });
    rig.run(second);
    assert.equal(rig.kindsOf(id)[0], ReportKind.ack);
    const fills = rig.fillsOf(id);
    assert.equal(fills.reduce((sum, fill) => sum + fill.lastLots, 0), lots);
    let cumulative = 0;
    for (const fill of fills) {
      assert.ok(fill.lastTicks <= limitTicks && fill.lastTicks % listing.tickMultiple === 0);
      cumulative += fill.lastLots;
      assert.equal(fill.cumLots, cumulative);
      assert.equal(fill.maker, 0);
    }
    assert.equal(fills.at(-1)?.openLots, 0);
  });

  test(named('what an ioc can’t take comes back as expired'), () => {
    const rig = ready();
    const listing = rig.listing(subject.symbol);
    const id = rig.rest(listing, { tif: 'ioc' });
    rig.run(second);
    assert.deepEqual(rig.kindsOf(id), [ReportKind.ack, ReportKind.expired]);
    assert.equal(rig.reportsOf(id)[1]?.reason, VenueReason.notFilled);
  });

  test(named('fok takes all or nothing'), () => {
    const rig = ready();
    const listing = rig.listing(subject.symbol);
    const book = rig.book(listing.id);
    const best = book.asks.lotsAt(0);
    const lots = best + 1_000 * listing.lotMultiple;
    const id = rig.place(listing, { side: 1, limitTicks: book.asks.bestTicks(), lots, tif: 'fok' });
    rig.run(second);
    const filled = rig.fillsOf(id).reduce((sum, fill) => sum + fill.lastLots, 0);
    assert.ok(filled === 0 || filled === lots, `filled ${filled} of ${lots}`);
    assert.equal(rig.kindsOf(id).includes(ReportKind.expired), filled === 0);
  });

  test(named('a resting order is shown in the book, can be cancelled once, and says what is left'), () => {
    const rig = ready();
    const listing = rig.listing(subject.symbol);
    const limitTicks = rig.book(listing.id).bids.bestTicks() - 30 * listing.tickMultiple;
    const id = rig.place(listing, { side: 1, limitTicks, tif: 'gtc' });
    rig.run(50 * ms);
    assert.ok(rig.book(listing.id).bids.lotsOn(limitTicks) >= rig.usualLots(listing));
    rig.venue.cancel(0, id);
    rig.run(50 * ms);
    const end = rig.reportsOf(id).at(-1);
    assert.equal(end?.kind, ReportKind.cancelled);
    assert.deepEqual([end?.cumLots, end?.openLots], [0, 0]);
    rig.venue.cancel(0, id);
    rig.run(50 * ms);
    const refusal = rig.reportsOf(id).at(-1);
    assert.deepEqual([refusal?.kind, refusal?.reason], [ReportKind.cancelReject, VenueReason.tooLate]);
  });

  test(named('amends natively where it says so, refuses where not'), () => {
    const rig = ready();
    const listing = rig.listing(subject.symbol);
    const limitTicks = rig.book(listing.id).bids.bestTicks() - 30 * listing.tickMultiple;
    const id = rig.place(listing, { side: 1, limitTicks, tif: 'gtc', lots: 4 * rig.usualLots(listing) });
    rig.run(50 * ms);
    const lots = 2 * rig.usualLots(listing);
    rig.venue.amend(0, id, lots, limitTicks - listing.tickMultiple);
    rig.run(50 * ms);
    const answer = rig.reportsOf(id).at(-1);
    const isNative = rig.universe.venues[rig.venue.venue]?.nativeAmend === true;
    assert.equal(answer?.kind, isNative ? ReportKind.amended : ReportKind.amendReject);
    if (!isNative) return;
    const amended = [answer?.totalLots, answer?.openLots, answer?.priceTicks];
    assert.deepEqual(amended, [lots, lots, limitTicks - listing.tickMultiple]);
    rig.venue.query(0, id);
    rig.run(50 * ms);
    assert.deepEqual([rig.reportsOf(id).at(-1)?.kind, rig.reportsOf(id).at(-1)?.openLots], [ReportKind.status, lots]);
  });
}

function refusals(subject: ContractVenue, ready: Ready, named: Named): void {
  test(named('refuses what breaks its rules, each with its reason'), () => {
    const rig = ready();
    const listing = rig.listing(subject.symbol);
    const book = rig.book(listing.id);
    const bid = book.bids.bestTicks() - 10 * listing.tickMultiple;
    const whole = 1_000 * listing.lotMultiple;
    const taking = book.asks.bestTicks() + 20 * listing.tickMultiple;
    const tooMany = 900e8 / (rig.universe.instruments[listing.instrument]?.lot1e8 ?? 1);
    const table: readonly (readonly [string, Parameters<VenueRig['place']>[1], number])[] = [
      ['zero', { side: 1, limitTicks: bid, lots: 0 }, VenueReason.invalidParams],
      ['negative price', { side: 1, limitTicks: -bid }, VenueReason.invalidParams],
      ['fraction', { side: 1, limitTicks: bid, lots: whole + 0.5 }, VenueReason.invalidParams],
      ['small', { side: 1, limitTicks: bid, lots: listing.lotMultiple }, VenueReason.minimum],
      ['post-only that takes', { side: 1, limitTicks: taking, tif: 'post_only' }, VenueReason.wouldTake],
      ['more than there is', { side: -1, limitTicks: bid, lots: tooMany, tif: 'gtc' }, VenueReason.insufficientBalance],
    ];
    for (const [title, order, reason] of table) {
      const id = rig.place(listing, order);
      rig.run(100 * ms);
      const [answer] = rig.reportsOf(id);
      assert.deepEqual([answer?.kind, answer?.reason], [ReportKind.reject, reason], `${title}: ${answer?.text}`);
    }
  });

  test(named('refuses a client order id that was used'), () => {
    const rig = ready();
    const listing = rig.listing(subject.symbol);
    const limitTicks = rig.book(listing.id).bids.bestTicks() - 30 * listing.tickMultiple;
    rig.place(listing, { side: 1, limitTicks, tif: 'gtc', clientOrderId: 'twice' });
    rig.place(listing, { side: 1, limitTicks, tif: 'gtc', clientOrderId: 'twice' });
    rig.run(second);
    const answers = rig.reportsOf('twice').map((event) => [event.kind, event.reason]);
    assert.deepEqual(answers, [[ReportKind.ack, VenueReason.none], [ReportKind.reject, VenueReason.duplicate]]);
  });

  test(named('an account never trades with itself; two accounts do'), () => {
    const rig = ready();
    const listing = rig.listing(subject.symbol);
    const book = rig.book(listing.id);
    // A tick above the best bid, where nobody else rests: the next seller meets this order first.
    const price = Math.min(book.bids.bestTicks() + listing.tickMultiple, book.asks.bestTicks() - listing.tickMultiple);
    const lots = rig.usualLots(listing);
    rig.place(listing, { side: 1, limitTicks: price, lots: 3 * lots, tif: 'gtc', clientOrderId: 'own' });
    const limitTicks = price - rig.farTicks(listing);
    rig.place(listing, { side: -1, limitTicks, lots: 1_000 * lots, clientOrderId: 'self' });
    rig.run(100 * ms);
    const end = rig.reportsOf('self').at(-1);
    assert.deepEqual([end?.kind, end?.reason], [ReportKind.expired, VenueReason.selfTrade]);
    const times = new Set(rig.fillsOf('own').map((fill) => fill.venueTsNs));
    assert.ok(rig.fillsOf('self').every((fill) => !times.has(fill.venueTsNs)), 'met itself');
    rig.place(listing, { side: -1, limitTicks, lots: 1_000 * lots, accountId: 1, clientOrderId: 'other' });
    rig.run(second);
    assert.equal(rig.fillsOf('own').reduce((sum, fill) => sum + fill.lastLots, 0), 3 * lots);
  });
}

function answers(subject: ContractVenue, ready: Ready, named: Named): void {
  test(named('knows what became of an order'), () => {
    const rig = ready();
    const listing = rig.listing(subject.symbol);
    const open = rig.rest(listing);
    const done = rig.take(listing, 1);
    rig.run(200 * ms);
    const filled = rig.fillsOf(done);
    rig.reports.length = 0;
    for (const id of [open, done, 'never']) rig.venue.query(0, id);
    rig.venue.query(1, open);
    rig.run(200 * ms);
    const found = [ReportKind.status, ReportKind.notFound];
    assert.deepEqual(rig.kindsOf(open), found, 'another account’s order is not found');
    assert.deepEqual(rig.kindsOf('never'), [ReportKind.notFound]);
    assert.deepEqual(rig.fillsOf(done).map((fill) => fill.execId), filled.map((fill) => fill.execId));
    assert.equal(rig.reportsOf(done).at(-1)?.openLots, 0);
  });

  test(named('a cancel of nothing is refused as unknown'), () => {
    const rig = ready();
    rig.venue.cancel(0, 'never');
    rig.run(200 * ms);
    const [answer] = rig.reportsOf('never');
    assert.deepEqual([answer?.kind, answer?.reason], [ReportKind.cancelReject, VenueReason.unknownOrder]);
  });

  test(named('reconciles an account on request'), () => {
    const rig = ready();
    const listing = rig.listing(subject.symbol);
    const id = rig.rest(listing);
    rig.run(200 * ms);
    const lists = rig.openLists.length;
    rig.venue.reconcile(0);
    rig.run(200 * ms);
    assert.equal(rig.openLists.length, lists + 1);
    assert.deepEqual(rig.openLists.at(-1)?.orders.map((order) => order.clientOrderId), [id]);
  });
}

function money(subject: ContractVenue, ready: Ready, named: Named): void {
  const isSpot = subject.symbol !== subject.perp;
  if (isSpot) test(named('balances move by fills and fees exactly, in the right asset'), () => {
    const rig = ready();
    const listing = rig.listing(subject.symbol);
    const instrument = rig.universe.instruments[listing.instrument];
    assert.ok(instrument !== undefined);
    const before = [rig.latestBalance(0, instrument.base), rig.latestBalance(0, instrument.quote)] as const;
    let base = before[0];
    let quote = before[1];
    for (const side of [1, -1] as const) {
      const book = rig.book(listing.id);
      const limitTicks = side === 1
        ? book.asks.bestTicks() + rig.farTicks(listing)
        : book.bids.bestTicks() - rig.farTicks(listing);
      const id = rig.place(listing, { side, limitTicks });
      rig.run(second);
      assert.ok(rig.fillsOf(id).length > 0);
      for (const fill of rig.fillsOf(id)) {
        const amount: bigint = BigInt(fill.lastLots) * BigInt(instrument.lot1e8);
        const value: bigint = BigInt(fill.lastTicks) * BigInt(instrument.tick1e9) * amount / 1_000_000_000n;
        base += BigInt(side) * amount;
        quote -= BigInt(side) * value;
        const inBase = side === 1 && listing.feeAsset === 'base';
        assert.equal(fill.feeAsset, inBase ? instrument.base : instrument.quote);
        const exact: bigint = (inBase ? amount : value) * BigInt(listing.takerFeeE6);
        assert.equal(BigInt(fill.fee1e8), (exact + 999_999n) / 1_000_000n, 'rounded up');
        if (inBase) base -= BigInt(fill.fee1e8);
        else quote -= BigInt(fill.fee1e8);
      }
    }
    rig.venue.reconcile(0);
    rig.run(second);
    assert.deepEqual([rig.latestBalance(0, instrument.base), rig.latestBalance(0, instrument.quote)], [base, quote]);
  });

  const { perp } = subject;
  if (perp === null) return;
  test(named('reduce-only never opens or turns a position'), () => {
    const rig = ready();
    const listing = rig.listing(perp);
    const book = rig.book(listing.id);
    const far = rig.farTicks(listing);
    const lots = rig.usualLots(listing);
    const none = rig.place(listing, { side: -1, limitTicks: book.bids.bestTicks() - far, reduceOnly: true });
    rig.run(200 * ms);
    const [refusal] = rig.reportsOf(none);
    assert.deepEqual([refusal?.kind, refusal?.reason], [ReportKind.reject, VenueReason.reduceOnly]);
    rig.place(listing, { side: 1, limitTicks: book.asks.bestTicks() + far, lots });
    rig.run(200 * ms);
    const id = rig.take(listing, -1, { lots: 3 * lots, reduceOnly: true });
    rig.run(200 * ms);
    assert.equal(rig.fillsOf(id).reduce((sum, fill) => sum + fill.lastLots, 0), lots);
    const end = rig.reportsOf(id).at(-1);
    assert.deepEqual([end?.kind, end?.reason], [ReportKind.cancelled, VenueReason.reduceOnly]);
    rig.venue.reconcile(0);
    rig.run(200 * ms);
    assert.equal(rig.positions.findLast((event) => event.listing === listing.id)?.lots, 0);
  });
}
