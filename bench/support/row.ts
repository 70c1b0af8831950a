/** One measured figure. A ratio is to a floor measured in the same run, interleaved. */
export interface Row {
  readonly bench: string;
  readonly what: string;
  /** Median, and the lowest and highest of the repeats. */
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly unit: string;
  /** What the figure is compared with, same unit; absent where none is meant. */
  readonly floor?: { readonly what: string; readonly value: number };
  /** Of the answers, so that no work can be optimised away. */
  readonly checksum: number;
}

/** Median, lowest and highest of repeats; of none, NaN. */
export function spread(values: readonly number[]): { value: number; low: number; high: number } {
  const sorted = Float64Array.from(values).sort();
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  return { value: at(sorted.length >> 1), low: at(0), high: at(sorted.length - 1) };
}

/** Nanoseconds of one call of `work`, which does `operations` things and returns a checksum. */
export function timePerOperation(operations: number, work: () => number): { ns: number; checksum: number } {
  const started = process.hrtime.bigint();
  const checksum = work();
  return { ns: Number(process.hrtime.bigint() - started) / operations, checksum };
}

export function ratioOf(row: Row): number | null {
  return row.floor === undefined ? null : row.value / row.floor.value;
}

/**
 * CPU time of this process so far in ns, all its threads: what throughput is measured by, so that other work on the
 * machine doesn't count. On one busy thread it is wall time plus what the collector and compiler do beside it.
 */
export function cpuNs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1_000;
}
