/**
 * Attempts of a policy. An opening node has one and ends with it (a streaming one tries each release again); a
 * protective node starts the next a second later, for ever (semantics §3, §5).
 */
import { assert, must } from '../../base/assert.js';
import { sometimes } from '../coverage.js';
import { emitAlert, emitTrace } from '../emit.js';
import { planted } from '../planted.js';
import type { CoreState, Node } from '../state.js';
import { startTimer, stopTimer, TimerKind } from '../timers.js';
import { note, touch } from './dirty.js';
import { mayRelease } from './edges.js';
import { isTerminalNode } from './node-table.js';

export const RETRY_NS = 1_000_000_000;

export function beginAttempt(state: CoreState, node: Node): void {
  const run = must(node.run, 'run');
  if (run.attemptAtNs >= 0) return;
  assert(run.stop === null, 'a node that is being stopped begins no attempt');
  assert(!isTerminalNode(node.status) && node.status !== 'waiting', 'an attempt is of a node under way');
  run.attemptAtNs = state.tNs;
  run.attempts = 0;
  run.phase = 0;
  run.phaseAtNs = state.tNs;
  if (run.failures > 0) sometimes(state, 'EXIT_RETRIED');
}

/** Ends what the attempt armed; the node waits for more quantity or ends. */
export function clearAttempt(state: CoreState, node: Node): void {
  const run = must(node.run, 'run');
  run.attemptAtNs = -1;
  // Whoever clears the attempt stops its timer: nothing else would wake the node then.
  run.notBeforeAtNs = -1;
  run.policyTimer = stopTimer(state, run.policyTimer);
  run.horizonTimer = stopTimer(state, run.horizonTimer);
  assert(run.attempts >= 0 && run.failures >= 0, 'attempts are counted');
}

export function setHorizon(state: CoreState, node: Node, horizonNs: number): void {
  const run = must(node.run, 'run');
  // 0 = none of its own: a limit order rests until filled or cancelled.
  if (run.horizonTimer !== null || horizonNs <= 0) return;
  assert(run.attemptAtNs >= 0 && run.attemptAtNs <= state.tNs, 'a horizon is that of an attempt that began');
  const pacing = node.container?.spec.pacing ?? null;
  // A slice is overtaken when its time is over; one that goes on, the last of what protects, has as much in each attempt.
  const own = pacing === null ? horizonNs : Math.min(horizonNs, pacing.intervalNs);
  run.horizonTimer = startTimer(state, TimerKind.nodeHorizon, Math.max(run.attemptAtNs + own, state.tNs), node);
}

/** Nothing could be sent now: looked at again at `dueNs`, not before. */
export function restUntil(state: CoreState, node: Node, dueNs: number): void {
  const run = must(node.run, 'run');
  // A chase or a drip does not look before its own time either: woken earlier it would sleep for good.
  note(state, node.graph);
  assert(dueNs >= state.tNs, 'a node rests until a time to come');
  run.notBeforeAtNs = Math.max(dueNs, run.attempts > 0 ? run.phaseAtNs : 0);
  wakeAt(state, node, run.notBeforeAtNs);
}

export function wakeAt(state: CoreState, node: Node, dueNs: number): void {
  assert(dueNs >= state.tNs, 'nobody is woken in the past');
  const run = must(node.run, 'run');
  run.policyTimer = stopTimer(state, run.policyTimer);
  run.policyTimer = startTimer(state, TimerKind.nodePolicy, dueNs, node);
  assert(run.policyTimer.pos >= 0, 'who is to be woken has a timer that waits');
}

/** True when every order it ever sent was refused and it has no fill. */
function refusedEverywhere(node: Node): boolean {
  const run = must(node.run, 'run');
  if (node.filled > 0 || run.aside?.accepted === 1) return false;
  for (const child of run.children) if (child.state !== 'rejected') return false;
  return true;
}

/** The policy's or tif's means ran out. */
export function endAttempt(state: CoreState, node: Node, reason: string): void {
  const run = must(node.run, 'run');
  if (state.tracing) emitTrace(state, node, `attempt ended: ${reason}`);
  assert(reason !== '', 'an attempt ends for a reason');
  clearAttempt(state, node);
  touch(state, node);
  const protective = node.role !== 'opening' && !(planted(state, 'STOP_EXPIRES') && node.role === 'exit');
  if (protective) {
    run.failures += 1;
    const { container } = node;
    if (container?.run != null && container.pace?.made === container.spec.pacing?.slices) {
      // That cuts a paced hedge to its protected part: with nothing left of it, it is the container that ends.
      container.run.failures += 1;
      touch(state, container);
    }
    run.cancelRest = 1;
    if (run.stuckSaid === 0 && node.role === 'exit') {
      run.stuckSaid = 1;
      emitAlert(state, 'EXIT_STUCK', node.graph, node.nodeId, `attempt ended with a rest: ${reason}; tried again each second`);
    }
    if (planted(state, 'EXIT_NOT_RETRIED')) run.notBeforeAtNs = Number.MAX_SAFE_INTEGER;
    else retryIn(state, node, RETRY_NS);
    return;
  }
  if (node.container === null && mayRelease(state, node)) {
    run.cancelRest = 1;
    retryIn(state, node, RETRY_NS);
    return;
  }
  assert(node.role === 'opening' || planted(state, 'STOP_EXPIRES'), 'a protective node does not give up');
  run.stop ??= { status: refusedEverywhere(node) ? 'rejected' : 'expired', reason };
}

export function retryIn(state: CoreState, node: Node, ns: number): void {
  const run = must(node.run, 'run');
  assert(ns > 0 && !isTerminalNode(node.status), 'what goes on is tried again later');
  run.retryTimer = stopTimer(state, run.retryTimer);
  run.retryTimer = startTimer(state, TimerKind.nodeRetry, state.tNs + ns, node);
}
