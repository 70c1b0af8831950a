/** Order, pace and the end of a reader that is too slow. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Outbox, queuedBytesMax } from '../../../../src/gateway/streams/outbox.js';

function rig() {
  const sent: string[] = [];
  const state = { unread: 0, slow: 0, reading: true };
  const outbox = new Outbox({
    unreadBytes: () => state.unread,
    send: (frame) => {
      sent.push(frame);
      if (!state.reading) state.unread += frame.length;
    },
    cork: (run) => run(),
    tooSlow: () => void state.slow++,
  });
  return { sent, state, outbox };
}

const thunks = (n: number, text: string): (() => string)[] => Array.from({ length: n }, (_, i) => () => `${text}${i}`);

test('what was asked for goes at the reader’s pace; what happens meanwhile comes after it', () => {
  const { sent, state, outbox } = rig();
  state.reading = false;
  outbox.bulk(thunks(1_000, 'x'.repeat(1_000)));
  assert.ok(sent.length < 300, 'paused');
  outbox.live('live');
  assert.equal(state.slow, 0, 'a long replay alone ends nobody');
  state.reading = true;
  state.unread = 0;
  outbox.pump();
  assert.equal(sent.length, 1_001);
  assert.equal(sent.at(-1), 'live');
  outbox.live('direct');
  assert.equal(sent.at(-1), 'direct');
});

test('live frames beyond 1 MiB end it once, and nothing follows', () => {
  const { sent, state, outbox } = rig();
  state.reading = false;
  const frame = 'y'.repeat(64 * 1024);
  for (let i = 0; i < queuedBytesMax / frame.length; i++) outbox.live(frame);
  assert.equal(state.slow, 0);
  outbox.live(frame);
  assert.equal(state.slow, 1);
  const count = sent.length;
  outbox.live(frame);
  outbox.bulk(thunks(3, 'z'));
  assert.equal(sent.length, count);
  assert.equal(state.slow, 1);
});

test('live frames behind a replay count too', () => {
  const { state, outbox } = rig();
  state.reading = false;
  outbox.bulk(thunks(1_000, 'x'.repeat(1_000)));
  for (let i = 0; state.slow === 0 && i < 100; i++) outbox.live('y'.repeat(64 * 1024));
  assert.equal(state.slow, 1);
});
