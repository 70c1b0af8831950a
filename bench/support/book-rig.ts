/** One shared book with 400 levels a side around a touch, its writer and a reader, on one thread. */
import { Arena } from '../../src/memory/arena.js';
import { SEQUENCE_NONE } from '../../src/market/assembly/layout.js';
import { bookBytes } from '../../src/market/book-layout.js';
import { BookReader } from '../../src/market/book-reader.js';
import { BookTop } from '../../src/market/book-views.js';
import { BookWriter } from '../../src/market/book-writer.js';
import { MarketModule, SCRATCH_BYTES } from '../../src/market/market-module.js';

const SHAPE = { windowTicks: 2 ** 15, sparseCells: 256 };
const BID = 100_000;

export class BookRig {
  readonly writer: BookWriter;
  readonly reader: BookReader;
  readonly top = new BookTop();

  constructor() {
    const arena = new Arena(bookBytes(SHAPE) + SCRATCH_BYTES + 1024);
    const module = MarketModule.inArena(arena, 'bench');
    const place = { ...SHAPE, region: arena.carve('book', bookBytes(SHAPE)) };
    const scale = { decimals: 0, multiple: 1 };
    this.writer = new BookWriter(module, place, { symbol: 'BENCH', price: scale, lot: scale, sequenceRule: SEQUENCE_NONE });
    const side = (step: number): number[] => Array.from({ length: 400 }, (_, i) => [BID + step * (i + (step > 0 ? 1 : 0)), 10 + i]).flat();
    this.writer.applySnapshot(side(-1), side(1), 0, 0, 0);
    this.reader = new BookReader(place);
  }

  /** One level near the touch changes. */
  change(n: number): void {
    bids[0] = BID - (n % 10);
    bids[1] = 1 + (n % 1_000);
    this.writer.applyLevels(bids, 1, asks, 0, n, n, 0, n, n);
  }

  /** So many levels change, half of them a side, up to 400. */
  changeMany(n: number, levels: number): number {
    for (let i = 0; i < levels / 2; i++) {
      bids[2 * i] = BID - 2 * i;
      asks[2 * i] = BID + 1 + 2 * i;
      bids[2 * i + 1] = asks[2 * i + 1] = 1 + ((n + i) % 1_000);
    }
    return this.writer.applyLevels(bids, levels / 2, asks, levels / 2, n, n, 0, n, n) + n;
  }
}

const bids = new Float64Array(400);
const asks = new Float64Array(400);
