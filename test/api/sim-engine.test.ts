/** The main routes against the real engine on its simulated venues: the product's examples over HTTP. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { topologyNames } from '../../src/main/running-engine.js';
import { at } from './client.js';
import { validDocuments } from './fuzz-bodies.js';
import { simRig, type SimRig } from './sim-rig.js';

for (const topology of topologyNames) describe(topology, () => {
  let r: SimRig;
  before(async () => {
    r = await simRig({}, topology);
  });
  after(() => r.close());

  const statusOf = (graphId: string) => (wanted: RegExp) =>
    r.eventually(`/v1/execution_graphs/${graphId}`, (got) => wanted.test(String(at(got.json, 'status'))));

  test('a simple order fills and shows up everywhere', async () => {
    const made = await r.client.post('/v1/orders', { symbol: 'ETH-USD', side: 'buy', qty: 0.5, graph_id: 'simple' });
    assert.equal(made.status, 201, made.text);
    const graph = await statusOf('simple')(/completed/);
    assert.equal(at(graph.json, 'nodes', 'order', 'filled_qty_1e8'), 50_000_000);
    const order = await r.client.get('/v1/orders/simple:order:1');
    assert.equal(at(order.json, 'status'), 'FILLED');
    const fills = await r.client.get('/v1/fills?graph_id=simple');
    const rows = at(fills.json, 'fills') as { qty_1e8: number }[];
    assert.equal(rows.reduce((sum, fill) => sum + fill.qty_1e8, 0), 50_000_000);
    const tca = await r.client.get('/v1/tca?symbol=ETH-USD');
    assert.equal(at(tca.json, 'tca', 0, 'node_order_id'), 'simple:order:1');
    const balances = await r.client.get('/v1/balances');
    const eth = (at(balances.json, 'balances') as { asset: string; total_1e8: number }[]).filter((row) => row.asset === 'ETH');
    const gained = eth.reduce((sum, row) => sum + row.total_1e8, 0) - 4 * 500e8;
    assert.ok(gained > 49_000_000 && gained <= 50_000_000, `${gained}: half an ETH less its fee`);
    const gone = await r.client.delete('/v1/execution_graphs/simple');
    assert.equal(gone.status, 409);
  });

  test('the path of an order: stages by trace, spans in the metrics', async () => {
    const traces = await r.client.get('/v1/traces?node_order_id=simple:order:1');
    const paths = at(traces.json, 'paths') as { node_id: string; stages: { stage: string; after_ns: number }[] }[];
    assert.ok(paths.length > 0, traces.text);
    for (const path of paths) {
      const after = new Map(path.stages.map(({ stage, after_ns }) => [stage, after_ns]));
      assert.deepEqual([...after.keys()].sort(), ['accepted', 'decided', 'gateway_in', 'order_bytes_out', 'venue_ack']);
      const inTime = ['gateway_in', 'decided', 'accepted', 'order_bytes_out', 'venue_ack'].map((stage) => after.get(stage) ?? -1);
      assert.deepEqual(inTime, [...inTime].sort((a, b) => a - b));
    }
    const metrics = await (await fetch(`${r.gateway.adminAddress}/metrics`)).text();
    for (const span of ['frame_to_book', 'gateway_to_accepted', 'gateway_to_order', 'order_to_ack']) {
      assert.match(metrics, new RegExp(`legwork_span_seconds_count\\{span="${span}",thread="[a-z]+"\\} [1-9]`));
    }
  });

  test('health names every thread of the engine', async () => {
    const health = await r.client.get('/v1/health');
    assert.equal(health.status, 200, health.text);
    const threads = at(health.json, 'threads') as { name: string; state: string }[] | undefined;
    const wanted = topology === 'fused' ? undefined : ['main', 'engine', 'venues'].map((name) => ({ name, state: 'running' }));
    assert.deepEqual(threads?.map(({ name, state }) => ({ name, state })), wanted);
  });

  test('idempotency by graph_id', async () => {
    const body = { symbol: 'ETH-USD', side: 'buy', qty: 0.5, graph_id: 'simple' };
    assert.equal((await r.client.post('/v1/orders', body)).status, 200);
    assert.equal((await r.client.post('/v1/orders', { ...body, qty: 0.75 })).status, 409);
  });

  test('TWAP expands into 11 nodes and 10 edges; cancel stops it', async () => {
    const made = await r.client.send('POST', '/v1/orders', validDocuments[3]);
    assert.equal(at(made.json, 'node_count'), 11, made.text);
    assert.equal(at(made.json, 'edge_count'), 10);
    const graphId = String(at(made.json, 'graph_id'));
    assert.equal((await r.client.post(`/v1/execution_graphs/${graphId}/pause`)).status, 200);
    assert.equal((await r.client.post(`/v1/execution_graphs/${graphId}/resume`)).status, 200);
    assert.equal((await r.client.delete(`/v1/execution_graphs/${graphId}`)).status, 200);
    await statusOf(graphId)(/cancelled/);
    assert.equal((await r.client.delete(`/v1/execution_graphs/${graphId}`)).status, 200, 'also when already cancelled');
  });

  test('hedge: the perp leg follows the spot leg', async () => {
    const made = await r.client.send('POST', '/v1/orders', (validDocuments[4] ?? '').replaceAll('20000000000', '200000000'));
    assert.equal(made.status, 201, made.text);
    const graph = await statusOf(String(at(made.json, 'graph_id')))(/completed/);
    // The spot fee is taken in ETH: between what is left to hedge and the whole.
    const hedged = Number(at(graph.json, 'nodes', 'hedge', 'filled_qty_1e8'));
    assert.ok(hedged >= 199_000_000 && hedged <= 200_000_000, `${hedged}`);
    assert.equal(at(graph.json, 'edges', 'e0', 'state'), 'fired');
    const perps = await r.client.get('/v1/positions/perp');
    assert.equal(at(perps.json, 'positions', 0, 'qty_1e8'), -hedged);
  });

  test('the graph repeats its risk limits in the words of the document', async () => {
    const risk = {
      admission: { max_notional_usd: 500_000, max_leverage: 2.5, required_venues: ['binance', 'kraken'] },
      pre_trade: { max_slippage_bps: 50, require_balance_check: true },
      runtime: { max_unhedged_qty_1e8: 500_000_000, max_loss_usd: 10_000, max_drawdown_usd: 5_000 },
      failure: { on_runtime_breach: 'cancel_all_open', on_disconnect: 'pause_graph' },
    };
    const node = {
      node_id: 'n', instrument: { symbol: 'ETH-USD' }, side: 'buy', order_type: 'market',
      quantity: { fixed: { qty_1e8: 10_000_000 } }, activation: 'root',
    };
    const made = await r.client.post('/v1/orders', { nodes: [node], edges: [], risk, graph_id: 'with-risk' });
    assert.equal(made.status, 201, made.text);
    const graph = await statusOf('with-risk')(/completed/);
    assert.deepEqual(at(graph.json, 'risk', 'limits'), {
      admission: { max_notional_usd_1e9: 500_000e9, max_leverage: 2.5, required_venues: ['binance', 'kraken'] },
      pre_trade: risk.pre_trade,
      runtime: { max_unhedged_qty_1e8: 500_000_000, max_loss_usd_1e9: 10_000e9, max_drawdown_usd_1e9: 5_000e9 },
      failure: { ...risk.failure, on_node_failure: null, hedge_fail_ms: 5_000, flatten_buyback: false },
    });
  });

  test('a cancelled graph says which venue holds what it leaves behind', async () => {
    const node = (node_id: string, side: string, more: object) => ({ node_id, instrument: { symbol: 'ETH-USD', venue: 'coinbase' }, side, ...more });
    const made = await r.client.post('/v1/orders', {
      graph_id: 'leaves',
      nodes: [
        node('in', 'buy', { order_type: 'market', quantity: { fixed: { qty_1e8: 10_000_000 } }, activation: 'root' }),
        node('out', 'sell', { order_type: { limit: { price_1e9: 4_000e9 } }, quantity: { from_edge: {} }, activation: 'wait' }),
      ],
      edges: [{ from_node: 'in', to_node: 'out', trigger: 'on_fill', sizing: 'parent_filled_qty' }],
    });
    assert.equal(made.status, 201, made.text);
    await r.eventually('/v1/execution_graphs/leaves', (got) => at(got.json, 'nodes', 'out', 'status') === 'working');
    const gone = await r.client.delete('/v1/execution_graphs/leaves');
    assert.deepEqual(at(gone.json, 'position_left'), [{ venue: 'coinbase', symbol: 'ETH-USD', qty_1e8: 10_000_000 }]);
  });

  test('a resting order is amended and cancelled', async () => {
    const quote = await r.client.get('/v1/quotes/BTC-USD');
    const price = Math.round(Number(at(quote.json, 'nbbo', 'mid')) * 0.9);
    const body = { symbol: 'BTC-USD', side: 'buy', qty: 0.1, order_type: 'limit', price, venue: 'binance', graph_id: 'resting' };
    assert.equal((await r.client.post('/v1/orders', body)).status, 201);
    const live = (status: string) => r.eventually('/v1/orders/resting:order:1', (got) => at(got.json, 'venue_orders', 0, 'status') === status);
    await live('live');
    const amended = await r.client.send('PATCH', '/v1/orders/resting:order:1', '{"new_qty_1e8":20000000}');
    assert.equal(amended.status, 200, amended.text);
    await r.eventually('/v1/orders/resting:order:1', (got) => at(got.json, 'qty_1e8') === 20_000_000);
    assert.equal((await r.client.delete('/v1/orders/resting%3Aorder%3A1')).status, 200);
    await r.eventually('/v1/orders/resting:order:1', (got) => at(got.json, 'status') === 'CANCELLED');
    const graph = await r.client.get('/v1/execution_graphs/resting');
    const again = await r.client.delete('/v1/execution_graphs/resting');
    assert.equal(again.status, at(graph.json, 'status') === 'completed' ? 409 : 200, `${graph.text.slice(0, 120)} ${again.text}`);
  });

  test('kill switch, preview, limits and the other account', async () => {
    assert.equal((await r.client.post('/v1/kill_switch', { reason: 'test' })).status, 200);
    assert.equal(at((await r.client.get('/v1/kill_switch')).json, 'active', 0, 'reason'), 'test');
    const refused = await r.client.post('/v1/orders', { symbol: 'ETH-USD', side: 'buy', qty: 0.5 });
    assert.equal(at(refused.json, 'error', 'code'), 'KILL_SWITCH');
    const other = r.clientFor(r.gateway.makeTestKey({ account: 'other' }));
    assert.equal((await other.post('/v1/orders', { symbol: 'ETH-USD', side: 'buy', qty: 0.5 })).status, 201);
    assert.deepEqual(at((await other.get('/v1/kill_switch')).json, 'active'), []);
    assert.equal((await other.get('/v1/execution_graphs/simple')).status, 404);
    assert.equal((await r.client.post('/v1/kill_switch/clear')).status, 200);
    const plan = await r.client.post('/v1/orders/preview', { symbol: 'ETH-USD', side: 'sell', qty: 3 });
    const legs = at(plan.json, 'legs') as { qty_1e8: number }[];
    assert.equal(legs.reduce((sum, leg) => sum + leg.qty_1e8, 0), 300_000_000);
    assert.equal((await r.client.send('PUT', '/v1/risk_limits', '{"max_order_notional_usd":"1000.5"}')).status, 200);
    assert.equal(at((await r.client.get('/v1/risk_limits')).json, 'max_order_notional_usd'), 1000.5);
    assert.equal((await r.client.send('PUT', '/v1/risk_limits', '{}')).status, 200);
  });
});
