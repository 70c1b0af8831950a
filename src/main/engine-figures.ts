/** What an engine counts, by the same names in both topologies, in shared memory so that /metrics asks no thread. */
import { createCounters, type CounterSet } from '../memory/counters-layout.js';
import { CounterReader, type CounterWriter } from '../memory/counters.js';
import { counterText } from '../telemetry/exposition.js';
import type { MarketView } from '../scheduler/market-view.js';
import type { SnapshotHealth } from './background-snapshots.js';

/** What a thread of venues counts: sent orders, those a kill switch kept back, those it cancelled by itself, reports that waited. */
export const venueCounters = ['orders_sent', 'orders_halted', 'orders_cancelled_by_switch', 'reports_delayed'] as const;
export const ORDERS_SENT = 0;
export const ORDERS_HALTED = 1;
export const ORDERS_CANCELLED = 2;
export const REPORTS_DELAYED = 3;

/** A reader of the markets: copies of books that met the writer, those given up, times that a trade tape lapped it. */
const marketCounters = ['book_read_retries', 'book_reads_given_up', 'market_tape_laps'] as const;
/**
 * The thread of the core: events, account events left out because the main thread did not keep up (it asks for them
 * again), ended graphs and records of them that left before their time for want of room.
 */
const coreCounters = ['core_events', 'account_events_left_out', 'ended_cut_short'] as const;
/** Numbers of `SnapshotHealth`. */
const snapshotFigures = ['made', 'failed', 'newest', 'next_at'] as const;

/** Of the thread that runs the core. Plain values and shared memory. */
export interface EngineFigures {
  readonly core: CounterSet;
  readonly market: CounterSet;
  readonly snapshots: CounterSet;
}

export function createEngineFigures(): EngineFigures {
  return { core: createCounters(coreCounters), market: createMarketCounters(), snapshots: createCounters(snapshotFigures) };
}

export function createMarketCounters(): CounterSet {
  return createCounters(marketCounters);
}

export function writeMarket(counters: CounterWriter, market: MarketView): void {
  counters.set(0, market.retries);
  counters.set(1, market.failures);
  counters.set(2, market.laps);
}

export function writeCore(counters: CounterWriter, events: number, left: number, cut: number): void {
  counters.set(0, events);
  counters.set(1, left);
  counters.set(2, cut);
}

export function writeSnapshots(counters: CounterWriter, health: SnapshotHealth): void {
  snapshotFigures.forEach((name, i) => counters.set(i, health[name]));
}

/** @param failure why the last one failed, '' = it did not */
export function readSnapshots(set: CounterSet, failure: string): SnapshotHealth {
  const counters = new CounterReader(set);
  const [made, failed, newest, nextAt] = snapshotFigures.map((_, i) => counters.get(i));
  return { made: made ?? 0, failed: failed ?? 0, newest: newest ?? 0, next_at: nextAt ?? 0, failure };
}

export interface ThreadCounters {
  readonly thread: string;
  readonly counters: CounterSet;
}

/** Prometheus text. @param sets of the same names */
export function countersText(sets: readonly ThreadCounters[]): string {
  return counterText(sets.map(({ thread, counters }) => ({ counters: new CounterReader(counters), labels: `thread="${thread}"` })));
}
