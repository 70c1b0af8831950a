/**
 * Modules on a guest thread: how soon a book becomes an action in the engine's ring, how soon a runaway is ended and its
 * sibling works again, how soon a fresh instance follows a trap; and how fast a backtest runs.
 *
 *   this thread                               guest thread (spins)
 *   publish a book ──── shared book ────────→ sees the version, on_book
 *   take the action ←── ring ──────────────── a new order at the best bid
 *
 * The floor is the same way there and back over two words. `node dist/bench/path/algo-threads.js`
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { build as buildHistogram } from 'hdr-histogram-js';
import { must } from '../../src/base/assert.js';
import * as abi from '../../src/algo/abi/layouts.generated.js';
import { checkAndMeter, type AdmittedModule } from '../../src/algo/admission/admit.js';
import { emptyActionCell, emptyOrderCell, orderCell } from '../../src/algo/guest/cells.js';
import type { GuestDeployment } from '../../src/algo/guest/guest-host.js';
import { GuestThread, type GuestThreadListener } from '../../src/algo/guest/guest-thread.js';
import { FeedWriter } from '../../src/market/feed-writer.js';
import { carveMarket } from '../../src/market/shared-market.js';
import { allocateRegion, int32View } from '../../src/memory/region.js';
import { observeInt32, publishInt32 } from '../../src/memory/words.js';
import { runAlgoBacktest } from '../../src/main/backtest/algo-backtest.js';
import { loadRecordings, simulatedUniverse } from '../../src/main/simulated-venues.js';
import { type Row, spread } from '../support/row.js';
import { orderModule, runawayModule, trapModule } from '../support/small-modules.js';

const LISTING = 0;
const universe = simulatedUniverse;
const symbol = { name: 'BTC-USD', tick1e9: 10_000_000, lot1e8: 1_000, minQtyLots: 1, minNotional1e9: 0, pricePrecision: 2, qtyPrecision: 5 };
const risk = { maxPositionLots: 0, maxDailyLoss1e9: 0, maxOrderNotional1e9: 0, maxOrderRate: 0, reduceOnly: false };
const BETTER = 5;
const DEADLINE_MS = 20_000;
/** Of the rounds between two threads, on a machine that has no core for each. */
const MOST_MS = 10_000;

function admitted(bytes: Uint8Array): AdmittedModule {
  const result = checkAndMeter(bytes);
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

class Bench {
  readonly thread: GuestThread;
  readonly killed: number[] = [];
  readonly #feeds = must(carveMarket(universe, [universe.venues.map(({ id }) => id)]).groups[0], 'feeds');
  readonly #writer = new FeedWriter(this.#feeds, (listing) => must(universe.listings[listing], 'listing').venue);
  readonly #hrNs = process.hrtime.bigint();
  readonly cell = emptyActionCell();
  readonly #level = new Float64Array(2);
  readonly #none = new Float64Array(0);

  constructor(idlePasses: number) {
    const listener: GuestThreadListener = {
      log: () => undefined, restarted: () => undefined,
      killed: (number) => void this.killed.push(number),
    };
    this.thread = new GuestThread(listener, { clock: { atNs: 0, hrNs: this.#hrNs, speed: 1 }, idlePasses });
  }

  deploy(module: AdmittedModule, fuel?: number): ReturnType<GuestThread['deploy']> {
    const { hash, metered, profile } = module;
    const { venue } = must(universe.listings[LISTING], 'listing');
    const place = must(this.#feeds.books.books[this.#feeds.listings.indexOf(LISTING)], 'book').place;
    const config = [1, 1_000_000, 0, 1].map((value) => ({ type: 'int', value }) as const);
    const given: Omit<GuestDeployment, 'number'> = {
      hash, metered, profile,
      spec: {
        id: 'bench', instances: [{ label: 'main', venueId: 3 }], symbols: [symbol], risk, config, baseNs: 0n, ...(fuel === undefined ? {} : { fuel }),
      },
      books: [{ place, board: this.#feeds.board, venueId: 3, symbol: 0, tickUnit: 1, lotUnit: 1, listing: LISTING, venue }],
    };
    return this.thread.deploy(given);
  }

  quote(bid: number): void {
    const nowNs = Number(process.hrtime.bigint() - this.#hrNs);
    this.#writer.setNow(nowNs);
    const levels = (from: number, step: number): number[] => Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? from + (step * i) / 2 : 100));
    this.#writer.snapshot(LISTING, nowNs, levels(bid, -1), levels(bid + 10, 1));
  }

  /** One level comes or goes, `BETTER` ticks above the best bid of the last `quote`. */
  toggle(bid: number, isThere: boolean): void {
    const nowNs = Number(process.hrtime.bigint() - this.#hrNs);
    this.#writer.setNow(nowNs);
    this.#level[0] = bid + BETTER;
    this.#level[1] = isThere ? 100 : 0;
    this.#writer.delta(LISTING, nowNs, this.#level, 1, this.#none, 0);
  }

  /** Spins until an action or an end came. */
  spin(): void {
    const deadline = performance.now() + DEADLINE_MS;
    while (!this.thread.poll(this.cell)) if (performance.now() > deadline) throw new Error(`no action came: ${JSON.stringify([this.thread.kills, this.killed])}`);
  }

  async until(condition: () => boolean): Promise<void> {
    const deadline = performance.now() + DEADLINE_MS;
    while (!condition()) {
      if (performance.now() > deadline) throw new Error('it did not happen');
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

/** Ns from publishing a book until the action is in hand. */
async function bookToAction(rounds: number): Promise<Row[]> {
  const bench = new Bench(Infinity);
  const floor = await bareHops(rounds);
  const times = buildHistogram({ numberOfSignificantValueDigits: 3, highestTrackableValue: 60e9 });
  const entered = buildHistogram({ numberOfSignificantValueDigits: 3, highestTrackableValue: 60e9 });
  try {
    const { number, done } = bench.deploy(admitted(orderModule()));
    if ((await done) !== undefined) throw new Error('the module was refused');
    bench.quote(6_000_000);
    bench.spin();
    bench.thread.tell({ ...emptyOrderCell(), kind: orderCell.done, deployment: number, ref: bench.cell.ref });
    let checksum = 0;
    const until = performance.now() + MOST_MS;
    for (let i = 1; i <= rounds && performance.now() < until; i++) {
      const bid = 6_000_000 + (i & 1) * BETTER;
      const started = process.hrtime.bigint();
      const entries = bench.thread.entries();
      bench.toggle(6_000_000, (i & 1) === 1);
      while (bench.thread.entries() === entries);
      entered.recordValue(Number(process.hrtime.bigint() - started));
      bench.spin();
      times.recordValue(Number(process.hrtime.bigint() - started));
      if (bench.cell.kind !== abi.ACTION_KIND_NEW || bench.cell.priceTicks !== bid) throw new Error('it orders at the best bid');
      checksum += bench.cell.priceTicks;
      // Heard before a later book, so that no more than some orders are listed.
      bench.thread.tell({ ...emptyOrderCell(), kind: orderCell.done, deployment: number, ref: bench.cell.ref });
    }
    const row = (what: string, of: typeof times, p: number): Row => ({
      bench: 'algo-threads', what: `${what}, p${p}`, ...spread([of.getValueAtPercentile(p)]), unit: 'ns',
      floor: { what: `two words there and back, p${p}`, value: floor.getValueAtPercentile(p) }, checksum,
    });
    const over = (p: number): Row => ({
      bench: 'algo-threads', what: `book version → on_book called, over the bare hops there and back, p${p}`,
      ...spread([entered.getValueAtPercentile(p) - floor.getValueAtPercentile(p)]), unit: 'ns', checksum,
    });
    return [50, 99].flatMap((p) => [
      over(p),
      row('a level changed → its callback begins, seen from here', entered, p), row(`a level changed → action in the engine's ring`, times, p),
    ]);
  } finally {
    await bench.thread.close();
  }
}

/** Two threads, two words. */
async function bareHops(rounds: number): Promise<ReturnType<typeof buildHistogram>> {
  const region = allocateRegion(512);
  const words = int32View(region);
  const worker = new Worker(fileURLToPath(new URL('../support/echo.worker.js', import.meta.url)), { workerData: region });
  await new Promise((resolve) => worker.once('message', resolve));
  const times = buildHistogram({ numberOfSignificantValueDigits: 3, highestTrackableValue: 60e9 });
  for (let i = 1; i <= rounds; i++) {
    const started = process.hrtime.bigint();
    publishInt32(words, 0, i);
    while (observeInt32(words, 64) !== i);
    times.recordValue(Number(process.hrtime.bigint() - started));
  }
  publishInt32(words, 0, -1);
  await worker.terminate();
  return times;
}

async function endings(): Promise<Row[]> {
  const bench = new Bench(50);
  const row = (what: string, ms: number, checksum: number): Row => ({ bench: 'algo-threads', what, ...spread([ms]), unit: 'ms', checksum });
  try {
    const trap = admitted(trapModule());
    if ((await bench.deploy(trap).done) !== undefined) throw new Error('refused');
    bench.quote(6_000_000);
    bench.spin();
    let started = performance.now();
    if ((await bench.deploy(trap).done) !== undefined) throw new Error('refused');
    const rows = [row('a trap → a fresh instance works', performance.now() - started, bench.cell.death)];
    await bench.until(() => bench.thread.poll(bench.cell));

    const peg = bench.deploy(admitted(readFileSync('dist/algos/peg.wasm')));
    if ((await peg.done) !== undefined) throw new Error('refused');
    bench.quote(6_000_001);
    await bench.until(() => bench.thread.poll(bench.cell) && bench.cell.deployment === peg.number);
    const runaway = bench.deploy(admitted(runawayModule()), 2 ** 30 - 1);
    if ((await runaway.done) !== undefined) throw new Error('refused');
    started = performance.now();
    bench.quote(6_000_002);
    await bench.until(() => bench.killed.length === 1);
    const endedMs = performance.now() - started;
    rows.push(row('a runaway without a fuel limit is ended by the watchdog', endedMs, bench.killed[0] ?? 0));
    await bench.until(() => bench.thread.poll(bench.cell) && bench.cell.deployment === peg.number);
    rows.push(row('its sibling acts again', performance.now() - started - endedMs, bench.cell.ref));

    const small = bench.deploy(admitted(runawayModule()));
    if ((await small.done) !== undefined) throw new Error('refused');
    started = performance.now();
    bench.quote(6_000_003);
    await bench.until(() => bench.thread.poll(bench.cell) && bench.cell.deployment === small.number);
    rows.push(row('a runaway is ended by its fuel', performance.now() - started, bench.cell.death));
    return rows;
  } finally {
    await bench.thread.close();
  }
}

function backtests(seconds: number): Row {
  const module = admitted(readFileSync('dist/algos/maker.wasm'));
  const config = [1_000_000, 1, 10_000_000, 2, 1].map((value) => ({ type: 'int', value }) as const);
  let checksum = 0;
  // The first run warms up.
  const rates = Array.from({ length: 4 }, () => {
    const { report, runMs } = runAlgoBacktest({
      name: 'maker', module, universe, tapes: loadRecordings(), symbol: 'BTC-USD', instances: [{ label: 'main', venue: 'binance' }], config, seed: 1, seconds,
    });
    checksum = report.callbacks;
    return (report.callbacks * 1_000) / runMs;
  });
  return { bench: 'algo-threads', what: 'backtest of the maker', ...spread(rates.slice(1)), unit: 'callbacks/s', checksum };
}

export async function algoThreadRows(quick: boolean): Promise<Row[]> {
  return [...(await bookToAction(quick ? 50 : 100_000)), ...(await endings()), backtests(quick ? 5 : 2_400)];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const { what, value, unit, floor } of await algoThreadRows(process.argv.includes('--quick'))) {
    process.stdout.write(`${what.padEnd(64)} ${value.toFixed(1).padStart(12)} ${unit}${floor === undefined ? '' : `   (${floor.what}: ${floor.value.toFixed(1)})`}\n`);
  }
}
