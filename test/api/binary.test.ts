/** `/v1/ws/orders` with the reference client, and frames that no client sends: real server, real sockets. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Builder, ByteBuffer } from 'flatbuffers';
import { pino } from 'pino';
import { WebSocket } from 'ws';
import { BinaryClient, type BinaryClientOptions } from '../../sdk/ts/binary.js';
import { ClientFrame } from '../../sdk/ts/generated/client-frame.js';
import { Logon } from '../../sdk/ts/generated/logon.js';
import { ServerFrame } from '../../sdk/ts/generated/server-frame.js';
import type { Command } from '../../src/protocol/commands.js';
import { mountBinary } from '../../src/gateway/binary/mount.js';
import { sessionsPerAccountMax } from '../../src/gateway/binary/session-store.js';
import { startGateway, type Gateway } from '../../src/gateway/gateway.js';
import { StreamEngine } from './stream-engine.js';

let engine: StreamEngine;
let gateway: Gateway;
let key: string;
let url: string;
const clients: Connected[] = [];

before(async () => {
  engine = new StreamEngine();
  gateway = await startGateway({
    port: engine, listenPort: 0, dataDir: null, admin: null, log: pino({ level: 'silent' }), drainMs: 1_000, mount: [mountBinary()],
    durability: 'power',
  });
  key = gateway.makeTestKey();
  url = `ws://127.0.0.1:${gateway.listenPort}/v1/ws/orders`;
});
after(async () => {
  for (const { client } of clients) client.terminate();
  await gateway.close();
});

/** Frames as they came, with a wait that has a deadline. */
class Frames {
  readonly all: ServerFrame[] = [];
  closed: number | null = null;
  readonly #watchers = new Set<() => void>();

  push(frame: ServerFrame): void {
    this.all.push(frame);
    for (const watcher of [...this.#watchers]) watcher();
  }

  close(code: number): void {
    this.closed = code;
    for (const watcher of [...this.#watchers]) watcher();
  }

  seqs(): number[] {
    return this.all.map((frame) => Number(frame.seq())).filter((seq) => seq > 0);
  }

  until<T>(what: string, find: () => T | null | undefined | false): Promise<T> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = find();
        if (found === null || found === undefined || found === false) return;
        this.#watchers.delete(look);
        clearTimeout(deadline);
        resolve(found);
      };
      const deadline = setTimeout(() => reject(new Error(`waited for ${what}; ${this.all.length} frames, closed ${this.closed}`)), 15_000);
      this.#watchers.add(look);
      look();
    });
  }

  answer(clientSeq: number): Promise<ServerFrame> {
    const mine = (frame: ServerFrame): boolean => Number(frame.ack()?.clientSeq() ?? frame.reject()?.clientSeq() ?? -1) === clientSeq;
    return this.until(`the answer to ${clientSeq}`, () => this.all.find(mine));
  }
}

interface Connected {
  readonly client: BinaryClient;
  readonly frames: Frames;
}

async function connect(session: string, more: Partial<BinaryClientOptions> = {}): Promise<Connected> {
  const frames = new Frames();
  const client = await BinaryClient.connect({
    url, key, session, onFrame: (frame) => frames.push(frame), onClose: (code) => frames.close(code), ...more,
  });
  const made = { client, frames };
  clients.push(made);
  return made;
}

function graphIdOf(frame: ServerFrame): string {
  const ack = frame.ack();
  assert.ok(ack !== null, `expected an Ack: ${frame.reject()?.message() ?? ''}`);
  return Array.from({ length: ack.idLength() }, (_, i) => String.fromCharCode(ack.graphId(i) ?? 0)).join('');
}

const submits = (): number => engine.commands.filter((entry) => entry.command.kind === 'submit').length;

test('an order is acknowledged with its times; fills and orders follow in one sequence', async () => {
  const { client, frames } = await connect('first');
  assert.equal(client.instruments[1], 'ETH-USD');
  assert.equal(client.durability, 'power');
  const seq = client.newOrder({ instrument: 1, side: 'buy', qty1e8: 50_000_000n });
  const answer = await frames.answer(seq);
  const ack = answer.ack();
  assert.ok(ack !== null);
  assert.ok(ack.gatewayInNs() <= ack.gatewayOutNs() && ack.gatewayInNs() > 0n);
  assert.equal(ack.coreInNs(), ack.coreOutNs());
  assert.ok(ack.coreInNs() > engine.baseNs(), 'engine time: when it took effect');
  const order = engine.commands.at(-1)?.command;
  assert.ok(order?.kind === 'submit');
  assert.equal(order.graph.graphId, graphIdOf(answer));
  assert.equal(order.graph.nodes[0]?.quantity.kind, 'fixed');
  const fill = await frames.until('the fill', () => frames.all.find((frame) => frame.fill() !== null));
  assert.equal(fill.fill()?.qty1e8(), 50_000_000n);
  assert.equal(fill.fill()?.nodeOrderId(), `${graphIdOf(answer)}:order:1`);
  assert.deepEqual(frames.seqs(), frames.seqs().map((_, i) => i + 1));
});

test('a repeated client sequence is answered from memory and not executed twice; a gap is refused', async () => {
  const { client, frames } = await connect('repeat');
  const order = { instrument: 0, side: 'sell', qty1e8: 1_000_000n, price1e9: 70_000_000_000_000n } as const;
  const seq = client.newOrder(order);
  const first = await frames.answer(seq);
  const before = submits();
  client.newOrder(order, seq);
  const again = await frames.until('the same answer', () => frames.all.filter((frame) => Number(frame.ack()?.clientSeq() ?? 0n) === seq)[1]);
  assert.equal(again.seq(), first.seq());
  assert.equal(graphIdOf(again), graphIdOf(first));
  assert.equal(submits(), before);
  client.newOrder(order, seq + 5);
  const refused = await frames.answer(seq + 5);
  assert.equal(refused.reject()?.code(), 'BAD_REQUEST');
  assert.equal(submits(), before);
});

test('the second order of a form is what a document with its numbers is, and what a form does not hold is refused as before', async () => {
  const { client, frames } = await connect('forms');
  const submitted = (): Extract<Command, { kind: 'submit' }>[] => engine.commands.map(({ command }) => command).filter((command) => command.kind === 'submit');
  const restrict = await connect('forms', { key: gateway.makeTestKey({ instruments: ['BTC-USD'] }) });
  for (const [i, order] of ([
    { instrument: 1, side: 'sell', qty1e8: 30_000_000n, price1e9: 3_100_000_000_000n, tif: 'ioc' },
    { instrument: 1, side: 'sell', qty1e8: 70_000_000n, price1e9: 3_200_000_000_000n, tif: 'ioc' },
    { instrument: 1, side: 'sell', qty1e8: 70_000_000n }, { instrument: 1, side: 'sell', qty1e8: 90_000_000n },
  ] as const).entries()) {
    const before = submitted().length;
    const id = graphIdOf(await frames.answer(client.newOrder(order)));
    const own = submitted()[before];
    const document = {
      graph_id: `${id}-again`, symbol: 'ETH-USD', side: 'sell', qty_1e8: Number(order.qty1e8),
      ...('price1e9' in order ? { order_type: 'limit', price_1e9: Number(order.price1e9), tif: 'ioc' } : { order_type: 'market' }),
    };
    await frames.answer(client.submitGraph(document));
    const long = submitted()[before + 1];
    assert.deepEqual({ ...own?.graph, graphId: '' }, { ...long?.graph, graphId: '' }, `order ${i}`);
    assert.equal(own?.bodyHash, long?.bodyHash);
  }
  for (const qty1e8 of [0n, 1n, 2n ** 52n]) {
    assert.equal((await frames.answer(client.newOrder({ instrument: 1, side: 'sell', qty1e8 }))).reject()?.code(), 'VALIDATION_ERROR', String(qty1e8));
  }
  // An explicit null is an absent member: the id is the session's, or a repeat after a restart would be a second order.
  const nameless = await frames.answer(client.submitGraph({ graph_id: null, symbol: 'ETH-USD', side: 'sell', qty: 0.5 }));
  assert.match(graphIdOf(nameless), /^bin-/);
  const forbidden = await restrict.frames.answer(restrict.client.newOrder({ instrument: 1, side: 'sell', qty1e8: 70_000_000n }));
  assert.equal(forbidden.reject()?.code(), 'FORBIDDEN');
});

test('after a lost connection everything missed is sent again, in order, and the session goes on', async () => {
  const one = await connect('resume');
  const seq = one.client.newOrder({ instrument: 1, side: 'buy', qty1e8: 10_000_000n });
  await one.frames.answer(seq);
  const { lastSeq } = one.client;
  one.client.terminate();
  await one.frames.until('the end', () => one.frames.closed !== null);
  engine.emit(0, 'orders', { node_order_id: 'missed:order:1', status: 'FILLED' });
  engine.emit(0, 'tca', { not: 'carried' });
  engine.emit(0, 'graphs', { graph_id: 'missed', status: 'completed' });
  const two = await connect('resume', { lastSeq });
  assert.equal(two.client.resumed, true);
  assert.equal(two.client.resync, false);
  await two.frames.until('what was missed', () => two.frames.all.find((frame) => frame.graphUpdate()?.graphId() === 'missed'));
  assert.deepEqual(two.frames.seqs(), two.frames.seqs().map((_, i) => lastSeq + 1 + i));
  const next = two.client.newOrder({ instrument: 1, side: 'buy', qty1e8: 10_000_000n });
  assert.equal(next, seq + 1);
  assert.ok((await two.frames.answer(next)).ack() !== null);
  const three = await connect('resume', { lastSeq: 1_000_000 });
  assert.equal(three.client.resync, true, 'a sequence we never sent');
  await two.frames.until('the takeover', () => two.frames.closed === 4002);
});

test('graphs, amends and cancels; refusals name the reason and the field', async () => {
  const { client, frames } = await connect('all');
  const graph = client.submitGraph({ graph_id: 'bin-doc', symbol: 'BTC-USD', side: 'buy', qty: 0.1, order_type: 'limit', price: 50_000 });
  assert.equal(graphIdOf(await frames.answer(graph)), 'bin-doc');
  const amended = client.amend('bin-doc:order:1', 20_000_000n, 0n);
  assert.ok((await frames.answer(amended)).ack() !== null);
  assert.ok((await frames.answer(client.cancel('bin-doc:order:1'))).ack() !== null);
  assert.ok((await frames.answer(client.cancelGraph('bin-doc'))).ack() !== null);
  assert.equal((await frames.answer(client.cancel('nobody:order:1'))).reject()?.code(), 'NOT_FOUND');
  assert.equal((await frames.answer(client.cancel('rubbish'))).reject()?.code(), 'NOT_FOUND');
  const bad = (await frames.answer(client.submitGraph({ symbol: 'NO-PE', side: 'buy', qty: 1 }))).reject();
  assert.equal(bad?.code(), 'VALIDATION_ERROR');
  assert.ok((bad?.field() ?? '').length > 0);
  assert.equal((await frames.answer(client.newOrder({ instrument: 99, side: 'buy', qty1e8: 1n }))).reject()?.code(), 'VALIDATION_ERROR');
  assert.equal((await frames.answer(client.newOrder({ instrument: 0, side: 'buy', qty1e8: 0n }))).reject()?.code(), 'VALIDATION_ERROR');
  assert.deepEqual(frames.seqs(), frames.seqs().map((_, i) => i + 1));
});

/** Why this test? Lists were looked at when an order came in; a key for one instrument could raise an order of another. */
test('allow-lists hold for amend and flatten, whoever made the graph; to cancel is never forbidden', async () => {
  const { client, frames } = await connect('wide');
  await frames.answer(client.submitGraph({ graph_id: 'bin-wide', symbol: 'BTC-USD', side: 'buy', qty: 0.1, order_type: 'limit', price: 50_000 }));
  const changes = (): number => engine.commands.filter(({ command }) => command.kind === 'amend_node' || command.kind === 'cancel_graph').length;
  const before = changes();
  for (const limits of [{ instruments: ['ETH-USD'] }, { venues: ['binance'] }]) {
    const limited = await connect('narrow', { key: gateway.makeTestKey(limits) });
    for (const ask of [() => limited.client.amend('bin-wide:order:1', 20_000_000n, 0n), () => limited.client.cancelGraph('bin-wide', true)]) {
      assert.equal((await limited.frames.answer(ask())).reject()?.code(), 'FORBIDDEN', JSON.stringify(limits));
    }
  }
  assert.equal(changes(), before, 'nothing reached the engine');
  const own = await connect('narrow', { key: gateway.makeTestKey({ instruments: ['BTC-USD'] }) });
  assert.ok((await own.frames.answer(own.client.amend('bin-wide:order:1', 20_000_000n, 0n))).ack() !== null, 'its own instrument');
  const other = await connect('narrow', { key: gateway.makeTestKey({ instruments: ['ETH-USD'] }) });
  assert.ok((await other.frames.answer(other.client.cancelGraph('bin-wide'))).ack() !== null);
});

test('cancel on disconnect waits its grace, and a client that is back in time keeps its orders', async () => {
  const rest = { instrument: 0, side: 'buy', qty1e8: 1_000_000n, price1e9: 40_000_000_000_000n } as const;
  const cancelled = (graphId: string): boolean =>
    engine.commands.some((entry) => entry.command.kind === 'cancel_graph' && entry.command.graphId === graphId);
  const one = await connect('grace', { cancelOnDisconnectMs: 600_000 });
  const kept = graphIdOf(await one.frames.answer(one.client.newOrder(rest)));
  one.client.terminate();
  const two = await connect('grace', { cancelOnDisconnectMs: 20, lastSeq: one.client.lastSeq });
  assert.equal(cancelled(kept), false);
  two.client.terminate();
  await waitFor(() => cancelled(kept));
  const three = await connect('grace', { lastSeq: one.client.lastSeq });
  const notice = await three.frames.until('the notice', () => three.frames.all.find((frame) => frame.notice() !== null));
  assert.equal(notice.notice()?.code(), 'CANCEL_ON_DISCONNECT');
});

/** Resolves once true, at most 15 s later. */
function waitFor(ready: () => boolean): Promise<void> {
  const untilMs = performance.now() + 15_000;
  return new Promise((resolve, reject) => {
    const look = (): void => {
      if (ready()) resolve();
      else if (performance.now() > untilMs) reject(new Error('waited 15 s'));
      else setTimeout(look, 5);
    };
    look();
  });
}

/**
 * Why this test? Sessions were kept a thousand in all: whoever opened that many names had others' sessions forgotten, and with
 * them the orders that they wanted cancelled when they were gone.
 */
test('an account has its own room for sessions; what is forgotten for room is cancelled first', async () => {
  const rest = { instrument: 0, side: 'buy', qty1e8: 1_000_000n, price1e9: 40_000_000_000_000n } as const;
  const cancels = (graphId: string, accountId: number): number =>
    engine.commands.filter(({ accountId: id, command }) => id === accountId && command.kind === 'cancel_graph' && command.graphId === graphId).length;
  const held = (): number => gateway.context.sessions.size;
  const grace = { cancelOnDisconnectMs: 600_000 };
  const before = held();
  const ours = await connect('ours', grace);
  const our = graphIdOf(await ours.frames.answer(ours.client.newOrder(rest)));
  const theirs = await connect('theirs', { ...grace, key: gateway.makeTestKey({ account: 'other' }) });
  const their = graphIdOf(await theirs.frames.answer(theirs.client.newOrder(rest)));
  ours.client.terminate();
  theirs.client.terminate();
  await waitFor(() => held() === before);
  for (let i = 0; i < sessionsPerAccountMax; i++) {
    (await connect(`filler-${i}`)).client.terminate();
    await waitFor(() => held() === before);
  }
  assert.equal(cancels(our, 0), 1);
  assert.equal(cancels(their, 1), 0, 'another account is not touched');
});

test('bad frames are refused with the reason, three in a minute end the connection', async () => {
  const { frames, ws } = await rawSocket({ Authorization: `Bearer ${key}` });
  const before = engine.commands.length;
  ws.send(Buffer.from([1, 2, 3]), { binary: true });
  ws.send('text');
  ws.send(Buffer.alloc(64, 0xff), { binary: true });
  await frames.until('the end', () => frames.closed !== null);
  assert.equal(frames.closed, 4007);
  assert.equal(frames.all.filter((frame) => frame.reject()?.code() === 'BAD_REQUEST').length, 3);
  assert.equal(engine.commands.length, before);
});

test('the key may come in the Logon; a wrong one, a missing scope or another account gets nothing', async () => {
  const good = await rawSocket({});
  good.ws.send(logon('by-logon', key));
  await good.frames.until('the ack', () => good.frames.all.find((frame) => frame.logonAck() !== null));
  for (const wrong of [null, 'lw_test_no', gateway.makeTestKey({ scopes: ['read'] })]) {
    const { ws, frames } = await rawSocket({});
    ws.send(logon('x', wrong));
    await frames.until('the end', () => frames.closed !== null);
    assert.equal(frames.closed, 4001);
    assert.match(frames.all[0]?.reject()?.code() ?? '', /UNAUTHORIZED|FORBIDDEN/);
  }
  const other = await connect('first', { key: gateway.makeTestKey({ account: 'other' }) });
  assert.equal(other.client.resumed, false, 'a session belongs to its key');
  engine.emit(0, 'orders', { node_order_id: 'secret:order:1' });
  engine.emit(1, 'orders', { node_order_id: 'own:order:1' });
  await other.frames.until('its own', () => other.frames.all.find((frame) => frame.orderUpdate()?.nodeOrderId() === 'own:order:1'));
  assert.ok(!other.frames.all.some((frame) => frame.orderUpdate()?.nodeOrderId() === 'secret:order:1'));
  good.ws.terminate();
});

function logon(session: string, withKey: string | null): Uint8Array {
  const builder = new Builder(256);
  const name = builder.createString(session);
  const text = withKey === null ? 0 : builder.createString(withKey);
  const made = Logon.createLogon(builder, text, name, 0n, 0);
  ClientFrame.startClientFrame(builder);
  ClientFrame.addLogon(builder, made);
  builder.finish(ClientFrame.endClientFrame(builder));
  return builder.asUint8Array();
}

async function rawSocket(headers: Record<string, string>): Promise<{ ws: WebSocket; frames: Frames }> {
  const ws = new WebSocket(url, 'legwork.v1', { headers });
  const frames = new Frames();
  ws.on('message', (bytes: Buffer) => frames.push(ServerFrame.getRootAsServerFrame(new ByteBuffer(bytes))));
  ws.on('close', (code) => frames.close(code));
  await new Promise<void>((resolve, reject) => {
    ws.once('open', () => resolve());
    ws.once('error', reject);
  });
  return { ws, frames };
}
