/** The reference client of the JSON interface: exact integers, errors, a stream that goes on after a lost connection. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { pino } from 'pino';
import { LegworkClient, LegworkError, parseExact, type StreamFrame } from '../../sdk/ts/client.js';
import { startGateway, type Gateway } from '../../src/gateway/gateway.js';
import { mountStreams } from '../../src/gateway/streams/mount.js';
import { StreamEngine } from './stream-engine.js';

let engine: StreamEngine;
let gateway: Gateway;
let client: LegworkClient;
let key: string;

before(async () => {
  engine = new StreamEngine();
  gateway = await startGateway({
    port: engine, listenPort: 0, dataDir: null, admin: null, log: pino({ level: 'silent' }), drainMs: 1_000, mount: [mountStreams()],
  });
  key = gateway.makeTestKey();
  client = new LegworkClient({ baseUrl: gateway.address, key });
});
after(() => gateway.close());

test('integers beyond 2^53 are exact; fractions and strings are left alone', () => {
  // A spread of sixteen fraction digits was once torn apart at the sixteenth.
  assert.deepEqual(
    parseExact('{"a":9007199254740993,"b":-0.0014557440465527536,"c":"12345678901234567 \\" 12345678901234567","d":1e21,"e":1000000000000000,"f":-9007199254740993}'),
    { a: 9007199254740993n, b: -0.0014557440465527536, c: '12345678901234567 " 12345678901234567', d: 1e21, e: 1e15, f: -9007199254740993n },
  );
});

test('requests give the answer or the envelope as an error', async () => {
  const posted = (await client.request('POST', '/v1/orders', { symbol: 'ETH-USD', side: 'buy', qty: 0.5 })) as { graph_id: string };
  assert.equal(typeof posted.graph_id, 'string');
  const positions = (await client.request('GET', '/v1/positions')) as { totals: { nav_usd_1e9: bigint } };
  assert.equal(positions.totals.nav_usd_1e9, 15_000_000_000_000_000_003n);
  await assert.rejects(client.request('GET', '/v1/orders/nobody:order:1'), (problem: unknown) => {
    assert.ok(problem instanceof LegworkError);
    assert.equal(problem.status, 404);
    assert.equal(problem.code, 'NOT_FOUND');
    return true;
  });
});

test('the stream goes on from the last sequence when its connection is lost', async () => {
  const from = engine.seq(0);
  const seqs: number[] = [];
  let heard: () => void = () => undefined;
  const want = (n: number, what: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const deadline = setTimeout(() => reject(new Error(`waited 15 s for ${what}; have ${seqs.join(' ')}`)), 15_000);
      heard = () => {
        if (seqs.length < n) return;
        clearTimeout(deadline);
        resolve();
      };
      heard();
    });
  let risk: () => void = () => undefined;
  const subscribed = new Promise<void>((resolve) => (risk = resolve));
  const stop = client.stream(['risk', 'orders', 'fills'], (frame: StreamFrame) => {
    if (frame.channel === 'risk') risk();
    if (frame.snapshot !== true && frame.seq !== undefined) seqs.push(frame.seq);
    heard();
  }, () => undefined);
  await subscribed;
  engine.emit(0, 'orders', { n: 1 });
  await want(1, 'the first event');
  gateway.context.sessions.closeAll();
  engine.emit(0, 'fills', { n: 2 });
  engine.emit(0, 'orders', { n: 3 });
  await want(3, 'what was missed');
  assert.deepEqual(seqs, [from + 1, from + 2, from + 3]);
  stop();
});
