import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReportKind, VenueReason } from '../../../src/protocol/events.js';
import { faultKinds, type FaultKind } from '../../../src/venues/sim/faults.js';
import { generatedVenues } from '../../../src/venues/sim/market.js';
import type { SimVenue } from '../../../src/venues/sim/sim-venue.js';
import { buildUniverse } from '../../../src/venues/sim/universe.js';
import { ms, second, VenueRig } from '../../contract/venue-rig.js';
import { Prng } from '../../../src/base/prng.js';

const universe = buildUniverse();

interface Scene {
  readonly rig: VenueRig;
  readonly venue: SimVenue;
}

function scene(chanceE6: Partial<Record<FaultKind, number>> = {}, seed = 1, name = 'coinbase'): Scene {
  const rig = new VenueRig(universe);
  const { venues } = generatedVenues({
    universe, seed, startNs: 0, accounts: [0], sink: rig, feed: rig,
    faults: { seed, chanceE6, untilNs: 60 * second, durationNs: [200 * ms, 1_500 * ms] },
  });
  const venue = venues.find((each) => each.name === name);
  assert.ok(venue !== undefined);
  rig.attach(venue);
  rig.run(2 * second);
  return { rig, venue };
}

/** Places one order under an armed fault and returns its id after two seconds. */
function under(
  kind: FaultKind, order: 'takes' | 'rests', then?: (rig: VenueRig, id: string) => void,
): Scene & { id: string } {
  const { rig, venue } = scene();
  const listing = rig.listing('BTC-USD');
  venue.faults.arm(kind);
  const id = order === 'takes' ? rig.take(listing, 1) : rig.rest(listing);
  rig.run(200 * ms);
  then?.(rig, id);
  rig.run(4 * second);
  assert.equal(venue.faults.counts()[kind], 1, `${kind} must strike once`);
  return { rig, venue, id };
}

const { ack, reject, fill, cancelled, cancelReject, amendReject, unknown, notFound, status } = ReportKind;

test('refuse: a passing reason', () => {
  const { rig, id } = under('refuse', 'takes');
  assert.deepEqual(rig.kindsOf(id), [reject]);
});

test('refuseLong: everything for a while, then no more', () => {
  const { rig, id } = under('refuseLong', 'rests', (each) => {
    const listing = each.listing('BTC-USD');
    each.rest(listing, { clientOrderId: 'while' });
  });
  const both = [...rig.reportsOf(id), ...rig.reportsOf('while')];
  assert.deepEqual(both.map((row) => row.reason), [VenueReason.busy, VenueReason.busy]);
  const listing = rig.listing('BTC-USD');
  rig.rest(listing, { clientOrderId: 'after' });
  rig.run(second);
  assert.deepEqual(rig.kindsOf('after'), [ack]);
});

test('ackLostDropped: unknown, and a query finds nothing', () => {
  const { rig, id } = under('ackLostDropped', 'takes', (each, order) => {
    each.run(1_200 * ms);
    each.venue.query(0, order);
  });
  assert.deepEqual(rig.kindsOf(id), [unknown, notFound]);
});

test('ackLostLive: unknown, and a query finds it open', () => {
  const { rig, id } = under('ackLostLive', 'rests', (each, order) => {
    each.run(1_200 * ms);
    each.venue.query(0, order);
  });
  assert.deepEqual(rig.kindsOf(id), [unknown, status]);
  assert.ok((rig.reportsOf(id)[1]?.openLots ?? 0) > 0);
});

test('ackLostFilled: unknown, and a query tells every fill', () => {
  const { rig, venue, id } = under('ackLostFilled', 'takes', (each, order) => {
    each.run(1_200 * ms);
    assert.deepEqual(each.kindsOf(order), [unknown]);
    each.venue.query(0, order);
  });
  const told = rig.fillsOf(id).reduce((sum, row) => sum + row.lastLots, 0);
  assert.equal(told, venue.ledger().orders[0]?.cumLots);
  assert.ok(told > 0);
});

test('fillBeforeAck, duplicateReport, execIdRepeated: nothing is lost, ids tell what is the same', () => {
  const late = under('fillBeforeAck', 'takes');
  assert.equal(late.rig.kindsOf(late.id)[0], fill);
  assert.ok(late.rig.kindsOf(late.id).includes(ack));
  const twice = under('duplicateReport', 'rests');
  assert.deepEqual(twice.rig.kindsOf(twice.id), [ack, ack]);
  const repeated = under('execIdRepeated', 'takes');
  const fills = repeated.rig.reportsOf(repeated.id).filter((row) => row.kind === fill);
  assert.equal(fills.length, repeated.rig.fillsOf(repeated.id).length + 1);
});

test('fillAfterCancelAck: the fill follows the confirmation', () => {
  const { rig, venue, id } = under('fillAfterCancelAck', 'rests', (each, order) => each.venue.cancel(0, order));
  assert.deepEqual(rig.kindsOf(id), [ack, cancelled, fill]);
  assert.equal(venue.ledger().orders[0]?.state, 'cancelled');
});

test('cancelRefusedFilled: too late, then the fill', () => {
  const { rig, id } = under('cancelRefusedFilled', 'rests', (each, order) => each.venue.cancel(0, order));
  assert.deepEqual(rig.kindsOf(id), [ack, cancelReject, fill]);
  assert.equal(rig.reportsOf(id)[2]?.openLots, 0);
});

test('partialThenReject: a part, then refused', () => {
  const { rig, venue, id } = under('partialThenReject', 'takes');
  assert.equal(rig.kindsOf(id).at(-1), reject);
  const [order] = venue.ledger().orders;
  assert.ok(order !== undefined && order.cumLots > 0 && order.cumLots < order.lots && order.state === 'rejected');
});

test('venueCancels: unasked', () => {
  const { rig, id } = under('venueCancels', 'rests');
  assert.deepEqual(rig.kindsOf(id), [ack, cancelled]);
  assert.equal(rig.reportsOf(id)[1]?.reason, VenueReason.other);
});

test('overfill: more than was wanted, in the ledger too', () => {
  const { rig, venue, id } = under('overfill', 'takes');
  const [order] = venue.ledger().orders;
  assert.ok(order !== undefined && order.cumLots > order.lots);
  assert.equal(rig.fillsOf(id).reduce((sum, row) => sum + row.lastLots, 0), order.cumLots);
});

test('twoFillsInOne: two executions at one instant', () => {
  const { rig, id } = under('twoFillsInOne', 'takes');
  const [one, two] = rig.fillsOf(id);
  assert.ok(one !== undefined && two !== undefined);
  assert.equal(one.tNs, two.tNs);
  assert.equal(two.cumLots, one.cumLots + two.lastLots);
});

test('averageMissing: a fill without a price, which a query tells', () => {
  const { rig, id } = under('averageMissing', 'takes', (each, order) => each.venue.query(0, order));
  const prices = rig.reportsOf(id).filter((row) => row.kind === fill).map((row) => row.lastTicks);
  assert.ok(prices.includes(0) && prices.some((ticks) => ticks > 0));
});

test('acceptsTwice: two venue orders under one client id', () => {
  const { rig, venue, id } = under('acceptsTwice', 'takes');
  assert.equal(venue.ledger().orders.length, 2);
  assert.equal(new Set(rig.reportsOf(id).map((row) => row.venueOrderId)).size, 2);
});

test('amendRacesFill and amendRefused', () => {
  const amend = (each: VenueRig, order: string): void => {
    const [first] = each.reportsOf(order);
    each.venue.amend(0, order, 2 * (first?.totalLots ?? 0), first?.priceTicks ?? 0);
  };
  const race = under('amendRacesFill', 'rests', amend);
  assert.ok(race.rig.kindsOf(race.id).includes(fill));
  const refused = under('amendRefused', 'rests', amend);
  assert.equal(refused.rig.kindsOf(refused.id).at(-1), amendReject);
});

test('staleBalance: a balance from before the fill, after it', () => {
  const { rig, id } = under('staleBalance', 'takes');
  const filled = rig.fillsOf(id)[0];
  const late = rig.balances.find((row) => row.tNs > (filled?.tNs ?? Infinity));
  assert.ok(late !== undefined && late.asOfNs < (filled?.venueTsNs ?? 0));
});

test('delay and reorderReport: late, but there', () => {
  const late = under('delay', 'rests');
  assert.ok(late.rig.kindsOf(late.id).includes(ack));
  const swapped = under('reorderReport', 'takes');
  assert.ok(swapped.rig.kindsOf(swapped.id).indexOf(ack) > 0, 'the acknowledgement was overtaken');
});

test('disconnect: live orders live on, fills meanwhile are told at the reconnect', () => {
  const { rig, venue } = scene();
  const listing = rig.listing('BTC-USD');
  const id = rig.rest(listing);
  rig.run(200 * ms);
  venue.inject('disconnect', second);
  assert.equal(rig.book(listing.id).stale, 'disconnect');
  const refused = rig.place(listing, { side: 1, limitTicks: 1_000 });
  rig.run(100 * ms);
  assert.deepEqual([rig.kindsOf(refused), rig.reportsOf(refused)[0]?.reason], [[reject], VenueReason.network]);
  rig.run(2 * second);
  assert.deepEqual(rig.statuses.slice(-3).map((row) => [row.connected, row.reconciled]), [[0, 0], [1, 0], [1, 1]]);
  assert.deepEqual(rig.openLists.at(-1)?.orders.map((row) => row.clientOrderId), [id]);
  assert.equal(rig.book(listing.id).stale, null);
});

test('restartForgets: open orders are gone without a word', () => {
  const { rig, venue } = scene();
  const listing = rig.listing('BTC-USD');
  const id = rig.rest(listing);
  rig.run(200 * ms);
  venue.inject('restartForgets', second);
  rig.run(2 * second);
  assert.deepEqual(rig.openLists.at(-1)?.orders, []);
  venue.query(0, id);
  rig.run(second);
  assert.deepEqual(rig.kindsOf(id), [ack, notFound]);
});

test('feed faults make the book stale, and it comes back right', () => {
  for (const [kind, reason] of [['feedGap', 'gap'], ['feedCrossed', 'crossed'], ['feedCorrupt', 'corrupt']] as const) {
    const { rig, venue } = scene();
    venue.faults.arm(kind);
    rig.run(2 * second);
    assert.equal(venue.faults.counts()[kind], 1);
    assert.deepEqual(rig.staleReasons, [reason]);
    for (const book of rig.books.values()) assert.deepEqual([book.stale, book.crossings], [null, 0]);
  }
  const { rig, venue } = scene();
  venue.inject('feedSilence', 3 * second);
  const signs = rig.lifeSigns;
  rig.run(2_900 * ms);
  assert.equal(rig.lifeSigns, signs);
  rig.run(second);
  assert.ok(rig.lifeSigns > signs && rig.staleReasons.every((reason) => reason === 'gap'));
});

/**
 * Why this test? Whatever is lost, doubled or late on the line: once every order was asked about, what a client
 * knows by execution id is exactly what happened, and every named fault can happen.
 */
test('under all faults at once, questions bring client and ledger together (seeds 1..8)', () => {
  const struck = new Set<FaultKind>();
  for (let seed = 1; seed <= 8; seed++) {
    const chance = Object.fromEntries(faultKinds.map((kind) => [kind, kind.startsWith('feed') ? 20_000 : 60_000]));
    const { rig, venue } = scene({ ...chance, restartForgets: 30_000, refuseLong: 10_000 }, seed, 'hyperliquid');
    const prng = new Prng(seed);
    const listing = rig.listing('ETH-USD-PERP');
    const ids: string[] = [];
    for (let i = 0; i < 200; i++) {
      const side = prng.chance(1, 2) ? 1 : -1;
      const book = rig.book(listing.id);
      const touch = (side === 1 ? book.asks : book.bids).bestTicks();
      const limitTicks = touch + side * listing.tickMultiple * prng.between(-8, 3);
      const tif = prng.pick(['ioc', 'gtc', 'post_only', 'fok'] as const);
      if (touch > 0) ids.push(rig.place(listing, { side, limitTicks, tif }));
      if (ids.length > 0 && prng.chance(1, 3)) venue.cancel(0, prng.pick(ids));
      if (ids.length > 0 && prng.chance(1, 3)) venue.amend(0, prng.pick(ids), rig.usualLots(listing), limitTicks);
      rig.run(prng.between(1, 300) * ms);
    }
    rig.run(Math.max(0, 61 * second - rig.nowNs));
    rig.run(5 * second);
    for (const id of ids) venue.query(0, id);
    rig.run(5 * second);
    const ledger = venue.ledger();
    for (const order of ledger.orders) {
      if (order.state === 'forgotten') continue;
      for (const each of order.fills) {
        const told = rig.fillsOf(order.clientOrderId).find((row) => row.execId === each.execId);
        assert.equal(told?.lastLots, each.lots, `seed ${seed}: fill ${each.execId}`);
      }
    }
    const known = new Set(ledger.fills.map((each) => each.execId));
    for (const row of rig.reports) if (row.kind === fill) assert.ok(known.has(row.execId), `seed ${seed}: invented`);
    const net = ledger.fills.reduce((sum, each) => sum + each.side * each.lots, 0);
    assert.equal(venue.positionLots(0, listing.id), net, `seed ${seed}: position is the sum of fills`);
    for (const [kind, count] of Object.entries(venue.faults.counts())) if (count > 0) struck.add(kind as FaultKind);
  }
  assert.deepEqual(faultKinds.filter((kind) => !struck.has(kind)), [], 'kinds that never struck');
});
