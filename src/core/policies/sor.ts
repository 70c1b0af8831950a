/** `sor` and `ioc_sweep` (semantics §7): plan, send the legs at once, re-plan what comes back, rest what a limit leaves. */
import { assert, must } from '../../base/assert.js';
import { sometimes } from '../coverage.js';
import { endAttempt, restUntil, setHorizon } from '../graph/attempts.js';
import { isMoney } from '../graph/allowance.js';
import type { Listing } from '../../protocol/universe.js';
import type { Plan } from '../sor/plan-types.js';
import { hedgeRefused } from '../risk/hedge-watch.js';
import type { CoreState, Node } from '../state.js';
import { limitOf } from './prices.js';
import { clearForPlan, planNode, restLots, sendPlan, type Sent } from './place.js';

const DEFAULT_MAX_ATTEMPTS = 8;
const DEFAULT_HORIZON_NS = 10_000_000_000;
/** Nothing to be had now: looked again so soon, while attempts are left. */
const LOOK_AGAIN_NS = 100_000_000;

/** Market orders and takers: legs go IOC (FOK whole), what comes back is planned again. */
export function actTake(state: CoreState, node: Node, want: number, sweep: boolean): void {
  const run = must(node.run, 'run');
  const { policy, tif } = node.spec;
  const once = sweep || tif === 'ioc' || tif === 'fok';
  const maxAttempts = policy.kind === 'sor' ? policy.maxAttempts : DEFAULT_MAX_ATTEMPTS;
  if (run.attempts > 0 && once) return endAttempt(state, node, tif === 'fok' ? 'FOK_UNFILLED' : 'IOC_REMAINDER');
  if (run.attempts >= maxAttempts) return endAttempt(state, node, 'MAX_ATTEMPTS');
  if (run.attempts > 0) sometimes(state, 'REPLANNED_AFTER_IOC');
  setHorizon(state, node, policy.kind === 'sor' ? policy.horizonNs : DEFAULT_HORIZON_NS);
  run.attempts += 1;
  assert(want > 0 && run.attempts <= maxAttempts, 'a taker has a quantity and an attempt left');
  const limit = limitOf(state, node);
  const plan = planNode(state, node, want, limit, tif === 'fok');
  // Its one attempt is made whole: a leg left behind to wait for an own order's cancel would be lost. What protects tries
  // again, so that its other legs need not wait.
  if (once && node.role === 'opening' && clearForPlan(state, node, plan)) return nothingSent(state, node, plan, { lots: 0, refusal: 'SELF_TRADE' }, once);
  const sent = sendPlan(state, node, plan, limit, tif === 'fok' ? 'fok' : 'ioc');
  if (sent.lots > 0) return undefined;
  return nothingSent(state, node, plan, sent, once);
}

/** A resting limit: takes what is marketable, rests the remainder at the best-scored venue. */
export function actLimit(state: CoreState, node: Node, want: number): void {
  const run = must(node.run, 'run');
  const { policy, tif, side } = node.spec;
  const limit = limitOf(state, node);
  const maxAttempts = policy.kind === 'sor' ? policy.maxAttempts : DEFAULT_MAX_ATTEMPTS;
  if (policy.kind === 'sor') setHorizon(state, node, policy.horizonNs);
  run.attempts += 1;
  if (tif === 'post_only') {
    const sent = restLots(state, node, want, limit, 'post_only', (listing) => passiveTicks(state, listing, side, limit));
    return sent.lots > 0 ? undefined : nothingSent(state, node, null, sent, false);
  }
  assert(limit > 0 && want > 0, 'a limit order has a limit and a quantity');
  let rest = want;
  let taken: Sent = { lots: 0, refusal: '' };
  let plan: Plan | null = null;
  if (run.attempts <= maxAttempts) {
    plan = planNode(state, node, want, limit, false);
    taken = sendPlan(state, node, plan, limit, 'ioc');
    rest = isMoney(node) ? 0 : want - taken.lots;
    if (isMoney(node) && taken.lots === 0) rest = plan.unplacedLots;
  }
  // Where own orders had to be cancelled first, the rest waits for that.
  if (taken.refusal === 'SELF_TRADE') return restUntil(state, node, state.tNs + LOOK_AGAIN_NS);
  if (rest <= 0) return undefined;
  assert(Number.isSafeInteger(rest), 'what rests is a whole quantity');
  const rested = restLots(state, node, rest, limit, 'gtc', () => limit);
  if (rested.lots > 0) watchRest(state, node);
  if (taken.lots + rested.lots > 0) return undefined;
  return nothingSent(state, node, plan, rested.refusal === '' ? taken : rested, false);
}

/** A price that does not take: the limit, or just outside the opposite touch where the limit would cross it. */
function passiveTicks(state: CoreState, listing: Listing, side: number, limit: number): number {
  const market = must(state.markets[listing.instrument], 'market');
  const quote = market.quotes.find((entry) => entry.listing === listing.id);
  if (quote === undefined) return 0;
  assert(limit > 0, 'a resting order has a limit');
  if (side === 1) return quote.askTicks > 0 ? Math.min(limit, quote.askTicks - listing.tickMultiple) : limit;
  return quote.bidTicks > 0 ? Math.max(limit, quote.bidTicks + listing.tickMultiple) : limit;
}

export function watchRest(state: CoreState, node: Node): void {
  const { resters } = must(state.markets[node.spec.instrument], 'market');
  resters.set(node, state.tNs);
}

/** Nothing could be sent: refused at once when it never could, else looked at again while attempts are left. */
export function nothingSent(state: CoreState, node: Node, plan: Plan | null, sent: Sent, once: boolean): void {
  const run = must(node.run, 'run');
  assert(sent.lots === 0, 'nothing was sent');
  sometimes(state, 'NOTHING_PLANNABLE');
  if (sent.refusal === 'SELF_TRADE') {
    // Waiting for its own orders to be cancelled is no attempt.
    run.attempts = Math.max(0, run.attempts - 1);
    return restUntil(state, node, state.tNs + LOOK_AGAIN_NS);
  }
  const reason = sent.refusal !== '' ? sent.refusal : plan === null ? 'STALE_VENUE' : whyNothing(plan);
  if (node.role !== 'opening') {
    if (sent.refusal !== '' || reason === 'INSUFFICIENT_BALANCE') {
      run.refusals += 1;
      hedgeRefused(state, node);
    }
    return endAttempt(state, node, reason);
  }
  if (run.live > 0) return restUntil(state, node, state.tNs + LOOK_AGAIN_NS);
  // Refused by a check before anything was ever sent: the node is rejected (semantics §3, §9).
  if (node.filled === 0 && run.childCount === 0) {
    if (node.spec.tif === 'fok' && reason === 'NO_LIQUIDITY') return endStop(node, 'expired', 'FOK_UNFILLED');
    return endStop(node, 'rejected', reason);
  }
  if (once || isMoneySpent(node, plan)) return endAttempt(state, node, reason);
  return restUntil(state, node, state.tNs + LOOK_AGAIN_NS);
}

function endStop(node: Node, status: 'rejected' | 'expired', reason: string): void {
  must(node.run, 'run').stop ??= { status, reason };
}

/** A money target whose rest buys no smallest order any more is reached. */
function isMoneySpent(node: Node, plan: Plan | null): boolean {
  return isMoney(node) && plan !== null && plan.placedLots === 0 && node.filled > 0;
}

/** The reason that says most: what would have helped first. */
function whyNothing(plan: Plan): string {
  assert(plan.legs.length === 0 && plan.placedLots === 0, 'a plan with legs is sent or refused');
  const reasons = new Set(plan.excluded.map((entry) => entry.reason));
  if (reasons.has('BEYOND_LIMIT')) return 'PRICE_DEVIATION';
  if (reasons.has('NO_BALANCE')) return 'INSUFFICIENT_BALANCE';
  if (reasons.has('BELOW_MINIMUM') || reasons.has('NO_DEPTH')) return 'NO_LIQUIDITY';
  if (reasons.has('STALE_VENUE')) return 'STALE_VENUE';
  if (reasons.has('KILL_SWITCH')) return 'KILL_SWITCH';
  if (reasons.has('DISCONNECTED')) return 'BAD_VENUE';
  return 'NO_LIQUIDITY';
}
