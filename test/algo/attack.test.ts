import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attack } from './attack.js';

test('under attack every order of others is answered, and the offenders die (figures: npm run algo:attack)', async () => {
  const { quietMs, attackedMs, deaths, uploads } = await attack({ phases: 1, orders: 12, gapMs: 5 });
  assert.deepEqual([quietMs.length, attackedMs.length], [12, 12]);
  assert.ok(uploads > 0 && deaths > 0, `${uploads} uploads, ${deaths} deaths`);
});
