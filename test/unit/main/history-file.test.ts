import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { historyName, pruneHistories, readHistory, writeHistory } from '../../../src/main/history-file.js';
import { History } from '../../../src/scheduler/history.js';

const runId = new Uint8Array(16).fill(7);

function told(): History {
  const history = new History(1);
  history.account({ kind: 'account', accountId: 0, seq: 1, tNs: 5, channel: 'orders', graphId: 'g', nodeId: 'n', data: { a: 1 } });
  return history;
}

test('a damaged, foreign or missing history is told and nothing of it is used', () => {
  const folder = mkdtempSync(join(tmpdir(), 'legwork-history-'));
  try {
    writeHistory(folder, runId, 12, told());
    const good = new History(0);
    assert.equal(readHistory(folder, runId, 12, good), '');
    assert.equal(good.events(0).length, 1);
    assert.match(readHistory(folder, runId, 13, new History(0)), /ENOENT/);
    assert.match(readHistory(folder, new Uint8Array(16), 12, new History(0)), /another journal/);
    const path = join(folder, historyName(12));
    const bytes = readFileSync(path);
    for (let at = 0; at < bytes.length; at++) {
      const flipped = Buffer.from(bytes);
      flipped[at] = (bytes[at] ?? 0) ^ 1;
      writeFileSync(path, flipped);
      const history = new History(0);
      assert.notEqual(readHistory(folder, runId, 12, history), '', `byte ${at} flipped`);
      assert.equal(history.accounts, 0);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('histories go with their snapshots', () => {
  const folder = mkdtempSync(join(tmpdir(), 'legwork-history-'));
  try {
    for (const sequence of [3, 12]) writeHistory(folder, runId, sequence, told());
    writeFileSync(join(folder, 'snapshot-0000000000000012.lws'), '');
    pruneHistories(folder);
    assert.deepEqual(readdirSync(folder).sort(), [historyName(12), 'snapshot-0000000000000012.lws']);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
