/** Run by path-garbage.test.ts: what a tick through the whole path allocates, what an order does, and what stays. */
import { loadRecordedFeed } from '../../../bench/support/recorded-feed.js';
import { OrderBytes } from '../../../bench/support/order-bytes.js';
import { pathUniverse, TickPath } from '../../../bench/path/tick-path.js';
import { must } from '../../../src/base/assert.js';
import type { VenueOrder } from '../../../src/protocol/effects.js';

const [, , ticks = '30000', orders = '300'] = process.argv;
const collect = must(globalThis.gc, 'run with --expose-gc');
const feed = loadRecordedFeed('BTCUSDT', 'binance-spot-btcusdt-20240808');
const path = new TickPath(feed);
const encoder = new OrderBytes(pathUniverse(feed.symbol), 'probe');
const waiting: VenueOrder[] = [];
path.open((order) => {
  encoder.write(order, 1_723_161_255_000);
  waiting.push(order);
});

const STRETCH = 300;
/** Engine times as they come from a clock: objects that exist already, so that handing one over makes none. */
const times: (number | null)[] = [null];

function stretch(): number {
  path.rewind();
  const t0 = path.tNs;
  for (let i = 0; i < STRETCH; i++) times[i + 1] = t0 + (i + 1) * 1_000;
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < STRETCH; i++) path.frame(i, times[i + 1] as number);
  return process.memoryUsage().heapUsed - before;
}

/** Growth over one frame that places an order; the edge armed before it and the fill after it are not counted. */
function order(index: number): number {
  const tNs = path.tNs + 1_000;
  if (!path.armBefore(index)) {
    path.frame(index, path.tNs + 1_000);
    return -1;
  }
  times[0] = tNs + 1_000_000;
  const before = process.memoryUsage().heapUsed;
  path.frame(index, times[0]);
  const grown = process.memoryUsage().heapUsed - before;
  for (const each of waiting.splice(0)) path.fill(each);
  return grown;
}

function ordersOf(count: number): { grown: number; counted: number } {
  let grown = 0;
  let counted = 0;
  for (let i = 0, done = 0; done < count; i = (i + 1) % feed.frames.length) {
    if (i === 0) path.rewind();
    const bytes = order(i);
    if (bytes < 0) continue;
    done++;
    grown += bytes;
    counted++;
  }
  return { grown, counted };
}

ordersOf(Number(orders));
for (let n = 0, quiet = 0; n < 1_000 && quiet < 30; n++) quiet = stretch() < 8 * STRETCH ? quiet + 1 : 0;
collect();
const retainedBefore = process.memoryUsage().heapUsed;
let empty = 0;
let measured = 0;
let grown = 0;
for (; measured < Number(ticks); measured += STRETCH) {
  const before = process.memoryUsage().heapUsed;
  empty += process.memoryUsage().heapUsed - before; // what looking costs
  const bytes = stretch();
  if (bytes >= 0) grown += bytes; // a collection in between would hide some: those stretches count as nothing
}
collect();
const retained = process.memoryUsage().heapUsed - retainedBefore;
const placed = ordersOf(Number(orders));
process.stdout.write(JSON.stringify({
  ticks: measured, bytesATick: (grown - empty) / measured, retained, orders: placed.counted, bytesAnOrder: placed.grown / placed.counted,
}));
