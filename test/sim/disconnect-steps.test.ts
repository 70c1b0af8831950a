/**
 * Disconnect at every step of every policy, through venues with a true ledger: at the k-th order that is sent, and again
 * a moment later (its answer on the way), both venues die for two seconds.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NodeSpec, PolicySpec } from '../../src/protocol/graph-spec.js';
import { graphOf, MS, plainNode, SECOND, startTicks } from '../model/world.js';
import { AnomalyRig } from './anomaly-rig.js';

/** Orders after which it is cut: later ones of a long policy are like these. */
const ORDERS_MAX = 4;

const policies: Record<string, Partial<NodeSpec>> = {
  'sor market': {},
  'sor limit': { orderType: 'limit', limitTicks: startTicks + 2, policy: { kind: 'sor', cooldownNs: SECOND, maxAttempts: 8, horizonNs: 0 } },
  'ioc_sweep': { policy: { kind: 'ioc_sweep' } },
  'aggressive_chase': { policy: chase() },
  'passive_limit': { policy: { kind: 'passive_limit', horizonNs: 3 * SECOND } },
  'passive_ladder': { policy: { kind: 'passive_ladder', repegNs: 100 * MS, horizonNs: 1 * SECOND, stepNs: 1 * SECOND } },
  'time_drip': { policy: { kind: 'time_drip', horizonNs: 3 * SECOND, drips: 4 } },
  'wasm_algo': { policy: { kind: 'wasm_algo', algo: 'steady', venues: [0], labels: [], configJson: '{}' } },
  'mesh_algo': { policy: { kind: 'mesh_algo', algo: 'steady', venues: [0, 1], labels: ['a', 'b'], configJson: '{}' } },
  'wasm_algo that dies': { policy: { kind: 'wasm_algo', algo: 'dies', venues: [0], labels: [], configJson: '{}' } },
  'uniform pacing': { pacing: { slices: 3, intervalNs: 1 * SECOND, carry: 'next' } },
};

function chase(): PolicySpec {
  return { kind: 'aggressive_chase', chaseIntervalNs: 250 * MS, widenBps: 2, horizonNs: 5 * SECOND };
}

/** @param afterMs 0: with the order on its way; 15: with its answer on the way */
function play(node: NodeSpec, order: number, afterMs: number): number {
  const rig = new AnomalyRig(order + afterMs + 1);
  rig.host('algo' in node.policy && node.policy.algo === 'dies');
  rig.run(graphOf([node], []));
  if (order > 0) {
    rig.until('the order is sent, or all is over', () => rig.placed() >= order || rig.state.open.size === 0);
    rig.forward(afterMs * MS);
    for (const venue of rig.venues) venue.die(2_000);
    rig.forward(3 * SECOND);
  }
  rig.price.mid = startTicks - 20;
  rig.forward(10 * SECOND);
  rig.finish();
  assert.equal(rig.node('n0').filled, rig.node('n0').pace === null ? rig.trueFilled('n0') : rig.node('n0').filled);
  assert.ok(rig.node('n0').filled <= 60, `${rig.node('n0').filled} of 60`);
  return rig.placed();
}

for (const [name, more] of Object.entries(policies)) {
  test(`disconnect at every step of ${name}`, () => {
    const node: NodeSpec = { ...plainNode, quantity: { kind: 'fixed', lots: 60 }, ...more };
    const orders = Math.min(ORDERS_MAX, play(node, 0, 0));
    assert.ok(orders > 0);
    for (let order = 1; order <= orders; order++) for (const afterMs of [0, 15]) play(node, order, afterMs);
  });
}
