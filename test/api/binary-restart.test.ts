/** A binary session over a restart of the gateway: the engine's journal knows its orders, so nothing is executed twice. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pino } from 'pino';
import { BinaryClient } from '../../sdk/ts/binary.js';
import type { ServerFrame } from '../../sdk/ts/generated/server-frame.js';
import { mountBinary } from '../../src/gateway/binary/mount.js';
import { startGateway, type Gateway } from '../../src/gateway/gateway.js';
import { Client, at } from './client.js';
import { StreamEngine } from './stream-engine.js';

const resting = { instrument: 0, side: 'buy', qty1e8: 10_000_000n, price1e9: 50_000_000_000_000n } as const;

async function until<T>(what: string, find: () => T | undefined | false): Promise<T> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const found = find();
    if (found !== undefined && found !== false) return found;
    assert.ok(Date.now() < deadline, `waited for ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('sequences go on, repeats are answered by the engine, open orders are still cancelled on disconnect', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'legwork-binary-'));
  const engine = new StreamEngine();
  const start = (): Promise<Gateway> => startGateway({
    port: engine, listenPort: 0, dataDir, admin: null, log: pino({ level: 'silent' }), drainMs: 1_000, mount: [mountBinary()],
  });
  const submits = (): number => engine.commands.filter(({ command }) => command.kind === 'submit').length;
  let gateway = await start();
  const http = new Client(gateway.listenPort, gateway.makeTestKey());
  const key = String(at((await http.post('/v1/api_keys', { name: 'desk', scopes: ['read', 'trade'] })).json, 'api_key'));
  http.close();
  const connect = async (frames: ServerFrame[], lastSeq: number, cancelOnDisconnectMs = 0): Promise<BinaryClient> =>
    BinaryClient.connect({
      url: `ws://127.0.0.1:${gateway.listenPort}/v1/ws/orders`, key, session: 'desk', lastSeq, cancelOnDisconnectMs, onFrame: (frame) => frames.push(frame),
    });
  const ackOf = (frames: ServerFrame[], seq: number) => until(`the Ack of ${seq}`, () => frames.find((frame) => Number(frame.ack()?.clientSeq() ?? -1) === seq));

  const before: ServerFrame[] = [];
  const first = await connect(before, 0);
  for (const seq of [first.newOrder(resting), first.newOrder(resting)]) await ackOf(before, seq);
  const { lastSeq } = first;
  await gateway.close();

  gateway = await start();
  const after: ServerFrame[] = [];
  const second = await connect(after, lastSeq, 1);
  assert.equal(second.resumed, false, 'this process did not know the session');
  assert.equal(second.resync, true, 'and says that what it sent before is not kept');
  const taken = submits();
  second.newOrder(resting, 2);
  const again = await ackOf(after, 2);
  assert.equal(again.ack()?.repeated(), 1, 'the engine knows it');
  assert.equal(Number(again.seq()), lastSeq + 1, 'the server’s sequence goes on');
  second.newOrder({ ...resting, qty1e8: 20_000_000n }, 1);
  const conflict = await until('the refusal', () => after.find((frame) => Number(frame.reject()?.clientSeq() ?? -1) === 1));
  assert.equal(conflict.reject()?.code(), 'CONFLICT', 'another order under a used sequence');
  const next = second.newOrder(resting);
  assert.equal(next, 3);
  assert.equal((await ackOf(after, next)).ack()?.repeated(), 0);
  assert.equal(submits(), taken + 3, 'asked three times, made once');
  second.terminate();
  await until('the cancels', () => engine.commands.filter(({ command }) => command.kind === 'cancel_graph').length === 3);
  await gateway.close();
  rmSync(dataDir, { recursive: true });
});
