/** Parts of the topology `threads`, each on one thread: records of any length, account events without gaps, kill switches. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AccountStream } from '../../../src/main/threads/account-stream.js';
import {
  coveredCells, createKillBoard, GRAPHS_MAX, KILL_CANCEL, KILL_EXITS, KILL_OPENING, KillBoardReader, KillBoardWriter, markGraph,
} from '../../../src/main/threads/kill-board.js';
import { KillSwitches, type KillCommand } from '../../../src/main/threads/kill-switches.js';
import { AMEND, CANCEL, OrderRecord, PLACE, QUERY, sendAmend, sendKnown, sendPlace, sendRequest } from '../../../src/main/threads/order-record.js';
import { Outbox, readBatch } from '../../../src/main/threads/outbox.js';
import { RecordReceiver } from '../../../src/main/threads/record-receiver.js';
import { RecordSender } from '../../../src/main/threads/record-sender.js';
import { createCounters } from '../../../src/memory/counters-layout.js';
import { CounterReader, CounterWriter } from '../../../src/memory/counters.js';
import { createDoorbell } from '../../../src/memory/doorbell-layout.js';
import { DoorbellRinger } from '../../../src/memory/doorbell.js';
import { createMessageRing } from '../../../src/memory/message-ring-layout.js';
import type { AccountEvent, VenueOrder } from '../../../src/protocol/effects.js';
import { EventType, ReportKind, VenueReason, type ReportEvent } from '../../../src/protocol/events.js';
import { ORDERS_CANCELLED, ORDERS_HALTED, venueCounters } from '../../../src/main/engine-figures.js';
import { VenueGuard } from '../../../src/main/threads/venue-guard.js';

function pair(capacityBytes: number, take: (type: number, bytes: Uint8Array) => void) {
  const ring = createMessageRing(capacityBytes);
  const sender = new RecordSender(ring, new DoorbellRinger(createDoorbell()));
  return { sender, receiver: new RecordReceiver(ring, (type, { uint8 }, at, length) => take(type, uint8.slice(at, at + length))) };
}

test('records: any length, in order, none lost, though the ring is full most of the time', () => {
  const got: [number, number, number][] = [];
  const { sender, receiver } = pair(1_024, (type, bytes) => got.push([type, bytes.length, bytes.reduce((sum, byte) => sum + byte, 0)]));
  const want: [number, number, number][] = [];
  for (let i = 0; i < 400; i++) {
    const bytes = Uint8Array.from({ length: (i * 37) % 700 }, (_, k) => (i + k) & 0xff);
    want.push([i, bytes.length, bytes.reduce((sum, byte) => sum + byte, 0)]);
    sender.send(i, bytes);
    if (i % 7 === 0) {
      receiver.receive(5);
      sender.flush();
    }
  }
  assert.ok(sender.waiting > 100 && sender.delayed > 100);
  while (sender.waiting > 0) {
    receiver.receive(3);
    sender.flush();
  }
  while (receiver.receive(10) > 0);
  assert.deepEqual(got, want);
});

test('outbox: values of a round as one record, integers beyond 2^53 and all', () => {
  const got: unknown[] = [];
  const { sender, receiver } = pair(2 ** 16, (_, bytes) => readBatch(bytes, 0, bytes.length, (type, value) => got.push([type, value])));
  const outbox = new Outbox(sender);
  const values = Array.from({ length: 300 }, (_, i) => ({ i, big: 2n ** 60n + BigInt(i), text: 'ä'.repeat(i % 5) }));
  values.forEach((value, i) => outbox.put(i, value));
  outbox.flush();
  assert.equal(sender.sent, 3);
  receiver.receive(100);
  assert.deepEqual(got, values.map((value, i) => [i, value]));
});

test('order records: each kind is read as it was sent', () => {
  const record = new OrderRecord();
  const order: VenueOrder = {
    clientOrderId: 'L1-0-2B-zz-3-1a', accountId: 3, venue: 2, listing: 7, side: -1, lots: 2 ** 50, limitTicks: 123_456, tif: 'post_only', reduceOnly: true,
  };
  const read: unknown[] = [];
  const ring = createMessageRing(4_096);
  const sender = new RecordSender(ring, new DoorbellRinger(createDoorbell()));
  const receiver = new RecordReceiver(ring, (type, from, at) => {
    record.read(type, from, at);
    const { clientOrderId, accountId, venue, lots, limitTicks, isExit, stamps, graph } = record;
    read.push(type === PLACE ? [record.order, isExit, [...stamps], { ...graph }] : [type, clientOrderId, accountId, venue, ...(type === AMEND ? [lots, limitTicks] : []), record.order]);
  });
  sendPlace(sender, order, true, { low: -5, high: 6 }, Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8));
  sendPlace(sender, { ...order, side: 1, tif: 'ioc', reduceOnly: false }, false, { low: 7, high: 8 }, null);
  sendAmend(sender, 1, 2, 'id', 10, 20);
  sendRequest(sender, CANCEL, 1, 2, 'id');
  receiver.receive(10);
  sendKnown(sender, order, true, { low: 9, high: -10 });
  receiver.receive(10);
  assert.deepEqual([record.clientOrderId, record.isExit, record.graph, record.order], [order.clientOrderId, true, { low: 9, high: -10 }, null]);
  read.pop();
  assert.deepEqual(read, [
    [order, true, [1, 2, 3, 4, 5, 6, 7, 8], { low: -5, high: 6 }],
    [{ ...order, side: 1, tif: 'ioc', reduceOnly: false }, false, [0, 0, 0, 0, 0, 0, 0, 0], { low: 7, high: 8 }],
    [AMEND, 'id', 2, 1, 10, 20, null],
    [CANCEL, 'id', 2, 1, null],
  ]);
});

test('order records wait in order with everything else when the ring is full', () => {
  const ids: string[] = [];
  const record = new OrderRecord();
  const ring = createMessageRing(1_024);
  const sender = new RecordSender(ring, new DoorbellRinger(createDoorbell()));
  const receiver = new RecordReceiver(ring, (type, from, at) => {
    record.read(type, from, at);
    ids.push(record.clientOrderId);
  });
  const want = Array.from({ length: 50 }, (_, i) => `order-${'x'.repeat(i % 9)}${i}`);
  want.forEach((id, i) => {
    sendRequest(sender, i % 2 === 0 ? CANCEL : QUERY, 0, 0, id);
    if (i % 10 === 0) {
      receiver.receive(2);
      sender.flush();
    }
  });
  assert.ok(sender.waiting > 10);
  while (receiver.receive(3) + sender.flush() > 0);
  assert.deepEqual(ids, want);
});

function event(accountId: number, seq: number): AccountEvent {
  return { kind: 'account', accountId, seq, tNs: 0, channel: 'orders', graphId: '', nodeId: '', data: null };
}

test('account events: a gap is filled from the engine before what follows; what is no longer kept is skipped', () => {
  const delivered: string[] = [];
  const asked: { from: number; done: (events: readonly AccountEvent[] | null) => void }[] = [];
  const stream = new AccountStream({
    ask: (_, from, _limit, done) => asked.push({ from, done }),
    deliver: ({ accountId, seq }) => delivered.push(`${accountId}:${seq}`),
  });
  for (const seq of [5, 6, 6, 9, 10]) stream.take(event(0, seq));
  stream.take(event(1, 1));
  assert.deepEqual(delivered, ['0:5', '0:6', '1:1']);
  assert.equal(asked[0]?.from, 6);
  asked[0]?.done([event(0, 7), event(0, 8), event(0, 9)]);
  stream.take(event(0, 11));
  assert.deepEqual(delivered.slice(3), ['0:7', '0:8', '0:9', '0:10', '0:11']);
  stream.take(event(0, 20));
  asked[1]?.done(null);
  stream.take(event(0, 21));
  assert.deepEqual(delivered.slice(8), ['0:20', '0:21']);
  assert.equal(stream.gaps, 2);
});

function killOf(scope: KillCommand['scope'], allowExits = true): KillCommand {
  return { kind: 'kill', scope, reason: 'test', cancelOpen: true, allowExits };
}

test('kill switches: the board is the union of what stands; a released one leaves the others', () => {
  const board = createKillBoard(3, 2);
  const switches = new KillSwitches(new KillBoardWriter(board));
  const reader = new KillBoardReader(board);
  const cells = (): number[] => [0, 1, 2].flatMap((venue) => [0, 1].map((account) => reader.bits(venue, account)));
  switches.engage(killOf({ kind: 'account', accountId: 1 }), 1);
  switches.engage(killOf({ kind: 'venue', venue: 2, accountId: 0 }, false), 2);
  assert.deepEqual(cells(), [0, KILL_OPENING, 0, KILL_OPENING, KILL_OPENING | KILL_EXITS, KILL_OPENING]);
  switches.enforce(killOf({ kind: 'account', accountId: 1 }));
  assert.equal(reader.bits(0, 1), KILL_OPENING | KILL_CANCEL);
  switches.answered(killOf({ kind: 'account', accountId: 1 }), 1, true);
  switches.answered({ kind: 'kill_clear', scope: { kind: 'venue', venue: 2, accountId: 0 } }, 3, true);
  assert.deepEqual(cells(), [0, KILL_OPENING, 0, KILL_OPENING, 0, KILL_OPENING]);
  switches.engage(killOf({ kind: 'global' }), 4);
  switches.answered({ kind: 'kill_clear', scope: { kind: 'account', accountId: 1 } }, 5, true);
  assert.deepEqual(cells(), Array(6).fill(KILL_OPENING));
  switches.answered({ kind: 'kill_clear', scope: { kind: 'global' } }, 6, false);
  assert.deepEqual(cells(), Array(6).fill(KILL_OPENING), 'a clearing that was refused clears nothing');
  switches.answered({ kind: 'kill_clear', scope: { kind: 'global' } }, 7, true);
  assert.deepEqual(cells(), Array(6).fill(0));
});

test('kill switches: the answer to a clearing leaves a switch that was sent after it; those of an earlier life stand at once', () => {
  const board = createKillBoard(1, 1);
  const switches = new KillSwitches(new KillBoardWriter(board));
  const scope = { kind: 'account', accountId: 0 } as const;
  switches.restore([{ scope, reason: 'before the restart', allowExits: true, sinceNs: 0 }]);
  assert.equal(coveredCells(board), 1);
  const clear = { kind: 'kill_clear', scope } as const;
  switches.engage(killOf(scope), 2);
  switches.answered(clear, 1, true);
  assert.equal(coveredCells(board), 1, 'cleared by 1, set again by 2');
  switches.enforce(killOf(scope));
  assert.equal(new KillBoardReader(board).bits(0, 0), KILL_OPENING | KILL_CANCEL);
  switches.answered(clear, 3, true);
  assert.equal(coveredCells(board), 0);
});

test('guard: what a switch covers is not sent, what is live is cancelled when the board says so, exits stay', () => {
  const board = createKillBoard(2, 1);
  const switches = new KillSwitches(new KillBoardWriter(board));
  const set = createCounters(venueCounters);
  const counts = new CounterReader(set);
  const cancelled: string[] = [];
  const guard = new VenueGuard(new KillBoardReader(board), (venue, accountId, id) => cancelled.push(`${venue} ${accountId} ${id}`), new CounterWriter(set));
  const none = markGraph('none', { low: 0, high: 0 });
  assert.ok(guard.mayPlace(0, 0, 'opening', false, none) && guard.mayPlace(0, 0, 'exit', true, none) && guard.mayPlace(1, 0, 'done', false, none));
  guard.heard(report('done', ReportKind.cancelled));
  guard.heard(report('opening', ReportKind.ack));
  assert.equal(guard.look(), 0);
  assert.ok(guard.mayAmend('opening'));
  const kill = killOf({ kind: 'account', accountId: 0 });
  switches.engage(kill, 1);
  assert.equal(guard.look(), 0, 'the engine cancels itself while it can');
  assert.equal(guard.mayPlace(0, 0, 'late', false, none), false);
  assert.equal(guard.mayPlace(0, 0, 'late exit', true, none), true);
  assert.equal(guard.mayAmend('opening'), false, 'an amend may make it larger');
  assert.ok(guard.mayAmend('exit'));
  switches.enforce(kill);
  assert.equal(guard.look(), 1);
  assert.deepEqual(cancelled, ['0 0 opening']);
  assert.equal(guard.look(), 0);
  assert.deepEqual([counts.get(ORDERS_HALTED), counts.get(ORDERS_CANCELLED)], [2, 1]);
});

test('guard: a switch of one graph stops that graph of that account, whatever stood in its row before', () => {
  const board = createKillBoard(1, 2);
  const writer = new KillBoardWriter(board);
  const switches = new KillSwitches(writer);
  const set = createCounters(venueCounters);
  const cancelled: string[] = [];
  const guard = new VenueGuard(new KillBoardReader(board), (_venue, _account, id) => cancelled.push(id), new CounterWriter(set));
  const may = (accountId: number, graphId: string, isExit = false): boolean => (
    guard.mayPlace(0, accountId, `${accountId} ${graphId} ${isExit}`, isExit, markGraph(graphId, { low: 0, high: 0 })));
  assert.ok(may(0, 'a') && may(0, 'b') && may(1, 'a') && may(0, 'a', true));
  const scope = (graphId: string) => ({ kind: 'graph', accountId: 0, graphId }) as const;
  switches.engage(killOf(scope('a')), 1);
  assert.deepEqual([may(0, 'a'), may(0, 'b'), may(1, 'a'), may(0, 'a', true)], [false, true, true, true]);
  switches.enforce(killOf(scope('a')));
  assert.equal(guard.look(), 1);
  assert.deepEqual(cancelled, ['0 a false']);
  switches.engage(killOf(scope('b'), false), 2);
  assert.deepEqual([may(0, 'b'), may(0, 'b', true)], [false, false]);
  switches.answered({ kind: 'kill_clear', scope: scope('a') }, 3, true);
  assert.deepEqual([may(0, 'a'), may(0, 'b'), new KillBoardReader(board).graphs()], [true, false, 1]);
  switches.answered({ kind: 'kill_clear', scope: scope('b') }, 4, true);
  assert.deepEqual([may(0, 'b'), new KillBoardReader(board).graphs()], [true, 0]);
});

test('guard: orders of an earlier life are cancelled with the rest, until their venue says that they are not there', () => {
  const board = createKillBoard(1, 1);
  const switches = new KillSwitches(new KillBoardWriter(board));
  const cancelled: string[] = [];
  const guard = new VenueGuard(new KillBoardReader(board), (_venue, _account, id) => cancelled.push(id), new CounterWriter(createCounters(venueCounters)));
  for (const [id, isExit] of [['rests', false], ['gone', false], ['exit', true]] as const) guard.know(0, 0, id, isExit, { low: 1, high: 1 });
  guard.heard(report('gone', ReportKind.notFound));
  const kill = killOf({ kind: 'account', accountId: 0 });
  switches.engage(kill, 1);
  switches.enforce(kill);
  assert.equal(guard.look(), 1);
  assert.deepEqual(cancelled, ['rests']);
});

test('kill switches of more graphs than the board has rows: the newest stand there', () => {
  const board = createKillBoard(1, 1);
  const switches = new KillSwitches(new KillBoardWriter(board));
  const reader = new KillBoardReader(board);
  const bits = (i: number): number => reader.bitsOf(0, 0, markGraph(`graph ${i}`, { low: 0, high: 0 }));
  for (let i = 0; i <= GRAPHS_MAX; i++) switches.engage(killOf({ kind: 'graph', accountId: 0, graphId: `graph ${i}` }), i + 1);
  assert.equal(reader.graphs(), GRAPHS_MAX);
  assert.deepEqual([bits(0), bits(1), bits(GRAPHS_MAX)], [0, KILL_OPENING, KILL_OPENING]);
});

/** Why this test? Rows moved up when an older switch was cleared: a thread that had looked at the first row found no switch at all. */
test('a switch of one graph covers it at every step of a look, whatever else changes on the board meanwhile', (t) => {
  const load = Atomics.load;
  t.after(() => (Atomics.load = load));
  const scope = (graphId: string) => ({ kind: 'graph', accountId: 0, graphId }) as const;
  const mark = markGraph('stands', { low: 0, high: 0 });
  const changes: readonly ((switches: KillSwitches) => void)[] = [
    (switches) => switches.answered({ kind: 'kill_clear', scope: scope('before') }, 9, true),
    (switches) => switches.answered({ kind: 'kill_clear', scope: scope('after') }, 9, true),
    (switches) => switches.engage(killOf(scope('before')), 9),
    (switches) => switches.engage(killOf(scope('stands')), 9),
    (switches) => switches.engage(killOf(scope('another')), 9),
  ];
  for (const [which, change] of changes.entries()) {
    let loads = 1;
    for (let at = 0; at < loads; at++) {
      const board = createKillBoard(1, 1);
      const switches = new KillSwitches(new KillBoardWriter(board));
      for (const graphId of ['before', 'stands', 'after']) switches.engage(killOf(scope(graphId)), 1);
      const reader = new KillBoardReader(board);
      let seen = 0;
      Atomics.load = ((...words: Parameters<typeof load>) => {
        if (seen++ === at) change(switches);
        return load(...words);
      }) as typeof load;
      assert.equal(reader.bitsOf(0, 0, mark), KILL_OPENING, `change ${which} before look ${at}`);
      Atomics.load = load;
      loads = seen;
    }
    assert.ok(loads > 8, `${loads} looks`);
  }
});

test('marks of graphs: ids that differ in one character, in order or in length don’t meet', () => {
  const ids = Array.from({ length: 20_000 }, (_, i) => (i % 2 === 0 ? `g${i}` : `${i}-twap`));
  const marks = new Set([...ids, 'ab', 'ba', 'aab', 'aba', 'baa', ''].map((id) => {
    const { low, high } = markGraph(id, { low: 0, high: 0 });
    return `${low} ${high}`;
  }));
  assert.equal(marks.size, ids.length + 6);
});

function report(clientOrderId: string, kind: ReportEvent['kind']): ReportEvent {
  return {
    type: EventType.report, tNs: 0, venue: 0, kind, clientOrderId, venueOrderId: '', execId: '', lastTicks: 0, lastLots: 0, cumLots: -1, openLots: -1,
    priceTicks: -1, totalLots: -1, feeAsset: 0, fee1e8: 0, maker: 0, venueTsNs: -1, reason: VenueReason.none, text: '',
  };
}
