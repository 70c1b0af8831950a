/** `legwork start --data` on a journal that the last build of the format before this one wrote. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { runReplay } from '../../src/cli/replay.js';
import { FORMAT_VERSION, HEADER_AT } from '../../src/journal/format.js';
import { realFs } from '../../src/journal/journal-fs.js';
import { verifyJournal } from '../../src/journal/verify.js';
import { journalPath } from '../../src/main/data-directory.js';
import { StartedEngine } from './started-engine.js';

const FIXTURE = 'test/crash/format-2';

/** The last segment gets its zeros back: a header says how long the file is. */
function unpack(folder: string): void {
  const journal = journalPath(folder);
  mkdirSync(journal, { recursive: true });
  const names = readdirSync(FIXTURE).filter((name) => name.endsWith('.gz')).sort();
  for (const name of names) writeFileSync(join(journal, name.slice(0, -3)), gunzipSync(readFileSync(join(FIXTURE, name))));
  const last = join(journal, realFs.list(journal).filter((name) => name.endsWith('.lwj')).sort().at(-1) ?? '');
  const header = readFileSync(last).subarray(0, 4096);
  assert.equal(header.readUInt32LE(HEADER_AT.version), FORMAT_VERSION - 1, 'the fixture is of the format before');
  truncateSync(last, Number(header.readBigUInt64LE(HEADER_AT.segmentBytes)));
}

test('a journal of the previous format is recovered by a real start, goes on in this one, and all of it replays', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'legwork-format-'));
  unpack(folder);
  const engine = await StartedEngine.start(folder);
  try {
    const { fills } = (await engine.client.get('/v1/fills')).json as { fills: { fill_id: string }[] };
    assert.deepEqual(fills.map(({ fill_id }) => fill_id), ['L2-0-1S-3-0-1-1', 'L1-0-1B-1-0-1-1']);
    const { orders } = (await engine.client.get('/v1/orders?limit=10')).json as { orders: { graph_id: string; status: string }[] };
    const status = new Map(orders.map((order) => [order.graph_id, order.status]));
    assert.deepEqual([status.get('bought'), status.get('sold')], ['FILLED', 'FILLED']);
    assert.ok(status.has('rests') && status.has('waits'), 'resting orders are known');
    const again = await engine.client.post('/v1/orders', { symbol: 'ETH-USD', side: 'buy', qty: 0.05, graph_id: 'bought' });
    assert.equal(again.status, 200, `the same order again is answered, not sent: ${again.text}`);
    const more = await engine.client.post('/v1/orders', { symbol: 'ETH-USD', side: 'buy', qty: 0.03, graph_id: 'newer' });
    assert.deepEqual([more.status, more.headers['x-durability']], [201, 'process'], more.text);
    await engine.eventually('/v1/fills', (got) => got.text.includes('"graph_id":"newer"'));
  } finally {
    await engine.end('SIGKILL');
  }
  const verdict = verifyJournal(realFs, journalPath(folder));
  assert.equal(verdict.problem, undefined, verdict.problem?.message);
  assert.ok(verdict.segments === 3 && verdict.records > 70, JSON.stringify(verdict));
  const said: string[] = [];
  assert.equal(runReplay({ directory: folder, at: null, trace: 'newer', write: (text) => void said.push(text) }), 0);
  assert.match(said.join(''), /filled/);
  assert.match(said.join(''), /snapshot at 37: an older build's state; not compared/);
  rmSync(folder, { recursive: true, force: true });
});
