import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { admit } from '../../src/algo/admission/admit.js';
import { Probe } from '../../src/algo/admission/probe.js';
import { hostileKinds, type Fate } from './hostile-kinds.js';
import { BINANCE, book, deploy, only, recorder } from './support.js';

const probe = new Probe();
after(() => probe.close());

/** Runs a module as far as it gets: refused, dead within ten books, or harmless. */
async function fateOf(bytes: Uint8Array): Promise<{ fate: Fate; detail: string; ordersThatLeft: number }> {
  const result = await admit(bytes, probe);
  if (!result.ok) return { fate: result.error.code, detail: result.error.message, ordersThatLeft: 0 };
  const sink = recorder();
  const deployment = deploy(result.value, sink);
  for (let t = 1; t <= 10; t++) deployment.bookChanged(BINANCE, 0, book([6_000_000, 5], [6_000_010, 5]), t);
  const instance = only(deployment);
  const calls = instance.callbacks;
  if (instance.death !== undefined) {
    deployment.bookChanged(BINANCE, 0, book([6_000_000, 5], [6_000_010, 5]), 11);
    assert.equal(instance.callbacks, calls, 'a dead instance is never called again');
  }
  return { fate: instance.death?.reason ?? 'harmless', detail: instance.death?.detail ?? '', ordersThatLeft: sink.actions.length };
}

test(`hostile modules: ${hostileKinds.length} kinds, none harms the host`, async (t) => {
  assert.ok(hostileKinds.length >= 44);
  assert.equal(new Set(hostileKinds.map(({ name }) => name)).size, hostileKinds.length);
  for (const { name, make, fate: expected } of hostileKinds) {
    await t.test(name, async () => {
      const { fate, detail, ordersThatLeft } = await fateOf(make());
      assert.ok(expected.includes(fate), `expected ${expected.join(' or ')}, came ${fate}: ${detail}`);
      assert.ok(fate === 'harmless' || detail.length > 0, 'the offender is told why');
      assert.equal(ordersThatLeft, 0, 'no order leaves');
    });
  }
  assert.equal(probe.children, 1, 'the compiling process never died');
});
