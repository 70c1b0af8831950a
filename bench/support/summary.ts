/** What a benchmark says: percentiles of the thing, of its floor measured beside it, and their ratios. */
export interface Percentiles {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface BenchRow {
  readonly name: string;
  /** "ns" for times; "M/s" for rates, then only `value.p50` counts. */
  readonly unit: 'ns' | 'M/s';
  readonly value: Percentiles;
  readonly floor?: { readonly name: string; readonly value: Percentiles };
  /** value.p50 / floor.p50, and p99 likewise, of each interleaved round: the spread is the noise. */
  readonly ratios?: { readonly p50: readonly number[]; readonly p99: readonly number[] };
  /** Of the answers: equal between runs of the same input. */
  readonly checksum: number;
}

export function percentiles(samples: Float64Array): Percentiles {
  const sorted = Float64Array.from(samples).sort();
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}

/** One line: `name  p50 … p99 …  ×1.23 (1.20–1.30) of floor`. */
export function rowText(row: BenchRow): string {
  const { value, floor, ratios } = row;
  const number = (x: number): string => (x < 100 ? x.toFixed(1) : x.toFixed(0));
  const own = row.unit === 'M/s'
    ? `${number(value.p50)} M/s`
    : `p50 ${number(value.p50)} ns, p99 ${number(value.p99)} ns, max ${number(value.max)} ns`;
  const range = (name: string, all: readonly number[]): string =>
    `${name} ×${median(all).toFixed(2)} (${Math.min(...all).toFixed(2)}–${Math.max(...all).toFixed(2)})`;
  const beside = floor === undefined || ratios === undefined
    ? ''
    : `; ${range('p50', ratios.p50)}, ${range('p99', ratios.p99)} of ${floor.name} (${number(floor.value.p50)} / ${number(floor.value.p99)} ns)`;
  return `${row.name.padEnd(44)} ${own}${beside}`;
}
