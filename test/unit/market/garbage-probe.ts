/** Run by no-garbage.test.ts: prints what a tick allocated and what stayed. */
import { createBroadcastRing } from '../../../src/memory/broadcast-ring-layout.js';
import { RESULT_APPLIED } from '../../../src/market/assembly/layout.js';
import { BookDepth } from '../../../src/market/book-views.js';
import { consolidate, emptyView } from '../../../src/market/consolidated.js';
import { TradeTapeReader, TradeTapeWriter, emptyTrade } from '../../../src/market/trade-tape.js';
import { LatencyWriter, createLatency, spanIndex } from '../../../src/telemetry/latency.js';
import { BookPair } from './book-pair.js';
import { shippedFeeds } from './recorded.js';

const ticks = Number(process.argv[2]);
const feed = shippedFeeds()[0];
if (feed === undefined || globalThis.gc === undefined) throw new Error('run with --expose-gc beside recordings/');
const pair = new BookPair(feed.listing, { windowTicks: 2 ** 18, sparseCells: 2 ** 13 });
const lines = feed.lines();
const snapshot = lines.find((line) => line.startsWith('{"lastUpdateId"')) ?? '';
const last = (JSON.parse(snapshot) as { lastUpdateId: number }).lastUpdateId;
const frames = lines
  .filter((line) => line.includes('depthUpdate') && Number(/"u":(\d+)/.exec(line)?.[1]) > last)
  .slice(0, 300)
  .map((line) => Buffer.from(line));
const ring = createBroadcastRing(2 ** 16);
const tape = new TradeTapeWriter(ring);
const tapeReader = new TradeTapeReader(ring);
const trade = emptyTrade();
const latency = new LatencyWriter(createLatency());
const span = spanIndex('frame_to_book');
/** Engine time, beyond 2^31 as in life; reading the clock itself costs one boxed double and is the venue's. */
const time = new Float64Array([1e15]);
const view = emptyView();
const touches = [{ fresh: true, bidTicks: 0, bidLots: 0, askTicks: 0, askLots: 0 }];
const depth = new BookDepth(100);
let applied = 0;

/** The venue's part of a tick. */
function feedFrame(bytes: Buffer): void {
  const started = (time[0] ?? 0) + 1_000;
  time[0] = started;
  if (pair.writer.applyFrame(bytes, bytes.length, started) === RESULT_APPLIED) applied++;
}

/** The engine's part. */
function lookAtMarket(): void {
  pair.reader.readTop(pair.top, 5);
  const touch = touches[0];
  if (touch !== undefined) {
    touch.bidTicks = pair.top.bidTicks;
    touch.bidLots = pair.top.bidLots;
    touch.askTicks = pair.top.askTicks;
    touch.askLots = pair.top.askLots;
  }
  consolidate(touches, 1, view);
}

function tapeTrade(): void {
  trade.ticks = view.bidTicks;
  tape.write(trade);
  tapeReader.read(trade);
}

function recordLatency(): void {
  latency.record(span, time[0] ?? 0, (time[0] ?? 0) + 750);
}

/** One tick, as a venue and an engine on one thread do it. */
function tick(bytes: Buffer): void {
  feedFrame(bytes);
  lookAtMarket();
  if ((applied & 15) === 0) pair.reader.readLevels(100, depth, true);
  tapeTrade();
  recordLatency();
}

/** Snapshots allocate; they are made between the measured stretches. */
function stretch(): number {
  pair.writer.setStale();
  pair.writer.applySnapshotText(snapshot, 1);
  const before = process.memoryUsage().heapUsed;
  for (const bytes of frames) tick(bytes);
  return process.memoryUsage().heapUsed - before;
}

/** Warm when the compilers (on threads of their own, late on a busy machine) are done: 50 quiet stretches in a row. */
for (let n = 0, quiet = 0; n < 1_000 && quiet < 50; n++) quiet = stretch() < 8 * frames.length ? quiet + 1 : 0;
globalThis.gc();
const retainedBefore = process.memoryUsage().heapUsed;
let measured = 0;
let grown = 0;
let empty = 0;
applied = 0;
while (measured < ticks) {
  const before = process.memoryUsage().heapUsed;
  empty += process.memoryUsage().heapUsed - before; // what looking costs
  const growth = stretch();
  if (growth >= 0) grown += growth; // a collection in between would hide some: those stretches count as nothing
  measured += frames.length;
}
globalThis.gc();
const retained = process.memoryUsage().heapUsed - retainedBefore;
process.stdout.write(JSON.stringify({ allocated: (grown - empty) / measured, retained, applied }));
