/** Amend, kill switch, its clearing; what the public client sends, and what is refused. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { must } from '../../../../src/base/assert.js';
import { parseAmend, parseKill, parseKillClear } from '../../../../src/protocol/document/requests.js';
import { context, read, universe } from './fixture.js';

const btc = must(universe.instruments[0], 'BTC-USD');
const listings = btc.listings.map((id) => must(universe.listings[id], 'listing'));
const amend = (text: string) => parseAmend(text, btc, listings);
const kill = (text: string) => parseKill(text, 7, context.resolver);
const refused = (result: { ok: boolean }): string =>
  'problems' in result ? (result.problems as { code: string; field: string }[]).map((row) => `${row.code} ${row.field}`).join() : 'ok';

test('amend: wire integers as the client truncates them, decimals, either alone', () => {
  assert.deepEqual(amend('{"new_qty_1e8":9999999,"new_constraints":{"max_price_1e9":61234499999999}}'), {
    ok: true, value: { lots: 100_000, limitTicks: 6_123_450 },
  });
  assert.deepEqual(amend('{"qty":0.1,"price":null}'), { ok: true, value: { lots: 100_000, limitTicks: null } });
  assert.deepEqual(amend('{"price":61234.5}'), { ok: true, value: { lots: null, limitTicks: 6_123_450 } });
});

test('amend: refusals', () => {
  assert.equal(refused(amend('{}')), 'REQUIRED ');
  assert.equal(refused(amend('{"price":61234.503,"qty":0.1234567}')), 'OFF_LOT /qty,OFF_TICK /price');
  assert.equal(refused(amend('{"price":61234.5,"new_constraints":{"max_price_1e9":61234500000000}}')), 'CONTRADICTION /price');
  assert.equal(refused(amend('{"new_qty_1e8":0}')), 'RANGE /new_qty_1e8');
  assert.equal(refused(amend('{"side":"buy"}')), 'UNKNOWN_FIELD /side');
  const broken = amend('[');
  assert.ok(!broken.ok && broken.status === 400);
  const list = amend('[]');
  assert.ok(!list.ok && list.status === 400);
});

test('kill switch: scopes', () => {
  const own = { scope: { kind: 'account', accountId: 7 }, reason: '', cancelOpen: false, allowExits: false };
  assert.deepEqual(kill(''), { ok: true, value: own });
  assert.deepEqual(kill('{"reason":null}'), { ok: true, value: own }, 'as the public client sends it');
  assert.deepEqual(kill('{"scope":"venue:kraken","cancel_open":true,"allow_exits":true,"reason":"x"}'), {
    ok: true, value: { scope: { kind: 'venue', venue: 2, accountId: 7 }, reason: 'x', cancelOpen: true, allowExits: true },
  });
  assert.deepEqual(parseKillClear('{"scope":"graph:g_1"}', 7, context.resolver), {
    ok: true, value: { ...own, scope: { kind: 'graph', graphId: 'g_1', accountId: 7 } },
  });
  const all = kill('{"scope":"global"}');
  assert.ok(all.ok && all.value.scope.kind === 'global');
  assert.equal(refused(kill('{"scope":"venue:mtgox"}')), 'UNKNOWN_VENUE /scope');
  assert.equal(refused(kill('{"scope":"world"}')), 'BAD_ID /scope');
  assert.equal(refused(parseKillClear('{"cancel_open":true}', 7, context.resolver)), 'UNKNOWN_FIELD /cancel_open');
});

test('the public client’s preview and batch bodies', () => {
  assert.ok(read('{"symbol":"BTC-USD","side":"buy","order_type":"market","qty":0.1}').ok);
  const batch = {
    nodes: [{
      node_id: 'order', instrument: { symbol: 'BTC-USD', type: 'spot', venue: 'kraken' }, side: 'sell',
      order_type: { limit: { price_1e9: Math.trunc(61234.5 * 1e9) } }, quantity: { fixed: { qty_1e8: Math.trunc(0.29 * 1e8) } },
      execution: { urgency: 'low', policy: 'passive_limit', max_slippage_bps: 12.5, horizon_ms: 5000, tif: 'gtc' }, activation: 'root',
    }],
    edges: [],
    is_sandbox: false,
  };
  assert.ok(read(batch).ok);
});
