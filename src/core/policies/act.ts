/** One decision of a node's policy, with fresh books at hand. */
import { assert, must } from '../../base/assert.js';
import { sometimes } from '../coverage.js';
import { emitAlert } from '../emit.js';
import { isMoney } from '../graph/allowance.js';
import { beginAttempt, endAttempt, restUntil, retryIn, RETRY_NS } from '../graph/attempts.js';
import { touch } from '../graph/dirty.js';
import { levelByArrival } from '../graph/edges.js';
import { isTerminalNode } from '../graph/node-table.js';
import { smallestOrder } from '../graph/quantities.js';
import { isLiveChild } from '../orders/child-table.js';
import type { CoreState, Node } from '../state.js';
import { startAlgo } from './algo.js';
import { AlgoPhase } from './algo-phase.js';
import { actChase, DEFAULT_CHASE } from './chase.js';
import { actDrip, actLadder, actPassiveLimit } from './passive.js';
import { moneyLots } from './money.js';
import { accepted } from './place.js';
import { anchorProtection, limitOf } from './prices.js';
import { actLimit, actTake } from './sor.js';

const LOOK_AGAIN_NS = 100_000_000;

/** True when the policy has nothing in flight that it must hear of before it decides again. */
export function isReady(state: CoreState, node: Node): boolean {
  const run = must(node.run, 'run');
  const { policy } = node.spec;
  assert(!isTerminalNode(node.status), 'what is over decides nothing');
  // Before a module starts too: with every book stale it is tried again in its time, not at once.
  if (run.retryTimer !== null || run.notBeforeAtNs > state.tNs) return false;
  if ((policy.kind === 'wasm_algo' || policy.kind === 'mesh_algo') && node.algoDead === 0) return run.phase === AlgoPhase.idle;
  if (run.replacing === 1) {
    for (const child of run.children) if (child.cancelAsked === 1 && isLiveChild(child.state)) return false;
    run.replacing = 0;
  }
  for (const child of run.children) {
    if (child.tif !== 'ioc' && child.tif !== 'fok') continue;
    // A doubtful leg holds its own quantity only.
    if (child.state !== 'unknown' && isLiveChild(child.state)) return false;
  }
  if (policy.kind === 'sor' || policy.kind === 'ioc_sweep' || policy.kind === 'passive_limit') return run.policyTimer === null;
  if (policy.kind === 'passive_ladder') return true;
  return run.attempts === 0 || run.attemptAtNs < 0 || state.tNs >= run.phaseAtNs;
}

/** Acts on the sample at hand for `want` more lots (Infinity: a money target). */
export function act(state: CoreState, node: Node, want: number): void {
  assert(want >= 0 && state.scratch.sample !== null, 'a policy acts for a quantity of at least 0 on a look at the books');
  const run = must(node.run, 'run');
  const market = must(state.markets[node.spec.instrument], 'market');
  if (market.freshCount === 0 || market.midQ <= 0) return onStale(state, node);
  if (run.arrivalMidQ === 0) {
    run.arrivalMidQ = market.midQ;
    levelByArrival(state, node);
    const { container } = node;
    if (container?.run != null && container.run.arrivalMidQ === 0) {
      container.run.arrivalMidQ = market.midQ;
      levelByArrival(state, container);
    }
  }
  beginAttempt(state, node);
  anchorProtection(state, node);
  let lots = want;
  if (isMoney(node)) {
    lots = moneyLots(state, node, limitOf(state, node));
    if (lots < smallestOrder(state, node)) {
      if (run.live === 0) run.stop ??= { status: node.filled > 0 ? 'filled' : 'rejected', reason: node.filled > 0 ? '' : 'BELOW_MINIMUM' };
      else restUntil(state, node, state.tNs + LOOK_AGAIN_NS);
      touch(state, node);
      return undefined;
    }
  }
  run.alertAtNs = run.alertAtNs < 0 ? state.tNs : run.alertAtNs;
  assert(run.attemptAtNs >= 0 && run.stop === null, 'a policy acts within an attempt of a node that goes on');
  const sent = run.childCount;
  dispatch(state, node, lots);
  assert(run.childCount >= sent, 'orders of a node are only added');
  if (run.childCount > sent) accepted(state, node);
  const idle = lots > 0 && run.childCount === sent && run.stop === null && run.retryTimer === null && (run.policyTimer === null || node.spec.policy.kind === 'passive_ladder');
  // Whatever a policy found, it does not look at the same books twice.
  if (idle && node.spec.policy.kind !== 'wasm_algo' && node.spec.policy.kind !== 'mesh_algo') restUntil(state, node, state.tNs + LOOK_AGAIN_NS);
  if (run.stop !== null) touch(state, node);
  return undefined;
}

function dispatch(state: CoreState, node: Node, want: number): void {
  assert(want >= 0 && Number.isSafeInteger(want), 'a policy acts for whole lots');
  const { policy, orderType, tif } = node.spec;
  switch (policy.kind) {
    case 'sor': {
      const rests = orderType === 'limit' && tif !== 'ioc' && tif !== 'fok';
      return rests ? actLimit(state, node, want) : actTake(state, node, want, false);
    }
    case 'ioc_sweep':
      return actTake(state, node, want, true);
    case 'aggressive_chase':
      return actChase(state, node, want, policy);
    case 'passive_limit':
      return actPassiveLimit(state, node, want, policy.horizonNs);
    case 'passive_ladder':
      return actLadder(state, node, want, policy.repegNs, policy.horizonNs, policy.stepNs);
    case 'time_drip':
      return actDrip(state, node, want, policy.horizonNs, policy.drips);
    case 'wasm_algo':
    case 'mesh_algo':
      return node.algoDead === 1 ? actChase(state, node, want, DEFAULT_CHASE) : startAlgo(state, node, want);
  }
}

/** Nothing is priced off a stale book: an opening node is refused, a protective one waits and alerts. */
function onStale(state: CoreState, node: Node): void {
  const run = must(node.run, 'run');
  assert(run.stop === null, 'a node that is being stopped waits for no price');
  if (node.role !== 'opening') {
    if (run.stuckSaid === 0) {
      run.stuckSaid = 1;
      emitAlert(state, node.role === 'exit' ? 'EXIT_STUCK' : 'UNPROTECTED', node.graph, node.nodeId, 'no fresh price from any venue it may use');
    }
    return retryIn(state, node, RETRY_NS);
  }
  sometimes(state, 'NOTHING_PLANNABLE');
  if (run.childCount === 0 && node.filled === 0 && node.container === null) {
    run.stop ??= { status: 'rejected', reason: 'STALE_VENUE' };
    return touch(state, node);
  }
  run.attempts += 1;
  if (run.attempts > 50) return endAttempt(state, node, 'STALE_VENUE');
  return restUntil(state, node, state.tNs + LOOK_AGAIN_NS);
}
