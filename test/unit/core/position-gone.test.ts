/**
 * Why this test? After a refusal as reduce-only or for lack of inventory the venue's position was asked for and its
 * answer alerted, but nothing was lowered: the exit went on sending what was not there, for ever (semantics §6).
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventType, VenueReason } from '../../../src/protocol/events.js';
import { Driver, S } from './driver.js';
import { edge, graph, node } from './specs.js';
import { BINANCE, BTC, BTC_PERP, HYPERLIQUID } from './universe.js';

function venuePosition(d: Driver, listing: number, lots: number): void {
  d.event({ type: EventType.venuePosition, tNs: d.tNs, accountId: 0, listing, lots, entryTicks: 60_000, asOfNs: d.tNs });
}

/** A perp bought at hyperliquid, its stop fired: one reduce-only leg is out. */
function perpExit(lots = 100): { d: Driver; listing: number } {
  const d = new Driver();
  d.run(graph({
    nodes: [
      node({ nodeId: 'entry', lots, instrument: BTC_PERP, venues: [HYPERLIQUID] }),
      node({ nodeId: 'sl', lots, side: -1, instrument: BTC_PERP }),
    ],
    edges: [edge(0, 1, { kind: 'on_full_fill' })],
  }));
  d.fillAll('entry');
  const leg = d.child('sl');
  assert.equal(leg.lots, lots);
  return { d, listing: leg.listing };
}

test('a reduce-only refusal asks for the position, and the exit goes on with what is there', () => {
  const { d, listing } = perpExit();
  d.advance(1 * S);
  d.reject(d.child('sl'), VenueReason.reduceOnly);
  assert.ok(d.effects.some((effect) => effect.kind === 'query_position' && effect.venue === HYPERLIQUID));
  venuePosition(d, listing, 30);
  assert.ok(d.alerts().includes('POSITION_GONE'));
  d.advance(2 * S);
  assert.equal(d.child('sl').lots, 30);
  d.fillAll('sl');
  assert.equal(d.node('sl').status, 'filled');
  assert.equal(d.graph().status, 'completed');
});

test('a position that is gone altogether ends the exit flat', () => {
  const { d, listing } = perpExit();
  d.advance(1 * S);
  d.reject(d.child('sl'), VenueReason.reduceOnly);
  venuePosition(d, listing, -40);
  assert.equal(d.node('sl').status, 'cancelled');
  assert.equal(d.node('sl').reason, 'FLAT');
  assert.equal(d.graph().status, 'completed');
});

test('a position as it should be lowers nothing, and only the answer of the venue that refused counts', () => {
  const { d, listing } = perpExit();
  d.advance(1 * S);
  d.reject(d.child('sl'), VenueReason.reduceOnly);
  const other = d.universe.listings.find((entry) => entry.instrument === BTC_PERP && entry.venue === BINANCE);
  venuePosition(d, other?.id ?? -1, 0);
  venuePosition(d, listing, 100);
  assert.equal(d.alerts().includes('POSITION_GONE'), false);
  d.advance(2 * S);
  assert.equal(d.child('sl').lots, 100);
});

test('a position told without a refusal lowers nothing', () => {
  const { d, listing } = perpExit();
  d.advance(1 * S);
  venuePosition(d, listing, 10);
  assert.equal(d.alerts().includes('POSITION_GONE'), false);
  assert.equal(d.node('sl').run?.live, 100);
});

test('what the exit has live there may have filled already: it is not taken for gone', () => {
  const d = new Driver();
  d.run(graph({
    nodes: [
      node({ nodeId: 'entry', lots: 100, instrument: BTC_PERP, venues: [HYPERLIQUID] }),
      node({ nodeId: 'tp', lots: 60, side: -1, instrument: BTC_PERP, limit: 60_100 }),
      node({ nodeId: 'sl', lots: 40, side: -1, instrument: BTC_PERP }),
    ],
    edges: [edge(0, 1, { kind: 'on_full_fill' }), edge(0, 2, { kind: 'on_full_fill' })],
  }));
  d.fillAll('entry');
  d.advance(1 * S);
  const live = d.child('tp').lots;
  const { listing } = d.child('sl');
  d.reject(d.child('sl'), VenueReason.reduceOnly);
  venuePosition(d, listing, 100 - live);
  assert.equal(d.alerts().includes('POSITION_GONE'), false);
});

test('a later trade of the account never raises it again', () => {
  const { d, listing } = perpExit();
  d.advance(1 * S);
  d.reject(d.child('sl'), VenueReason.reduceOnly);
  venuePosition(d, listing, 30);
  d.advance(0.5 * S);
  venuePosition(d, listing, 500);
  d.advance(2 * S);
  assert.equal(d.child('sl').lots, 30);
});

test('spot inventory that is not there any more lowers the exit likewise', () => {
  const d = new Driver();
  for (const venue of [1, 2]) d.event({ type: EventType.balance, tNs: 0, accountId: 0, venue, asset: BTC, total1e8: '0', asOfNs: 0 });
  d.run(graph({
    nodes: [node({ nodeId: 'entry', lots: 100, venues: [BINANCE] }), node({ nodeId: 'sl', lots: 100, side: -1 })],
    edges: [edge(0, 1, { kind: 'on_full_fill' })],
  }));
  d.fillAll('entry');
  d.advance(1 * S);
  const leg = d.child('sl');
  assert.equal(leg.venue, BINANCE);
  d.reject(leg, VenueReason.insufficientBalance);
  d.event({ type: EventType.balance, tNs: d.tNs, accountId: 0, venue: BINANCE, asset: BTC, total1e8: '2500000', asOfNs: d.tNs });
  assert.ok(d.alerts().includes('POSITION_GONE'));
  d.advance(2 * S);
  assert.equal(d.child('sl').lots, 25);
  d.fillAll('sl');
  assert.equal(d.graph().status, 'completed');
});
