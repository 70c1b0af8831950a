/**
 * A binary order of a known form becomes its command without a document. For random orders of random keys, sent one after
 * another so that forms come to be known, both ways must give the same command or the same refusal.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { pino } from 'pino';
import type { Principal } from '../../src/gateway/auth/principal.js';
import type { NewOrderFields } from '../../src/gateway/binary/decode.js';
import { order, type OrderMessage } from '../../src/gateway/binary/orders.js';
import { RateLimiter } from '../../src/gateway/auth/rate-limit.js';
import type { GatewayContext } from '../../src/gateway/context.js';
import { startGateway, type Gateway } from '../../src/gateway/gateway.js';
import { ApiError } from '../../src/gateway/server/api-error.js';
import { simulatedUniverse } from '../../src/main/simulated-venues.js';
import type { Command } from '../../src/protocol/commands.js';
import { Resolver } from '../../src/protocol/document/resolver.js';
import { FakeEngine } from './fake-engine.js';

/** The simulated venues, one of which says that it is real: sandbox is then a matter of the key. Only notes commands. */
class Noting extends FakeEngine {
  override readonly universe = { ...simulatedUniverse, venues: simulatedUniverse.venues.map((venue) => (venue.id === 0 ? { ...venue, simulated: false } : venue)) };
  taken: { readonly accountId: number; readonly command: Command }[] = [];

  override command(accountId: number, command: Command): void {
    this.taken.push({ accountId, command });
  }
}

const SEED = 20_261_125;
const engine = new Noting();
const { instruments, venues } = engine.universe;
let gateway: Gateway;

before(async () => {
  gateway = await startGateway({ port: engine, listenPort: 0, dataDir: null, admin: null, log: pino({ level: 'silent' }) });
});
after(() => gateway.close());

/** The command, or the refusal as the client sees it. */
function outcome(context: GatewayContext, principal: Principal, message: OrderMessage, graphId: string): unknown {
  engine.taken = [];
  try {
    order(context, principal, message, graphId, () => assert.fail('the engine has not answered'));
  } catch (problem) {
    if (!(problem instanceof ApiError)) throw problem;
    assert.equal(engine.taken.length, 0);
    return { code: problem.code, message: problem.message, ...problem.options };
  }
  assert.equal(engine.taken.length, 1);
  return engine.taken[0];
}

/** What the schema says of a NewOrder, as POST /v1/orders takes it. */
function documentOf({ instrument, side, qty1e8, price1e9, tif }: NewOrderFields, graphId: string): object {
  return {
    graph_id: graphId, symbol: instruments[instrument]?.symbol, side: side === 1 ? 'buy' : 'sell', qty_1e8: qty1e8,
    order_type: price1e9 === 0 ? 'market' : 'limit',
    ...(price1e9 === 0 ? {} : { price_1e9: price1e9 }),
    ...(tif === 0 ? {} : { tif: ['gtc', 'ioc', 'fok'][tif - 1] }),
  };
}

const few = instruments.slice(0, 4);
const someOf = (names: readonly string[]) => fc.option(fc.subarray([...names]), { nil: null, freq: 2 });
const principal: fc.Arbitrary<Principal> = fc.record({
  keyId: fc.constant('key'), accountId: fc.nat(1), accountName: fc.constant('main'), test: fc.boolean(),
  scopes: fc.constant(['read', 'trade'] as const), venues: someOf(venues.map(({ name }) => name)), instruments: someOf(few.map(({ symbol }) => symbol)),
});
const number = (unit: number): fc.Arbitrary<number> => fc.oneof(
  fc.integer({ min: 1, max: 5_000_000 }).map((units) => units * unit), fc.integer({ min: 1, max: 10_000 }), fc.maxSafeNat(), fc.constant(0),
);
const fields: fc.Arbitrary<NewOrderFields> = fc.constantFrom(...few).chain(({ id, tick1e9, lot1e8 }) => fc.record({
  clientSeq: fc.constant(1), instrument: fc.constant(id), side: fc.constantFrom(1, 2), tif: fc.nat(3),
  qty1e8: fc.oneof(number(lot1e8), fc.integer({ min: 1, max: 100 }).map((units) => units * 100_000_000)),
  price1e9: fc.oneof(number(tick1e9), fc.constant(0), fc.integer({ min: 1, max: 100_000 }).map((units) => units * 1_000_000_000)),
}));

test(`random orders of random keys: a known form gives what a document gives, refusals too (seed ${SEED})`, () => {
  let looks = 0;
  const warm: GatewayContext = { ...gateway.context, get resolver() {
    looks++;
    return gateway.context.resolver;
  } };
  const count = { short: 0, refused: 0, refusedShort: 0 };
  fc.assert(
    fc.property(fields, principal, fc.integer({ min: 1, max: 999 }), (own, who, id) => {
      const graphId = `bin-${id}`;
      const before = looks;
      const short = outcome(warm, who, { kind: 'new_order', order: own }, graphId);
      const isShort = looks === before;
      // A resolver that has seen nothing: everything goes the long way.
      const cold: GatewayContext = { ...gateway.context, resolver: new Resolver(engine.universe) };
      const document = Buffer.from(JSON.stringify(documentOf(own, graphId)));
      const long = outcome(cold, who, { kind: 'submit_graph', clientSeq: 1, document }, graphId);
      assert.deepEqual(short, long);
      const isRefused = 'code' in (long as object);
      if (isShort) count.short++;
      if (isRefused) count.refused++;
      if (isRefused && isShort) count.refusedShort++;
    }),
    { numRuns: 1_500, seed: SEED },
  );
  assert.ok(count.short > 300 && count.refused > 100 && count.refusedShort > 20, JSON.stringify(count));
});

test('while the gateway drains or the rate is used up, a known form is refused as a document is', () => {
  const who: Principal = { keyId: 'key', accountId: 0, accountName: 'main', test: true, scopes: ['trade'], venues: null, instruments: null };
  const own: NewOrderFields = { clientSeq: 1, instrument: 1, side: 1, qty1e8: 100_000_000, price1e9: 0, tif: 0 };
  const state = { draining: false };
  const nowMs = (): number => 0;
  const busy: GatewayContext = { ...gateway.context, draining: () => state.draining, accountRate: new RateLimiter({ qps: 1, burst: 1 }, 10, nowMs) };
  assert.ok('command' in (outcome(busy, who, { kind: 'new_order', order: own }, 'a') as object));
  const document = Buffer.from(JSON.stringify(documentOf(own, 'b')));
  for (const code of ['RATE_LIMITED', 'SERVICE_UNAVAILABLE']) {
    const short = outcome(busy, who, { kind: 'new_order', order: own }, 'b');
    assert.deepEqual(short, outcome(busy, who, { kind: 'submit_graph', clientSeq: 1, document }, 'b'));
    assert.equal((short as { readonly code: string }).code, code);
    state.draining = true;
  }
});
