/**
 * What venues say about child orders (semantics §10). The venue's last word counts for quantity; the same execution
 * id applies once; cumulative quantities never go down; nothing is resent because an answer is missing.
 */
import { assert, must } from '../../base/assert.js';
import { ReportKind, VenueReason, type OpenOrdersEvent, type ReportEvent } from '../../protocol/events.js';
import { sometimes } from '../coverage.js';
import { emit, emitAlert, emitQuery, traceMix } from '../emit.js';
import { note, touch } from '../graph/dirty.js';
import { edgesOnAccepted, relevel } from '../graph/edges.js';
import { isTerminalNode } from '../graph/node-table.js';
import { planted } from '../planted.js';
import { reportToAlgo } from '../policies/algo.js';
import { coolDown } from '../policies/place.js';
import { hedgeRefused } from '../risk/hedge-watch.js';
import type { Child, CoreState } from '../state.js';
import { startTimer, TimerKind } from '../timers.js';
import { cancelChild, moveChild, openLots, parseClientOrderId, recancel, settleAmend } from './child.js';
import { onOrphan } from './orphans.js';
import { isLiveChild } from './child-table.js';
import { applyFill } from './fills.js';
import { reportProblem } from './report-check.js';

/** A doubtful order is asked after so often, and alerted when it stays doubtful so long after the venue answers again. */
export const UNKNOWN_ASK_NS = 1_000_000_000;
export const UNKNOWN_MAX_NS = 15_000_000_000;
const COOLDOWN_NS = 1_000_000_000;
/** So long after its send an order nobody has answered for may still be on its way: a query or cancel can overtake it. */
export const SEND_FLIGHT_NS = 1_000_000_000;

export function onReport(state: CoreState, event: ReportEvent): void {
  assert(event.tNs === state.tNs, 'a report is of now');
  traceMix(state, event.kind);
  const child = state.children.get(event.clientOrderId);
  if (child === undefined) return onOrphan(state, event);
  note(state, child.node.graph);
  const problem = reportProblem(state, child, event);
  if (problem !== '') return onBadReport(state, child, event, problem);
  if (event.venueOrderId !== '') child.venueOrderId = event.venueOrderId;
  switch (event.kind) {
    case ReportKind.ack:
      return onAck(state, child);
    case ReportKind.fill:
      return onFill(state, child, event);
    case ReportKind.cancelled:
    case ReportKind.expired:
      return onGone(state, child, event);
    case ReportKind.reject:
      return onReject(state, child, event);
    case ReportKind.cancelReject:
      return onCancelReject(state, child, event);
    case ReportKind.amended:
      return onAmended(state, child, event);
    case ReportKind.amendReject:
      return onAmendReject(state, child, event);
    case ReportKind.status:
      return onStatus(state, child, event.openLots, event.cumLots, event);
    case ReportKind.notFound:
      return onNotFound(state, child);
    case ReportKind.unknown:
      return onLost(state, child);
  }
}

/** Told and not believed; what became of the order is asked of the venue that has it. */
function onBadReport(state: CoreState, child: Child, event: ReportEvent, problem: string): void {
  assert(problem !== '', 'what is not believed has a reason');
  emitAlert(state, 'BAD_REPORT', child.node.graph, child.node.nodeId, `${child.clientOrderId}: a report is not believed: ${problem}`);
  if (event.venue === child.venue && child.state !== 'unknown') onLost(state, child);
}

function onAck(state: CoreState, child: Child): void {
  if (child.ackedAtNs < 0) child.ackedAtNs = state.tNs;
  if (child.state === 'unknown') sometimes(state, 'UNKNOWN_FOUND_LIVE');
  moveChild(state, child, 'ack');
  assert(child.state !== 'sent' && child.state !== 'unknown', 'an acknowledged order is known to be there');
  acknowledged(state, child);
  reportToAlgo(state, child, ReportKind.ack, child.limitTicks, child.lots, VenueReason.none);
}

function acknowledged(state: CoreState, child: Child): void {
  const run = must(child.node.run, 'run');
  assert(child.ackedAtNs >= child.sentAtNs, 'an order is acknowledged after it was sent');
  run.refusals = 0;
  if (run.acked === 1) return;
  run.acked = 1;
  edgesOnAccepted(state, child.node, 'on_venue_ack');
  const { container } = child.node;
  if (container === null || container.run === null || container.run.acked === 1) return;
  container.run.acked = 1;
  edgesOnAccepted(state, container, 'on_venue_ack');
}

function onFill(state: CoreState, child: Child, event: ReportEvent): void {
  if (event.execId !== '') {
    const known = child.execIds;
    if (known !== null && known.includes(event.execId) && !planted(state, 'DUPLICATE_EXEC_BOOKED')) {
      sometimes(state, 'DUPLICATE_EXEC_ID');
      return;
    }
    if (known === null) child.execIds = [event.execId];
    else known.push(event.execId);
  } else if (event.cumLots >= 0 && event.cumLots <= child.filled) {
    sometimes(state, 'CUM_WENT_BACK');
    return;
  }
  let lots = event.execId === '' && event.cumLots >= 0 ? event.cumLots - child.filled : event.lastLots;
  if (event.cumLots >= 0 && event.cumLots < child.filled) sometimes(state, 'CUM_WENT_BACK');
  if (!(lots > 0) || !Number.isSafeInteger(lots)) {
    emitAlert(state, 'BAD_REPORT', child.node.graph, child.node.nodeId, `${child.clientOrderId}: a fill of ${event.lastLots} lots`);
    return;
  }
  if (child.ackedAtNs < 0) child.ackedAtNs = state.tNs;
  let ticks = event.lastTicks;
  if (ticks <= 0) {
    sometimes(state, 'FILL_WITHOUT_PRICE');
    ticks = child.limitTicks;
  }
  assert(ticks > 0 && lots > 0, 'what is booked has a price and a quantity');
  if (child.syntheticLots > 0) lots = explainSynthetic(state, child, ticks, lots);
  if (child.state === 'unknown') sometimes(state, 'UNKNOWN_FOUND_FILLED');
  if (lots <= 0) return;
  applyFill(state, child, event, ticks, lots);
  acknowledged(state, child);
  reportToAlgo(state, child, ReportKind.fill, ticks, lots, VenueReason.none);
}

/** Quantity booked from cumulative figures is now explained: its price is put right, the rest is a new fill. */
function explainSynthetic(state: CoreState, child: Child, ticks: number, lots: number): number {
  const explained = Math.min(lots, child.syntheticLots);
  child.syntheticLots -= explained;
  assert(explained > 0 && child.syntheticLots >= 0, 'no more is explained than was booked without a fill');
  assert(explained <= child.filled, 'what was booked without a fill is part of what is filled');
  const correction = (ticks - child.limitTicks) * explained;
  child.value += correction;
  const { node } = child;
  if (child.counter === 0) {
    must(node.run, 'run').value.add(correction);
    if (node.container !== null) must(node.container.run, 'container run').value.add(correction);
  }
  const position = node.graph.positions.find((entry) => entry.instrument === node.spec.instrument);
  must(position, 'position of a filled graph').cash.add(-child.side * correction);
  // Levels by entry price follow the average, however it became known.
  const owner = node.container ?? node;
  for (const index of owner.outEdges) relevel(state, must(owner.graph.edges[index], 'edge'));
  touch(state, node);
  return lots - explained;
}

/** Books what a cumulative figure says beyond what fills explained, at the order's limit until they come. */
function bookCumulative(state: CoreState, child: Child, cumLots: number, event: ReportEvent): void {
  if (cumLots < 0) return;
  if (cumLots < child.filled) return sometimes(state, 'CUM_WENT_BACK');
  const missing = cumLots - child.filled;
  if (missing === 0) return;
  assert(missing > 0 && Number.isSafeInteger(missing), 'a cumulative figure says whole lots that are missing');
  child.syntheticLots += missing;
  const asFill: ReportEvent = { ...event, kind: ReportKind.fill, fee1e8: 0, feeAsset: quoteOf(state, child) };
  applyFill(state, child, asFill, child.limitTicks, missing);
  assert(child.filled >= cumLots && child.syntheticLots <= child.filled, 'what the venue says is filled is booked');
}

function quoteOf(state: CoreState, child: Child): number {
  return must(state.universe.listings[child.listing], 'listing').quote;
}

function onGone(state: CoreState, child: Child, event: ReportEvent): void {
  bookCumulative(state, child, event.cumLots, event);
  if (!isLiveChild(child.state)) return;
  const mine = child.cancelAsked === 1 || child.tif === 'ioc' || child.tif === 'fok';
  if (!mine) sometimes(state, 'VENUE_CANCELLED_BY_ITSELF');
  if (child.tif === 'fok' && child.filled === 0) sometimes(state, 'FOK_KILLED');
  moveChild(state, child, event.kind === ReportKind.expired ? 'expired' : 'cancelled');
  assert(child.doneAtNs === state.tNs && openLots(child) === 0, 'what is gone has nothing open');
  if (!mine && child.node.role === 'opening') coolDown(state, child.node, child.venue, COOLDOWN_NS);
  reportToAlgo(state, child, event.kind, 0, 0, event.reason);
}

function onReject(state: CoreState, child: Child, event: ReportEvent): void {
  if (!isLiveChild(child.state)) return;
  bookCumulative(state, child, event.cumLots, event);
  assert(child.filled >= event.cumLots, 'what the venue says is filled is booked');
  if (child.filled > 0) sometimes(state, 'PARTIAL_THEN_REJECT');
  moveChild(state, child, 'reject');
  assert(child.livePos === -1, 'a refused order is not listed any more');
  const { node } = child;
  const run = must(node.run, 'run');
  run.refusals += 1;
  run.lastRefusal = event.text === '' ? 'VENUE_REJECTED' : event.text;
  if (event.reason === VenueReason.wouldTake) sometimes(state, 'POST_ONLY_WOULD_TAKE');
  else coolDown(state, node, child.venue, node.spec.policy.kind === 'sor' ? node.spec.policy.cooldownNs : COOLDOWN_NS);
  hedgeRefused(state, node);
  if (node.role === 'exit' && (event.reason === VenueReason.reduceOnly || event.reason === VenueReason.insufficientBalance)) {
    emit(state, { kind: 'query_position', venue: child.venue, accountId: node.graph.accountId }, child.clientOrderId);
    (node.container ?? node).askedPosition |= 1 << child.venue;
  }
  reportToAlgo(state, child, ReportKind.reject, 0, 0, event.reason);
}

function onCancelReject(state: CoreState, child: Child, event: ReportEvent): void {
  if (!isLiveChild(child.state)) return;
  sometimes(state, 'CANCEL_REFUSED_TOO_LATE');
  assert(child.livePos >= 0, 'a live order is listed at its venue');
  // Filled, gone or never there: its fate is asked for; should it be open after all, it is cancelled again then.
  if (event.reason === VenueReason.unknownOrder || event.reason === VenueReason.tooLate) return onLost(state, child);
  child.cancelAsked = 0;
  child.unknownTimer ??= startTimer(state, TimerKind.childUnknown, state.tNs + UNKNOWN_ASK_NS, child);
}

function onAmended(state: CoreState, child: Child, event: ReportEvent): void {
  if (!isLiveChild(child.state)) return;
  if (child.amendLots < 0) {
    // Taken for lost, and answered after all: the venue's last word counts.
    if (event.totalLots < 0) return;
    child.amendFrom = child.amendLots = child.lots;
    child.amendTicks = child.limitTicks;
  }
  sometimes(state, 'AMENDED_NATIVE');
  const total = event.totalLots >= 0 ? event.totalLots : child.amendLots;
  assert(child.amendTicks > 0 && total >= 0, 'an amend under way has a price and a total');
  settleAmend(state, child, total, event.priceTicks > 0 ? event.priceTicks : child.amendTicks);
  if (child.filled >= child.lots) moveChild(state, child, 'lastFill');
  touch(state, child.node);
}

function onAmendReject(state: CoreState, child: Child, event: ReportEvent): void {
  if (!isLiveChild(child.state) || child.amendLots < 0) return;
  sometimes(state, 'AMEND_RACED_FILL');
  assert(child.amendFrom >= 0, 'an amend under way knows the total before it');
  settleAmend(state, child, event.totalLots >= 0 ? event.totalLots : child.amendFrom, child.limitTicks);
  child.noAmend = 1;
  // What it had before the amend may be filled by now.
  if (child.filled >= child.lots) moveChild(state, child, 'lastFill');
  touch(state, child.node);
}

/** The order's state as the venue has it. */
function onStatus(state: CoreState, child: Child, open: number, cum: number, event: ReportEvent, isReconciling = false): void {
  const doubted = child.state === 'unknown';
  if (doubted) sometimes(state, open > 0 ? 'UNKNOWN_FOUND_LIVE' : 'UNKNOWN_FOUND_FILLED');
  bookCumulative(state, child, cum, event);
  if (!isLiveChild(child.state)) return;
  if (child.ackedAtNs < 0) child.ackedAtNs = state.tNs;
  if (open > 0) {
    if (child.amendLots >= 0 && (child.state === 'unknown' || isReconciling)) onAmendLost(state, child, child.filled + open, event.priceTicks);
    moveChild(state, child, 'foundOpen');
    assert(child.state !== 'unknown' && child.state !== 'sent', 'what is found open is known to be there');
    acknowledged(state, child);
    // One that was in doubt has been cancelled again as it was found.
    if (!doubted && child.cancelAsked === 1) recancel(state, child);
    touch(state, child.node);
    return;
  }
  if (open === 0) moveChild(state, child, child.filled >= child.lots ? 'lastFill' : 'cancelled');
}

/**
 * What the venue says of an order whose amend it never answered: by its total, and price where it tells one, taken or
 * lost. A price that may not have been taken is brought by replacing the order; of its quantity the node makes the rest.
 */
function onAmendLost(state: CoreState, child: Child, total: number, priceTicks: number): void {
  const { amendLots, amendTicks, amendFrom, limitTicks } = child;
  const isTaken = priceTicks > 0 ? priceTicks === amendTicks && total === amendLots : total === amendLots && amendLots !== amendFrom;
  settleAmend(state, child, total, priceTicks > 0 ? priceTicks : isTaken ? amendTicks : limitTicks);
  touch(state, child.node);
  if (isTaken) return;
  child.noAmend = 1;
  if (amendTicks === child.limitTicks || child.cancelAsked === 1) return;
  must(child.node.run, 'run').replacing = 1;
  cancelChild(state, child);
}

/**
 * The venue does not know the order. That settles its fate only when its send can no longer be on the way: taken for
 * dead before, it would arrive after its replacement and close a position twice.
 */
function onNotFound(state: CoreState, child: Child): void {
  if (!isLiveChild(child.state)) return;
  assert(state.tNs >= child.sentAtNs, 'nobody answers before the send');
  if (child.ackedAtNs < 0 && state.tNs - child.sentAtNs < SEND_FLIGHT_NS) {
    sometimes(state, 'NOT_FOUND_BEFORE_ARRIVAL');
    moveChild(state, child, 'lost');
    if (child.unknownSinceAtNs < 0) child.unknownSinceAtNs = state.tNs;
    child.unknownTimer ??= startTimer(state, TimerKind.childUnknown, state.tNs + UNKNOWN_ASK_NS, child);
    return;
  }
  if (child.state === 'unknown') sometimes(state, 'UNKNOWN_NEVER_ARRIVED');
  else if (child.state === 'live' || child.state === 'partial') sometimes(state, 'VENUE_FORGOT_ORDER');
  moveChild(state, child, 'notFound');
}

/** The fate of a send is not known: counted as live at full size, asked after, never resent. */
export function onLost(state: CoreState, child: Child): void {
  if (!isLiveChild(child.state)) return;
  sometimes(state, 'CHILD_UNKNOWN');
  moveChild(state, child, 'lost');
  assert(child.state === 'unknown' && child.livePos >= 0, 'a doubtful order counts as live');
  if (child.unknownSinceAtNs < 0) child.unknownSinceAtNs = state.tNs;
  emitQuery(state, child);
  child.unknownTimer ??= startTimer(state, TimerKind.childUnknown, state.tNs + UNKNOWN_ASK_NS, child);
}

/** A doubtful order (or a refused cancel) is looked after again. */
export function onUnknownTimer(state: CoreState, child: Child): void {
  assert(child.unknownTimer !== null && child.unknownTimer.pos === -1, 'the timer that fired is the order own');
  child.unknownTimer = null;
  if (!isLiveChild(child.state)) return;
  const venue = must(state.venues[child.venue], 'venue');
  if (child.state !== 'unknown') return touch(state, child.node);
  child.unknownTimer = startTimer(state, TimerKind.childUnknown, state.tNs + UNKNOWN_ASK_NS, child);
  if (venue.connected === 0) return undefined;
  emitQuery(state, child);
  const since = Math.max(child.unknownSinceAtNs, venue.sinceAtNs);
  assert(since <= state.tNs, 'doubt does not begin in the future');
  if (state.tNs - since < UNKNOWN_MAX_NS) return undefined;
  sometimes(state, 'UNKNOWN_TOO_LONG');
  child.unknownSinceAtNs = state.tNs;
  emitAlert(state, 'UNKNOWN_ORDER', child.node.graph, child.node.nodeId, `${child.clientOrderId}: the venue does not say what became of it`);
}

/** Every open order of an account on a venue: what we hold for live and is not in it is asked after. */
export function onOpenOrders(state: CoreState, event: OpenOrdersEvent): void {
  const venue = must(state.venues[event.venue], 'venue of open orders');
  const listed = new Map(event.orders.map((order) => [order.clientOrderId, order]));
  for (const child of [...venue.live]) {
    assert(child.venue === event.venue, 'a venue lists its own orders');
    const order = listed.get(child.clientOrderId);
    if (order !== undefined) {
      const status = { ...emptyReport(state, child), openLots: order.openLots, cumLots: order.cumLots };
      const problem = reportProblem(state, child, status);
      if (problem === '') onStatus(state, child, order.openLots, order.cumLots, status, venue.reconciled === 0);
      else onBadReport(state, child, status, problem);
    } else if (child.sentAtNs < state.tNs) {
      if (child.state !== 'unknown') emitQuery(state, child);
      if (child.state === 'sent') onLost(state, child);
    }
  }
  for (const order of event.orders) {
    if (state.children.has(order.clientOrderId)) continue;
    const parsed = parseClientOrderId(order.clientOrderId);
    if (parsed === null || state.accounts[parsed.accountId] === undefined) continue;
    emit(state, {
      kind: 'alert', accountId: parsed.accountId, code: 'ORDER_NOBODY_KNOWS', graphId: '', nodeId: '',
      text: `${order.clientOrderId} is open at the venue and unknown here: ${event.keepUnknown === 1 ? 'left alone' : 'cancelled'}`,
    }, order.clientOrderId);
    if (event.keepUnknown !== 1) emit(state, { kind: 'cancel', venue: event.venue, accountId: parsed.accountId, clientOrderId: order.clientOrderId }, order.clientOrderId);
  }
  venue.reconciled = 1;
  venue.reconciledAtNs = state.tNs;
  sometimes(state, 'VENUE_RECONCILED');
}

function emptyReport(state: CoreState, child: Child): ReportEvent {
  return {
    type: 5, tNs: state.tNs, venue: child.venue, kind: ReportKind.status, clientOrderId: child.clientOrderId, venueOrderId: '',
    execId: '', lastTicks: 0, lastLots: 0, cumLots: -1, openLots: -1, priceTicks: -1, totalLots: -1,
    feeAsset: quoteOf(state, child), fee1e8: 0, maker: 0, venueTsNs: -1, reason: VenueReason.none, text: '',
  };
}

/** Sent orders of a venue that went away are doubtful: the bytes had left. */
export function onVenueLost(state: CoreState, venue: number): void {
  for (const child of [...must(state.venues[venue], 'venue').live]) {
    if (!isTerminalNode(child.node.status)) sometimes(state, 'VENUE_LOST_WITH_LIVE_CHILD');
    if (child.state === 'sent' && openLots(child) > 0) onLost(state, child);
    assert(child.livePos >= 0 && child.state !== 'sent', 'orders of a lost venue stay live, in doubt where nobody answered for them');
  }
}
