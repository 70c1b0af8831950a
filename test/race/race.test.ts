import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accept, forbid, judge, type Race } from './outcomes.js';
import { races } from './races.js';

for (const race of races) {
  test(`race of ${race.short}: ${race.name}`, async () => {
    const observed = await race.run(race.short);
    judge(race, observed);
    const total = Object.values(observed).reduce((sum, count) => sum + count, 0);
    assert.ok(total > 0, 'somebody observed something');
  });
}

test('the judge refuses what is forbidden and what the table does not have', () => {
  const race: Race = { name: 'x', outcomes: { good: accept('fine'), bad: forbid('no') }, short: 1, long: 1, run: async () => ({}) };
  assert.throws(() => judge(race, { good: 1, bad: 1 }), /no/);
  assert.throws(() => judge(race, { odd: 1 }), /not in the table/);
  assert.match(judge(race, { good: 1 }), /fine/);
});
