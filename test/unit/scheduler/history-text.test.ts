import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../../src/base/limits.js';
import type { AccountEvent } from '../../../src/protocol/effects.js';
import { stringifyExact } from '../../../src/protocol/json/stringify.js';
import { History } from '../../../src/scheduler/history.js';
import { historyText, restoreHistory } from '../../../src/scheduler/history-text.js';

function event(seq: number, channel: AccountEvent['channel'] = 'orders', accountId = 0): AccountEvent {
  const data = { symbol: 'BTC-USD', cost_bps: -11.36, ts_ns: 1_795_615_620_828_697_538n, note: 'a\tb\n"ü"', seq };
  return { kind: 'account', accountId, seq, tNs: 1_000 * seq, channel, graphId: 'g', nodeId: 'n', data };
}

function again(history: History): History {
  const restored = new History(0);
  restoreHistory(restored, historyText(history));
  return restored;
}

test('what accounts were told comes back, each event to the byte', () => {
  const history = new History(2);
  for (let seq = 1; seq <= 5; seq++) history.account(event(seq, seq === 3 ? 'fills' : 'orders'));
  history.account(event(1, 'tca', 1));
  history.trace({ kind: 'trace', graphKey: '1/g', nodeId: 'n', text: 'plan: kraken 3@7' }, 9);
  const restored = again(history);
  for (const account of [0, 1]) {
    assert.deepEqual(restored.events(account).map((one) => stringifyExact(one.data)), history.events(account).map((one) => stringifyExact(one.data)));
  }
  assert.deepEqual(restored.fills(0).map((one) => one.seq), [3]);
  assert.deepEqual(restored.lines('1/g'), [{ tNs: 9, nodeId: 'n', text: 'plan: kraken 3@7' }]);
  assert.equal(historyText(again(restored)), historyText(history), 'a second time too');
});

test('it goes on behind what came back, and says what is too old', () => {
  const history = new History(1);
  for (let seq = 1; seq <= 2 * limits.accountEventsKept; seq++) history.account(event(seq, seq === 2 ? 'fills' : 'orders'));
  const restored = again(history);
  const first = limits.accountEventsKept + 1;
  assert.equal(restored.events(0)[0]?.seq, first);
  assert.deepEqual(restored.fills(0).map((one) => one.seq), [2], 'lists reach further back than resume');
  restored.account(event(2 * limits.accountEventsKept + 1));
  assert.equal(restored.since(0, first - 2, 10), null);
  assert.deepEqual(restored.since(0, first - 1, 2)?.map((one) => one.seq), [first, first + 1]);
  assert.equal(restored.since(0, 2 * limits.accountEventsKept, 10)?.length, 1);
});

test('a text that is none is refused', () => {
  assert.throws(() => restoreHistory(new History(0), 'other[0,1]\n'), SyntaxError);
});
