/**
 * Frame → order bytes over two threads, as in the topology `threads`, both spinning; beside it the same frames on one:
 *
 *   this thread (venues)                                        engine thread
 *   frame ▶ scanner ▶ shared book ▶ board ────────────────────▶ look, sample, core, plan, risk, commit
 *   order bytes ◀──────────────────── orders ring ◀──────────── order record
 *
 * Stamps are on, as they are in the engine. Closed: an edge is armed before each frame that moves the price, its order
 * filled after it. Open: edges armed at new highs and lows before, frames are due at a rate, and a latency counts from when
 * the frame that made the extreme was due; where the engine thread saw only a later book, its order is the later, too.
 * Needs two free cores. `node dist/bench/path/tick-threads.js [passes]`
 */
import { once } from 'node:events';
import { argv } from 'node:process';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { assert, must } from '../../src/base/assert.js';
import { FeedWriter } from '../../src/market/feed-writer.js';
import { RESULT_APPLIED } from '../../src/market/assembly/layout.js';
import { carveEngine, ENGINE_THREAD, type EngineMemory } from '../../src/main/threads/engine-memory.js';
import { REPLY, type Replied } from '../../src/main/threads/messages.js';
import { OrderRecord, PLACE } from '../../src/main/threads/order-record.js';
import { readBatch } from '../../src/main/threads/outbox.js';
import { RecordReceiver } from '../../src/main/threads/record-receiver.js';
import { RecordSender } from '../../src/main/threads/record-sender.js';
import { ThreadClock } from '../../src/main/threads/thread-clock.js';
import { DoorbellRinger } from '../../src/memory/doorbell.js';
import { EventEncoder } from '../../src/protocol/codec/event-encoder.js';
import type { VenueOrder } from '../../src/protocol/effects.js';
import { EventType, ReportKind, VenueReason, type EngineEvent } from '../../src/protocol/events.js';
import { Watchdog } from '../../src/runtime/heartbeat.js';
import { spanIndex } from '../../src/telemetry/latency.js';
import { latencyWriter } from '../../src/telemetry/shared-telemetry.js';
import { edgeSpec, graphSpec, marketNode } from '../support/core-specs.js';
import { OrderBytes } from '../support/order-bytes.js';
import { loadRecordedFeed, type RecordedFeed } from '../support/recorded-feed.js';
import { spread, type Row } from '../support/row.js';
import { crossing, extremes, pathUniverse, TickPath } from './tick-path.js';
import type { TickThreadsData } from './tick-threads.worker.js';

const APART = 200_000;
const PLENTY_1E8 = '1000000000000000000';
/** The engine thread is gone, or the machine is: nothing is measured then. */
const DEADLINE_MS = 30_000;
const ALIVE_EVERY = 10;
const EPOCH_MS = 1_723_161_255_000;

class TwoThreads {
  readonly #feed: RecordedFeed;
  readonly #mids: readonly number[];
  readonly #universe: ReturnType<typeof pathUniverse>;
  readonly #memory: EngineMemory;
  readonly #worker: Worker;
  readonly #clock: ThreadClock;
  readonly #books: FeedWriter;
  readonly #encoder = new EventEncoder();
  readonly #commands: RecordSender;
  readonly #reports: RecordSender;
  readonly #orders: RecordReceiver;
  readonly #answers: RecordReceiver;
  readonly #record = new OrderRecord();
  readonly #bytes: OrderBytes;
  #order: VenueOrder | null = null;
  #answered = 0;
  /** Number of the command answered last. */
  #replied = 0;
  #graphs = 0;
  #execs = 0;
  orders = 0;

  constructor(feed: RecordedFeed, mids: readonly number[]) {
    this.#feed = feed;
    this.#mids = mids;
    this.#universe = pathUniverse(feed.symbol);
    const groups = [this.#universe.venues.map(({ id }) => id)];
    this.#memory = carveEngine(this.#universe, 1, groups, { windowTicks: 2 ** 18, sparseCells: 2 ** 13 });
    const { doorbells, telemetry, market, venueThreads, commands, outbox, baseHrNs } = this.#memory;
    const venues = must(venueThreads[0], 'venues');
    const bell = new DoorbellRinger(must(doorbells[ENGINE_THREAD], 'doorbell'));
    this.#clock = new ThreadClock({ baseHrNs, speed: 1, offsetNs: 0 });
    const frameToBook = latencyWriter(telemetry, venues.name).histogram(spanIndex('frame_to_book'));
    this.#books = new FeedWriter(
      must(market.groups[0], 'feeds'), (listing) => must(this.#universe.listings[listing], 'listing').venue, { clock: this.#clock.machine, frameToBook },
    );
    this.#commands = new RecordSender(commands, bell);
    this.#reports = new RecordSender(venues.reports, bell);
    this.#orders = new RecordReceiver(venues.orders, (type, from, at) => {
      if (type !== PLACE) return;
      this.#record.read(type, from, at);
      this.#order = this.#record.order;
    });
    this.#answers = new RecordReceiver(outbox, (_type, { uint8 }, at, length) => {
      this.#answered++;
      readBatch(uint8, at, length, (type, value) => {
        if (type === REPLY) this.#replied = (value as Replied).id; // the engine thread's agent sends it
      });
    });
    this.#bytes = new OrderBytes(this.#universe, 'bench secret');
    const workerData: TickThreadsData = { memory: this.#memory, symbol: feed.symbol };
    this.#worker = new Worker(new URL('./tick-threads.worker.js', import.meta.url), { workerData });
  }

  async start(): Promise<void> {
    await once(this.#worker, 'online');
    for (const { id } of this.#universe.venues) {
      this.#say({ type: EventType.venueStatus, tNs: 0, venue: id, connected: 1, reconciled: 1, credentialsValid: 1 });
      for (const { id: asset } of this.#universe.assets) {
        this.#say({ type: EventType.balance, tNs: 0, accountId: 0, venue: id, asset, total1e8: PLENTY_1E8, asOfNs: 0 });
      }
    }
    const start = Math.round(must(this.#mids[0], 'mids') / 2);
    this.#books.setNow(this.#clock.nowNs());
    for (const [listing, offset] of [[1, -APART], [2, APART]] as const) {
      const side = (sign: number): number[] =>
        Array.from({ length: 100 }, (_, k) => [start + offset + sign * (10 + 10 * k), 100_000]).flat();
      this.#books.snapshot(listing, 0, side(-1), side(1));
    }
  }

  /** Ns from the frame to the order's bytes, of each of the first `count` frames that moves the price. */
  pass(count: number, into: number[]): void {
    this.#rewind();
    for (let i = 1; i < count; i++) {
      const trigger = crossing(must(this.#mids[i - 1], 'mid'), must(this.#mids[i], 'mid'));
      if (trigger !== null) this.#arm(trigger);
      const frame = must(this.#feed.frames[i], 'frame');
      const started = performance.now();
      this.#frame(frame);
      if (trigger === null) continue;
      const order = this.#await();
      this.#bytes.write(order, EPOCH_MS + i);
      into.push((performance.now() - started) * 1e6);
      this.orders++;
      this.#fill(order);
    }
  }

  /** Open: ns from when a frame was due to its order's bytes. @param rate frames a second */
  open(count: number, rate: number, into: number[]): void {
    this.#rewind();
    const { levels, frames } = extremes(this.#mids.slice(0, count));
    for (const level of levels) this.#arm(level);
    const firing = new Set(frames);
    const dues: number[] = [];
    const placed: VenueOrder[] = [];
    const begun = performance.now();
    for (let i = 1; i < count; i++) {
      const due = begun + (i * 1_000) / rate;
      do this.#taken(dues, placed, into); while (performance.now() < due);
      if (firing.has(i)) dues.push(due);
      if (i % ALIVE_EVERY === 0) for (const { id } of this.#universe.venues) this.#books.alive(id);
      this.#frame(must(this.#feed.frames[i], 'frame'));
    }
    // An extreme that was gone before the engine thread looked has no order. It answers before it looks at the books: after
    // two answers, one a round, all orders that come have come.
    for (let answers = 0; answers < 2; answers++) {
      const id = ++this.#graphs;
      const command = { kind: 'cancel_graph', graphId: 'none', flatten: false } as const;
      this.#encoder.append({ type: EventType.command, tNs: 0, accountId: 0, commandId: id, command }, this.#commands);
      this.#until(() => {
        this.#taken(dues, placed, into);
        return this.#answers.receive(64) > 0 && this.#replied >= id;
      });
    }
    while (this.#taken(dues, placed, into));
    for (const order of placed) this.#fill(order);
  }

  /** An order that has come, if any. One without a due is of an extreme that an earlier pass passed over. */
  #taken(dues: number[], placed: VenueOrder[], into: number[]): boolean {
    if (this.#orders.receive(1) === 0 || this.#order === null) return false;
    const order = this.#order;
    this.#order = null;
    this.#bytes.write(order, EPOCH_MS);
    const due = dues.shift();
    if (due !== undefined) into.push((performance.now() - due) * 1e6);
    this.orders++;
    placed.push(order);
    return true;
  }

  async stop(): Promise<void> {
    new Watchdog(this.#memory.heartbeats, 1_000).askStop(ENGINE_THREAD);
    await once(this.#worker, 'exit');
  }

  #frame(bytes: Buffer): void {
    const nowNs = this.#clock.nowNs();
    this.#books.setNow(nowNs);
    this.#books.entered(0);
    assert(this.#books.writer(0).applyFrame(bytes, bytes.length, nowNs) === RESULT_APPLIED, 'every recorded frame applies');
    this.#books.published(0, nowNs);
  }

  #rewind(): void {
    const nowNs = this.#clock.nowNs();
    this.#books.setNow(nowNs);
    assert(this.#books.writer(0).applySnapshotText(this.#feed.snapshot, nowNs) === RESULT_APPLIED, 'the snapshot is taken');
    this.#books.published(0, nowNs);
    this.#frame(must(this.#feed.frames[0], 'frame'));
  }

  /** A graph of an entry, filled at once, and a node that waits for its trigger. */
  #arm(trigger: NonNullable<ReturnType<typeof crossing>>): void {
    this.#books.setNow(this.#clock.nowNs());
    for (const { id } of this.#universe.venues) this.#books.alive(id);
    const nodes = [marketNode('entry', 1, true), marketNode('waits', 1, false)].map((node) => ({ ...node, venues: null }));
    const graph = graphSpec(`g${++this.#graphs}`, nodes, [edgeSpec(0, 1, trigger)]);
    const command = { kind: 'submit', graph, bodyHash: 'b', repeatKey: '' } as const;
    this.#encoder.append({ type: EventType.command, tNs: 0, accountId: 0, commandId: this.#graphs, command }, this.#commands);
    this.#fill(this.#await());
  }

  /** Fills it and waits until the engine thread has said what came of that. */
  #fill({ venue, clientOrderId, limitTicks, lots }: VenueOrder): void {
    while (this.#answers.receive(64) > 0);
    const before = this.#answered;
    this.#say({
      type: EventType.report, tNs: this.#clock.nowNs(), venue, kind: ReportKind.fill, clientOrderId, venueOrderId: clientOrderId,
      execId: String(++this.#execs), lastTicks: limitTicks, lastLots: lots, cumLots: lots, openLots: -1, priceTicks: -1, totalLots: -1,
      feeAsset: 0, fee1e8: 0, maker: 0, venueTsNs: -1, reason: VenueReason.none, text: '',
    });
    this.#until(() => this.#answers.receive(64) > 0 && this.#answered > before);
  }

  #await(): VenueOrder {
    this.#until(() => this.#orders.receive(1) > 0 && this.#order !== null);
    const order = must(this.#order, 'order');
    this.#order = null;
    return order;
  }

  #until(holds: () => boolean): void {
    const deadline = performance.now() + DEADLINE_MS;
    for (let looks = 1; !holds(); looks++) {
      if (looks % 65_536 === 0) assert(performance.now() < deadline, 'the engine thread answers');
    }
  }

  #say(event: EngineEvent): void {
    this.#encoder.append(event, this.#reports);
  }
}

/** One thread, the same frames: ns of each order. */
function fusedPass(path: TickPath, count: number, into: number[]): void {
  path.rewind();
  let placedAt = 0;
  const bytes = new OrderBytes(pathUniverse('BTCUSDT'), 'bench secret');
  const placed: VenueOrder[] = [];
  path.open((order) => {
    bytes.write(order, EPOCH_MS);
    placed.push(order);
    placedAt = performance.now();
  });
  for (let i = 0; i < count; i++) {
    const fires = path.armBefore(i);
    path.alive();
    const started = performance.now();
    path.frame(i, path.tNs + 100_000);
    if (fires) into.push((placedAt - started) * 1e6);
    for (const order of placed.splice(0)) path.fill(order);
  }
}

/** @param passes measured, by turns with as many on one thread; two before them warm up; half as many at each rate */
export async function tickThreadsRows(
  passes: number, frames = Infinity, rates: readonly number[] = [1_000, 10_000, 50_000],
): Promise<Row[]> {
  const feed = loadRecordedFeed('BTCUSDT', 'binance-spot-btcusdt-20240808');
  const path = new TickPath(feed);
  const two = new TwoThreads(feed, path.mids);
  await two.start();
  const count = Math.min(frames, feed.frames.length);
  const runs: { readonly threads: number[]; readonly fused: number[] }[] = [];
  for (let i = 0; i < passes + 2; i++) {
    const run = { threads: [] as number[], fused: [] as number[] };
    two.pass(count, run.threads);
    fusedPass(path, count, run.fused);
    if (i >= 2) runs.push(run);
  }
  const open = rates.map((rate) => Array.from({ length: Math.ceil(passes / 2) }, () => {
    const into: number[] = [];
    two.open(Math.min(count, 2 * rate), rate, into);
    return into;
  }));
  await two.stop();
  const rows = [50, 99].map((percentile): Row => ({
    bench: 'tick-threads', what: `threads: frame → order bytes (${feed.meanBytes.toFixed(0)} B a frame) p${percentile}`, unit: 'ns', checksum: two.orders,
    ...spread(runs.map(({ threads }) => at(threads, percentile))),
    floor: { what: 'fused, same frames', value: spread(runs.map(({ fused }) => at(fused, percentile))).value },
  }));
  rates.forEach((rate, i) => {
    for (const percentile of [50, 99]) {
      rows.push({
        bench: 'tick-threads', what: `threads, open loop at ${rate.toLocaleString('en-US')} frames/s: → order bytes p${percentile}`, unit: 'ns',
        checksum: two.orders, ...spread((open[i] ?? []).map((each) => at(each, percentile))),
      });
    }
  });
  return rows;
}

function at(values: readonly number[], percentile: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percentile) / 100))] ?? Number.NaN;
}

if (import.meta.url === pathToFileURL(argv[1] ?? '').href) {
  for (const { what, value, low, high, floor } of await tickThreadsRows(Number(argv[2] ?? 5))) {
    process.stdout.write(`${what} ${value.toFixed(0)} ns (${low.toFixed(0)} … ${high.toFixed(0)})  ${floor?.what ?? ''} ${floor?.value.toFixed(0) ?? ''}\n`);
  }
}
