/**
 * Every region that the threads of one engine share. Carved by the main thread before any other starts; plain values
 * and shared memory only, so that it is handed to a worker as it is. docs/ARCHITECTURE.md draws who writes what.
 */
import type { BookShape } from '../../market/book-layout.js';
import { carveMarket, type SharedMarket } from '../../market/shared-market.js';
import { createCounters, type CounterSet } from '../../memory/counters-layout.js';
import { createDoorbell } from '../../memory/doorbell-layout.js';
import { createMessageRing, type MessageRing } from '../../memory/message-ring-layout.js';
import type { Region } from '../../memory/region.js';
import type { Universe, VenueId } from '../../protocol/universe.js';
import { createHeartbeats, type Heartbeats } from '../../runtime/heartbeat-layout.js';
import { createTelemetry, type SharedTelemetry } from '../../telemetry/shared-telemetry.js';
import { createEngineFigures, createMarketCounters, venueCounters, type EngineFigures } from '../engine-figures.js';
import { createKillBoard, type KillBoard } from './kill-board.js';

/** Commands and queries; one longer than an eighth goes in parts. */
const COMMAND_BYTES = 2 ** 20;
/** Answers and account events on the way to the main thread. */
const OUTBOX_BYTES = 2 ** 22;
/** Some 8,000 orders or reports on the way; more wait with their sender. */
const ORDER_BYTES = 2 ** 20;
const REPORT_BYTES = 2 ** 20;

export const MAIN_THREAD = 'main';
export const ENGINE_THREAD = 'engine';

/** A thread of venues: what it alone writes or reads. */
export interface VenueThreadMemory {
  readonly name: string;
  readonly venues: readonly VenueId[];
  /** Engine → venues. */
  readonly orders: MessageRing;
  /** Venues → engine. */
  readonly reports: MessageRing;
  readonly counters: CounterSet;
}

export interface EngineMemory {
  /** `process.hrtime.bigint()` at the start: engine time and stamps of all threads count from it. */
  readonly baseHrNs: bigint;
  readonly market: SharedMarket;
  readonly telemetry: SharedTelemetry;
  readonly heartbeats: Heartbeats;
  /** By thread. */
  readonly doorbells: Readonly<Record<string, Region>>;
  /** Main → engine: commands, queries, what modules say. */
  readonly commands: MessageRing;
  /** Engine → main: answers, account events, alerts, effects for modules. */
  readonly outbox: MessageRing;
  readonly killBoard: KillBoard;
  /** Of the engine thread, and of the books as the main thread reads them. */
  readonly figures: EngineFigures;
  readonly mainMarket: CounterSet;
  readonly venueThreads: readonly VenueThreadMemory[];
}

/** @param groups venues by thread; every venue in exactly one. @param shape of books; what fits most if not given */
export function carveEngine(
  universe: Universe, accounts: number, groups: readonly (readonly VenueId[])[], shape?: BookShape,
): EngineMemory {
  const venueThreads = groups.map((venues, i) => ({
    name: groups.length === 1 ? 'venues' : `venues-${i}`, venues,
    orders: createMessageRing(ORDER_BYTES), reports: createMessageRing(REPORT_BYTES), counters: createCounters(venueCounters),
  }));
  const workers = [ENGINE_THREAD, ...venueThreads.map(({ name }) => name)];
  const threads = [MAIN_THREAD, ...workers];
  const baseHrNs = process.hrtime.bigint();
  return {
    baseHrNs,
    market: carveMarket(universe, groups, shape),
    telemetry: createTelemetry(baseHrNs, workers),
    heartbeats: createHeartbeats(threads),
    doorbells: Object.fromEntries(threads.map((name) => [name, createDoorbell()])),
    commands: createMessageRing(COMMAND_BYTES),
    outbox: createMessageRing(OUTBOX_BYTES),
    killBoard: createKillBoard(universe.venues.length, accounts),
    figures: createEngineFigures(),
    mainMarket: createMarketCounters(),
    venueThreads,
  };
}
