/**
 * Recovery of an engine's directory, and its replay with verification. The journal is the core's mix (bench/micro/core:
 * 70 % ticks, 20 % reports, 5 % timers, 5 % submits, looks at the books on top) with 1,000 open graphs:
 *
 *   segments on disk ──▶ cursor (crc, links) ──▶ decoder ──▶ core ──▶ history
 *
 * Time on the clock, from the call to where the first event could be taken; best on a quiet machine.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert } from '../../src/base/assert.js';
import { encodeState } from '../../src/core/codec.js';
import { stateHash } from '../../src/core/state-hash.js';
import type { CoreState } from '../../src/core/state.js';
import { EngineJournal } from '../../src/journal/engine-journal.js';
import { MAX_CHUNK_BYTES } from '../../src/journal/snapshot.js';
import { configHashOf, journalPath, openDataDirectory, replayDirectory } from '../../src/main/data-directory.js';
import { History } from '../../src/scheduler/history.js';
import { Mix } from '../micro/core.js';
import { universe } from '../support/core-feeder.js';
import { type Row, spread } from '../support/row.js';

export interface RecoverySize {
  /** Units of 20 events and the looks that they ask for. */
  readonly units: number;
  /** Of them, those behind the snapshot. */
  readonly tailUnits: number;
  readonly repeats: number;
}

const configHash = configHashOf(universe, ['bench']);
const GROUP = 64;

/** A journal of the mix; a snapshot before the last `tailUnits`, none for 0. @returns records, hash of the state */
async function record(directory: string, units: number, tailUnits: number): Promise<{ records: number; hash: string }> {
  const journal = new EngineJournal({ directory: journalPath(directory), durability: 'process', configHash, nowMs: 0 });
  assert(journal.replay(() => undefined) === 0, 'a new journal');
  const log = journal.start();
  let grouped = 0;
  const mix = new Mix({
    append: (event) => {
      const sequence = log.append(event);
      if (++grouped % GROUP === 0) log.commit();
      return sequence;
    },
    commit: () => log.commit(),
  });
  mix.prepare(units);
  for (let unit = 0; unit < units; unit++) {
    if (tailUnits > 0 && unit === units - tailUnits) await snapshot(journal, mix.feeder.state);
    mix.step();
  }
  log.commit();
  const records = log.acknowledged;
  await journal.close();
  return { records, hash: stateHash(mix.feeder.state) };
}

async function snapshot(journal: EngineJournal, state: CoreState): Promise<void> {
  const writer = journal.beginSnapshot();
  assert(writer !== undefined, 'nothing is being published');
  const bytes = encodeState(state);
  for (let at = 0; at < bytes.length; at += MAX_CHUNK_BYTES) {
    const chunk = bytes.subarray(at, at + MAX_CHUNK_BYTES);
    writer.write(chunk, chunk.length);
  }
  await journal.publish(writer);
}

interface Measured {
  readonly seconds: number;
  readonly records: number;
}

/** A start of the engine on the directory up to where its first event could be taken; it is left as it was killed. */
async function open(directory: string, hash: string): Promise<Measured> {
  const started = performance.now();
  const opened = await openDataDirectory({
    directory, durability: 'process', configHash, history: new History(1), snapshotEvery: Number.MAX_SAFE_INTEGER,
  });
  const seconds = (performance.now() - started) / 1e3;
  assert(opened.recovered !== null && stateHash(opened.recovered.state) === hash, 'the state is the recorded one');
  await opened.leave();
  return { seconds, records: opened.events };
}

function verify(directory: string, hash: string): Measured {
  const started = performance.now();
  const replayed = replayDirectory(directory, null, () => false, false);
  const seconds = (performance.now() - started) / 1e3;
  assert(replayed.hash === hash, 'the state is the recorded one');
  return { seconds, records: replayed.events };
}

export async function recoveryRows(size: RecoverySize): Promise<Row[]> {
  const root = mkdtempSync(join(tmpdir(), 'legwork-bench-recovery-'));
  try {
    const whole = join(root, 'whole');
    const short = join(root, 'short');
    const all = await record(whole, size.units, 0);
    const tail = await record(short, 2 * size.tailUnits, size.tailUnits);
    const opens: Measured[] = [];
    const quick: Measured[] = [];
    const replays: Measured[] = [];
    for (let i = 0; i < size.repeats; i++) {
      replays.push(verify(whole, all.hash));
      opens.push(await open(whole, all.hash));
      quick.push(await open(short, tail.hash));
    }
    const row = (what: string, unit: string, values: readonly number[], records: number): Row => ({
      bench: 'recovery', what, ...spread(values), unit, checksum: records,
    });
    const seconds = (runs: readonly Measured[]): number[] => runs.map((run) => run.seconds);
    const count = (records: number): string => records.toLocaleString('en-US');
    return [
      row(`verified replay of ${count(all.records)} records`, 'records/s', replays.map((run) => run.records / run.seconds), all.records),
      row(`start on ${count(all.records)} records without a snapshot`, 's', seconds(opens), all.records),
      row(`start on a snapshot and ${count(quick[0]?.records ?? 0)} records`, 's', seconds(quick), tail.records),
    ];
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
