import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import binaryen from 'binaryen';
import { Prng } from '../../../src/base/prng.js';
import { checkAndMeter } from '../../../src/algo/admission/admit.js';
import { runLimits } from '../../../src/algo/limits.js';
import { baseParts, build, END, EMPTY, I32, i32, LOOP, onBook } from '../../algo/guest-builder.js';

type BookFn = (book: number, state: number) => number;

function metered(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const result = checkAndMeter(bytes);
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message}`);
  return result.value.metered;
}

function instance(bytes: Uint8Array, fuel: number = runLimits.fuelPerCallback): WebAssembly.Exports {
  const env = { host_log_impl: () => {}, __seq_send: () => {} };
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env });
  const budget = exports['__lw_budget'] as WebAssembly.Global | undefined;
  if (budget !== undefined) budget.value = fuel;
  return exports;
}

/** Counts down from n in a loop of four cheap instructions, then returns 0. */
const countDown = (n: number): Uint8Array => onBook(
  [...i32(n), 0x21, 2, ...LOOP, 0x20, 2, ...i32(1), 0x6b, 0x22, 2, 0x0d, 0, END, ...i32(0)], [[1, I32]],
);

function fuelUsed(bytes: Uint8Array): number {
  const exports = instance(metered(bytes));
  (exports['algo_on_book_v3'] as BookFn)(0, 0);
  return runLimits.fuelPerCallback - Number((exports['__lw_fuel'] as WebAssembly.Global).value);
}

test('fuel counts every iteration, exactly and always the same', () => {
  const [ten, twenty, thousand] = [10, 20, 1_000].map((n) => fuelUsed(countDown(n)));
  const each = ((twenty ?? 0) - (ten ?? 0)) / 10;
  assert.ok(Number.isInteger(each) && each >= 4 && each <= 7, `an iteration costs ${each}`);
  assert.equal(thousand, (ten ?? 0) + 990 * each);
  assert.equal(fuelUsed(countDown(1_000)), thousand);
});

test('bulk instructions pay by their length, growth by the page', () => {
  const fill = (bytes: number): Uint8Array => onBook([...i32(0x30000), ...i32(0), ...i32(bytes), 0xfc, 11, 0, ...i32(0)]);
  assert.equal(fuelUsed(fill(8_000)) - fuelUsed(fill(0)), 1_000);
  const grow = (pages: number): Uint8Array => onBook([...i32(pages), 0x40, 0, 0x1a, ...i32(0)]);
  assert.equal(fuelUsed(grow(3)) - fuelUsed(grow(0)), 3 * 2_048);
});

test('each call starts with all its fuel and depth, however the last one ended', () => {
  const exports = instance(metered(countDown(1_000)), 10_000);
  const call = exports['algo_on_book_v3'] as BookFn;
  for (let i = 0; i < 100; i++) assert.equal(call(0, 0), 0);
});

test('depth: as deep as the limit returns, one deeper traps, and only there', () => {
  const recurse = (levels: number): Uint8Array => build({
    ...baseParts([...i32(levels), 0x10, 2]), functions: [
      { type: 1, code: i32(0x30000) }, { type: 0, code: [...i32(levels), 0x10, 2] },
      { type: 1, code: [0x20, 0, 0x45, 0x04, I32, ...i32(7), 0x05, 0x20, 0, ...i32(1), 0x6b, 0x10, 2, END] },
    ],
  });
  // on_book itself is one level.
  const deepest = runLimits.callDepth - 2;
  assert.equal((instance(metered(recurse(deepest)))['algo_on_book_v3'] as BookFn)(0, 0), 7);
  assert.throws(() => (instance(metered(recurse(deepest + 1)))['algo_on_book_v3'] as BookFn)(0, 0), WebAssembly.RuntimeError);
});

test('functions of several results and early returns give what they gave', () => {
  const parts = baseParts([0x10, 2, 0x6a]);
  parts.types.push({ params: [], results: [I32, I32] });
  parts.functions.push({ type: 5, code: [...i32(1), 0x04, EMPTY, ...i32(40), ...i32(2), 0x0f, END, ...i32(1), ...i32(1)] });
  assert.equal((instance(metered(build(parts)))['algo_on_book_v3'] as BookFn)(0, 0), 42);
});

test('binaryen finds the metered algos valid', () => {
  for (const name of ['peg', 'sniper', 'iceberg', 'maker', 'xhedge']) {
    const features = binaryen.Features.MVP | binaryen.Features.BulkMemory | binaryen.Features.BulkMemoryOpt |
      binaryen.Features.SignExt | binaryen.Features.NontrappingFPToInt | binaryen.Features.MutableGlobals;
    const module = binaryen.readBinaryWithFeatures(metered(readFileSync(`dist/algos/${name}.wasm`)), features);
    assert.equal(module.validate(), 1, name);
    module.dispose();
  }
});

test('metered and bare algos do the same with 500 random books', () => {
  const random = new Prng(5);
  for (const name of ['peg', 'sniper', 'iceberg', 'maker', 'xhedge']) {
    const bytes = readFileSync(`dist/algos/${name}.wasm`);
    const twins = [instance(bytes), instance(metered(bytes))].map((exports) => {
      const memory = exports['memory'] as WebAssembly.Memory;
      const at = (exports['algo_alloc'] as (size: number) => number)(3_160);
      return { call: exports['algo_on_book_v3'] as BookFn, memory, at };
    });
    for (let n = 0; n < 500; n++) {
      const input = Uint8Array.from({ length: 2_232 }, () => (random.chance(1, 3) ? random.below(256) : 0));
      input.set([random.below(21), random.below(21)], 640);
      input[656 + 1_312] = random.below(33);
      const outputs = twins.map(({ call, memory, at }) => {
        new Uint8Array(memory.buffer as ArrayBuffer).set(input, at);
        let pointer: number | string;
        try {
          pointer = call(at, at + 656);
        } catch (error) {
          return String(error);
        }
        return Buffer.from(memory.buffer as ArrayBuffer, pointer, 520).toString('hex');
      });
      assert.equal(outputs[0], outputs[1], `${name}, book ${n}`);
    }
  }
});
