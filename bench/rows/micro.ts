/** Rows of one structure each: matching, routing plan and documents, algo host. */
import { benchAlgo } from '../micro/algo.js';
import { benchMatching } from '../micro/matching.js';
import { planBench } from '../micro/plan.js';
import { type Row, spread } from '../support/row.js';

export function matchingRows(operations: number, repeats: number): Row[] {
  const runs = Array.from({ length: repeats }, () => benchMatching(operations));
  const first = runs[0]?.checksum ?? '';
  if (runs.some(({ checksum }) => checksum !== first)) throw new Error('matching gives different fills for one seed');
  return [{
    bench: 'matching', what: 'simulated venue: amend 82, new 9, cancel 6, IOC 3 of 100, 1,000 resting',
    ...spread(runs.map(({ operationsPerSecond }) => operationsPerSecond)), unit: 'operations/s', checksum: Number.parseInt(first.slice(0, 8), 16),
  }];
}

export function planRows(iterations: number, repeats: number): Row[] {
  const runs = Array.from({ length: repeats }, () => planBench(iterations));
  return (runs[0] ?? []).map(({ name, checksum }, index) => ({
    bench: 'plan', what: name, ...spread(runs.map((rows) => rows[index]?.nsPerOperation ?? Number.NaN)), unit: 'ns', checksum,
  }));
}

export function algoRows(calls: number, repeats: number): Row[] {
  const runs = Array.from({ length: repeats }, () => benchAlgo({ calls }));
  return (runs[0] ?? []).map(({ name, unit }, index) => ({
    bench: 'algo', what: name, ...spread(runs.map((rows) => rows[index]?.value ?? Number.NaN)), unit, checksum: calls,
  }));
}
