/** Encoding once, conflation, and readers that fall behind. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MarketHub, lagBytes, type MarketReader } from '../../../../src/gateway/streams/market-hub.js';
import { triggerMid } from '../../../../src/gateway/streams/market-frames.js';
import { must } from '../../../../src/base/assert.js';
import { StreamEngine } from '../../../api/stream-engine.js';

class Reader implements MarketReader {
  unread = 0;
  readonly topics = new Set<string>();
  readonly frames: string[] = [];
  unreadBytes = (): number => this.unread;
  join = (topic: string): void => void this.topics.add(topic);
  leave = (topic: string): void => void this.topics.delete(topic);
  sendMarket = (frame: string): void => void this.frames.push(frame);
}

function rig() {
  const engine = new StreamEngine();
  const published: string[] = [];
  const readers: Reader[] = [];
  let encoded = 0;
  const books = {
    ...engine.books,
    books: (instrument: number) => {
      encoded++;
      return engine.books.books(instrument);
    },
  };
  const hub = new MarketHub({
    books, nowNs: () => 5, baseNs: () => 1_000n,
    publish: (topic, frame) => {
      published.push(frame);
      for (const reader of readers) if (reader.topics.has(topic)) reader.frames.push(frame);
    },
  });
  const instrument = must(engine.universe.instruments[0], 'instrument');
  const reader = (): Reader => {
    const made = new Reader();
    readers.push(made);
    return made;
  };
  return { engine, hub, published, instrument, reader, looks: () => encoded };
}

const bidOf = (frame: string | undefined): unknown => (JSON.parse(frame ?? '{}') as { data?: { bid?: unknown } }).data?.bid;
const ticks = (hub: MarketHub, n: number): void => {
  for (let i = 0; i < n; i++) hub.tick();
};

test('a thousand readers cost one look and one frame', () => {
  const { engine, hub, published, instrument, reader, looks } = rig();
  const all = Array.from({ length: 1_000 }, reader);
  for (const each of all) hub.follow(each, 'prices', instrument);
  const before = looks();
  engine.move(0, 3);
  hub.tick();
  assert.equal(looks() - before, 1);
  assert.equal(published.length, 1);
  assert.ok(all.every((each) => bidOf(each.frames.at(-1)) === 10.03));
  for (const each of all) hub.forget(each);
  assert.equal(hub.size, 0);
});

test('between two turns only the last state is sent, and a quiet book costs no look', () => {
  const { engine, hub, published, instrument, reader, looks } = rig();
  hub.follow(reader(), 'book', instrument);
  for (let i = 0; i < 40; i++) engine.move(0, 1);
  ticks(hub, 5);
  assert.equal(published.length, 1);
  const before = looks();
  ticks(hub, 50);
  assert.equal(looks(), before);
  assert.equal(published.length, 1);
});

test('a slow reader leaves, the others do not notice, and it comes back with the present state', () => {
  const { engine, hub, instrument, reader } = rig();
  const slow = reader();
  const quick = reader();
  for (const each of [slow, quick]) hub.follow(each, 'prices', instrument);
  slow.unread = lagBytes + 1;
  ticks(hub, 5);
  assert.equal(slow.topics.size, 0);
  for (let i = 0; i < 10; i++) {
    engine.move(0, 1);
    hub.tick();
  }
  assert.equal(quick.frames.length, 11);
  assert.equal(slow.frames.length, 1);
  hub.drained(slow);
  assert.equal(slow.frames.length, 1, 'still too much unread');
  slow.unread = 0;
  hub.drained(slow);
  assert.equal(slow.frames.length, 2);
  assert.equal(bidOf(slow.frames[1]), bidOf(quick.frames[10]));
  engine.move(0, 1);
  hub.tick();
  assert.equal(slow.frames.length, 3);
  hub.unfollow(slow, 'prices:BTC-USD');
  engine.move(0, 1);
  hub.tick();
  assert.equal(slow.frames.length, 3);
  hub.forget(quick);
  assert.equal(hub.size, 0);
});

test('the trigger mid is the median of fresh venues that are not crossed', () => {
  const view = (bid: number, ask: number, fresh = true) => ({
    venue: 0, fresh, connected: true, bids: [bid, 1], asks: [ask, 1], markTicks: 0, ageMs: 0, venueTsNs: 0,
  });
  assert.equal(triggerMid([]), 0);
  assert.equal(triggerMid([view(10, 12)]), 44);
  assert.equal(triggerMid([view(10, 12), view(11, 13)]), 46);
  assert.equal(triggerMid([view(10, 12), view(11, 13), view(100, 102)]), 48);
  assert.equal(triggerMid([view(10, 12), view(500, 502, false), view(20, 19), view(0, 7)]), 44);
});
