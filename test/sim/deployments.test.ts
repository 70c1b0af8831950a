/** Uploaded modules as deployments of an account: whole engine, simulated venues, virtual time. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ModuleStore } from '../../src/algo/admission/module-store.js';
import { DeploymentStore } from '../../src/main/deployment-store.js';
import { Deployments } from '../../src/main/deployments.js';
import { namedModules } from '../../src/main/named-modules.js';
import { SimEngine } from '../../src/main/sim-engine.js';
import type { DeploymentDone, DeploymentReply, DeploymentUpload } from '../../src/protocol/deployment-port.js';
import type { EdgeSpec, NodeSpec, PolicySpec } from '../../src/protocol/graph-spec.js';
import { orderModule } from '../../bench/support/small-modules.js';
import { BR0, END, i32, LOOP, onBook } from '../algo/guest-builder.js';
import { graphOf, plainNode } from '../model/world.js';

const SECOND = 1_000_000_000;
const sim = new SimEngine({ clock: 'virtual', speed: 0, seed: 3, log: null });
after(() => sim.close());

function answer(run: (done: DeploymentDone) => void): Promise<DeploymentReply> {
  return new Promise((resolve) => run(resolve));
}
async function good<T>(run: (done: DeploymentDone) => void): Promise<T> {
  const reply = await answer(run);
  assert.ok(reply.ok, JSON.stringify(reply));
  return reply.body as T;
}
const pass = (seconds: number): Promise<void> => sim.advanceTo(sim.engine.nowNs() + seconds * SECOND);
const upload = (name: string, wasm: Uint8Array, extra: Partial<DeploymentUpload>): DeploymentUpload => ({
  name, wasm, symbols: ['BTC-USD'], startImmediately: true, venues: ['binance'], labels: null, configJson: null, ...extra,
});
interface View { deployment_id: string; hash: string; status: string; pause_reason?: string }
interface Metrics { fills: number; open_orders: number; instances: { callbacks: number; positions_1e8: { qty_1e8: number }[] }[] }
const { deployments } = sim;

test('a maker quotes both sides, stops, takes new parameters, is undeployed and leaves nothing open', async () => {
  await pass(2);
  const wasm = readFileSync('dist/algos/maker.wasm');
  const { deployment_id: id, status } = await good<View>((done) => deployments.upload(0, upload('mm', wasm, { configJson: '[1000000,0,10000000,2,1]' }), done));
  assert.equal(status, 'running');
  await pass(8);
  const busy = await good<Metrics>((done) => deployments.metrics(0, id, done));
  assert.ok(busy.open_orders === 2 && (busy.instances[0]?.callbacks ?? 0) > 20, JSON.stringify(busy));
  assert.ok(busy.fills > 0, 'quotes at the touch are hit');
  const { status: stopped } = await good<View>((done) => deployments.stop(0, id, done));
  assert.equal(stopped, 'stopped');
  const calls = (await good<Metrics>((done) => deployments.metrics(0, id, done))).instances[0]?.callbacks;
  await pass(2);
  assert.equal((await good<Metrics>((done) => deployments.metrics(0, id, done))).instances[0]?.callbacks, calls, 'no callbacks while stopped');
  await good((done) => deployments.patch(0, id, { configJson: '[0,0,10000000,2,1]' }, done));
  await good((done) => deployments.start(0, id, done));
  await pass(1);
  await good((done) => deployments.undeploy(0, id, done));
  await pass(1);
  assert.equal(sim.engine.scheduler.state.open.size, 0, 'every order was cancelled');
  assert.equal((await answer((done) => deployments.get(0, id, done))).ok, false);
});

test('another account sees nothing; a bad module is refused with its rule; a runaway is stopped and says why', async () => {
  const refused = await answer((done) => deployments.upload(0, upload('bad', new TextEncoder().encode('not wasm'), {}), done));
  assert.ok(!refused.ok && refused.code === 'VALIDATION_ERROR' && /MALFORMED/.test(refused.details?.[0]?.message ?? ''));
  const loop = onBook([...LOOP, ...BR0, END, ...i32(0)]);
  const { deployment_id: id } = await good<View>((done) => deployments.upload(0, upload('loop', loop, {}), done));
  assert.equal((await answer((done) => deployments.get(1, id, done))).ok, false);
  await pass(1);
  const view = await good<View>((done) => deployments.get(0, id, done));
  assert.equal(view.status, 'dead');
  assert.match(view.pause_reason ?? '', /OUT_OF_FUEL/);
  await good((done) => deployments.undeploy(0, id, done));
});

test('uploads of an account that are being checked are few, and count as its deployments', async () => {
  const wasm = readFileSync('dist/algos/peg.wasm');
  const replies = await Promise.all(Array.from({ length: 6 }, (_, i) => answer((done) => deployments.upload(0, upload(`p${i}`, wasm, { startImmediately: false }), done))));
  const made = replies.flatMap((reply) => (reply.ok ? [(reply.body as View).deployment_id] : []));
  assert.equal(made.length, 4);
  for (const reply of replies) if (!reply.ok) assert.equal(reply.code, 'RATE_LIMITED');
  for (const id of made) await good((done) => deployments.undeploy(0, id, done));
});

/** On a store of its own, with room for three modules of an account. */
function keepsFew(folder: string): Deployments {
  const risk = { maxPositionLots: 0, maxDailyLoss1e9: 0, maxOrderNotional1e9: 0, maxOrderRate: 0, reduceOnly: false };
  return new Deployments({
    engine: sim.engine, guests: sim.guests, riskOf: () => risk, limitsOf: () => null, store: new DeploymentStore(folder), modulesKept: 3,
    named: () => namedModules(sim.engine.scheduler.state),
  });
}

/** A custom section makes another module of the same code. */
function variant(i: number): Uint8Array {
  return Uint8Array.from([...readFileSync('dist/algos/peg.wasm'), 0, 3, 1, 0x61, i]);
}

async function uploadedOnly(to: Deployments, i: number): Promise<string> {
  const view = await good<View>((done) => to.upload(0, upload(`m${i}`, variant(i), { startImmediately: false }), done));
  await good((done) => to.undeploy(0, view.deployment_id, done));
  return view.hash;
}

test('a module that an open graph names stays however many come after it, and goes once the graph has ended', async () => {
  // Why this test? After 128 newer uploads it left the disk: its node found no module when its time came, or after a restart.
  const folder = mkdtempSync(join(tmpdir(), 'legwork-modules-'));
  const few = keepsFew(folder);
  const kept = (): readonly string[] => new ModuleStore(join(folder, 'modules')).hashes();
  try {
    const named = await uploadedOnly(few, 0);
    const first: NodeSpec = { ...plainNode, orderType: 'limit', limitTicks: 1_000_000, quantity: { kind: 'fixed', lots: 100_000 } };
    const policy: PolicySpec = { kind: 'wasm_algo', algo: named, venues: [0], labels: [], configJson: '[]' };
    const edge: EdgeSpec = { edgeId: 'e0', from: 0, to: 1, trigger: { kind: 'on_full_fill' }, sizing: { kind: 'none' }, keepParent: false };
    const graph = graphOf([first, { ...first, nodeId: 'n1', activation: 'wait', policy }], [edge]);
    assert.ok((await sim.command({ kind: 'submit', graph: { ...graph, graphId: 'names' }, bodyHash: 'names', repeatKey: '' })).ok);
    const later: string[] = [];
    for (let i = 1; i < 6; i++) later.push(await uploadedOnly(few, i));
    assert.ok(kept().includes(named), 'the graph has not come to it yet');
    assert.equal(few.module(named, 0)?.hash, named);
    assert.ok((await sim.command({ kind: 'cancel_graph', graphId: 'names', flatten: false })).ok);
    await pass(2);
    later.push(await uploadedOnly(few, 6));
    assert.deepEqual(kept(), later.slice(-3).sort());
  } finally {
    few.close();
    rmSync(folder, { recursive: true });
  }
});

test('uploaded again a module is the newest; a replacement is kept though used ones take all the room', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'legwork-modules-'));
  const few = keepsFew(folder);
  const kept = (): readonly string[] => new ModuleStore(join(folder, 'modules')).hashes();
  try {
    const hashes = [await uploadedOnly(few, 1), await uploadedOnly(few, 2), await uploadedOnly(few, 3)];
    await uploadedOnly(few, 1);
    hashes.push(await uploadedOnly(few, 4));
    assert.deepEqual(kept(), [hashes[0], hashes[2], hashes[3]].sort());
    const views: View[] = [];
    for (let i = 5; i < 9; i++) views.push(await good<View>((done) => few.upload(0, upload(`m${i}`, variant(i), { startImmediately: false }), done)));
    const { hash } = await good<View>((done) => few.patch(0, views[0]?.deployment_id ?? '', { wasm: variant(9) }, done));
    assert.ok(kept().includes(hash), 'it would be gone after a restart');
  } finally {
    few.close();
    rmSync(folder, { recursive: true });
  }
});

test('an account keeps its newest modules and those of its deployments; the others leave the disk', async () => {
  // Why this test? Uploads that were undeployed stayed for ever: a loop of them filled the disk of the journal.
  const folder = mkdtempSync(join(tmpdir(), 'legwork-modules-'));
  const few = keepsFew(folder);
  try {
    const hashes: string[] = [];
    for (let i = 0; i < 6; i++) {
      const view = await good<View>((done) => few.upload(0, upload(`m${i}`, variant(i), { startImmediately: false }), done));
      hashes.push(view.hash);
      if (i > 0) await good((done) => few.undeploy(0, view.deployment_id, done));
    }
    const kept = [hashes[0], hashes[4], hashes[5]];
    assert.deepEqual(new ModuleStore(join(folder, 'modules')).hashes(), [...kept].sort());
    for (const hash of hashes) assert.equal(few.module(hash, 0) !== undefined, kept.includes(hash));
  } finally {
    few.close();
    rmSync(folder, { recursive: true });
  }
});

test('a mesh pair over two venues hedges', async () => {
  const wasm = readFileSync('dist/algos/xhedge.wasm');
  const { deployment_id: id } = await good<View>((done) => deployments.upload(0, upload('pair', wasm, {
    venues: ['binance', 'coinbase'], labels: ['maker', 'hedger'], configJson: '[1,100000000,1000000,2000000,20]',
  }), done));
  await pass(10);
  const metrics = await good<Metrics>((done) => deployments.metrics(0, id, done));
  assert.ok(metrics.fills >= 2, JSON.stringify(metrics));
  const net = metrics.instances.reduce((sum, instance) => sum + (instance.positions_1e8[0]?.qty_1e8 ?? 0), 0);
  assert.ok(Math.abs(net) <= 2_000_000, `unhedged ${net}`);
  const mesh = await good<{ messages: number }>((done) => deployments.mesh(0, id, done));
  assert.ok(mesh.messages > 0);
  await good((done) => deployments.undeploy(0, id, done));
});

test('a limit of the account pauses what passes it, with the reason; start goes on', async () => {
  const wasm = readFileSync('dist/algos/peg.wasm');
  const { deployment_id: id } = await good<View>((done) => deployments.upload(0, upload('buyer', wasm, { configJson: '[1,10000000]' }), done));
  await pass(10);
  const { fills } = await good<Metrics>((done) => deployments.metrics(0, id, done));
  assert.ok(fills > 0, 'it holds something');
  const { limits } = sim.engine.scheduler.state.accounts[0] ?? assert.fail('account');
  assert.ok((await sim.command({ kind: 'set_limits', limits: { ...limits, maxPositionUsd1e9: '100000000000' } })).ok);
  await pass(2);
  const paused = await good<View>((done) => deployments.get(0, id, done));
  assert.deepEqual([paused.status, paused.pause_reason], ['paused', 'POSITION_LIMIT']);
  assert.ok((await sim.command({ kind: 'set_limits', limits })).ok);
  await pass(2);
  assert.equal((await good<View>((done) => deployments.start(0, id, done))).status, 'running');
  await good((done) => deployments.undeploy(0, id, done));
});

test('a post-only order that would take is rejected, and nothing of it reaches the engine', async () => {
  const before = sim.engine.scheduler.state.accounts[0]?.seq;
  const wasm = orderModule('ask');
  const { deployment_id: id } = await good<View>((done) => deployments.upload(0, upload('taker', wasm, {}), done));
  await pass(1);
  const metrics = await good<Metrics & { rejects: number }>((done) => deployments.metrics(0, id, done));
  assert.ok(metrics.rejects > 0 && metrics.open_orders === 0 && metrics.fills === 0, JSON.stringify(metrics));
  assert.equal(sim.engine.scheduler.state.accounts[0]?.seq, before);
  await good((done) => deployments.undeploy(0, id, done));
});
