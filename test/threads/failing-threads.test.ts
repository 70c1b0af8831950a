/** Threads that throw or hang: the engine ends with the reason and a whole journal, or says so and obeys the kill switch. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { replayDirectory } from '../../src/main/data-directory.js';
import type { KillScope, Reply } from '../../src/protocol/commands.js';
import { DRILL_THROW } from './drill.js';
import { Drill, counter, eventually, pricesEverywhere, status, threadsRig, type ThreadsRig } from './support.js';

const resting = { symbol: 'BTC-USD', side: 'buy', qty: 0.01, order_type: 'limit', price: 30_000, venue: 'binance', graph_id: 'resting' };
const kill = { kind: 'kill', scope: { kind: 'account', accountId: 0 }, reason: 'test', cancelOpen: true, allowExits: true } as const;

/** Far more than a thread is silent for on a busy machine. */
const STUCK_AFTER_MS = 5_000;

async function inDirectory(test: (directory: string) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'legwork-threads-'));
  try {
    await test(directory);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function journaled(directory: string, graphId: string): boolean {
  const { state } = replayDirectory(directory, () => undefined, () => false, false);
  return [...state.graphs.values()].some((graph) => graph.graphId === graphId);
}

async function restingOrder(rig: ThreadsRig, changes: Record<string, unknown> = {}, accountId = 0): Promise<void> {
  const before = counter(rig.engine, 'orders_sent');
  const reply = await rig.submit({ ...resting, ...changes }, accountId);
  assert.ok(reply.ok, JSON.stringify(reply));
  await eventually('the order is sent', () => counter(rig.engine, 'orders_sent') === before + 1);
}

/** From the smallest to the largest; each covers one resting order more than those before it. */
const scopes: readonly KillScope[] = [
  { kind: 'graph', accountId: 0, graphId: 'resting' }, { kind: 'venue', accountId: 0, venue: 0 }, kill.scope, { kind: 'global' },
];

/** An order of the engine lies in the ring of the hanging venues' thread. Prices age meanwhile: on a slow machine it takes tries. */
async function orderIntoHangingThread(rig: ThreadsRig, drill: Drill): Promise<void> {
  for (let i = 0; i < 10; i++) {
    await drill.hang();
    const graphId = `late-${i}`;
    const reply = await rig.submit({ symbol: 'ETH-USD', side: 'buy', qty: 0.5, graph_id: graphId });
    const graph = await rig.ask({ kind: 'graph', graphId }) as { nodes: { order: { children: unknown[] } } };
    if (reply.ok && graph.nodes.order.children.length > 0) return;
    drill.end();
    await eventually('prices are fresh again', () => pricesEverywhere(rig.engine));
  }
  assert.fail('no order was decided while prices were fresh');
}

for (const thread of ['engine', 'venues']) {
  test(`the thread "${thread}" throws: the engine ends with the reason, everybody is answered, the journal is whole`, () => inDirectory(async (directory) => {
    const drill = new Drill(thread);
    const rig = await threadsRig({ besides: [drill.besides], dataDir: directory });
    await restingOrder(rig);
    drill.order(DRILL_THROW);
    const failure = await rig.failure;
    assert.equal(failure.message, `thread ${thread} failed: the drill says so`);
    assert.equal(failure.exitCode, 70);
    const late: Reply = await rig.command({ kind: 'cancel_graph', graphId: 'resting', flatten: false });
    assert.equal(late.ok, false);
    assert.ok(rig.engine.threads().every(({ state }) => state === 'closed' || state === 'failed'), JSON.stringify(rig.engine.threads()));
    assert.equal(failure.cancelled, thread === 'engine' ? 1 : 0, 'threads of venues that still work cancel what opens exposure');
    assert.ok(journaled(directory, 'resting'));
  }));
}

test('the engine thread hangs: reported, questions refused, kill switches of every scope cancel at the venues; later it is back', async () => {
  const drill = new Drill('engine');
  const rig = await threadsRig({ besides: [drill.besides], stuckAfterMs: STUCK_AFTER_MS, accounts: ['main', 'other'] });
  try {
    await restingOrder(rig);
    await restingOrder(rig, { graph_id: 'same-venue' });
    await restingOrder(rig, { graph_id: 'other-venue', venue: 'coinbase' });
    await restingOrder(rig, {}, 1);
    await drill.hang();
    for (const [i, scope] of scopes.entries()) {
      const reply = await rig.command({ ...kill, scope });
      assert.ok(reply.ok && reply.warnings[0]?.code === 'ENFORCED_AT_VENUES', JSON.stringify(reply));
      await eventually(`${scope.kind}: cancelled by the thread of the venues`, () => counter(rig.engine, 'orders_cancelled_by_switch') === i + 1);
    }
    await eventually('the watchdog sees it', () => rig.engine.threads().some(({ name, stuck }) => name === 'engine' && stuck));
    await eventually('logged', () => rig.logged.some((line) => /thread engine is stuck: no sign of life for \d+ ms/.test(line)));
    await assert.rejects(rig.ask({ kind: 'graph', graphId: 'resting' }), /SERVICE_UNAVAILABLE.*engine thread has not answered/);
    const health = await rig.ask({ kind: 'health' }) as { ready: boolean };
    assert.equal(health.ready, false);
    drill.end();
    await eventually('back', () => rig.logged.includes('thread engine is back'));
    for (const graphId of ['resting', 'same-venue', 'other-venue']) {
      await eventually('the order is cancelled', async () => /cancelled|paused/.test(status(await rig.ask({ kind: 'graph', graphId }))));
    }
    const active = await rig.ask({ kind: 'kill_switch' }) as { active: unknown[] };
    assert.equal(active.active.length, scopes.length, 'the switches themselves arrived, too');
    const refused = await rig.submit({ ...resting, graph_id: 'after' });
    assert.equal(refused.ok, false);
  } finally {
    drill.end();
    await rig.engine.stop();
  }
});

test('the thread of the venues hangs with an order in its ring: after the kill switch the order is never sent', async () => {
  const drill = new Drill('venues');
  const rig = await threadsRig({ besides: [drill.besides], stuckAfterMs: STUCK_AFTER_MS });
  try {
    await orderIntoHangingThread(rig, drill);
    const killed = await rig.command(kill);
    assert.ok(killed.ok && killed.warnings.length === 0, 'the engine thread works and answers itself');
    await eventually('the watchdog sees it', () => rig.engine.threads().some(({ name, stuck }) => name === 'venues' && stuck));
    drill.end();
    await eventually('kept back', () => counter(rig.engine, 'orders_halted') >= 1);
    assert.equal(counter(rig.engine, 'orders_sent'), 0);
    const cleared = await rig.command({ kind: 'kill_clear', scope: kill.scope });
    assert.ok(cleared.ok);
    const again = await rig.submit({ symbol: 'ETH-USD', side: 'buy', qty: 0.5, graph_id: 'again' });
    assert.ok(again.ok, JSON.stringify(again));
    await eventually('sent again', () => counter(rig.engine, 'orders_sent') === 1);
  } finally {
    drill.end();
    await rig.engine.stop();
  }
});

test('shutdown: every thread ends by itself, open work is told, the journal brings it back', () => inDirectory(async (directory) => {
  const rig = await threadsRig({ dataDir: directory, venueThreads: 2 });
  const reply = await rig.submit(resting);
  assert.ok(reply.ok);
  const open = await rig.engine.stop();
  assert.match(open.join('\n'), /open work: 1 graphs\n {2}resting/);
  assert.deepEqual(rig.engine.threads().map(({ state }) => state), ['closed', 'closed', 'closed', 'closed']);
  assert.deepEqual(rig.logged, []);
  const second = await threadsRig({ dataDir: directory });
  assert.equal(second.engine.journal?.epoch, 2);
  const graph = await second.ask({ kind: 'graph', graphId: 'resting' });
  assert.equal((graph as { graph_id: string }).graph_id, 'resting');
  await second.engine.stop();
}));

test('a kill switch of an earlier life is on the board before the venues’ threads start; one cleared while the engine hung comes off', () => inDirectory(async (directory) => {
  const first = await threadsRig({ dataDir: directory, market: 'quiet' });
  assert.ok((await first.command(kill)).ok);
  await first.engine.stop();
  const drill = new Drill('engine');
  const second = await threadsRig({ dataDir: directory, market: 'quiet', besides: [drill.besides], stuckAfterMs: STUCK_AFTER_MS });
  try {
    assert.equal(covered(second), 4, 'every venue, for the account');
    await drill.hang();
    const cleared = await second.command({ kind: 'kill_clear', scope: kill.scope });
    assert.equal(cleared.ok, false, 'its fate is not known');
    assert.equal(covered(second), 4);
    drill.end();
    await eventually('taken off once the engine has cleared it', () => covered(second) === 0);
  } finally {
    drill.end();
    await second.engine.stop();
  }
}));

function covered(rig: ThreadsRig): number {
  return Number(/^legwork_kill_board_covered (\d+)$/m.exec(rig.engine.port.metricsText())?.[1]);
}

test('kill -9 of the process: whatever was answered is in the journal, and the next engine goes on from it', () => inDirectory(async (directory) => {
  const child = spawn(process.execPath, [fileURLToPath(new URL('./engine-process.js', import.meta.url)), directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  let told = '';
  child.stdout.on('data', (chunk: Buffer) => {
    told += chunk.toString();
  });
  await eventually('fifty orders', () => told.split('\n').length > 50);
  child.kill('SIGKILL');
  await once(child, 'close');
  const accepted = told.split('\n').slice(0, -1);
  const rig = await threadsRig({ dataDir: directory });
  for (const graphId of accepted) assert.equal((await rig.ask({ kind: 'graph', graphId }) as { graph_id: string }).graph_id, graphId);
  assert.equal(rig.engine.journal?.epoch, 2);
  await rig.engine.stop();
}));
