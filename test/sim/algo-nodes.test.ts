/** Modules inside graphs, whole engine, simulated venues on the recordings, virtual time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SimEngine } from '../../src/main/sim-engine.js';
import type { GraphSpec, NodeSpec } from '../../src/protocol/graph-spec.js';
import { intentModule } from '../../bench/support/small-modules.js';
import { graphOf, plainNode } from '../model/world.js';

const SECOND = 1_000_000_000;

function algoGraph(node: Partial<NodeSpec>, algo: string, config: unknown, venues: number[], labels: string[] = []): GraphSpec {
  const policy = {
    kind: labels.length > 0 ? 'mesh_algo' as const : 'wasm_algo' as const, algo, venues, labels, configJson: JSON.stringify(config),
  };
  return graphOf([{ ...plainNode, quantity: { kind: 'fixed', lots: 100_000 }, policy, ...node }], []);
}

async function run(graph: GraphSpec, seconds: number, seed = 1) {
  const sim = new SimEngine({ clock: 'virtual', speed: 0, seed, log: null });
  await sim.advanceTo(sim.engine.nowNs() + 2 * SECOND);
  const reply = await sim.command({ kind: 'submit', graph, bodyHash: 'h', repeatKey: '' });
  await sim.advanceTo(sim.engine.nowNs() + seconds * SECOND);
  const view = sim.graph('g') as { status: string; nodes: Record<string, { status: string; filled_qty_1e8: number; children: unknown[] }> };
  const result = { reply, view, node: view.nodes['n0'], hash: sim.traceHash(), running: sim.algos.running, fills: sim.fillCount() };
  sim.close();
  return result;
}

test('wasm_algo: sniper takes its node\'s quantity and not more', async () => {
  const { node, fills, running } = await run(algoGraph({}, 'sniper', {}, [0]), 3);
  assert.ok(fills > 0);
  assert.equal(node?.status, 'filled');
  assert.equal(Number(node?.filled_qty_1e8), 100_000 * 100);
  assert.equal(running, 0, 'the module ended with its node');
});

test('wasm_algo: peg follows the touch by cancel and replace, the same way twice', async () => {
  const graph = algoGraph({}, 'peg', {}, [0]);
  const first = await run(graph, 4);
  assert.ok((first.node?.children.length ?? 0) >= 3, 'moved at least twice');
  assert.equal((await run(graph, 4)).hash, first.hash);
});

test('mesh_algo: xhedge may only trade the side of its node', async () => {
  const graph = algoGraph({}, 'xhedge', [1, 10_000_000, 1_000_000, 2_000_000, 20], [0, 1], ['maker', 'hedger']);
  const { node, running } = await run(graph, 4);
  assert.equal(node?.status, 'working');
  assert.equal(running, 1);
});

test('wasm_algo: an unknown module ends the node', async () => {
  const { node, fills, running } = await run(algoGraph({}, 'nobody', {}, [0]), 1);
  assert.deepEqual([fills, running], [0, 0]);
  assert.ok(node?.status === 'expired' || node?.status === 'rejected', node?.status);
});

/** A module that isn't built in, uploaded by the account; then a graph of one node names it by its hash. */
async function runUploaded(wasm: Uint8Array, seconds: number) {
  const sim = new SimEngine({ clock: 'virtual', speed: 0, seed: 1, log: null });
  await sim.advanceTo(sim.engine.nowNs() + 2 * SECOND);
  const hash = await new Promise<string>((resolve, reject) => sim.deployments.upload(0, {
    name: 'own', wasm, symbols: ['BTC-USD'], startImmediately: false, venues: ['binance'], labels: null, configJson: null,
  }, (reply) => (reply.ok ? resolve((reply.body as { hash: string }).hash) : reject(new Error(reply.message)))));
  assert.ok((await sim.command({ kind: 'submit', graph: algoGraph({}, hash, {}, [0]), bodyHash: 'h', repeatKey: '' })).ok);
  await sim.advanceTo(sim.engine.nowNs() + seconds * SECOND);
  const view = sim.graph('g') as { nodes: Record<string, { filled_qty_1e8: number; children: { tif: string; price_1e9: bigint | number }[] }> };
  sim.close();
  const node = view.nodes['n0'];
  return { filled: Number(node?.filled_qty_1e8), children: node?.children ?? [] };
}

test('an intent is one IOC at its price', async () => {
  const { filled, children } = await runUploaded(intentModule('ask', 0, 0), 2);
  assert.deepEqual([filled, children.length, children[0]?.tif], [1_000_000, 1, 'ioc']);
});

test('a chasing intent is IOC again, never beyond its price, 16 times at most or until its time is over', async () => {
  const { filled, children } = await runUploaded(intentModule('bid', 1, 0), 4);
  assert.ok(filled < 1_000_000, 'the best bid of then is not offered at');
  assert.equal(children.length, 16);
  assert.ok(children.every(({ tif, price_1e9: price }) => tif === 'ioc' && Number(price) <= Number(children[0]?.price_1e9)));
  const short = await runUploaded(intentModule('bid', 1, 20), 4);
  assert.ok(short.children.length > 1 && short.children.length < 16, `${short.children.length} tries in 20 ms`);
});
