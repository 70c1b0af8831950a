/** The short way for simple orders gives what the long way gives: same spec, same hash, same refusals. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bodyHash } from '../../../../src/protocol/document/body-hash.js';
import type { DocumentContext } from '../../../../src/protocol/document/context.js';
import { parseOrderBody } from '../../../../src/protocol/document/order-body.js';
import { Resolver } from '../../../../src/protocol/document/resolver.js';
import { takeSimple } from '../../../../src/protocol/document/simple-forms.js';
import { parseJson } from '../../../../src/protocol/json/parse.js';
import { isJsonObject } from '../../../../src/protocol/json/values.js';
import { universe } from './fixture.js';

const contextOf = (resolver: Resolver, forceSandbox = true): DocumentContext => ({ resolver, accountId: 3, newGraphId: 'g-new', forceSandbox, nowEpochNs: 1_000n });
/** A resolver that has seen nothing: everything goes the long way. */
const longWay = (text: string, forced = true) => parseOrderBody(text, contextOf(new Resolver(universe), forced));

/** A feature that no simple order asks for: enough to be sent the long way. */
const unsupported = new Set(['net_hedge'] as const);

const word = <T>(...words: T[]) => fc.constantFrom(...words);
const decimal = fc.oneof(
  fc.integer({ min: 1, max: 10_000_000 }).map((units) => units / 100),
  fc.integer({ min: 1, max: 1_000_000 }).map((units) => units / 100_000),
  fc.double({ min: 1e-9, max: 1e7, noNaN: true }), word(0, -1, 1e-9, 0.5, 1, 100, 30_000.01, 1e17, 1e19, 12.000_000_01),
);
const wire = fc.oneof(fc.integer({ min: 1, max: 100_000 }).map((units) => units * 1_000_000), fc.maxSafeInteger(), word(0, 1, 1.5, 50_000_000));
const body = fc.record(
  {
    symbol: word('ETH-USD', 'BTC-USD', 'ETH-PERP', 'ETH-USD-PERP', 'NO-SUCH', 'eth-usd'), side: word('buy', 'sell', 'BUY', 'hold'),
    qty: decimal, qty_1e8: wire, order_type: word('market', 'limit', 'LIMIT', 'stop'), price: decimal, limit_price: decimal, price_1e9: wire,
    tif: word('gtc', 'ioc', 'fok', 'gtd', 'post_only', 'IOC'), type: word('spot', 'perp', 'option'), venue: word('binance', 'kraken', 'nowhere', null),
    urgency: word('low', 'high', 'medium'), policy: word('sor', 'ioc_sweep', 'passive_limit', 'aggressive_chase', 'wasm_algo'),
    reduce_only: fc.boolean(), sandbox: fc.boolean(), is_sandbox: fc.boolean(), graph_id: word('a', 'graph', 'a b', 'x'.repeat(65)),
    max_slippage_bps: word(5, 0), horizon_ms: word(1_000), metadata: word({ a: 1 }), extra: word(1),
  },
  { requiredKeys: ['symbol', 'side'] },
);

const hundredths = fc.integer({ min: 1, max: 5_000_000 }).map((units) => units / 100);
const usual = fc.record(
  {
    symbol: word('ETH-USD', 'BTC-USD', 'ETH-USD-PERP'), side: word('buy', 'sell'), qty: hundredths, tif: word('gtc', 'ioc', 'fok'),
    limit_price: fc.oneof(hundredths, decimal),
    graph_id: word('a', 'b', 'graph'), venue: word('binance', 'coinbase'), reduce_only: fc.boolean(),
  },
  { requiredKeys: ['symbol', 'side', 'qty'] },
);

test('any body after any others: both ways agree', () => {
  const warm = new Resolver(universe);
  const cold = new Resolver(universe);
  let short = 0;
  fc.assert(
    fc.property(fc.oneof(body, usual, usual), fc.boolean(), (document, forced) => {
      const text = JSON.stringify(document);
      const parsed = parseJson(text);
      if (parsed.ok && isJsonObject(parsed.value) && takeSimple(parsed.value, contextOf(warm, forced)) !== null) short++;
      assert.deepEqual(parseOrderBody(text, contextOf(warm, forced)), parseOrderBody(text, { ...contextOf(cold, forced), unsupported }));
    }),
    { numRuns: 800, seed: 7 },
  );
  assert.ok(short > 20, `${short} went the short way`);
});

test('the second order of a form goes the short way, with its own numbers and id', () => {
  const resolver = new Resolver(universe);
  const first = { symbol: 'ETH-USD', side: 'buy', qty: 0.5, order_type: 'limit', price: 3_000 };
  const forms: readonly object[] = [
    first, { ...first, graph_id: 'mine' }, { symbol: 'BTC-USD', side: 'sell', qty_1e8: 1_000_000 },
    { symbol: 'BTC-USD', side: 'buy', qty: 0.25, price_1e9: 60_000_000_000_000, tif: 'ioc', venue: 'binance' },
  ];
  for (const form of forms) parseOrderBody(JSON.stringify(form), contextOf(resolver));
  for (const form of forms) {
    const numbers = 'price' in form ? { ...form, qty: 1.25, price: 2_999.5 } : { ...form };
    const text = JSON.stringify(numbers);
    const parsed = parseJson(text);
    assert.ok(parsed.ok && isJsonObject(parsed.value));
    const taken = takeSimple(parsed.value, contextOf(resolver));
    assert.ok(taken !== null, text);
    assert.equal(taken.bodyHash, bodyHash(taken.graph, universe));
    assert.deepEqual(parseOrderBody(text, contextOf(resolver)), longWay(text));
  }
});

test('words can not pretend to be other members', () => {
  const resolver = new Resolver(universe);
  parseOrderBody('{"symbol":"ETH-USD","side":"buy","qty":1}', contextOf(resolver));
  for (const symbol of ['ETH-USDside3:buy', 'ETH-USD\\u0000', 'ETH-USDqty']) {
    const text = `{"symbol":"${symbol}","qty":1}`;
    const result = parseOrderBody(text, contextOf(resolver));
    assert.equal(result.ok, false, text);
    assert.deepEqual(result, longWay(text));
  }
});
