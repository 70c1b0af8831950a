/** Frames in and out: stock writers against our reader, our writer against stock readers, and damage. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { ByteBuffer } from 'flatbuffers';
import { decodeClientFrame } from '../../../../src/gateway/binary/decode.js';
import { ackBuffer, heartbeatFrame, logonAckFrame, noticeFrame, patchAck, rejectFrame } from '../../../../src/gateway/binary/encode.js';
import { eventFrame } from '../../../../src/gateway/binary/event-frames.js';
import { Ack } from '../../../../src/gateway/binary/generated/ack.js';
import { structs } from '../../../../src/gateway/binary/generated/layout.js';
import { NewOrder } from '../../../../sdk/ts/generated/new-order.js';
import { ServerFrame } from '../../../../src/gateway/binary/generated/server-frame.js';
import { verifyServerFrame } from '../../../../src/gateway/binary/verify.js';
import { newOrderFrame, validFrames } from './frames.js';
import { fuzzExhaustive, fuzzRandom } from './fuzz.js';

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
const server = (bytes: Uint8Array): ServerFrame => {
  assert.equal(verifyServerFrame(view(bytes)), null);
  return ServerFrame.getRootAsServerFrame(new ByteBuffer(bytes));
};

test('generated code is up to date with the schema', () => {
  execFileSync(process.execPath, ['scripts/generate-flatbuffers.mjs', '--check'], { stdio: 'pipe' });
  assert.equal(structs.NewOrder.size, NewOrder.sizeOf());
  assert.equal(structs.Ack.size, Ack.sizeOf());
});

test('every kind of client frame by the stock builder is read', () => {
  const decoded = Object.fromEntries(Object.entries(validFrames).map(([kind, bytes]) => [kind, structuredClone(decodeClientFrame(view(bytes)))]));
  assert.deepEqual(decoded['new_order'], {
    kind: 'new_order', order: { clientSeq: 7, qty1e8: 150_000_000, price1e9: 61_234_500_000_000, instrument: 2, side: 1, tif: 2 },
  });
  assert.deepEqual(decoded['logon'], { kind: 'logon', key: 'lw_test_x', session: 'desk-1', lastSeq: 12, cancelOnDisconnectMs: 5_000 });
  assert.deepEqual(decoded['amend'], { kind: 'amend', clientSeq: 9, nodeOrderId: 'g:order:1', qty1e8: 5, price1e9: 6 });
  assert.deepEqual(decoded['cancel'], { kind: 'cancel', clientSeq: 10, nodeOrderId: 'g:order:1' });
  assert.deepEqual(decoded['cancel_graph'], { kind: 'cancel_graph', clientSeq: 11, graphId: 'g', flatten: true });
  assert.equal(decoded['submit_graph']?.kind, 'submit_graph');
  assert.deepEqual(decoded['heartbeat'], { kind: 'heartbeat' });
});

test('an acknowledgement patched into its buffer is what a stock reader sees', () => {
  const bytes = ackBuffer();
  const fields = {
    seq: 2 ** 40 + 3, clientSeq: 2 ** 33 + 1, accountSeq: 77, gatewayBaseNs: 1_700_000_000_987_654_321n, gatewayInNs: 4_294_967_295,
    coreBaseNs: 1_600_000_000_000_000_001n, coreInNs: 9_000_000_000_000_001, coreOutNs: 12, gatewayOutNs: 13, repeated: true, graphId: 'bin-0123456789abcdef0123-42',
  };
  patchAck(view(bytes), fields);
  patchAck(view(bytes), { ...fields, graphId: 'x'.repeat(64), repeated: false });
  patchAck(view(bytes), fields);
  const frame = server(bytes);
  const ack = frame.ack();
  assert.equal(frame.seq(), 2n ** 40n + 3n);
  assert.equal(ack?.clientSeq(), 2n ** 33n + 1n);
  assert.equal(ack?.accountSeq(), 77n);
  assert.equal(ack?.gatewayInNs(), fields.gatewayBaseNs + 4_294_967_295n);
  assert.equal(ack?.coreInNs(), fields.coreBaseNs + 9_000_000_000_000_001n);
  assert.equal(ack?.coreOutNs(), fields.coreBaseNs + 12n);
  assert.equal(ack?.gatewayOutNs(), fields.gatewayBaseNs + 13n);
  assert.equal(ack?.repeated(), 1);
  const id = Array.from({ length: 64 }, (_, i) => ack?.graphId(i) ?? 0);
  assert.equal(String.fromCharCode(...id.slice(0, ack?.idLength() ?? 0)), fields.graphId);
  assert.ok(id.slice(fields.graphId.length).every((byte) => byte === 0));
});

test('the other server frames pass the verifier and read back', () => {
  const event = { kind: 'account', accountId: 0, seq: 5, tNs: 1, graphId: 'g', nodeId: 'n' } as const;
  assert.equal(server(rejectFrame(3, 4, 'NOT_FOUND', 'no such order', 'id')).reject()?.code(), 'NOT_FOUND');
  assert.equal(server(heartbeatFrame(9n)).heartbeat()?.tsNs(), 9n);
  assert.equal(server(noticeFrame(1, 'A', 'b')).notice()?.message(), 'b');
  const fill = eventFrame(6, { ...event, channel: 'fills', data: { qty_1e8: 2n ** 60n, price_1e9: 5, node_order_id: 'g:n:1' } });
  assert.equal(server(fill ?? new Uint8Array(0)).fill()?.qty1e8(), 2n ** 60n);
  assert.equal(server(fill ?? new Uint8Array(0)).fill()?.json(), '{"qty_1e8":1152921504606846976,"price_1e9":5,"node_order_id":"g:n:1"}');
  assert.equal(eventFrame(6, { ...event, channel: 'tca', data: {} }), null);
  const ack = server(logonAckFrame({
    session: 's', account: 'a', clientSeq: 1, serverSeq: 2, resumed: true, resync: false, heartbeatMs: 3, durability: 'power', instruments: ['A', 'B'],
  })).logonAck();
  assert.equal(ack?.instruments(1), 'B');
  assert.equal(ack?.durability(), 'power');
});

test('event frames of every kind, whatever their strings, are what a stock reader sees; each session has its own sequence', () => {
  const made: { frame: Uint8Array; seq: number; text: string; kind: string }[] = [];
  for (let i = 0; i < 3_000; i++) {
    const kind = (['orders', 'fills', 'graphs'] as const)[i % 3] ?? 'orders';
    const text = ['', 'plain', 'ß €', '\u{1f600}'.repeat(i % 7), 'x'.repeat(i)][i % 5] ?? '';
    const data = { node_order_id: `g:${text}:1`, graph_id: `g${text}`, status: text, qty_1e8: 2 ** 40 + i, price_1e9: 2n ** 62n, text };
    const event = { kind: 'account', accountId: 0, seq: 2 ** 33 + i, tNs: 1, graphId: 'g', nodeId: 'n', channel: kind, data } as const;
    for (const seq of [i + 1, 2 ** 35 + i]) made.push({ frame: eventFrame(seq, event) ?? new Uint8Array(0), seq, text, kind });
  }
  for (const [index, { frame, seq, text, kind }] of made.entries()) {
    const read = server(frame);
    assert.equal(read.seq(), BigInt(seq));
    const [order, fill, graph] = [read.orderUpdate(), read.fill(), read.graphUpdate()];
    const json = (order ?? fill ?? graph)?.json() ?? '';
    assert.equal((JSON.parse(json) as { text: string }).text, text);
    assert.equal((order ?? fill ?? graph)?.accountSeq(), BigInt(2 ** 33 + (index >> 1)));
    assert.equal((order ?? graph)?.status() ?? text, text);
    assert.equal((order ?? fill)?.nodeOrderId() ?? `g:${text}:1`, `g:${text}:1`);
    assert.equal(kind, order !== null ? 'orders' : fill !== null ? 'fills' : 'graphs');
    if (fill !== null) assert.deepEqual([fill.qty1e8(), fill.price1e9()], [BigInt(2 ** 40 + (index >> 1)), 2n ** 62n]);
    if (graph !== null) assert.equal(graph.graphId(), `g${text}`);
  }
});

test('hostile but well-formed frames are refused with a reason', () => {
  const bad = (bytes: Uint8Array): string => {
    const decoded = decodeClientFrame(view(bytes));
    return decoded.kind === 'bad' ? decoded.reason : `accepted as ${decoded.kind}`;
  };
  assert.match(bad(newOrderFrame(1n, 1n, 1n, 0, 3, 0)), /side/);
  assert.match(bad(newOrderFrame(1n, 1n, 1n, 0, 1, 4)), /tif/);
  assert.match(bad(newOrderFrame(1n, 2n ** 53n, 1n, 0, 1, 0)), /2\^53/);
  assert.match(bad(new Uint8Array(0)), /0 bytes/);
  // A root without members: table of 4 bytes, vtable of 4.
  assert.match(bad(Uint8Array.from([8, 0, 0, 0, 4, 0, 4, 0, 4, 0, 0, 0])), /none/);
});

test('every truncation and flipped bit, and random damage: no read outside the frame, no exception', () => {
  const whole = fuzzExhaustive();
  assert.ok(whole.cases > 4_000);
  assert.ok(whole.accepted > 0 && whole.accepted < whole.cases / 2, 'flipped bits of numbers still make a frame; most others not');
  fuzzRandom(20_000, 42);
});

test('reading and acknowledging orders leaves nothing for the collector', () => {
  const bytes = validFrames['new_order'] ?? new Uint8Array(0);
  const frame = view(bytes);
  const ack = view(ackBuffer());
  const fields = {
    seq: 1, clientSeq: 1, accountSeq: 1, gatewayBaseNs: 1_700_000_000_000_000_000n, coreBaseNs: 5n, gatewayInNs: 1, coreInNs: 2, coreOutNs: 3, gatewayOutNs: 4,
    repeated: false, graphId: 'bin-0123456789abcdef0123-42',
  };
  const run = (n: number): void => {
    for (let i = 0; i < n; i++) {
      if (decodeClientFrame(frame).kind !== 'new_order') throw new Error('not an order');
      fields.seq = i;
      patchAck(ack, fields);
    }
  };
  run(20_000);
  const before = process.memoryUsage().heapUsed;
  run(200_000);
  const grown = process.memoryUsage().heapUsed - before;
  assert.ok(grown < 200_000, `${grown} bytes for 200,000 orders; one small object each would be 3,000,000 or more`);
});
