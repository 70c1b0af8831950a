/** Every bench by name. A bench returns its rows; `quick` asks for small parameters, so that it can't rot. */
import { binaryMicroRows } from './micro/binary.js';
import { codecBench } from './micro/journal-codec.js';
import { journalBench, type JournalBenchRow } from './micro/journal.js';
import { structureRows } from './micro/structures.js';
import { sharedMemoryRows } from './micro/shared-memory-rows.js';
import { algoToOrderRows } from './path/algo-to-order.js';
import { algoThreadRows } from './path/algo-threads.js';
import { binaryOrderRows } from './path/binary-order.js';
import { httpOrderRows } from './path/http-order.js';
import { durableTickRows } from './path/durable-tick.js';
import { journalVolumeRows } from './path/journal-volume.js';
import { recoveryRows } from './path/recovery.js';
import { replayRows } from './path/replay.js';
import { snapshotPauseRows } from './path/snapshot-pause.js';
import { venueAckRows } from './path/venue-ack.js';
import { tickThreadsRows } from './path/tick-threads.js';
import { tickToOrderRows } from './path/tick-to-order.js';
import { coreFull, coreQuick, coreRows } from './rows/core.js';
import { algoRows, matchingRows, planRows } from './rows/micro.js';
import { type Row, spread } from './support/row.js';

export interface Bench {
  readonly name: string;
  readonly run: (quick: boolean) => Row[] | Promise<Row[]>;
}

/** Repeats of a bench whose rows are compared: medians of medians, lowest and highest. */
const REPEATS = 5;

export const benches: readonly Bench[] = [
  { name: 'journal', run: journalRows },
  { name: 'codec', run: codecRows },
  { name: 'core', run: (quick) => coreRows(quick ? coreQuick : coreFull) },
  { name: 'matching', run: (quick) => matchingRows(quick ? 20_000 : 1_000_000, quick ? 2 : REPEATS) },
  { name: 'plan', run: (quick) => planRows(quick ? 500 : 20_000, quick ? 2 : REPEATS) },
  { name: 'algo', run: (quick) => algoRows(quick ? 2_000 : 200_000, quick ? 1 : 3) },
  { name: 'algo-threads', run: algoThreadRows },
  { name: 'algo-to-order', run: (quick) => (quick ? algoToOrderRows(1, 150) : algoToOrderRows(6)) },
  { name: 'shared-memory', run: sharedMemoryRows },
  { name: 'micro', run: (quick) => structureRows(quick ? 0.01 : 1) },
  { name: 'tick-to-order', run: (quick) => (quick ? tickToOrderRows(1, 300, [10_000]) : tickToOrderRows(12)) },
  { name: 'tick-threads', run: (quick) => (quick ? tickThreadsRows(1, 200, [10_000]) : tickThreadsRows(8)) },
  { name: 'replay', run: (quick) => replayRows(quick ? 3 : 60, quick ? 2 : REPEATS) },
  {
    name: 'recovery',
    run: (quick) => recoveryRows(quick ? { units: 2_500, tailUnits: 1_200, repeats: 1 } : { units: 42_000, tailUnits: 4_200, repeats: 3 }),
  },
  { name: 'durable-tick', run: (quick) => (quick ? durableTickRows(1, 300, 0.05) : durableTickRows(8, Infinity, 1)) },
  { name: 'snapshot-pause', run: (quick) => snapshotPauseRows(quick ? 300 : 10_000, quick ? 1 : REPEATS) },
  { name: 'journal-volume', run: (quick) => journalVolumeRows(quick ? 3 : 300) },
  { name: 'http-order', run: httpOrderRows },
  { name: 'venue-ack', run: venueAckRows },
  { name: 'binary-order', run: binaryOrderRows },
  { name: 'binary', run: (quick) => binaryMicroRows(quick ? 20_000 : 2_000_000, quick ? 1 : REPEATS) },
];

function journalRows(quick: boolean): Row[] {
  const size = quick ? { process: 2_000, power: 100, read: 20_000 } : { process: 50_000, power: 1_000, read: 1_000_000 };
  const runs = Array.from({ length: quick ? 2 : REPEATS }, () => journalBench(size));
  const named = (part: string): JournalBenchRow[] => runs.flatMap((rows) => rows.filter((row) => row.name.startsWith(part)));
  const row = (part: string, field: 'p50Ns' | 'p99Ns', floorPart?: string): Row => {
    const rows = named(part);
    const floor = floorPart === undefined ? [] : named(floorPart);
    return {
      bench: 'journal',
      what: `${rows[0]?.name ?? part} ${field === 'p50Ns' ? 'p50' : 'p99'}`,
      ...spread(rows.map((one) => one[field])),
      unit: 'ns',
      ...(floor[0] === undefined ? {} : { floor: { what: floor[0].name, value: spread(floor.map((one) => one[field])).value } }),
      checksum: rows.reduce((sum, one) => sum + one.checksum, 0),
    };
  };
  return [
    row('process: append', 'p50Ns', 'process: bare'),
    row('process: append', 'p99Ns', 'process: bare'),
    row('memory: append', 'p50Ns'),
    row('power: append', 'p50Ns', 'power: bare'),
    row('power: append', 'p99Ns', 'power: bare'),
    row('read:', 'p50Ns'),
  ];
}

function codecRows(quick: boolean): Row[] {
  const runs = Array.from({ length: quick ? 2 : REPEATS }, () => codecBench(quick ? 5_000 : 500_000));
  return (runs[0] ?? []).map((first, index) => ({
    bench: 'codec',
    what: `${first.name} (${first.bytes} bytes)`,
    ...spread(runs.map((rows) => rows[index]?.nsPerOperation ?? Number.NaN)),
    unit: 'ns',
    checksum: runs.reduce((sum, rows) => sum + (rows[index]?.checksum ?? 0), 0),
  }));
}
