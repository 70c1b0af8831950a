/** Modules on guest threads in the running engine, wall clock: they trade, one's runaway restarts its siblings, others don't notice. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { SimEngine } from '../../src/main/sim-engine.js';
import type { DeploymentDone, DeploymentEvent, DeploymentReply, DeploymentUpload } from '../../src/protocol/deployment-port.js';
import { graphOf, plainNode } from '../model/world.js';
import { replayTape } from '../../src/algo/tape/replay-tape.js';
import { admitted } from '../algo/support.js';
import { BR0, END, i32, LOOP, onBook } from '../algo/guest-builder.js';

const folder = mkdtempSync(join(tmpdir(), 'legwork-guests-'));
const sim = new SimEngine({
  clock: 'wall', deploymentsFolder: folder, speed: 20, seed: 3, log: null, accounts: ['default', 'other'],
  // Fuel that lasts longer than the watchdog, which waits longer than in production: an innocent thread may wait for a core.
  guestThreads: { fuel: 2 ** 30 - 1, watchdogMs: 400 },
});
sim.run();
after(() => {
  sim.close();
  rmSync(folder, { recursive: true });
});
const { deployments } = sim;
const heard: DeploymentEvent[] = [];
deployments.onEvent((event) => void heard.push(event));

function answer(run: (done: DeploymentDone) => void): Promise<DeploymentReply> {
  return new Promise((resolve) => run(resolve));
}
async function good<T>(run: (done: DeploymentDone) => void): Promise<T> {
  const reply = await answer(run);
  assert.ok(reply.ok, JSON.stringify(reply));
  return reply.body as T;
}
async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await condition())) {
    assert.ok(Date.now() < deadline, `waited 60 s for ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
const upload = (name: string, wasm: Uint8Array, extra: Partial<DeploymentUpload> = {}): DeploymentUpload => ({
  name, wasm, symbols: ['BTC-USD'], startImmediately: true, venues: ['binance'], labels: null, configJson: null, ...extra,
});
interface View { deployment_id: string; status: string; pause_reason?: string }
interface Metrics { fills: number; open_orders: number; restarts: number; instances: { callbacks: number; positions_1e8: { qty_1e8: number }[] }[] }
const metrics = (account: number, id: string): Promise<Metrics> => good<Metrics>((done) => deployments.metrics(account, id, done));
const maker = readFileSync('dist/algos/maker.wasm');
const makerConfig = '[1000000,0,10000000,2,1]';

test('a graph\'s module trades its node from a guest thread', async () => {
  await until('fresh books', () => sim.engine.books.books(0, 1).some(({ fresh }) => fresh));
  const graph = graphOf([{
    ...plainNode, quantity: { kind: 'fixed', lots: 100_000 }, policy: { kind: 'wasm_algo', algo: 'sniper', venues: [0], labels: [], configJson: '{}' },
  }], []);
  // Refused until the venue is reconciled.
  await until('the graph to be taken', async () => (await sim.command({ kind: 'submit', graph, bodyHash: 'h', repeatKey: '' })).ok);
  await until('the node to fill', () => (sim.graph('g') as { status: string }).status === 'completed');
  await until('the module to end with its node', () => sim.algos.running === 0);
});

test('the watchdog ends a runaway; its sibling starts anew, another account\'s module goes on', async () => {
  const mine = await good<View>((done) => deployments.upload(0, upload('mm', maker, { configJson: makerConfig, record: true }), done));
  const others = await good<View>((done) => deployments.upload(1, upload('theirs', maker, { configJson: makerConfig }), done));
  await until('quotes and fills', async () => (await metrics(0, mine.deployment_id)).fills > 0 && (await metrics(1, others.deployment_id)).fills > 0);
  const position = (await metrics(0, mine.deployment_id)).instances[0]?.positions_1e8[0]?.qty_1e8;
  assert.equal(typeof position, 'number');
  const runaway = await good<View>((done) => deployments.upload(0, upload('loop', onBook([...LOOP, ...BR0, END, ...i32(0)])), done));
  await until('the watchdog', async () => (await good<View>((done) => deployments.get(0, runaway.deployment_id, done))).status === 'dead');
  const view = await good<View>((done) => deployments.get(0, runaway.deployment_id, done));
  assert.match(view.pause_reason ?? '', /WATCHDOG/);
  await until('quotes of the restarted sibling', async () => {
    const { restarts, open_orders: open } = await metrics(0, mine.deployment_id);
    return restarts === 1 && open > 0;
  });
  assert.equal(sim.guests.kills, 1);
  assert.equal((await metrics(1, others.deployment_id)).restarts, 0);
  assert.ok(heard.some(({ deploymentId, data }) => deploymentId === mine.deployment_id && (data as { kind?: string }).kind === 'restarted'));
  for (const [account, { deployment_id: id }] of [[0, mine], [1, others], [0, runaway]] as const) {
    await good((done) => deployments.undeploy(account, id, done));
  }
  await until('everything to be cancelled', () => sim.engine.scheduler.state.open.size === 0);

  // What the maker's thread recorded, through the module again: the same actions, before and after the restart.
  const text = readFileSync(join(folder, 'tapes', `${mine.deployment_id}-1.tape`), 'utf8');
  const { metered, profile, hash } = admitted('dist/algos/maker.wasm');
  const { inputs, outputs, difference } = replayTape(text, (wanted) => (wanted === hash ? { metered, profile } : undefined));
  assert.equal(difference, undefined);
  assert.ok(inputs > 20 && outputs > 2, `${inputs} inputs, ${outputs} outputs`);
  assert.equal(text.match(/^\["start"/gm)?.length, 2);
});
