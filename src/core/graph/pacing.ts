/**
 * `uniform` pacing (semantics §2): the container makes its slices as they fall due; deadlines come from its start.
 * A slice's remainder joins the next as each cancelled child's fate becomes known, never beyond twice the plan.
 */
import { assert, must } from '../../base/assert.js';
import { sometimes } from '../coverage.js';
import { emitTrace } from '../emit.js';
import { planted } from '../planted.js';
import type { CoreState, Node, Pace } from '../state.js';
import { startTimer, stopTimer, TimerKind } from '../timers.js';
import { ownTarget } from './allowance.js';
import { touch } from './dirty.js';
import { mayRelease } from './edges.js';
import { activate, skip } from './lifecycle.js';
import { newNode } from './new-node.js';
import { isTerminalNode } from './node-table.js';
import { floorTo, mulDivFloor, tradeLot } from './quantities.js';
import { nodeTerms } from './terms.js';
import { lotsText } from '../views/trace-text.js';

export function newPace(): Pace {
  return { made: 0, startAtNs: -1, baseIndex: 0, baseLots: 0, totalLots: 0, pool: 0, dropped: 0, ended: 0, current: null, timer: null, late: 0 };
}

/** Planned lots of slice `i` (1-based): cumulative-floor differences of what the total leaves to the later slices. */
export function planOf(lot: number, pace: Pace, slices: number, i: number): number {
  assert(i > pace.baseIndex && i <= slices, 'a plan is asked for a slice still to come');
  const rest = pace.totalLots - pace.baseLots;
  const count = slices - pace.baseIndex;
  const upTo = (k: number): number => (k >= count ? rest : floorTo(mulDivFloor(rest, k, count), lot));
  const plan = upTo(i - pace.baseIndex) - upTo(i - pace.baseIndex - 1);
  assert(plan >= 0, 'a plan is never negative');
  return plan;
}

export function startPacing(state: CoreState, container: Node): void {
  const pace = must(container.pace, 'pace of a container');
  const pacing = must(container.spec.pacing, 'pacing of a container');
  assert(pace.made === 0 && pace.startAtNs < 0, 'pacing starts once');
  pace.startAtNs = state.tNs;
  pace.totalLots = ownTarget(container);
  assert(pace.totalLots >= 0 && pacing.slices >= 1, 'a quantity is paced over slices');
  makeSlice(state, container, 1);
  pace.timer = startTimer(state, TimerKind.sliceDue, pace.startAtNs + pacing.intervalNs, container);
}

function newSlice(state: CoreState, container: Node, i: number, lots: number): Node {
  const { graph } = container;
  const terms = nodeTerms(state.scratch.terms, {
    ...container.spec, pacing: null, activation: 'root', join: 'any', quantity: { kind: 'fixed', lots },
  });
  const limit = container.spec.orderType === 'limit' ? container.limitTicks : 0;
  const slice = newNode(graph, graph.nodes.length, `${container.nodeId}.${i}`, limit, terms);
  slice.container = container;
  slice.sliceIndex = i;
  slice.role = container.role;
  return slice;
}

function makeSlice(state: CoreState, container: Node, i: number): Node {
  const pace = must(container.pace, 'pace');
  const pacing = must(container.spec.pacing, 'pacing');
  const plan = planOf(tradeLot(state, container), pace, pacing.slices, i);
  const { graph } = container;
  const slice = newSlice(state, container, i, plan);
  slice.planLots = plan;
  slice.ceiling = Infinity;
  slice.released = plan;
  slice.uncapped = container.uncapped;
  slice.triggered = container.triggered;
  graph.nodes.push(slice);
  graph.openNodes += 1;
  assert(i === pace.made + 1, 'slices are made in their order, none twice');
  assert(plan >= 0, 'a plan is not negative');
  pace.made = i;
  pace.current = slice;
  activate(state, slice);
  must(slice.run, 'run').planQty = plan;
  touch(state, slice);
  pour(state, container);
  return slice;
}

/** The container's slice timer. While nothing may be sent it is noted and made good at resume. */
export function onSliceDue(state: CoreState, container: Node): void {
  const pace = must(container.pace, 'pace');
  assert(pace.timer !== null && pace.timer.pos === -1, 'the timer that fired is the container own');
  pace.timer = null;
  if (isTerminalNode(container.status) || container.run?.stop !== null) return;
  if (isHeld(container)) {
    pace.late = 1;
    return;
  }
  advance(state, container);
}

function isHeld(container: Node): boolean {
  return container.role === 'opening' && (container.graph.pausedBy !== 0 || container.stopped === 1);
}

/** What protects gives nothing up (semantics §3): what a slice of it leaves goes to the next, whatever `carry` says. */
function carryOf(container: Node): 'next' | 'none' {
  return container.role === 'opening' ? must(container.spec.pacing, 'pacing').carry : 'next';
}

/** Brings the pacing up to the present: overdue slices collapse into the current one. */
export function advance(state: CoreState, container: Node): void {
  const pace = must(container.pace, 'pace');
  const pacing = must(container.spec.pacing, 'pacing');
  if (isHeld(container) || pace.ended === 1) return;
  pace.late = 0;
  const due = Math.floor((state.tNs - pace.startAtNs) / pacing.intervalNs) + 1;
  const index = Math.min(due, pacing.slices);
  assert(due >= 1 && pace.made <= pacing.slices, 'no more slices are made than there are');
  const lot = tradeLot(state, container);
  if (index > pace.made) {
    const before = pace.current;
    if (before !== null && before.run !== null && before.run.live > 0) sometimes(state, 'SLICE_DUE_WITH_CANCEL_IN_FLIGHT');
    if (before !== null) endSlice(state, before, carryOf(container));
    for (let i = pace.made + 1; i < index; i++) {
      sometimes(state, 'SLICES_COLLAPSED');
      pace.pool += planOf(lot, pace, pacing.slices, i);
      collapse(state, container, i);
    }
    makeSlice(state, container, index);
  }
  if (due > pacing.slices) return endPacing(state, container);
  pace.timer = stopTimer(state, pace.timer);
  pace.timer = startTimer(state, TimerKind.sliceDue, pace.startAtNs + pace.made * pacing.intervalNs, container);
  return undefined;
}

/** A slice whose time passed while the graph was held: shown, never active. */
function collapse(state: CoreState, container: Node, i: number): void {
  const { graph } = container;
  const slice = newSlice(state, container, i, 0);
  graph.nodes.push(slice);
  graph.openNodes += 1;
  must(container.pace, 'pace').made = i;
  skip(state, slice, 'COLLAPSED');
}

/** When the time of its last slice is over. */
export function pacingEndNs(container: Node): number {
  const { startAtNs } = must(container.pace, 'pace');
  const { slices, intervalNs } = must(container.spec.pacing, 'pacing');
  assert(startAtNs >= 0, 'only what started comes to an end');
  return startAtNs + slices * intervalNs;
}

function endPacing(state: CoreState, container: Node): void {
  const pace = must(container.pace, 'pace');
  // A protective container does not give up: its last slice goes on. A hedge of which only what was given up is left ends.
  if (container.role !== 'opening') return touch(state, container);
  assert(pace.ended === 0, 'pacing ends once');
  pace.ended = 1;
  if (pace.current !== null) endSlice(state, pace.current, 'none');
  touch(state, container);
}

/** The slice's time is over: nothing new of it is sent, open children are cancelled, what is not live is carried. */
function endSlice(state: CoreState, slice: Node, carry: 'next' | 'none'): void {
  assert(slice.container !== null && slice.container.pace?.current === slice, 'only the running slice is overtaken');
  slice.superseded = 1;
  if (!isTerminalNode(slice.status) && !planted(state, 'SLICE_NOT_CANCELLED')) {
    must(slice.run, 'run of a slice').stop ??= { status: 'expired', reason: carry === 'next' ? 'CARRIED' : 'SLICE_END' };
    touch(state, slice);
  }
  carryRest(state, slice);
}

/** Moves what a superseded slice can't fill any more to the pool, as far as its fate is known. */
export function carryRest(state: CoreState, slice: Node): void {
  const container = must(slice.container, 'container of a slice');
  const pace = must(container.pace, 'pace');
  if (slice.superseded === 0) return;
  const live = slice.run === null ? 0 : slice.run.live;
  const rest = Math.max(0, slice.released - slice.filled - live);
  if (rest === 0) return;
  slice.released -= rest;
  assert(slice.released === slice.filled + live, 'a slice keeps what it filled and may fill');
  const carry = carryOf(container);
  if (planted(state, 'CARRY_LOST')) return;
  if (carry === 'none' || pace.ended === 1) {
    sometimes(state, carry === 'none' ? 'SLICE_CARRY_DROPPED' : 'SLICE_REMAINDER_EXPIRED');
    pace.dropped += rest;
    return;
  }
  if (state.tracing) emitTrace(state, slice, `${lotsText(state, slice, rest)} carried to the next slice`);
  pace.pool += rest;
  pour(state, container);
}

/** Gives the current slice what it may take of the pool, or takes back from it what the pool owes. */
function pour(state: CoreState, container: Node): void {
  const pace = must(container.pace, 'pace');
  const slice = pace.current;
  if (pace.pool === 0 || slice === null || slice.superseded === 1 || isTerminalNode(slice.status)) return;
  if (pace.pool < 0) {
    const back = Math.min(-pace.pool, Math.max(0, slice.released - slice.filled));
    if (back === 0) return;
    sometimes(state, 'SLICE_TAKEN_BACK');
    if (state.tracing) emitTrace(state, slice, `${lotsText(state, slice, back)} taken back: an earlier slice filled it`);
    pace.pool += back;
    slice.released -= back;
    assert(pace.pool <= 0 && slice.released >= slice.filled, 'no more is taken back than is owed, nor what is filled');
    touch(state, slice);
    return;
  }
  const room = container.role === 'opening' ? Math.max(0, 2 * slice.planLots - slice.released) : pace.pool;
  const take = Math.min(pace.pool, room);
  if (take < pace.pool) sometimes(state, 'SLICE_CAPPED_AT_TWICE');
  if (take <= 0) return;
  sometimes(state, 'SLICE_CARRY_JOINED');
  assert(take <= pace.pool, 'no more is given than waits');
  pace.pool -= take;
  slice.released += take;
  touch(state, slice);
}

/**
 * A slice filled more than it still holds: a fill that came after its rest was given away, or more than was sent. That
 * quantity comes off what was dropped, off what waits to be carried, off the running slice, off those to come.
 */
export function takeBack(state: CoreState, slice: Node): void {
  const container = must(slice.container, 'container of a slice');
  const pace = must(container.pace, 'pace');
  // What the running slice has live beyond what it holds is being called back; it counts once it fills.
  const live = pace.current === slice && slice.superseded === 0 ? 0 : must(slice.run, 'run of a filled slice').live;
  const over = slice.filled + live - slice.released;
  if (over <= 0) return;
  const given = Math.min(over, Math.max(0, slice.released - slice.filled));
  const late = over - given;
  if (late === 0) return;
  slice.released += late;
  const dropped = Math.min(late, pace.dropped);
  pace.dropped -= dropped;
  pace.pool -= late - dropped;
  pour(state, container);
  assert(slice.released >= slice.filled, 'a slice holds at least what it filled');
}

/** Takes a changed total (release, amend): what is beyond the slices made so far is spread over those not due. */
export function respread(state: CoreState, container: Node): void {
  const pace = must(container.pace, 'pace');
  const pacing = must(container.spec.pacing, 'pacing');
  const total = ownTarget(container);
  if (total === pace.totalLots || !Number.isFinite(total)) return;
  const lot = tradeLot(state, container);
  assert(pace.baseIndex <= pace.made && pace.baseLots >= 0, 'a base is of slices that were made');
  let planned = pace.baseLots;
  for (let i = pace.baseIndex + 1; i <= pace.made; i++) planned += planOf(lot, pace, pacing.slices, i);
  const rest = total - planned;
  const last = pace.made >= pacing.slices;
  pace.baseIndex = pace.made;
  pace.baseLots = last ? total : Math.min(planned, total);
  pace.totalLots = total;
  assert(pace.baseLots <= total && pace.baseIndex <= pacing.slices, 'what was planned is within the total');
  // Less than what was handed out already is owed by the running slice; no slice to come leaves the pool all of it.
  pace.pool += last ? rest : Math.min(0, rest);
  pour(state, container);
}

/**
 * More may still be given to this slice: earlier ones have quantity out whose fate is not known, or it is the last and the
 * container's edges may release more.
 */
export function mayJoin(state: CoreState, slice: Node): boolean {
  const container = must(slice.container, 'container');
  const pace = must(container.pace, 'pace');
  if (pace.current !== slice || slice.superseded === 1) return false;
  if (must(container.run, 'run').live > must(slice.run, 'run').live || pace.pool > 0) return true;
  const last = pace.made >= must(container.spec.pacing, 'pacing').slices;
  return last && pace.ended === 0 && mayRelease(state, container);
}
