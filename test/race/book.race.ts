import { Arena } from '../../src/memory/arena.js';
import type { Region } from '../../src/memory/region.js';
import { createSeqlockRecord, type SeqlockRecord } from '../../src/memory/seqlock-layout.js';
import { SeqlockReader } from '../../src/memory/seqlock-reader.js';
import { SeqlockWriter } from '../../src/memory/seqlock-writer.js';
import { SEQUENCE_NONE } from '../../src/market/assembly/layout.js';
import { bookBytes, type BookPlace } from '../../src/market/book-layout.js';
import { BookReader } from '../../src/market/book-reader.js';
import { BookDepth, BookTop } from '../../src/market/book-views.js';
import { BookWriter } from '../../src/market/book-writer.js';
import { MarketModule, SCRATCH_BYTES } from '../../src/market/market-module.js';
import { Tally, accept, forbid, type Observed, type Race } from './outcomes.js';
import { Stall, playRole, runRoles } from './threads.js';

interface Args {
  readonly memory: WebAssembly.Memory;
  readonly scratch: Region;
  readonly place: BookPlace;
  readonly done: SeqlockRecord;
  readonly count: number;
}

const LEVELS = 30;
const SHAPE = { windowTicks: 2 ** 12, sparseCells: 256 };

export const bookRace: Race = {
  name: 'book: every update moves the market and gives all levels its own number of lots',
  outcomes: {
    'top,whole': accept('20 levels of one update, no older than the last'),
    'top,torn': forbid('levels of two updates'),
    'top,earlier': forbid('went back in time'),
    'top,gave up': accept('the writer was taken off its core inside the lock'),
    'levels,whole': accept('30 levels walked off the ladder, of one update, no older than the last'),
    'levels,torn': forbid('levels of two updates'),
    'levels,earlier': forbid('went back in time'),
    'levels,gave up': accept('64 walks met the writer, which never pauses here, or it was taken off its core'),
  },
  short: 1_000_000,
  long: 10_000_000,
  run: (count) => {
    const arena = new Arena(bookBytes(SHAPE) + SCRATCH_BYTES + 1024);
    const scratch = arena.carve('scratch', SCRATCH_BYTES);
    const place = { ...SHAPE, region: arena.carve('book', bookBytes(SHAPE)) };
    return runRoles(import.meta.url, 'book', ['writer', 'reader'], {
      memory: arena.memory, scratch, place, done: createSeqlockRecord(1), count,
    });
  },
};

/** Market of update n: a walk over 6,000 ticks, so that the window of 4,096 moves along. */
function bidOf(n: number): number {
  return 10_000 + Math.abs((n % 12_000) - 6_000);
}

function write({ memory, scratch, place, done }: Args): Observed {
  const module = new MarketModule(memory, scratch);
  const scale = { decimals: 0, multiple: 1 };
  const writer = new BookWriter(module, place, { symbol: 'RACE', price: scale, lot: scale, sequenceRule: SEQUENCE_NONE });
  const finished = new SeqlockReader(done);
  const bids = new Float64Array(4 * LEVELS);
  const asks = new Float64Array(4 * LEVELS);
  writer.applySnapshot([], [], 0, 0, 1);
  for (let n = 1; finished.version() === 0; n++) {
    for (let i = 0; i < LEVELS; i++) {
      bids[2 * i] = bidOf(n - 1) - 2 * i;
      bids[2 * i + 1] = 0;
      asks[2 * i] = bidOf(n - 1) + 1 + 2 * i;
      asks[2 * i + 1] = 0;
    }
    for (let i = 0; i < LEVELS; i++) {
      bids[2 * (LEVELS + i)] = bidOf(n) - 2 * i;
      bids[2 * (LEVELS + i) + 1] = n;
      asks[2 * (LEVELS + i)] = bidOf(n) + 1 + 2 * i;
      asks[2 * (LEVELS + i) + 1] = n;
    }
    writer.applyLevels(bids, 2 * LEVELS, asks, 2 * LEVELS, n, n, 0, n, n);
  }
  return {};
}

function whole(side: Float64Array, count: number, expected: number, first: number, step: number, n: number): boolean {
  if (count !== expected) return false;
  for (let i = 0; i < expected; i++) {
    if (side[2 * i] !== first + step * i || side[2 * i + 1] !== n) return false;
  }
  return true;
}

function read({ place, done, count }: Args): Observed {
  const reader = new BookReader(place);
  const top = new BookTop();
  const depth = new BookDepth(LEVELS);
  const tally = new Tally();
  const stall = new Stall();
  while (!reader.readTop(top) || top.updateId < 1) stall.waiting('the first update');
  let last = 0;
  let lastDepth = 0;
  for (let k = 0; k < count; k++) {
    if (!reader.readTop(top)) {
      tally.add('top,gave up');
    } else {
      const n = top.updateId;
      const bid = bidOf(n);
      const good = whole(top.bids, top.bidCount, 20, bid, -2, n) && whole(top.asks, top.askCount, 20, bid + 1, 2, n);
      tally.add(!good ? 'top,torn' : n < last ? 'top,earlier' : 'top,whole');
      last = n;
    }
    if (k % 32 !== 0) continue;
    if (!reader.readLevels(LEVELS, depth)) {
      tally.add('levels,gave up');
      continue;
    }
    const n = depth.updateId;
    const bid = bidOf(n);
    const good = whole(depth.bids, depth.bidCount, LEVELS, bid, -2, n) && whole(depth.asks, depth.askCount, LEVELS, bid + 1, 2, n);
    tally.add(!good ? 'levels,torn' : n < lastDepth ? 'levels,earlier' : 'levels,whole');
    lastDepth = n;
  }
  const finished = new SeqlockWriter(done);
  finished.begin();
  finished.end();
  return tally.observed();
}

playRole<Args>('book', { writer: write, reader: read });
