import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { BinanceFrameParser, FrameKind, newFrameChanges } from '../../../src/market/recording-parser.js';
import { SequenceGate, Verdict } from '../../../src/market/recording-sequence.js';
import { makeTape, TapeKind, type Tape } from '../../../src/market/recording-tape.js';
import { readRecording } from '../../../src/market/recording.js';

const scale = { tick1e9: 10_000_000, lot1e8: 100 };

function parse(text: string): ReturnType<typeof newFrameChanges> {
  const out = newFrameChanges();
  const bytes = Buffer.from(text, 'latin1');
  new BinanceFrameParser(scale).parse(bytes, 0, bytes.length, out);
  return out;
}

function depth(first: number, last: number, bids: string[][], asks: string[][], prev?: number): string {
  const ids = { U: first, u: last, ...(prev === undefined ? {} : { pu: prev }) };
  const data = { e: 'depthUpdate', E: 1, s: 'X', ...ids, b: bids, a: asks };
  return JSON.stringify({ stream: 'x@depth', data });
}

function snapshot(id: number, bids: string[][], asks: string[][]): string {
  return JSON.stringify({ lastUpdateId: id, bids, asks });
}

function tapeOf(frames: readonly string[], rule: 'spot' | 'futures' = 'spot'): Tape {
  const lines = frames.map((frame, i) => `${1_700_000_000_000_000_000n + BigInt(i) * 1_000_000n} ${frame}`);
  const recording = readRecording(gzipSync(Buffer.from(`${lines.join('\n')}\n`, 'latin1')));
  return makeTape(recording, new BinanceFrameParser(scale), rule);
}

const book = snapshot(10, [['100.00', '1']], [['101.00', '1']]);

test('lines become frames with times from the first, the recorder’s lag added', () => {
  const text = '1700000000000000000 {"a":1}\n1700000000000000500 {"b":2}\n1700000000000000400 {}\n';
  const recording = readRecording(gzipSync(Buffer.from(text)));
  assert.equal(recording.count, 3);
  assert.deepEqual([...recording.timeNs], [0, 500, 500], 'time never goes back');
  assert.equal(recording.startNs, 1_700_000_001_272_000_000n);
  const second = recording.bytes.subarray(recording.from[1], recording.to[1]);
  assert.equal(Buffer.from(second).toString(), '{"b":2}');
});

test('a line without a stamp is named', () => {
  assert.throws(() => readRecording(gzipSync(Buffer.from('1700000000000000000 {}\nnonsense\n'))), /line 2/);
});

test('prices and quantities are read exactly; remainders finer than a lot are left out', () => {
  const out = parse(depth(1, 2, [['61737.63000000', '25.42618999']], [['61837.64000000', '0.00000000']]));
  assert.equal(out.kind, FrameKind.depth);
  assert.deepEqual([out.bids[0], out.bids[1]], [6_173_763, 25_426_189]);
  assert.deepEqual([out.asks[0], out.asks[1]], [6_183_764, 0]);
  assert.deepEqual([out.firstId, out.lastId, out.prevId], [1, 2, -1]);
});

test('a trade tells the taker’s side', () => {
  const trade = (maker: boolean): string =>
    JSON.stringify({ stream: 'x@trade', data: { e: 'trade', E: 5, p: '100.01', q: '0.5', m: maker } });
  assert.deepEqual([parse(trade(true)).takerSide, parse(trade(false)).takerSide], [-1, 1]);
  assert.deepEqual([parse(trade(true)).tradeTicks, parse(trade(true)).tradeLots], [10_001, 500_000]);
});

test('what isn’t whole is corrupt, never a price', () => {
  const good = depth(1, 2, [['100.00', '1']], [['101.00', '1']]);
  const bad = [
    good.slice(0, -3), good.replace('100.00', '1e2'), good.replace('100.00', '-100.00'),
    good.replace('100.00', '100.001'),
    good.replace('"U":1', '"U":3'), good.replace('[["100.00","1"]]', '[["100.00"]]'), good.replace('"1"', '"1.0.0"'),
    good.replace('[["100.00","1"]]', '7'), '', 'null', '[]', '{"data":5}', good.replace('101.00', '0.00'),
  ];
  for (const text of bad) assert.equal(parse(text).kind, FrameKind.corrupt, text);
  assert.equal(parse('{"stream":"x","data":{"e":"bookTicker"}}').kind, FrameKind.ignored);
});

test('the sequence rules of spot and futures', () => {
  type Row = readonly ['spot' | 'futures', readonly (readonly [number, number, number])[], readonly Verdict[]];
  const { old, apply, gap } = Verdict;
  const rows: readonly Row[] = [
    ['spot', [[8, 10, -1], [9, 12, -1], [13, 13, -1], [15, 16, -1]], [old, apply, apply, gap]],
    ['spot', [[12, 14, -1]], [gap]],
    ['futures', [[7, 9, 6], [9, 12, 8], [20, 30, 12], [40, 50, 31]], [old, apply, apply, gap]],
    ['futures', [[11, 12, 10]], [gap]],
  ];
  for (const [rule, messages, verdicts] of rows) {
    const gate = new SequenceGate(rule);
    assert.equal(gate.depth(1, 1, -1), Verdict.early);
    gate.snapshot(10);
    assert.deepEqual(messages.map(([first, last, prev]) => gate.depth(first, last, prev)), verdicts);
  }
});

test('a tape joins snapshot and the deltas around it', () => {
  const tape = tapeOf([
    depth(8, 10, [['99.00', '1']], []), depth(9, 11, [['100.50', '2']], []), book, depth(12, 12, [], [['101.00', '3']]),
  ]);
  assert.deepEqual([...tape.kind], [TapeKind.snapshot, TapeKind.delta, TapeKind.delta]);
  assert.deepEqual([tape.startMid2, tape.endMid2], [10_050 + 10_100, 10_050 + 10_100]);
  assert.deepEqual([...tape.ticks], [10_000, 10_100, 10_050, 10_100]);
});

test('after a gap nothing is taken until the next snapshot', () => {
  const tape = tapeOf([
    book, depth(11, 11, [['100.10', '1']], []), depth(13, 13, [['100.20', '1']], []),
    snapshot(13, [['100.20', '1']], [['101.00', '1']]), depth(14, 14, [['100.30', '1']], []),
  ]);
  assert.equal(tape.gaps, 1);
  assert.deepEqual([...tape.kind], [TapeKind.snapshot, TapeKind.delta, TapeKind.snapshot, TapeKind.delta]);
  assert.equal(tape.endMid2, 10_030 + 10_100);
});

test('a crossed or corrupt message never becomes a price', () => {
  const tape = tapeOf([
    book, depth(11, 11, [['101.50', '1']], []), depth(12, 12, [['100.20', '1']], []),
    snapshot(12, [['100.20', '1']], [['101.00', '1']]), depth(13, 13, [['oops', '1']], []),
    depth(14, 14, [['100.40', '1']], []), snapshot(14, [['100.40', '1']], [['101.00', '1']]),
  ]);
  assert.deepEqual([tape.crossed, tape.corrupt, tape.gaps], [1, 1, 1]);
  assert.ok(!tape.ticks.includes(10_150));
  assert.equal(tape.endMid2, 10_040 + 10_100);
});

test('the shipped recordings are whole: no gap, never crossed, nothing corrupt', () => {
  const file = 'recordings/binance-spot-ethusdt-20240808.gz';
  const tape = makeTape(
    readRecording(readFileSync(file)), new BinanceFrameParser({ tick1e9: 10_000_000, lot1e8: 1_000 }), 'spot',
  );
  assert.deepEqual([tape.gaps, tape.crossed, tape.corrupt], [0, 0, 0]);
  assert.ok(tape.count > 9_000 && tape.durationNs > 340e9);
});
