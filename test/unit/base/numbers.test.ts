import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bigIntToDecimal, decimalToBigInt } from '../../../src/base/decimal.js';
import { RunningHash } from '../../../src/base/hash.js';
import { Prng } from '../../../src/base/prng.js';
import { Wide } from '../../../src/base/wide.js';
import { assertLimits } from '../../../src/base/limits.js';

const safe = fc.integer({ min: -(2 ** 53 - 1), max: 2 ** 53 - 1 });
const factor = fc.integer({ min: -(2 ** 47), max: 2 ** 47 });

test('Wide sums products exactly, as BigInt does', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(factor, factor), { maxLength: 8 }), fc.array(safe, { maxLength: 8 }), (pairs, sums) => {
      const wide = new Wide();
      let exact = 0n;
      for (const [a, b] of pairs) {
        wide.addProduct(a, b);
        exact += BigInt(a) * BigInt(b);
      }
      for (const value of sums) {
        wide.add(value);
        exact += BigInt(value);
      }
      assert.equal(wide.toBigInt(), exact);
      assert.equal(wide.sign(), exact === 0n ? 0 : exact > 0n ? 1 : -1);
      const copy = new Wide();
      copy.setBigInt(exact);
      assert.equal(copy.compare(wide), 0);
      copy.subWide(wide);
      assert.equal(copy.toBigInt(), 0n);
    }),
    { numRuns: 2_000 },
  );
});

test('decimal text becomes an exact integer or says why not', () => {
  assert.equal(decimalToBigInt('16384.29', 9), 16384290000000n);
  assert.equal(decimalToBigInt('1e-8', 8), 1n);
  assert.equal(decimalToBigInt('-0.5', 8), -50000000n);
  assert.equal(decimalToBigInt('1.000000001', 8), 'inexact');
  for (const text of ['', 'NaN', '1,5', '0x10', '1e99', '--1', '.5', 'Infinity']) {
    assert.equal(decimalToBigInt(text, 8), 'malformed', text);
  }
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 22n), max: 10n ** 22n }), (value) => {
      assert.equal(decimalToBigInt(bigIntToDecimal(value, 9), 9), value);
    }),
  );
});

test('one seed, one sequence; forks do not disturb it', () => {
  const draw = (prng: Prng): number[] => Array.from({ length: 20 }, () => prng.below(1000));
  assert.deepEqual(draw(new Prng(7)), draw(new Prng(7)));
  assert.notDeepEqual(draw(new Prng(7)), draw(new Prng(8)));
  const [a, b] = [new Prng(7), new Prng(7)];
  draw(a.fork(1));
  b.fork(1);
  assert.deepEqual(draw(a), draw(b));
  const counts = new Array<number>(10).fill(0);
  const many = new Prng(3);
  for (let i = 0; i < 100_000; i++) counts[many.below(10)] = (counts[many.below(10)] ?? 0) + 1;
  assert.ok(counts.every((count) => count > 9_000 && count < 11_000), String(counts));
});

test('the running hash sees order, sign and length', () => {
  const of = (write: (hash: RunningHash) => void): string => {
    const hash = new RunningHash();
    write(hash);
    return hash.hex();
  };
  const seen = new Set([
    of((h) => h.integer(1)),
    of((h) => h.integer(-1)),
    of((h) => h.integer(2 ** 40)),
    of((h) => h.text('ab')),
    of((h) => h.text('ba')),
    of((h) => {
      h.text('a');
      h.text('b');
    }),
  ]);
  assert.equal(seen.size, 6);
  assert.equal(of((h) => h.integer(5)), of((h) => h.integer(5)));
});

test('limits hold their relations', () => {
  assertLimits();
});
