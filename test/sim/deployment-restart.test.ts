/**
 * What modules did is in the journal: replaying it needs no module, and the same modules do the same again. After a crash
 * deployments and modules of graphs go on, with their positions, and orders of the run before are cancelled.
 */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, test } from 'node:test';
import { stateHash } from '../../src/core/state-hash.js';
import { configHashOf, openDataDirectory, replayDirectory, type OpenedDirectory } from '../../src/main/data-directory.js';
import { createSimEngine, DEFAULT_ACCOUNT, type SimEngine } from '../../src/main/sim-engine.js';
import { simulatedUniverse } from '../../src/main/simulated-venues.js';
import type { DeploymentDone } from '../../src/protocol/deployment-port.js';
import { EventType, type EngineEvent } from '../../src/protocol/events.js';
import { RecordedEvents } from '../../src/scheduler/event-log.js';
import { History } from '../../src/scheduler/history.js';
import { graphOf, plainNode } from '../model/world.js';
import { isOpen } from '../../src/core/graph/graph-index.js';

const SECOND = 1_000_000_000;
const folder = mkdtempSync(join(tmpdir(), 'legwork-deployments-'));
after(() => rmSync(folder, { recursive: true }));

interface Opened {
  readonly sim: SimEngine;
  readonly directory: OpenedDirectory;
}

async function open(path: string): Promise<Opened> {
  const history = new History(1);
  const directory = await openDataDirectory({
    directory: path, durability: 'process', configHash: configHashOf(simulatedUniverse, [DEFAULT_ACCOUNT]), history,
  });
  const { recovered, epoch, log } = directory;
  const sim = createSimEngine({
    clock: 'virtual', speed: 1, seed: 3, history, log, deploymentsFolder: join(path, 'deployments'),
    ...(recovered === null ? {} : { recovered: { ...recovered, epoch } }),
  });
  return { sim, directory };
}

function good<T>(run: (done: DeploymentDone) => void): Promise<T> {
  return new Promise((resolve) => run((reply) => {
    assert.ok(reply.ok, JSON.stringify(reply));
    resolve(reply.body as T);
  }));
}

const pass = (sim: SimEngine, seconds: number): Promise<void> => sim.advanceTo(sim.engine.nowNs() + seconds * SECOND);

interface View { readonly deployment_id: string; readonly status: string; readonly hash: string }
interface Metrics { readonly fills: number; readonly open_orders: number; readonly runs: number; readonly instances: readonly { readonly positions_1e8: readonly { readonly qty_1e8: number }[] }[] }

const graph = graphOf([{
  ...plainNode, quantity: { kind: 'fixed', lots: 20_000_000 }, policy: { kind: 'wasm_algo', algo: 'iceberg', venues: [0], labels: [], configJson: '[1,2000000000,1000000]' },
}], []);

/** A maker as a deployment and an iceberg in a graph, at work for some seconds. */
async function work(sim: SimEngine): Promise<string> {
  await pass(sim, 2);
  const wasm = readFileSync('dist/algos/maker.wasm');
  const { deployment_id: id } = await good<View>((done) => sim.deployments.upload(0, {
    name: 'mm', wasm, symbols: ['BTC-USD'], startImmediately: true, venues: ['binance'], labels: null, configJson: '[1000000,0,10000000,2,1]',
  }, done));
  assert.ok((await sim.command({ kind: 'submit', graph, bodyHash: 'h', repeatKey: '' })).ok);
  await pass(sim, 8);
  return id;
}

const position = ({ instances }: Metrics): number => instances[0]?.positions_1e8[0]?.qty_1e8 ?? NaN;
const ordersOfGraph = (sim: SimEngine): number => (sim.graph('g') as { nodes: Record<string, { children: unknown[] }> }).nodes['n0']?.children.length ?? 0;

test('after a crash deployments go on with their positions; a replay of the journal needs no module', async () => {
  const live = join(folder, 'live');
  const before = await open(live);
  const id = await work(before.sim);
  const was = await good<Metrics>((done) => before.sim.deployments.metrics(0, id, done));
  assert.ok(was.fills > 0 && was.open_orders > 0, JSON.stringify(was));
  // What a kill leaves: everything handed to the system, and a lock of a process that is gone.
  const crashed = join(folder, 'crashed');
  cpSync(live, crashed, { recursive: true, filter: (path) => !basename(path).startsWith('lock') });
  const hash = stateHash(before.sim.engine.scheduler.state);
  assert.equal(replayDirectory(crashed, null, () => false, false).hash, hash, 'the replay knows no module');
  const ordersBefore = ordersOfGraph(before.sim);
  before.sim.close();
  await before.directory.close(before.sim.engine.scheduler.state);

  const { sim, directory } = await open(crashed);
  const [back] = (await good<{ deployments: View[] }>((done) => sim.deployments.list(0, done))).deployments;
  assert.deepEqual([back?.deployment_id, back?.status], [id, 'running']);
  assert.equal(sim.algos.running, 1, 'the module of the graph goes on');
  const old = [...sim.engine.scheduler.state.open.values()].filter(({ graphId }) => graphId.startsWith(`${id}-1-`)).map(({ graphId }) => graphId);
  assert.ok(old.length > 0, 'orders were open');
  await pass(sim, 6);
  for (const graphId of old) assert.ok(!isOpen(sim.engine.scheduler.state, graphId), `${graphId} is cancelled`);
  const now = await good<Metrics>((done) => sim.deployments.metrics(0, id, done));
  assert.ok(now.open_orders > 0 && now.runs === 2, 'it quotes again');
  const traded = sim.engine.history.fills(0).filter((event) => event.graphId.startsWith(`${id}-`))
    .reduce((sum, event) => sum + Number((event.data as { qty_1e8: number }).qty_1e8) * ((event.data as { side: string }).side === 'sell' ? -1 : 1), 0);
  assert.equal(position(now), traded, 'the position is that of all its fills, before and after');
  assert.ok(Number.isFinite(position(was)));
  assert.ok(ordersOfGraph(sim) > ordersBefore, 'the graph\'s module trades on');
  sim.close();
  await directory.close(sim.engine.scheduler.state);
});

test('the same modules on the same market do the same again, action by action', async () => {
  const algoEvents = (events: readonly EngineEvent[]): EngineEvent[] =>
    events.filter((event) => event.type === EventType.algoAction || event.type === EventType.algoEnded || event.type === EventType.command);
  const runs: EngineEvent[][] = [];
  for (let i = 0; i < 2; i++) {
    const log = new RecordedEvents();
    const sim = createSimEngine({ clock: 'virtual', speed: 1, seed: 4, log });
    await work(sim);
    // Books alone call a module, not prints: long enough for fills, and what it does after them.
    await pass(sim, 16);
    sim.close();
    runs.push(algoEvents(log.events));
  }
  assert.ok((runs[0]?.length ?? 0) > 8, `${runs[0]?.length} events of modules`);
  assert.deepEqual(runs[1], runs[0]);
});
