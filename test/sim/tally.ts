/** Sums over seeds: events, orders, faults and situations reached, and the seeds that failed. */
import { situations } from '../../src/core/coverage.js';
import { faultKinds } from './faults.js';
import { Simulation, type SimResult } from './simulation.js';

export interface Tally {
  seeds: number;
  events: number;
  orders: number;
  readonly hashes: [seed: number, hash: string][];
  readonly failures: { readonly seed: number; readonly problems: readonly string[] }[];
  readonly faults: Record<string, number>;
  readonly situations: Record<string, number>;
}

export function emptyTally(): Tally {
  return { seeds: 0, events: 0, orders: 0, hashes: [], failures: [], faults: {}, situations: {} };
}

const add = (into: Record<string, number>, from: Iterable<readonly [string, number]>): void => {
  for (const [name, count] of from) into[name] = (into[name] ?? 0) + count;
};

export function addResult(tally: Tally, result: SimResult): void {
  tally.seeds++;
  tally.events += result.events;
  tally.orders += result.orders;
  tally.hashes.push([result.seed, result.hash]);
  if (result.problems.length > 0) tally.failures.push({ seed: result.seed, problems: result.problems });
  add(tally.faults, result.faults);
  add(tally.situations, result.coverage);
}

export function merge(into: Tally, from: Tally): void {
  into.seeds += from.seeds;
  into.events += from.events;
  into.orders += from.orders;
  into.hashes.push(...from.hashes);
  into.failures.push(...from.failures);
  add(into.faults, Object.entries(from.faults));
  add(into.situations, Object.entries(from.situations));
}

/** A seed of a campaign: many ticks, as a market has. */
export function runSeed(seed: number, seconds: number): SimResult {
  return new Simulation({ seed, seconds, tickRate: 3 }).run();
}

export function runSeeds(seeds: readonly number[], seconds: number): Tally {
  const tally = emptyTally();
  for (const seed of seeds) addResult(tally, runSeed(seed, seconds));
  return tally;
}

/** Fault kinds and situations that no seed reached. */
export function unreached(tally: Tally): { faults: string[]; situations: string[] } {
  return {
    faults: faultKinds.filter((kind) => (tally.faults[kind] ?? 0) === 0),
    situations: situations.filter((name) => (tally.situations[name] ?? 0) === 0),
  };
}
