/**
 * Modules over the topology `threads`, as a user runs it: a deployment, a mesh pair on two guest threads and a module in a
 * graph trade on the shared books that the venues' thread writes; the process is killed and started again.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { replayDirectory } from '../../src/main/data-directory.js';
import { at } from '../api/client.js';
import { StartedEngine } from '../crash/started-engine.js';

const MOST_UNHEDGED = 2_000_000;
const args = ['--topology', 'threads', '--speed', '8', '--idle', 'wait'];
const upload = (name: string, more: Record<string, unknown>) => ({
  name, wasm_base64: readFileSync(`dist/algos/${name}.wasm`).toString('base64'), symbols: ['BTC-USD'], start_immediately: true, ...more,
});
const deployments = {
  maker: upload('maker', { venues: ['binance'], config: { qty: 1_000_000, spread: 0, most: 10_000_000, skew: 2, post: 1 } }),
  xhedge: upload('xhedge', { venues: ['binance', 'coinbase'], labels: ['maker', 'hedger'], config: { side: 1, target: 100_000_000, quote: 1_000_000, most: MOST_UNHEDGED, reach: 20 } }),
};
const graph = {
  graph_id: 'by-module',
  nodes: [{
    node_id: 'order', instrument: { symbol: 'BTC-USD' }, side: 'buy', qty: 20,
    execution: { policy: { wasm_algo: { algo: 'iceberg', venue: 'binance', config: { side: 1, total: 2_000_000_000, slice: 1_000_000 } } } },
  }],
};

interface Metrics {
  readonly fills: number;
  readonly open_orders: number;
  readonly runs: number;
  readonly instances: readonly { readonly callbacks: number; readonly positions_1e8: readonly { readonly qty_1e8: number }[] }[];
}

const metricsOf = (json: unknown): Metrics => json as Metrics;
const positions = ({ instances }: Metrics): number[] => instances.map((row) => row.positions_1e8[0]?.qty_1e8 ?? NaN);

async function deploy(engine: StartedEngine, body: Record<string, unknown>): Promise<string> {
  const made = await engine.client.post('/v1/deployments', body);
  assert.equal(made.status, 201, made.text);
  return String(at(made.json, 'deployment_id'));
}

/** Both trade: the maker, and the pair, which is hedged. @param runs of each deployment so far */
async function bothTrade(engine: StartedEngine, maker: string, pair: string, runs: number, fills: number): Promise<void> {
  await engine.eventually(`/v1/deployments/${maker}/metrics`, ({ json }) => metricsOf(json).runs === runs && metricsOf(json).fills >= fills && metricsOf(json).open_orders > 0);
  await engine.eventually(`/v1/deployments/${pair}/metrics`, ({ json }) => {
    const [long = 0, short = 0] = positions(metricsOf(json));
    return metricsOf(json).runs === runs && metricsOf(json).fills >= fills && long > 0 && short < 0 && Math.abs(long + short) <= MOST_UNHEDGED;
  });
  const mesh = await engine.client.get(`/v1/deployments/${pair}/mesh`);
  assert.ok(Number(at(mesh.json, 'messages')) > 0, mesh.text);
}

const ordersOf = async (engine: StartedEngine): Promise<number> =>
  ((at((await engine.client.get('/v1/execution_graphs/by-module')).json, 'nodes', 'order', 'children') as unknown[] | undefined) ?? []).length;

test('a deployment, a mesh pair and a graph\'s module trade on threads, are killed with them, and go on', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'legwork-modules-'));
  let engine = await StartedEngine.start(folder, {}, args);
  try {
    const maker = await deploy(engine, deployments.maker);
    const pair = await deploy(engine, deployments.xhedge);
    const made = await engine.client.post('/v1/orders', graph);
    assert.equal(made.status, 201, made.text);
    await bothTrade(engine, maker, pair, 1, 2);
    await engine.eventually('/v1/execution_graphs/by-module', ({ json }) => ((at(json, 'nodes', 'order', 'children') as unknown[] | undefined) ?? []).length > 2);

    await engine.end('SIGKILL');
    const { state } = replayDirectory(folder, null, () => false, false);
    const openBefore = [...state.open.values()].filter(({ graphId }) => graphId.startsWith(`${maker}-1-`) || graphId.startsWith(`${pair}-1-`)).map(({ graphId }) => graphId);
    const childrenBefore = state.graphs.get('by-module')?.nodes[0]?.run?.children.length ?? 0;
    assert.ok(openBefore.length > 0 && childrenBefore > 0, 'the journal has what they did');

    engine = await StartedEngine.start(folder, {}, args);
    const list = await engine.client.get('/v1/deployments');
    assert.deepEqual((at(list.json, 'deployments') as { deployment_id: string; status: string }[]).map((row) => [row.deployment_id, row.status]).sort(), [[maker, 'running'], [pair, 'running']].sort());
    await bothTrade(engine, maker, pair, 2, 2);
    for (const graphId of openBefore) {
      await engine.eventually(`/v1/execution_graphs/${graphId}`, ({ json }) => ['cancelled', 'completed'].includes(String(at(json, 'status'))));
    }
    await engine.eventually('/v1/execution_graphs/by-module', ({ json }) => ((at(json, 'nodes', 'order', 'children') as unknown[] | undefined) ?? []).length > childrenBefore);
    assert.ok(await ordersOf(engine) > 0);
    for (const id of [maker, pair]) assert.equal((await engine.client.delete(`/v1/deployments/${id}`)).status, 200);
  } finally {
    await engine.end('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  }
});
