/**
 * Longest stop of the engine's thread while a background snapshot of 10,000 open graphs is made: ticks are fed and
 * committed turn by turn, and the time between two turns is kept, from before the thread is asked until it has answered.
 *
 *   engine's thread   tick ▶ journal ▶ core ▶ commit ─┬─ tick ▶ … ▶ tick        the longest gap between two turns
 *   snapshot thread                                   └─ journal ▶ core ▶ bytes ▶ sync ▶ name
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { assert } from '../../src/base/assert.js';
import { configHashOf, openDataDirectory } from '../../src/main/data-directory.js';
import { History } from '../../src/scheduler/history.js';
import { BASE_NS, CoreFeeder, START_MID, universe } from '../support/core-feeder.js';
import { graphSpec, restingNode } from '../support/core-specs.js';
import { type Row, spread } from '../support/row.js';

/** Good until then: a day. */
const EXPIRES_AT_NS = BASE_NS + 86_400_000_000_000n;
/** Turns without a snapshot, before it. */
const QUIET_TURNS = 2_000;
const RECORDS_A_GRAPH = 3;

/** @param graphs open ones, each an order that rests */
export async function snapshotPauseRows(graphs: number, repeats: number): Promise<Row[]> {
  const quiet: number[] = [];
  const during: number[] = [];
  for (let i = 0; i < repeats; i++) {
    const stops = await measure(graphs);
    quiet.push(stops.quietMs);
    during.push(stops.duringMs);
  }
  const row = { bench: 'snapshot-pause', unit: 'ms', checksum: graphs * repeats };
  return [{
    ...row, what: `longest stop of the engine's thread while ${graphs.toLocaleString('en-US')} open graphs are snapshotted`,
    ...spread(during), floor: { what: 'the same turns without a snapshot', value: spread(quiet).value },
  }];
}

async function measure(graphs: number): Promise<{ quietMs: number; duringMs: number }> {
  const directory = mkdtempSync(join(tmpdir(), 'legwork-bench-pause-'));
  const failures: string[] = [];
  const opened = await openDataDirectory({
    directory, durability: 'process', configHash: configHashOf(universe, ['bench']), history: new History(1),
    snapshotEvery: RECORDS_A_GRAPH * graphs + 2 * QUIET_TURNS, snapshotFailed: (why) => failures.push(why),
  });
  try {
    const feeder = new CoreFeeder(opened.log);
    for (let i = 0; i < graphs; i++) {
      feeder.submit(graphSpec(`g${i}`, [restingNode('order', START_MID - 2_000, EXPIRES_AT_NS, true)], []), START_MID);
      feeder.ack(feeder.takePlaced(), START_MID);
      opened.log.commit();
    }
    assert(feeder.state.open.size === graphs, 'all are open');
    const turns = async (until: () => boolean): Promise<number> => {
      let longest = 0;
      for (let last = performance.now(); !until();) {
        feeder.tick(START_MID - (feeder.tNs++ & 7));
        opened.log.commit();
        await nextTurn();
        const now = performance.now();
        longest = Math.max(longest, now - last);
        last = now;
      }
      return longest;
    };
    let left = QUIET_TURNS;
    const quietMs = await turns(() => left-- === 0);
    assert(opened.log.health().made === 0, 'no snapshot was made before');
    const duringMs = await turns(() => opened.log.health().made + failures.length > 0);
    assert(failures.length === 0, failures.join('; '));
    return { quietMs, duringMs };
  } finally {
    await opened.leave();
    rmSync(directory, { recursive: true, force: true });
  }
}
