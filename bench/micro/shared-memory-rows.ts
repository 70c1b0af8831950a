/** The benchmarks of books and rings as rows of the suite. */
import type { Row } from '../support/row.js';
import { median, type BenchRow } from '../support/summary.js';
import { bookReadBench } from './book-read.js';
import { feedFrameBench } from './feed-frame.js';
import { ringFlowBench } from './ring-flow.js';
import { ringHopBench } from './ring-hop.js';

export async function sharedMemoryRows(quick: boolean): Promise<Row[]> {
  const rows = [
    ...feedFrameBench(quick ? 3 : 30),
    ...(await bookReadBench(quick ? 3 : 30)),
    ...(await ringHopBench(quick ? 3 : 20, quick ? 2_000 : 20_000)),
    ...(await ringFlowBench(quick ? 3 : 60, quick ? 1_280 : 12_800)),
  ];
  return rows.flatMap((row) => (row.unit === 'ns' ? [rowOf(row, 'p50'), rowOf(row, 'p99')] : [rowOf(row, 'p50')]));
}

/** The spread is that of the ratios to the floor: what is left when the machine's mood is divided out. */
function rowOf({ name, unit, value, floor, ratios, checksum }: BenchRow, key: 'p50' | 'p99'): Row {
  const own = value[key];
  const what = unit === 'ns' ? `${name} ${key}` : name;
  if (floor === undefined || ratios === undefined) return { bench: 'shared-memory', what, value: own, low: own, high: own, unit, checksum };
  const base = floor.value[key];
  return {
    bench: 'shared-memory', what, value: base * median(ratios[key]), low: base * Math.min(...ratios[key]),
    high: base * Math.max(...ratios[key]), unit, checksum, floor: { what: `${floor.name} ${key}`, value: base },
  };
}
