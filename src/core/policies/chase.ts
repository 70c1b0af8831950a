/** `aggressive_chase` (semantics §7): IOC at the opposite touch, deeper each time, then one resting limit. */
import { assert, must } from '../../base/assert.js';
import { sometimes } from '../coverage.js';
import { setHorizon, wakeAt } from '../graph/attempts.js';
import { eligible } from '../graph/quantities.js';
import type { CoreState, Node } from '../state.js';
import { limitOf, tighter } from './prices.js';
import { planNode, restLots, sendPlan } from './place.js';
import { nothingSent } from './sor.js';

export interface ChaseParameters {
  chaseIntervalNs: number;
  widenBps: number;
  horizonNs: number;
}

export const DEFAULT_CHASE: ChaseParameters = { chaseIntervalNs: 250_000_000, widenBps: 2, horizonNs: 30_000_000_000 };

/** Best opposite price over the node's fresh venues in ticks; 0 = none. */
export function oppositeTouch(state: CoreState, node: Node): number {
  const market = must(state.markets[node.spec.instrument], 'market');
  const { side } = node.spec;
  let best = 0;
  for (const listing of eligible(state, node)) {
    const quote = market.quotes.find((entry) => entry.listing === listing.id);
    if (quote === undefined || quote.fresh === 0) continue;
    const ticks = side === 1 ? quote.askTicks : quote.bidTicks;
    assert(ticks >= 0, 'a touch is a price or none');
    if (ticks > 0 && (best === 0 || (side === 1 ? ticks < best : ticks > best))) best = ticks;
  }
  return best;
}

export function actChase(state: CoreState, node: Node, want: number, parameters: ChaseParameters): void {
  const run = must(node.run, 'run');
  const { side } = node.spec;
  const limit = limitOf(state, node);
  setHorizon(state, node, parameters.horizonNs);
  // Called again by its timer only: what came back in between waits for the interval.
  if (run.attempts > 0 && state.tNs < run.phaseAtNs) return undefined;
  const touch = oppositeTouch(state, node);
  if (touch === 0) return nothingSent(state, node, null, { lots: 0, refusal: '' }, false);
  assert(touch > 0 && run.attempts >= 0, 'a chase goes from a touch');
  const deep = (run.attempts * parameters.widenBps * touch) / 10_000;
  const price = tighter(side, limit, touch + side * Math.ceil(deep));
  run.attempts += 1;
  run.phaseAtNs = state.tNs + parameters.chaseIntervalNs;
  assert(side === 1 ? price <= limit : price >= limit, 'a chase stays within its limit');
  if (price === limit && run.attempts > 1) {
    const rested = restLots(state, node, want, limit, 'gtc', () => limit);
    sometimes(state, 'CHASE_RESTED_AT_PROTECTION');
    return rested.lots > 0 ? undefined : nothingSent(state, node, null, rested, false);
  }
  const plan = planNode(state, node, want, price, node.spec.tif === 'fok');
  const sent = sendPlan(state, node, plan, price, 'ioc');
  if (sent.lots === 0 && sent.refusal !== '') return nothingSent(state, node, plan, sent, false);
  return wakeAt(state, node, run.phaseAtNs);
}
