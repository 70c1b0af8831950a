/** A thread of simulated venues, or of connections to some in another process. Started by threads-engine.ts once the engine thread is ready. */
import { workerData } from 'node:worker_threads';
import { must } from '../../base/assert.js';
import { FeedWriter } from '../../market/feed-writer.js';
import { CounterWriter } from '../../memory/counters.js';
import { DoorbellRinger } from '../../memory/doorbell.js';
import type { IdleStrategyName } from '../../runtime/idle-strategy.js';
import { spanIndex } from '../../telemetry/latency.js';
import { OrderTimes } from '../../telemetry/path-times.js';
import { latencyWriter, traceWriter } from '../../telemetry/shared-telemetry.js';
import type { VenueConnection } from '../../venues/venue.js';
import { connectRemoteVenues } from '../remote-venues.js';
import { connectSimulatedVenues, settleAtVenues, simulatedUniverse, type MarketKind } from '../simulated-venues.js';
import { makeBesides, type Besides } from './besides.js';
import { ENGINE_THREAD, type EngineMemory } from './engine-memory.js';
import { KillBoardReader } from './kill-board.js';
import { RecordReceiver } from './record-receiver.js';
import { RecordSender } from './record-sender.js';
import { ThreadClock } from './thread-clock.js';
import { runThread } from './thread-loop.js';
import { VenueAgent } from './venue-agent.js';
import { VenueGuard } from './venue-guard.js';

export interface VenueWorkerData {
  readonly memory: EngineMemory;
  /** Of `memory.venueThreads`. */
  readonly index: number;
  readonly accounts: number;
  readonly seed: number;
  readonly speed: number;
  readonly offsetNs: number;
  readonly market: MarketKind;
  readonly instantVenues: boolean;
  readonly idle: IdleStrategyName;
  /** Venues in another process: its socket, and the engine's base in ns since the Unix epoch. */
  readonly remote: { readonly path: string; readonly baseNs: bigint } | null;
  readonly besides: readonly Besides[];
}

/** While nothing is due. A socket is served between rounds, see runThread. */
const SOCKET_POLL_NS = 1_000_000;
const data = workerData as VenueWorkerData; // threads-engine.ts's

async function run(): Promise<void> {
  const { memory, index } = data;
  const { name, venues, orders, reports, counters: counterSet } = must(memory.venueThreads[index], 'this thread');
  const counters = new CounterWriter(counterSet);
  const clock = new ThreadClock({ baseHrNs: memory.baseHrNs, speed: data.speed, offsetNs: data.offsetNs });
  const latency = latencyWriter(memory.telemetry, name);
  const engineBell = new DoorbellRinger(must(memory.doorbells[ENGINE_THREAD], 'doorbell'));
  const feed = new FeedWriter(
    must(memory.market.groups[index], 'feeds of this thread'), (listing) => must(simulatedUniverse.listings[listing], 'listing').venue,
    { clock: clock.machine, frameToBook: latency.histogram(spanIndex('frame_to_book')) },
  );
  const agent = new VenueAgent({
    name, clock, feed, engineBell, counters, reports: new RecordSender(reports, engineBell),
    times: new OrderTimes(clock.machine, latency, traceWriter(memory.telemetry, name)),
    settle: (own, { accountId, command }) => {
      const byId: (VenueConnection | undefined)[] = [];
      for (const each of own) byId[each.venue] = each;
      settleAtVenues(byId, accountId, command);
    },
  });
  const { seed, accounts, market, instantVenues } = data;
  const { sink } = agent;
  const all = data.remote === null
    ? connectSimulatedVenues({ sink, feed, seed, accounts, market, instantVenues, startNs: clock.nowNs() })
    : connectRemoteVenues({ ...data.remote, universe: simulatedUniverse, sink, feed, pollNs: SOCKET_POLL_NS });
  const guard = new VenueGuard(new KillBoardReader(memory.killBoard), (venue, accountId, id) => agent.cancel(venue, accountId, id), counters);
  agent.open(all.filter(({ venue }) => venues.includes(venue)), guard, new RecordReceiver(orders, agent.take));
  const agents = [agent, ...(await makeBesides(data.besides, name, { memory, clock }))];
  await runThread(memory, name, data.idle, clock, agents, data.remote === null ? undefined : SOCKET_POLL_NS / 1e6);
}

await run();
