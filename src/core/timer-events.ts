/** What due timers do, in (due, creation) order. Prices of the same instant come after (semantics §4, ties). */
import { assert, must, unreachable } from '../base/assert.js';
import { emitAlert } from './emit.js';
import { exitClaim, isCapped, targetNow, waitsForDoubt } from './graph/allowance.js';
import { endAttempt } from './graph/attempts.js';
import { note, touch } from './graph/dirty.js';
import { fireEdge } from './graph/edges.js';
import { onEvictTimer } from './graph/kept.js';
import { isTerminalNode } from './graph/node-table.js';
import { onSliceDue } from './graph/pacing.js';
import { onHoldTimer } from './graph/prices.js';
import { onUnknownTimer } from './orders/reports.js';
import { startDay } from './risk/daily.js';
import { judgeHedge } from './risk/hedge-watch.js';
import { settle } from './settle.js';
import { sometimes } from './coverage.js';
import type { CoreState, Edge, Graph, Node } from './state.js';
import { childOf, edgeOf, graphOf, nextTimerNs, nodeOf, startTimer, takeDueTimer, TimerKind, type Timer } from './timers.js';

export function onTimers(state: CoreState, tNs: number): void {
  for (let timer = takeDueTimer(state, tNs); timer !== null; timer = takeDueTimer(state, tNs)) {
    fire(state, timer);
    settle(state);
  }
}

function fire(state: CoreState, timer: Timer): void {
  assert(timer.pos === -1 && timer.dueAtNs <= state.tNs, 'what fires is due and waits no more');
  const graph = graphOf(timer);
  if (graph !== null) note(state, graph);
  switch (timer.kind) {
    case TimerKind.edgeTimeout:
      return onEdgeTimeout(state, timer);
    case TimerKind.edgeHold:
      return onHoldTimer(state, edgeOf(timer));
    case TimerKind.nodePolicy:
      return onNodePolicy(state, nodeOf(timer));
    case TimerKind.nodeRetry: {
      const node = nodeOf(timer);
      assert(node.run?.retryTimer === timer, 'the timer that fired is the node own');
      node.run.retryTimer = null;
      return touch(state, node);
    }
    case TimerKind.nodeHorizon:
      return onHorizon(state, nodeOf(timer));
    case TimerKind.nodeGtd:
      return onGtd(state, nodeOf(timer));
    case TimerKind.nodeAlert:
      return onAlertTimer(state, nodeOf(timer));
    case TimerKind.sliceDue:
      return onSlice(state, timer);
    case TimerKind.childUnknown:
      return onUnknownTimer(state, childOf(timer));
    case TimerKind.evict:
      return onEvictTimer(state);
    case TimerKind.day:
      return startDay(state);
    case TimerKind.groupStuck:
      return onStuckTimer(state, nodeOf(timer));
    default:
      return unreachable(timer.kind);
  }
}

/** The first edge of a graph whose time-out waits and is due then too: within an instant the order is that of edges (semantics §4). */
function dueWith(state: CoreState, graph: Graph, dueAtNs: number): Edge | undefined {
  if (nextTimerNs(state) !== dueAtNs) return undefined;
  return graph.edges.find(({ timer }) => timer !== null && timer.dueAtNs === dueAtNs && timer.kind === TimerKind.edgeTimeout);
}

/** Time-outs of a graph that are due at one instant fire in the order of its edges, whenever they were armed. */
function onEdgeTimeout(state: CoreState, timer: Timer): void {
  const own = edgeOf(timer);
  assert(own.timer === timer, 'the timer that fired is the edge own');
  const edge = dueWith(state, own.graph, timer.dueAtNs) ?? own;
  if (edge !== own) {
    // The two change places: the one that was armed first waits for the other's turn.
    const later = must(edge.timer, 'timer of an edge that is due');
    later.owner = own;
    own.timer = later;
  }
  edge.timer = null;
  assert(own.timer === null || own.timer.pos >= 0, 'who gave its turn away waits for the other one');
  if (edge.state === 'armed') fireEdge(state, edge, 0, 0);
}

/** The edges between slices come after those of the document: what these release at the same instant is there to be cut. */
function onSlice(state: CoreState, timer: Timer): void {
  const container = nodeOf(timer);
  const pace = must(container.pace, 'pace of a container');
  assert(pace.timer === timer, 'the timer that fired is the container own');
  if (dueWith(state, container.graph, timer.dueAtNs) === undefined) return onSliceDue(state, container);
  pace.timer = startTimer(state, TimerKind.sliceDue, timer.dueAtNs, container);
}

function onNodePolicy(state: CoreState, node: Node): void {
  const run = must(node.run, 'run');
  assert(run.policyTimer !== null && run.policyTimer.pos === -1, 'the timer that fired is the node own');
  run.policyTimer = null;
  const { kind } = node.spec.policy;
  // These look at the books by the clock, also with nothing new to send.
  if (kind === 'passive_ladder' || kind === 'time_drip') node.lookDue = 1;
  touch(state, node);
}

function onHorizon(state: CoreState, node: Node): void {
  const run = must(node.run, 'run');
  assert(run.horizonTimer !== null && run.horizonTimer.pos === -1, 'the timer that fired is the node own');
  run.horizonTimer = null;
  if (isTerminalNode(node.status) || run.stop !== null) return;
  endAttempt(state, node, 'HORIZON');
}

/** An explicit good-till-date ends even a protective node. */
function onGtd(state: CoreState, node: Node): void {
  const run = must(node.run, 'run');
  assert(run.gtdTimer !== null && run.gtdTimer.pos === -1, 'the timer that fired is the node own');
  run.gtdTimer = null;
  if (isTerminalNode(node.status)) return;
  assert(node.container === null, 'slices end with their container');
  sometimes(state, 'GTD_EXPIRED');
  run.stop ??= { status: 'expired', reason: node.role === 'exit' ? 'EXIT_EXPIRED' : 'GTD' };
  touch(state, node);
}

/** A protective node still has something unfilled five seconds after it began. */
function onAlertTimer(state: CoreState, node: Node): void {
  const run = must(node.run, 'run');
  assert(run.alertTimer !== null && run.alertTimer.pos === -1, 'the timer that fired is the node own');
  run.alertTimer = null;
  if (isTerminalNode(node.status)) return;
  const rest = node.role === 'hedge' ? targetNow(state, node) - node.filled : isCapped(node) ? exitClaim(state, node) : 0;
  if (rest <= 0) return touch(state, node);
  if (run.unprotectedSaid === 0) {
    run.unprotectedSaid = 1;
    emitAlert(state, 'UNPROTECTED', node.graph, node.nodeId, node.role === 'hedge' ? 'hedge unfilled after 5 s' : 'exit unfilled after 5 s');
  }
  if (node.role === 'hedge') {
    const failAt = run.alertAtNs + node.graph.spec.risk.failure.hedgeFailNs;
    if (state.tNs >= failAt) judgeHedge(state, node, false);
    else run.alertTimer = startTimer(state, TimerKind.nodeAlert, failAt, node);
  }
  return touch(state, node);
}

/** `stuck_ms` after a triggered exit began to wait for doubtful quantity. */
function onStuckTimer(state: CoreState, node: Node): void {
  if (isTerminalNode(node.status)) return;
  if (waitsForDoubt(state, node) || node.groups.some((index) => must(node.graph.groups[index], 'group').spec.stuck === 'send')) {
    sometimes(state, 'GROUP_BLOCKED');
    emitAlert(state, 'EXIT_BLOCKED', node.graph, node.nodeId, 'waits for quantity of another exit whose fate is not known');
  }
  touch(state, node);
}
