/** The gate's judgement: it must say no to what is slower and yes to noise; and its cases run. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '../../../src/base/prng.js';
import { goals, goalTable, reached } from '../../../bench/goals.js';
import { gateCases } from '../../../bench/gate-cases.js';
import { ALLOWED, judge, shape } from '../../../bench/support/judge.js';
import { barChart } from '../../../bench/support/chart.js';
import { rankTest } from '../../../bench/support/mann-whitney.js';

function noisy(seed: number, around: number): number[] {
  const prng = new Prng(seed);
  return Array.from({ length: 25 }, () => around * (1 + prng.below(1_000) / 5_000));
}

test('rankTest: a third slower is sure, equal is not, and sides change the sign', () => {
  assert.ok(rankTest(noisy(1, 133), noisy(2, 100)).z > 5);
  assert.ok(Math.abs(rankTest(noisy(1, 100), noisy(2, 100)).z) < 2.33);
  assert.ok(rankTest(noisy(1, 100), noisy(2, 133)).z < -5);
  assert.equal(rankTest([1, 1, 1], [1, 1, 1]).z, 0);
});

test('rankTest: known example, with ties at their mean ranks', () => {
  // Ranks of a: 1, 3, 5 (U = 3 of 9, mean 4.5, variance 5.25), with half a rank of continuity.
  assert.ok(Math.abs(rankTest([1, 3, 5], [2, 4, 6]).z - -1 / Math.sqrt(5.25)) < 1e-9);
});

test('gate cases: each makes a figure under its own name', () => {
  for (const [name, make] of Object.entries(gateCases)) {
    const one = make('none', 0.01);
    const value = one.measure();
    assert.ok(one.name === name && (one.unit === 'bytes' ? value >= 0 : value > 0), `${name}: ${value}`);
  }
});

test('judge: more than 15 % and sure of it; bytes where there were none', () => {
  const before = noisy(3, 100);
  assert.ok(judge('ratio', noisy(4, 100 * ALLOWED * 1.15), before).isWorse);
  assert.ok(!judge('ratio', noisy(5, 105), before).isWorse);
  assert.ok(!judge('ratio', noisy(6, 70), before).isWorse);
  assert.ok(judge('bytes', [64, 80, 72], [0, 2, 1]).isWorse);
  assert.ok(!judge('bytes', [3, 80, 0], [0, 2, 1]).isWorse);
  assert.equal(shape([0, 0, 10], 0, 10).replaceAll('·', ''), '▆▃');
});

test('goals: judged by figure or ratio; a missing row is said to be missing', () => {
  const first = goals.find(({ of }) => of === 'ratio');
  assert.ok(first !== undefined && first.most !== undefined);
  const row = { bench: first.bench, what: first.row, value: 10, low: 9, high: 11, unit: 'ns', checksum: 1, floor: { what: 'bare', value: 10 / first.most } };
  const lines = goalTable([row]);
  assert.equal(lines.filter((line) => line.endsWith('| yes |')).length, goals.filter((goal) => goal.row === first.row).length);
  assert.equal(lines.filter((line) => line.includes('not measured')).length, goals.length - 1);
  assert.ok(!reached(first, first.most * 1.01));
  assert.match(barChart('x <y>', [row]), /^<svg[^]*&lt;y>[^]*<\/svg>\n$/);
});
