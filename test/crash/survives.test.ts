/** What must come back with the journal alone: kill switch, idempotency answers, account sequence, timers, readiness. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { must } from '../../src/base/assert.js';
import type { NodeRun } from '../../src/core/state.js';
import { openRemoteEngine, type RemoteEngine, type RemoteEngineOptions } from '../../src/main/remote-engine.js';
import type { Command, Reply } from '../../src/protocol/commands.js';
import type { QueryReply } from '../../src/protocol/engine-port.js';
import { buildUniverse } from '../../src/venues/sim/universe.js';
import { graphOf, MS, noRisk, plainNode } from '../model/world.js';
import { startVenues } from './campaign.js';
import { isOpen } from '../../src/core/graph/graph-index.js';

function open(folder: string, socket = 'venue.sock', more: Partial<RemoteEngineOptions> = {}): Promise<RemoteEngine> {
  return openRemoteEngine({
    ...more,
    directory: join(folder, 'data'), socketPath: join(folder, socket), universe: buildUniverse(), accounts: ['default'],
    durability: 'process', segmentBytes: 1024 * 1024, seed: 1,
  });
}

/** Works until it holds; fails after a minute. */
async function until(remote: RemoteEngine, what: string, holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!holds()) {
    assert.ok(Date.now() < deadline, `waited in vain for: ${what}`);
    remote.engine.catchUp();
    await nextTurn();
  }
}

async function tell(remote: RemoteEngine, command: Command): Promise<Reply> {
  let reply: Reply | null = null;
  remote.engine.command(0, command, (answer) => {
    reply = answer;
  });
  await until(remote, `the answer to ${command.kind}`, () => reply !== null);
  return reply as unknown as Reply;
}

function health(remote: RemoteEngine): boolean {
  let ready: unknown;
  remote.engine.query(0, { kind: 'health' }, (reply: QueryReply) => {
    if (reply.ok) ready = (reply.body as { ready: unknown }).ready;
  });
  return ready === true;
}

const submit = (graphId: string, slices: number): Command => ({
  kind: 'submit', bodyHash: `h-${graphId}`, repeatKey: '',
  graph: {
    ...graphOf([{
      ...plainNode, quantity: { kind: 'fixed', lots: 40_000 },
      pacing: slices === 0 ? null : { slices, intervalNs: 40 * MS, carry: 'next' },
    }], []),
    graphId,
  },
});

async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'legwork-survives-'));
  const venues = await startVenues(folder, 5);
  try {
    await work(folder);
  } finally {
    venues.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

test('kill switch, first answers and sequence come back; nothing is sent while the switch is on', () => withFolder(async (folder) => {
  let remote = await open(folder);
  assert.equal(health(remote), false, 'not ready before a venue spoke');
  await until(remote, 'readiness', () => health(remote));
  const first = await tell(remote, submit('a', 0));
  await until(remote, 'the fill', () => remote.engine.scheduler.state.graphs.get('a')?.status === 'completed');
  const scope = { kind: 'account', accountId: 0 } as const;
  await tell(remote, { kind: 'kill', scope, reason: 'drill', cancelOpen: false, allowExits: false });
  const seq = remote.engine.scheduler.state.accounts[0]?.seq;
  const children = remote.engine.scheduler.state.children.size;
  await remote.close();

  remote = await open(folder);
  assert.equal(health(remote), false, 'not ready before a venue spoke again');
  const { state } = remote.engine.scheduler;
  assert.equal(state.accounts[0]?.seq, seq);
  assert.equal(state.kills[0]?.reason, 'drill');
  await until(remote, 'readiness', () => health(remote));
  const again = await tell(remote, submit('a', 0));
  assert.ok(first.ok && again.ok && again.body.kind === 'submitted' && again.body.repeated, JSON.stringify(again));
  const refused = await tell(remote, submit('b', 0));
  assert.equal(refused.ok, false, JSON.stringify(refused));
  assert.equal(state.children.size, children, 'no order left');
  await tell(remote, { kind: 'kill_clear', scope });
  const taken = await tell(remote, submit('b', 0));
  assert.equal(taken.ok, true, JSON.stringify(taken));
  await remote.close();
}));

test('slices that fell due while nobody ran act in their order once the venues are reconciled', () => withFolder(async (folder) => {
  let remote = await open(folder);
  await until(remote, 'readiness', () => health(remote));
  assert.equal((await tell(remote, submit('sliced', 5))).ok, true);
  await until(remote, 'a first fill', () => (remote.engine.scheduler.state.graphs.get('sliced')?.nodes[0]?.filled ?? 0) > 0);
  await remote.close();
  remote = await open(folder);
  const graph = remote.engine.scheduler.state.graphs.get('sliced');
  assert.ok(graph !== undefined && graph.status !== 'completed');
  const before = graph.nodes[0]?.filled ?? 0;
  const { state } = remote.engine.scheduler;
  await until(remote, 'the end of the order', () => !isOpen(state, 'sliced')).catch((error: unknown) => {
    const nodes = graph.nodes.map((node) => `${node.nodeId} ${node.status} ${node.filled} of ${node.planLots} live ${node.run?.live}`);
    throw new Error(`${String(error)}: ${graph.status}, paused by ${graph.pausedBy}; ${nodes.join('; ')}`);
  });
  const started = graph.nodes.filter((node) => node.container !== null).map((node) => node.run?.activatedAtNs ?? -1);
  const acted = started.filter((atNs) => atNs >= 0);
  assert.deepEqual(acted, [...acted].sort((a, b) => a - b));
  // What was due but had no time left is expired and said, never caught up beyond twice a slice (semantics, pacing).
  const filled = graph.nodes[0]?.filled ?? 0;
  assert.ok(filled >= before && filled <= 40_000, `${before} then ${filled}`);
  const live = remote.engine.scheduler.state.venues.reduce((sum, venue) => sum + venue.live.length, 0);
  assert.equal(live, 0);
  await remote.close();
}));

/** A market order, or one that rests far below the market, at one venue. */
function at(graphId: string, venue: number, limitTicks: number | null): Command {
  const price = limitTicks === null ? {} : ({ orderType: 'limit', limitTicks } as const);
  const node = { ...plainNode, quantity: { kind: 'fixed', lots: 40_000 }, venues: [venue], pinned: true, ...price } as const;
  return { kind: 'submit', bodyHash: `h-${graphId}`, repeatKey: '', graph: { ...graphOf([node], []), graphId, risk: pausing } };
}

const pausing = { ...noRisk, failure: { ...noRisk.failure, onDisconnect: 'pause_graph' } } as const;

test('a venue that can not be reached keeps only its own graphs waiting', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'legwork-survives-'));
  let venues = await startVenues(folder, 5);
  const restart = async (more: readonly string[]): Promise<void> => {
    venues.kill('SIGKILL');
    rmSync(join(folder, 'venue.sock'), { force: true });
    venues = await startVenues(folder, 6, more);
  };
  let remote = await open(folder);
  try {
    const kraken = remote.engine.universe.venues.findIndex((venue) => venue.name === 'kraken');
    await until(remote, 'readiness', () => health(remote));
    assert.equal((await tell(remote, at('waits', kraken, 5_500_000))).ok, true);
    const runOf = (of: RemoteEngine): NodeRun | null | undefined => of.engine.scheduler.state.graphs.get('waits')?.nodes[0]?.run;
    await until(remote, 'its order at the venue', () => runOf(remote)?.acked === 1);
    await remote.close();
    await restart(['--absent', 'kraken']);
    remote = await open(folder);
    const { state } = remote.engine.scheduler;
    const isBack = (venue: number): boolean => state.venues[venue]?.connected === 1 && state.venues[venue].reconciled === 1;
    await until(remote, 'the others', () => state.venues.every((_, venue) => venue === kraken || isBack(venue)));
    assert.equal(health(remote), false, 'kraken may still come');
    assert.equal((await tell(remote, at('goes', 0, null))).ok, true);
    await until(remote, 'the graph of a venue that is there', () => state.graphs.get('goes')?.status === 'completed');
    await until(remote, 'readiness without it', () => health(remote));
    assert.equal(isBack(kraken), false);
    assert.equal(state.graphs.get('waits')?.status, 'paused');
    assert.equal(runOf(remote)?.childCount, 1, 'nothing was sent anew');
    // It comes back without the order (a simulated venue keeps none over its end): that is learned, then it goes on.
    await restart([]);
    await until(remote, 'kraken', () => isBack(kraken));
    await until(remote, 'the order sent anew', () => runOf(remote)?.childCount === 2 && runOf(remote)?.children[1]?.state === 'live');
    assert.equal(state.graphs.get('waits')?.status, 'active');
  } finally {
    await remote.close();
    venues.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
});

test('orders that nobody here knows are told, and by configuration left alone or cancelled', () => withFolder(async (folder) => {
  const ended = (): boolean => readFileSync(join(folder, 'ledger.jsonl'), 'utf8').includes('"what":"end"');
  let remote = await open(folder);
  await until(remote, 'readiness', () => health(remote));
  const node = { ...plainNode, orderType: 'limit', limitTicks: 5_500_000, quantity: { kind: 'fixed', lots: 40_000 } } as const;
  const spec = { ...graphOf([node], []), graphId: 'rests' };
  assert.equal((await tell(remote, { kind: 'submit', graph: spec, bodyHash: 'h', repeatKey: '' })).ok, true);
  await until(remote, 'the order at its venue', () => (remote.engine.scheduler.state.graphs.get('rests')?.nodes[0]?.run?.acked ?? 0) === 1);
  await remote.close();
  rmSync(join(folder, 'data'), { recursive: true });
  for (const unknownOrders of ['keep', 'cancel'] as const) {
    const alerts: string[] = [];
    remote = await open(folder, 'venue.sock', { unknownOrders });
    remote.engine.onAlert(({ code, text }) => alerts.push(`${code} ${text}`));
    await until(remote, 'readiness', () => health(remote));
    assert.match(alerts.join('; '), unknownOrders === 'keep' ? /ORDER_NOBODY_KNOWS .*left alone/ : /ORDER_NOBODY_KNOWS .*cancelled/);
    if (unknownOrders === 'cancel') await until(remote, 'the end of the order', ended);
    else assert.equal(ended(), false);
    await remote.close();
  }
}));

test('an engine without its venues takes no part in trading and is not ready', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'legwork-survives-'));
  const remote = await open(folder, 'nobody.sock');
  try {
    for (let i = 0; i < 50; i++) {
      remote.engine.catchUp();
      await nextTurn();
    }
    assert.equal(health(remote), false);
  } finally {
    await remote.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

test('the venue process and the engine end with whoever started them, also when that one is killed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'legwork-orphans-'));
  const parent = spawn(process.execPath, ['dist/test/crash/orphan-parent.js', folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  const gone = once(parent, 'exit');
  const [said] = (await once(must(parent.stdout, 'output'), 'data')) as [Buffer];
  const pids = String(said).trim().split(' ').map(Number);
  assert.equal(pids.length, 2);
  parent.kill('SIGKILL');
  await gone;
  const deadline = Date.now() + 60_000;
  while (pids.some(lives) && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(pids.filter(lives), []);
  rmSync(folder, { recursive: true, force: true });
});

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
