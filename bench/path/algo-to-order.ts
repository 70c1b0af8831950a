/**
 * Frame → book → module → risk → order bytes on one thread: the path of tick-path.ts with a module of a graph that orders
 * at each new book of its venue. Each order is filled after its frame, outside of what is measured.
 *
 *   frame bytes ▶ shared book ▶ on_book ▶ action ▶ core: node's bounds, account's risk ▶ child order ▶ order bytes
 *
 * `node dist/bench/path/algo-to-order.js [passes]`
 */
import { fileURLToPath } from 'node:url';
import { build as buildHistogram } from 'hdr-histogram-js';
import { assert } from '../../src/base/assert.js';
import { checkAndMeter } from '../../src/algo/admission/admit.js';
import { AlgoNodes } from '../../src/main/algo-nodes.js';
import { accountRisk } from '../../src/main/guests/account-risk.js';
import { LocalGuests } from '../../src/main/guests/local-guests.js';
import type { VenueOrder } from '../../src/protocol/effects.js';
import { graphSpec, marketNode } from '../support/core-specs.js';
import { OrderBytes } from '../support/order-bytes.js';
import { loadRecordedFeed } from '../support/recorded-feed.js';
import { type Row, spread } from '../support/row.js';
import { orderModule } from '../support/small-modules.js';
import { pathUniverse, TickPath } from './tick-path.js';

const FRAME_NS = 100_000_000;
const EPOCH_MS = 1_723_161_255_000;
/** More than its module trades: 0.01 a frame. */
const LOTS = 1e8;
const FRAMES_A_GRAPH = 200;

function attach(path: TickPath): void {
  const { engine } = path;
  const admitted = checkAndMeter(orderModule());
  if (!admitted.ok) throw new Error(admitted.error.message);
  const guests = new LocalGuests(engine.market, engine.sharedMarket);
  const algos = new AlgoNodes({
    universe: engine.universe, baseNs: engine.baseNs(), guests, nowNs: () => engine.nowNs(), accountOf: () => 0, module: () => admitted.value,
    riskOf: (_, instrument, unit) => ({ ...accountRisk(null, instrument, unit, engine.market), maxOrderRate: 0 }),
    say: (event) => engine.scheduler.venueSaid(event), log: () => undefined,
  });
  engine.onEffect((effect) => algos.effect(effect));
  engine.guests = { step: (nowNs) => guests.step() + algos.step(nowNs), nextDueNs: () => algos.nextDueNs() };
}

/** A graph of one node that the module trades; the one before ends. */
function begin(path: TickPath, number: number): void {
  const node = {
    ...marketNode('m', 1, true), quantity: { kind: 'fixed', lots: LOTS } as const,
    policy: { kind: 'wasm_algo', algo: 'bench', venues: [0], labels: [], configJson: '[1]' } as const,
  };
  const { engine } = path;
  const accepted = (reply: { readonly ok: boolean }): void => assert(reply.ok, `the graph is accepted: ${JSON.stringify(reply)}`);
  engine.command(0, { kind: 'submit', graph: graphSpec(`algo${number}`, [node], []), bodyHash: 'b', repeatKey: '' }, accepted);
  if (number > 0) engine.command(0, { kind: 'cancel_graph', graphId: `algo${number - 1}`, flatten: false }, () => undefined);
  path.step();
}

export function algoToOrderRows(passes: number, most = Infinity): Row[] {
  const feed = loadRecordedFeed('BTCUSDT', 'binance-spot-btcusdt-20240808');
  const path = new TickPath(feed);
  const frames = Math.min(most, feed.frames.length);
  const encoder = new OrderBytes(pathUniverse(feed.symbol), 'bench secret');
  const placed: VenueOrder[] = [];
  let placedAt = 0;
  path.open((order) => {
    encoder.write(order, EPOCH_MS + Math.floor(path.tNs / 1e6));
    placedAt = performance.now();
    placed.push(order);
  });
  attach(path);
  const times = buildHistogram({ numberOfSignificantValueDigits: 3, highestTrackableValue: 60e9 });
  let orders = 0;
  let graphs = 0;
  for (let pass = 0; pass < 2 * passes; pass++) {
    path.rewind();
    for (const order of placed.splice(0)) path.fill(order);
    const t0 = path.tNs;
    for (let i = 0; i < frames; i++) {
      if (i % FRAMES_A_GRAPH === 0) begin(path, graphs++);
      path.alive();
      placedAt = 0;
      const due = performance.now();
      path.frame(i, t0 + (i + 1) * FRAME_NS);
      if (placedAt > 0) orders++;
      // The first half warms up.
      if (placedAt > 0 && pass >= passes) times.recordValue(Math.max(1, Math.round((placedAt - due) * 1e6)));
      for (const order of placed.splice(0)) path.fill(order);
    }
  }
  assert(orders > frames, `the module orders at its books: ${orders} of ${2 * passes * frames}`);
  return [50, 99].map((p) => ({
    bench: 'algo-to-order', what: `frame → book → module → risk → order bytes, p${p}`, ...spread([times.getValueAtPercentile(p)]), unit: 'ns', checksum: encoder.checksum,
  }));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const { what, value, unit } of algoToOrderRows(Number(process.argv[2] ?? 10))) process.stdout.write(`${what.padEnd(56)} ${value} ${unit}\n`);
}
