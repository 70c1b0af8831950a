import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '../../../src/base/prng.js';
import {
  RESULT_APPLIED, RESULT_TRADE, RESULT_UNREAD, SCAN_ASKS, SCAN_BIDS, SCAN_EVENT_MS, SCAN_FIRST_ID, SCAN_LAST_ID, SCAN_PREVIOUS_ID,
} from '../../../src/market/assembly/layout.js';
import { parseFrame } from '../../../src/market/general-parser.js';
import { BookPair } from './book-pair.js';
import { mutate } from './mutate.js';
import { NaiveBook } from './naive-book.js';
import { shippedFeeds, type RecordedFeed } from './recorded.js';

const LONG = process.env['LEGWORK_LONG'] === '1';
const SCANS = LONG ? 400_000 : 100_000;
const BOOKS = LONG ? 100_000 : 300;
const SEED = 20_240_808;

function depthFrames(feed: RecordedFeed, bytesMax: number): string[] {
  return feed.lines().filter((line) => line.includes('depthUpdate') && line.length < bytesMax);
}

test(`${SCANS} mutated frames: what the scanner takes, the general parser reads the same (seed ${SEED})`, () => {
  const prng = new Prng(SEED);
  let taken = 0;
  let left = 0;
  const feeds = shippedFeeds();
  for (const feed of feeds) {
    const pair = new BookPair(feed.listing, { windowTicks: 2 ** 12, sparseCells: 64 });
    const { module, place } = pair;
    const frames = depthFrames(feed, 800);
    const general = new Float64Array(2 * 16_384);
    for (let n = 0; n < SCANS / feeds.length; n++) {
      const bytes = mutate(prng, Buffer.from(prng.pick(frames), 'latin1'));
      module.frame.set(bytes);
      module.frame.fill(0, bytes.length, bytes.length + 16);
      const code = module.exports.scanFrame(place.region.offset, module.scratch, bytes.length);
      if (code === RESULT_UNREAD || code === RESULT_TRADE) {
        left++;
        continue;
      }
      taken++;
      const text = bytes.toString('utf8');
      const outcome = parseFrame(text, pair.writer.listing, general);
      assert.equal(outcome.result, RESULT_APPLIED, text);
      assert.ok(outcome.result === RESULT_APPLIED);
      const { bids, asks, firstId, lastId, previousId, eventMs } = outcome.changes;
      const scanned = module.scratchFloat64;
      assert.equal(module.scratchInt32[SCAN_BIDS >> 2], bids, text);
      assert.equal(module.scratchInt32[SCAN_ASKS >> 2], asks, text);
      assert.equal(scanned[SCAN_FIRST_ID >> 3], firstId, text);
      assert.equal(scanned[SCAN_LAST_ID >> 3], lastId, text);
      if (feed.listing.futures) assert.equal(scanned[SCAN_PREVIOUS_ID >> 3], previousId, text);
      assert.equal(scanned[SCAN_EVENT_MS >> 3], eventMs, text);
      for (let i = 0; i < 2 * (bids + asks); i++) assert.equal(module.changes[i], general[i], text);
    }
  }
  assert.ok(taken > SCANS / 20 && left > SCANS / 20, `taken ${taken}, left to the general parser ${left}: both must be tried`);
});

test(`${BOOKS} mutated frames through both books: equal verdicts, equal tops, no price from a broken one`, () => {
  const prng = new Prng(SEED + 1);
  const seen = new Map<string, number>();
  for (const feed of shippedFeeds()) {
    const lines = feed.lines();
    const snapshot = lines.find((line) => line.startsWith('{"lastUpdateId"')) ?? '';
    const truth = new NaiveBook(feed.listing);
    const pair = new BookPair(feed.listing, { windowTicks: 2 ** 13, sparseCells: 2 ** 12 });
    truth.snapshotText(snapshot);
    pair.resync(truth);
    const frames = depthFrames(feed, 2_000);
    for (let n = 0; n < BOOKS / 4; n++) {
      const frame = frames[n % frames.length] ?? '';
      truth.frame(frame);
      if (!truth.live) truth.snapshotText(snapshot);
      const bytes = prng.chance(1, 4) ? Buffer.from(frame, 'latin1') : mutate(prng, Buffer.from(frame, 'latin1'));
      const verdict = pair.frame(bytes.toString('latin1'));
      seen.set(verdict, (seen.get(verdict) ?? 0) + 1);
      pair.compareTop(verdict);
      if (!pair.naive.live) pair.resync(truth);
    }
  }
  for (const verdict of ['applied', 'gap', 'corrupt', 'other', 'old']) {
    assert.ok(seen.has(verdict), `no mutated frame came out as ${verdict}: ${JSON.stringify([...seen])}`);
  }
});
