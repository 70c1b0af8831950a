/** The ladder book and its naive twin side by side: every step is compared. */
import assert from 'node:assert/strict';
import { Arena } from '../../../src/memory/arena.js';
import * as codes from '../../../src/market/assembly/layout.js';
import { bookBytes, type BookPlace, type BookShape } from '../../../src/market/book-layout.js';
import { BookReader } from '../../../src/market/book-reader.js';
import { BookDepth, BookTop } from '../../../src/market/book-views.js';
import { BookWriter } from '../../../src/market/book-writer.js';
import { MarketModule, SCRATCH_BYTES } from '../../../src/market/market-module.js';
import { NaiveBook, type NaiveListing, type Verdict } from './naive-book.js';

const VERDICTS: Readonly<Record<number, Verdict>> = {
  [codes.RESULT_APPLIED]: 'applied',
  [codes.RESULT_OLD]: 'old',
  [codes.RESULT_WAITING]: 'waiting',
  [codes.RESULT_GAP]: 'gap',
  [codes.RESULT_CROSSED]: 'crossed',
  [codes.RESULT_CORRUPT]: 'corrupt',
  [codes.RESULT_OTHER]: 'other',
  [codes.RESULT_TRADE]: 'other',
};

export class BookPair {
  readonly naive: NaiveBook;
  readonly writer: BookWriter;
  readonly reader: BookReader;
  readonly module: MarketModule;
  readonly place: BookPlace;
  readonly top = new BookTop();
  readonly depth = new BookDepth(150);
  applied = 0;

  constructor(listing: NaiveListing, shape: BookShape) {
    const arena = new Arena(bookBytes(shape) + SCRATCH_BYTES + 1024);
    this.module = MarketModule.inArena(arena, 'test');
    this.place = { ...shape, region: arena.carve('book', bookBytes(shape)) };
    this.writer = new BookWriter(this.module, this.place, {
      symbol: listing.symbol,
      price: { decimals: listing.priceDecimals, multiple: 1 },
      lot: { decimals: listing.lotDecimals, multiple: 1 },
      sequenceRule: listing.futures ? codes.SEQUENCE_FUTURES : codes.SEQUENCE_SPOT,
    });
    this.reader = new BookReader(this.place);
    this.naive = new NaiveBook(listing);
  }

  frame(text: string, encoding: BufferEncoding = 'latin1'): Verdict {
    const bytes = Buffer.from(text, encoding);
    const code = this.writer.applyFrame(bytes, bytes.length, 1);
    const expected = this.naive.frame(bytes.toString('utf8'));
    assert.equal(VERDICTS[code], expected, `verdict ${code} on ${text.slice(0, 400)}`);
    if (expected === 'applied') this.applied++;
    return expected;
  }

  /** The published top equals the naive best 20, to the bit. */
  compareTop(what: string): void {
    assert.ok(this.reader.readTop(this.top));
    assert.equal(this.top.status === codes.STATUS_LIVE, this.naive.live, `live after ${what}`);
    if (!this.naive.live) return;
    compare(this.top.bids, this.top.bidCount, this.naive.best('bids', 20), `top bids after ${what}`);
    compare(this.top.asks, this.top.askCount, this.naive.best('asks', 20), `top asks after ${what}`);
    assert.equal(this.top.updateId, this.naive.lastId);
  }

  /** 150 exact levels and the buckets equal the naive ones. */
  compareDepth(what: string): void {
    assert.ok(this.reader.readLevels(150, this.depth, true));
    assert.equal(this.depth.live, this.naive.live);
    if (!this.naive.live) return;
    for (const side of ['bids', 'asks'] as const) {
      const all = this.naive.best(side, Infinity);
      const count = side === 'bids' ? this.depth.bidCount : this.depth.askCount;
      compare(this.depth[side], count, all.slice(0, 150), `${side} after ${what}`);
      const last = all[Math.min(149, all.length - 1)]?.[0] ?? 0;
      const buckets = new Float64Array(100);
      for (const [tick, lots] of all.slice(150)) {
        const k = Math.floor((Math.abs(tick - last) * 10_000) / last);
        if (k >= 50) break;
        buckets[2 * k] = tick;
        buckets[2 * k + 1] = (buckets[2 * k + 1] ?? 0) + lots;
      }
      assert.deepEqual(side === 'bids' ? this.depth.bidBuckets : this.depth.askBuckets, buckets, `${side} buckets after ${what}`);
    }
  }

  /** Both take the naive book's levels as a fresh snapshot: how a test goes on after a stale book. */
  resync(from: NaiveBook): void {
    const bids = from.best('bids', Infinity);
    const asks = from.best('asks', Infinity);
    this.naive.snapshot(bids, asks, from.lastId);
    this.writer.setStale();
    assert.equal(this.writer.applySnapshot(bids.flat(), asks.flat(), from.lastId, 0, 1), codes.RESULT_APPLIED);
  }
}

function compare(got: Float64Array, count: number, expected: readonly (readonly [number, number])[], what: string): void {
  const flat = Float64Array.from(expected.flat());
  const read = got.subarray(0, 2 * count);
  if (Buffer.from(flat.buffer).equals(Buffer.from(read.buffer, read.byteOffset, read.byteLength))) return;
  assert.deepEqual([...read], [...flat], what);
}
