/** Stamps from news to order bytes: what caused an order, in order of time, and never in what the core sees. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { must } from '../../../src/base/assert.js';
import { FeedWriter } from '../../../src/market/feed-writer.js';
import { carveMarket } from '../../../src/market/shared-market.js';
import type { Effect, Out } from '../../../src/protocol/effects.js';
import { EventType, type EngineEvent } from '../../../src/protocol/events.js';
import { RecordedEvents } from '../../../src/scheduler/event-log.js';
import { MarketView } from '../../../src/scheduler/market-view.js';
import { Scheduler } from '../../../src/scheduler/scheduler.js';
import { readLatency, spanIndex } from '../../../src/telemetry/latency.js';
import { DecisionTimes, OrderTimes, traceKey } from '../../../src/telemetry/path-times.js';
import { TraceFinder, createTelemetry, latencyWriter, telemetryText, traceWriter } from '../../../src/telemetry/shared-telemetry.js';
import { buildUniverse } from '../../../src/venues/sim/universe.js';

const universe = buildUniverse();
const shape = { windowTicks: 2 ** 12, sparseCells: 64 };

/** Each look at it is 100 ns later. */
class TickingClock {
  #now = 0;

  stampInto(words: Float64Array, index: number): void {
    this.#now += 100;
    words[index] = this.#now;
  }
}

function place(graph: string): Effect {
  return {
    kind: 'place',
    order: {
      clientOrderId: `L1-0-0B-${graph}-0-1`, accountId: 0, venue: 0, listing: 0, side: 1, lots: 1, limitTicks: 1, tif: 'ioc', reduceOnly: false,
    },
  };
}

/** Sends an order at each tick and at each command. */
function apply(_state: null, event: EngineEvent, out: Out): void {
  if (event.type === EventType.sample) out.push(place('a'));
  if (event.type === EventType.report) out.push(place('c'));
  if (event.type !== EventType.command) return;
  out.push(place('b'));
  const reply = { ok: true, tNs: event.tNs, seq: 1, body: { kind: 'done' }, warnings: [] } as const;
  out.push({ kind: 'reply', commandId: event.commandId, reply });
}

function run(measured: boolean): { readonly log: RecordedEvents; readonly shared: ReturnType<typeof createTelemetry> } {
  const shared = createTelemetry(0n, ['engine']);
  const clock = new TickingClock();
  const latency = latencyWriter(shared, 'engine');
  const market = carveMarket(universe, [universe.venues.map(({ id }) => id)], shape);
  const times = measured ? { clock, frameToBook: latency.histogram(spanIndex('frame_to_book')) } : null;
  const feed = new FeedWriter(must(market.groups[0], 'feeds'), (id) => must(universe.listings[id], 'listing').venue, times);
  const orders = new OrderTimes(clock, latency, traceWriter(shared, 'engine'));
  const log = new RecordedEvents();
  const no = (): void => undefined;
  const scheduler = new Scheduler<null>({
    core: { create: () => null, apply, nextTimerNs: () => Infinity, needsSample: () => true, watches: () => true, interesting: () => [] },
    universe, accounts: ['one'], market: new MarketView(universe, market), log, listener: { effect: no }, baseNs: 0n, epoch: 1, seed: 1,
    recovered: null, ...(measured ? { times: new DecisionTimes(clock, latency) } : {}),
    gate: {
      place: ({ order }, stamps) => {
        assert.equal(stamps !== null, measured);
        if (stamps !== null) orders.sent(order.clientOrderId, stamps);
      },
      cancel: no, amend: no, query: no, queryPosition: no,
    },
  });
  scheduler.open(0);
  feed.setNow(1);
  feed.snapshot(0, 1, [100, 1], [101, 1]);
  const stamp = new Float64Array(1);
  clock.stampInto(stamp, 0);
  scheduler.command(0, { kind: 'cancel_graph', graphId: 'g', flatten: false }, no, measured ? stamp[0] : 0);
  scheduler.doWork(1);
  orders.heard('L1-0-0B-a-0-1');
  return { log, shared };
}

test('an order caused by a tick has the frame\'s stamps, one caused by a command the gateway\'s, each in order of time', () => {
  const { shared } = run(true);
  const finder = new TraceFinder(shared);
  const [tick] = finder.find(10, 0);
  assert.deepEqual(Object.keys(tick?.stampsNs ?? {}), ['frame_in', 'book_published', 'sampled', 'decided', 'order_bytes_out', 'venue_ack']);
  const [command] = finder.find(11, 0);
  assert.deepEqual(Object.keys(command?.stampsNs ?? {}).sort(), ['accepted', 'decided', 'gateway_in', 'order_bytes_out']);
  for (const trace of [tick, command]) {
    const { gateway_in: gatewayIn, ...rest } = trace?.stampsNs ?? {};
    const inTime = [...(gatewayIn === undefined ? [] : [gatewayIn]), ...Object.entries(rest).sort(byPath).map(([, at]) => at)];
    assert.deepEqual(inTime, [...inTime].sort((a, b) => a - b));
  }
  const counts = new Map(readLatency(must(shared.threads[0], 'thread').latency).map(({ name, snapshot }) => [name, snapshot.count]));
  assert.deepEqual([...counts], [
    ['frame_to_book', 1], ['book_to_sample', 1], ['sample_to_decision', 1], ['decision_to_order', 2], ['tick_to_order', 1],
    ['gateway_to_accepted', 1], ['gateway_to_order', 1], ['order_to_ack', 1],
  ]);
  assert.match(telemetryText(shared), /legwork_span_seconds_count\{span="tick_to_order",thread="engine"\} 1\n/);
});

/** Accepted lies between decided and the order's bytes. */
function byPath([a]: [string, number], [b]: [string, number]): number {
  const path = ['frame_in', 'book_published', 'sampled', 'decided', 'accepted', 'order_bytes_out', 'venue_ack'];
  return path.indexOf(a) - path.indexOf(b);
}

test('what is journaled is the same with and without stamps', () => {
  assert.deepEqual(run(true).log.events, run(false).log.events);
});

test('trace keys: graph and node of a client order id; foreign ids share one that is never found', () => {
  assert.deepEqual(traceKey('L1-0-2S-zz-3-1a'), { graph: 35 * 36 + 35, order: 3 });
  assert.deepEqual(traceKey('manual order'), { graph: 0, order: 0 });
});
