/**
 * Replay of the shipped recordings through the whole engine, as fast as it goes. One thread, virtual time:
 *
 *   tapes (thinned and re-priced ahead, in memory) ──▶ 4 simulated venues, 10 listings ──▶ books ──▶ scheduler (pre-filter) ──▶ core
 *
 * Events are the level changes and trades that the venues publish, counted in a run of their own with the same seed.
 */
import { assert, must } from '../../src/base/assert.js';
import { demoGraphs } from '../../src/cli/demo/graphs.js';
import type { CoreState } from '../../src/core/state.js';
import { traceHash } from '../../src/core/state-hash.js';
import { VirtualClock } from '../../src/main/clock.js';
import { FusedEngine } from '../../src/main/fused-engine.js';
import { pureCore } from '../../src/main/pure-core.js';
import { connectSimulatedVenues, loadRecordings, recordingStartNs, simulatedUniverse } from '../../src/main/simulated-venues.js';
import { normaliseOrder } from '../../src/protocol/document/order-body.js';
import { Resolver } from '../../src/protocol/document/resolver.js';
import { noLog } from '../../src/scheduler/event-log.js';
import { History } from '../../src/scheduler/history.js';
import { SimVenue } from '../../src/venues/sim/sim-venue.js';
import type { FeedSink } from '../../src/venues/venue.js';
import { cpuNs, type Row, spread } from '../support/row.js';

const SECOND_NS = 1_000_000_000;
/** Books are filled and, with the TWAP, its first slice has gone out. */
const WARM_UP_NS = 3 * SECOND_NS;
const SEED = 1;
/** A listing: more than its recording takes. */
const PREPARED_BYTES = 2 ** 26;

interface Count {
  changes: number;
  trades: number;
}

export interface ReplayResult {
  /** CPU time. */
  readonly ns: number;
  readonly coreEvents: number;
  /** Of the core at the end: equal between runs. */
  readonly traceHash: string;
}

function makeEngine(clock: VirtualClock, count: Count | null): FusedEngine<CoreState> {
  return new FusedEngine<CoreState>({
    core: pureCore, universe: simulatedUniverse, accounts: ['bench'], baseNs: recordingStartNs, epoch: 1, seed: SEED, log: noLog,
    recovered: null, clock, history: new History(1),
    connect: (sink, feed) => connectSimulatedVenues({
      sink, feed: count === null ? feed : counting(feed, count), seed: SEED, startNs: 0, accounts: 1,
    }),
    answer: () => {
      throw new Error('the replay bench asks nothing');
    },
  });
}

function counting(feed: FeedSink, count: Count): FeedSink {
  return {
    snapshot: (listing, tsNs, bids, asks) => {
      count.changes += (bids.length + asks.length) / 2;
      feed.snapshot(listing, tsNs, bids, asks);
    },
    delta: (listing, tsNs, bids, bidCount, asks, askCount) => {
      count.changes += bidCount + askCount;
      return feed.delta(listing, tsNs, bids, bidCount, asks, askCount);
    },
    trade: (listing, tsNs, ticks, lots, side) => {
      count.trades += 1;
      feed.trade(listing, tsNs, ticks, lots, side);
    },
    mark: (listing, tsNs, ticks) => feed.mark(listing, tsNs, ticks),
    stale: (listing, reason) => feed.stale(listing, reason),
    alive: (venue) => feed.alive(venue),
  };
}

function submitTwap(engine: FusedEngine<CoreState>, clock: VirtualClock): void {
  const document = must(demoGraphs(1, -1)[1], 'the TWAP example').document;
  const resolver = new Resolver(simulatedUniverse);
  const made = normaliseOrder(document, { resolver, accountId: 0, newGraphId: 'twap', forceSandbox: true });
  assert(made.ok, 'the TWAP example is a valid document');
  engine.command(0, { kind: 'submit', graph: made.graph, bodyHash: made.bodyHash, repeatKey: '' }, (reply) => assert(reply.ok, 'accepted'));
  engine.advance(clock, clock.nowNs() + 1);
}

/** @param seconds of the recording after the warm-up */
function replay(seconds: number, twap: boolean, count: Count | null): ReplayResult {
  const clock = new VirtualClock();
  const engine = makeEngine(clock, count);
  const untilNs = WARM_UP_NS + seconds * SECOND_NS;
  for (const venue of engine.venues) if (venue instanceof SimVenue) venue.prepare(untilNs, PREPARED_BYTES);
  engine.advance(clock, WARM_UP_NS);
  if (twap) submitTwap(engine, clock);
  if (count !== null) count.changes = count.trades = 0;
  const started = cpuNs();
  engine.advance(clock, untilNs);
  const ns = cpuNs() - started;
  const { state, events } = engine.scheduler;
  engine.stop();
  return { ns, coreEvents: events, traceHash: traceHash(state) };
}

/** Plain and with the TWAP by turns. */
export function replayRows(seconds: number, repeats: number): Row[] {
  loadRecordings();
  const count: Count = { changes: 0, trades: 0 };
  const counted = replay(seconds, false, count);
  const events = count.changes + count.trades;
  const perSecond = new Map<boolean, number[]>([[false, []], [true, []]]);
  const core = new Map<boolean, number>();
  for (let i = 0; i < repeats; i++) {
    for (const twap of [false, true]) {
      const run = replay(seconds, twap, null);
      assert(twap || run.traceHash === counted.traceHash, 'a replay is the same each time');
      must(perSecond.get(twap), 'figures').push((events / run.ns) * 1e9);
      core.set(twap, run.coreEvents);
    }
  }
  const row = (what: string, twap: boolean): Row => ({
    bench: 'replay', what: `${what}: ${seconds} s, ${Math.round(events).toLocaleString('en-US')} changes and trades, ${core.get(twap) ?? 0} core events`,
    ...spread(must(perSecond.get(twap), 'figures')), unit: 'events/s', checksum: events,
  });
  return [row('recording through the engine, plain', false), row('with the TWAP example', true)];
}
