/** The engine thread of tick-threads.ts: scheduler and core as in the topology `threads`, spinning. */
import { workerData } from 'node:worker_threads';
import { must } from '../../src/base/assert.js';
import { EngineAgent } from '../../src/main/threads/engine-agent.js';
import { ENGINE_THREAD, MAIN_THREAD, type EngineMemory } from '../../src/main/threads/engine-memory.js';
import { Outbox } from '../../src/main/threads/outbox.js';
import { RecordReceiver } from '../../src/main/threads/record-receiver.js';
import { RecordSender } from '../../src/main/threads/record-sender.js';
import { ThreadClock } from '../../src/main/threads/thread-clock.js';
import { runThread } from '../../src/main/threads/thread-loop.js';
import { pureCore } from '../../src/main/pure-core.js';
import { DoorbellRinger } from '../../src/memory/doorbell.js';
import { noLog } from '../../src/scheduler/event-log.js';
import { History } from '../../src/scheduler/history.js';
import { MarketView } from '../../src/scheduler/market-view.js';
import { DecisionTimes } from '../../src/telemetry/path-times.js';
import { latencyWriter } from '../../src/telemetry/shared-telemetry.js';
import { BASE_NS } from '../support/core-feeder.js';
import { pathUniverse } from './tick-path.js';

export interface TickThreadsData {
  readonly memory: EngineMemory;
  readonly symbol: string;
}

const { memory, symbol } = workerData as TickThreadsData; // tick-threads.ts's
const universe = pathUniverse(symbol);
const clock = new ThreadClock({ baseHrNs: memory.baseHrNs, speed: 1, offsetNs: 0 });
const bell = (thread: string): DoorbellRinger => new DoorbellRinger(must(memory.doorbells[thread], 'doorbell'));
const venues = must(memory.venueThreads[0], 'a thread of venues');
const orders = new RecordSender(venues.orders, bell(venues.name));
const agent = new EngineAgent({
  name: ENGINE_THREAD, clock, market: new MarketView(universe, memory.market), history: new History(1), figures: memory.figures,
  outbox: new Outbox(new RecordSender(memory.outbox, bell(MAIN_THREAD))), orders: universe.venues.map(() => orders),
  scheduler: {
    core: pureCore, universe, accounts: ['bench'], baseNs: BASE_NS, epoch: 1, seed: 1, log: noLog, recovered: null,
    times: new DecisionTimes(clock.machine, latencyWriter(memory.telemetry, ENGINE_THREAD)),
  },
  answers: {},
});
agent.open([new RecordReceiver(memory.commands, agent.fromMain), new RecordReceiver(venues.reports, agent.fromVenue)]);
await runThread(memory, ENGINE_THREAD, 'spin', clock, [agent]);
