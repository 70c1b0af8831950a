/** A client's sequence of account events goes on over a kill and a clean restart, and all of it can be resumed. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runReplay } from '../../src/cli/replay.js';
import type { StreamClient } from '../api/stream-client.js';
import { StartedEngine } from './started-engine.js';

const channels = ['orders', 'fills', 'graphs', 'children', 'routing', 'tca', 'risk'];

function seqsOf(texts: readonly string[]): number[] {
  return texts.map((text) => Number(/^\{"channel":"\w+","seq":(\d+),/.exec(text)?.[1]));
}

/** Every event after `from`, as they were sent. */
async function resumed(engine: StartedEngine, from: number, upTo: number): Promise<string[]> {
  const stream = await engine.stream();
  stream.send({ subscribe: channels, from_seq: from });
  await stream.until(`event ${upTo}`, () => events(stream).some((text) => seqsOf([text])[0] === upTo));
  const texts = events(stream);
  assert.equal(stream.texts.some((text) => text.startsWith('{"resync"')), false, 'resumed, not told to resync');
  stream.end();
  return texts;
}

function events(stream: StreamClient): string[] {
  return stream.texts.filter((text) => text.startsWith('{"channel"') && !text.includes('"snapshot":true'));
}

async function trade(engine: StartedEngine, id: string): Promise<void> {
  const body = { symbol: 'ETH-USD', side: 'buy', qty: 0.05, graph_id: id };
  const made = await engine.client.post('/v1/orders', body);
  assert.equal(made.status, 201, made.text);
}

/** The account's last sequence once nothing is said any more: all its orders are filled. */
async function lastSeq(engine: StartedEngine): Promise<number> {
  await engine.eventually('/v1/orders?limit=100', (got) => got.status === 200 && !/"status":"(NEW|WORKING|PARTIAL)"/.test(got.text));
  const stream = await engine.stream();
  stream.send({ subscribe: ['graphs'] });
  await stream.until('a snapshot', () => stream.texts.some((text) => text.includes('"snapshot":true')));
  const seq = Number(/"seq":(\d+)/.exec(stream.texts.find((text) => text.includes('"snapshot":true')) ?? '')?.[1]);
  stream.end();
  return seq;
}

test('account events resume from the first on, the same bytes, after a kill and after a clean restart', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'legwork-resume-'));
  let engine = await StartedEngine.start(folder);
  try {
    const second = spawnSync(process.execPath, ['dist/src/cli/legwork.js', 'start', '--port', '0', '--data', folder], { encoding: 'utf8' });
    assert.notEqual(second.status, 0);
    assert.match(second.stderr, /is held by process \d+ .*one process per directory/, 'a second process on the same directory is refused');
    for (let i = 0; i < 3; i++) await trade(engine, `a${i}`);
    const first = await lastSeq(engine);
    const told = await resumed(engine, 0, first);
    assert.deepEqual(seqsOf(told), Array.from({ length: first }, (_, i) => i + 1));

    await engine.end('SIGKILL');
    engine = await StartedEngine.start(folder);
    assert.deepEqual((await resumed(engine, 0, first)).slice(0, first), told, 'the same after a kill');
    await trade(engine, 'b');
    const later = await lastSeq(engine);
    const more = await resumed(engine, 0, later);
    assert.deepEqual(seqsOf(more), Array.from({ length: later }, (_, i) => i + 1));
    const fills = (await engine.client.get('/v1/fills')).text;

    assert.equal(await engine.end('SIGTERM'), 0);
    engine = await StartedEngine.start(folder);
    assert.match(engine.stdout, / 0 events replayed/, 'everything came from the snapshot');
    assert.deepEqual((await resumed(engine, 0, later)).slice(0, later), more, 'the same after a clean restart');
    assert.deepEqual((await resumed(engine, first, later)).slice(0, later - first), more.slice(first));
    assert.equal((await engine.client.get('/v1/fills')).text, fills);
    // Reasons of a graph that ended before the restart; a replay of the journal tells the same.
    const { traces } = (await engine.client.get('/v1/traces?node_order_id=b&limit=1000')).json as { traces: { text: string }[] };
    const said = traces.map(({ text }) => text);
    assert.match(said.join('; '), /decides on binance .*plan: .*sends buy 0\.05 .*filled/);
    // Not a clean end: a second snapshot would let the first segments go.
    await engine.end('SIGKILL');
    const replayed: string[] = [];
    const write = (text: string): void => void replayed.push(text);
    assert.equal(runReplay({ directory: folder, at: null, trace: 'b', write }), 0);
    const lines = replayed.filter((line) => /^\d{4}-\d\d-\d\dT/.test(line)).map((line) => line.replace(/^\S+ \S+ +/, '').trimEnd());
    assert.deepEqual(lines, said);
    assert.match(replayed.join(''), /snapshot at \d+: state hash [0-9a-f]{16} is the replayed one/);
  } finally {
    await engine.end('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
});
