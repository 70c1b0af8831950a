/** An engine that is started again after months: the base of times is renewed, and what was before keeps its instants. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { stateHash } from '../../src/core/state-hash.js';
import { configHashOf, openDataDirectory, replayDirectory, type OpenedDirectory } from '../../src/main/data-directory.js';
import { RENEW_AFTER_NS } from '../../src/main/engine-time.js';
import { createSimEngine, DEFAULT_ACCOUNT, type SimEngine } from '../../src/main/sim-engine.js';
import { simulatedUniverse } from '../../src/main/simulated-venues.js';
import type { GraphSpec, NodeSpec } from '../../src/protocol/graph-spec.js';
import { EventType } from '../../src/protocol/events.js';
import { History } from '../../src/scheduler/history.js';
import { graphOf, plainNode } from '../model/world.js';

const SECOND = 1_000_000_000;
const DAY = 86_400 * SECOND;
const folder = mkdtempSync(join(tmpdir(), 'legwork-old-base-'));
after(() => rmSync(folder, { recursive: true }));

interface Opened {
  readonly sim: SimEngine;
  readonly directory: OpenedDirectory;
}

async function open(): Promise<Opened> {
  const history = new History(1);
  const configHash = configHashOf(simulatedUniverse, [DEFAULT_ACCOUNT]);
  const directory = await openDataDirectory({ directory: folder, durability: 'process', configHash, history });
  const { recovered, epoch, log } = directory;
  const sim = createSimEngine({
    clock: 'virtual', speed: 1, seed: 3, history, log, ...(recovered === null ? {} : { recovered: { ...recovered, epoch } }),
  });
  return { sim, directory };
}

async function close({ sim, directory }: Opened): Promise<void> {
  sim.close();
  await directory.close(sim.engine.scheduler.state);
}

const resting: NodeSpec['policy'] = { kind: 'sor', cooldownNs: SECOND, maxAttempts: 8, horizonNs: 400 * DAY };

const withId = (graphId: string, limitTicks: number): GraphSpec => ({ ...graphOf([{ ...plainNode, orderType: 'limit', limitTicks, quantity: { kind: 'fixed', lots: 100_000 }, policy: resting }], []), graphId });

const told = (sim: SimEngine): (readonly [number, bigint])[] =>
  sim.engine.history.events(0).map((event) => [event.seq, sim.engine.baseNs() + BigInt(event.tNs)] as const);

test('after 150 days the base is renewed: graphs, events and replays say the instants of before, and orders go on', async () => {
  let opened = await open();
  await opened.sim.advanceTo(2 * SECOND);
  for (const [id, ticks] of [['old', 3_000_000], ['young', 3_000_100]] as const) {
    const reply = await opened.sim.command({ kind: 'submit', graph: withId(id, ticks), bodyHash: id, repeatKey: '' });
    assert.ok(reply.ok, JSON.stringify(reply));
  }
  await opened.sim.advanceTo(4 * SECOND);
  const [created, events, firstBase] = [opened.sim.graph('old')['created_ns'], told(opened.sim), opened.sim.engine.baseNs()];
  assert.ok(events.length > 3);
  await close(opened);

  // Nothing happened for 70 days, then for 80.
  for (const [days, clamped] of [[70, false], [150, true]] as const) {
    const history = new History(1);
    const directory = await openDataDirectory({
      directory: folder, durability: 'process', configHash: configHashOf(simulatedUniverse, [DEFAULT_ACCOUNT]), history,
    });
    const base = BigInt(directory.recovered?.state.baseNs ?? '');
    directory.log.append({ type: EventType.timer, tNs: days * DAY - Number(base - firstBase) });
    directory.log.commit();
    await directory.leave();

    opened = await open();
    const { sim } = opened;
    await sim.advanceTo(sim.engine.nowNs() + 3 * SECOND);
    const now = sim.engine.baseNs() + BigInt(sim.engine.nowNs());
    assert.ok(now > firstBase + BigInt(days * DAY) && now < firstBase + BigInt((days + 1) * DAY), 'time went on');
    assert.equal(sim.engine.baseNs() > firstBase, clamped, 'an open graph holds the base back, 75 days at most');
    if (!clamped) assert.equal(sim.graph('old')['created_ns'], created);
    else assert.ok(sim.engine.nowNs() <= 77 * DAY && sim.graph('old')['created_ns'] === sim.engine.baseNs());
    assert.deepEqual(told(sim).slice(0, events.length), events, 'what was told says the same instants');
    assert.equal(sim.graph('old')['status'], 'active');
    const reply = await sim.command({ kind: 'submit', graph: withId(`d${days}`, 3_000_000), bodyHash: 'h', repeatKey: '' });
    assert.ok(reply.ok, JSON.stringify(reply));
    const hash = stateHash(sim.engine.scheduler.state);
    await close(opened);
    assert.equal(replayDirectory(folder, null, () => false, false).hash, hash, 'the journal replays over the new base');
  }
  assert.ok(150 * DAY > RENEW_AFTER_NS);

  opened = await open();
  assert.deepEqual(told(opened.sim).slice(0, events.length), events, 'and so after one more start, from a snapshot');
  const reply = await opened.sim.command({ kind: 'cancel_graph', graphId: 'old', flatten: false });
  assert.ok(reply.ok, JSON.stringify(reply));
  await opened.sim.advanceTo(opened.sim.engine.nowNs() + 3 * SECOND);
  assert.equal(opened.sim.graph('old')['status'], 'cancelled');
  await close(opened);
});
