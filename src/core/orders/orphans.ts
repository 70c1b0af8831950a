/**
 * Orders that are not kept any more: what stays known of them, and what a venue still says of them (semantics §3, §10).
 * A fill is always booked, to the account then, and each once, however it is told again.
 */
import { assert, must } from '../../base/assert.js';
import { added } from '../../base/lists.js';
import { ReportKind, type ReportEvent } from '../../protocol/events.js';
import { sometimes } from '../coverage.js';
import { emit } from '../emit.js';
import { bookFill } from '../risk/balances.js';
import type { CoreState, Graph } from '../state.js';
import { quantity } from '../views/trace-text.js';
import { ordersOf } from './aside.js';
import { serialOf } from './child-index.js';
import { isLiveChild } from './child-table.js';
import { parseClientOrderId } from './child.js';
import { isBookable } from './report-check.js';
import { awayOf, keepStray } from './strays.js';

/** What is kept of an order that was put away, so that what is told of it later is booked once. */
export interface AwayOrder {
  clientOrderId: string;
  /** -1 = not known (states of version 5). */
  filled: number;
  /** Of it known from cumulative figures only, without an execution that explains it. */
  syntheticLots: number;
  /** 0 = not known. */
  limitTicks: number;
  /** Ids of its executions; null = none. */
  execIds: readonly string[] | null;
}

/** What the orders of a graph that is put away came to, for its record; null = it had none. */
export function awayOrders(graph: Graph): AwayOrder[] | null {
  let orders: AwayOrder[] | null = null;
  for (const { run } of graph.nodes) {
    if (run === null) continue;
    for (const child of ordersOf(run)) {
      assert(child.livePos === -1 && !isLiveChild(child.state), 'only what is over is put away');
      orders = added(orders ?? [], awayOf(child));
    }
  }
  return orders;
}

/** In the record of its graph, or by itself where that is gone or never was; undefined = nothing is known. */
function awayOrder(state: CoreState, clientOrderId: string): AwayOrder | undefined {
  const record = state.ended.bySerial(serialOf(clientOrderId));
  assert(record === undefined || !state.graphs.has(record.key), 'a graph is kept whole or as a record');
  return record?.orders?.find((order) => order.clientOrderId === clientOrderId) ?? state.awayOrders.get(clientOrderId);
}

/** A fill of an order that is not kept any more is booked to the account, by what its id says. */
export function onOrphan(state: CoreState, event: ReportEvent): void {
  const parsed = parseClientOrderId(event.clientOrderId);
  if (parsed === null || state.accounts[parsed.accountId] === undefined) return;
  const listing = state.universe.listings[parsed.listing];
  if (listing === undefined || listing.venue !== event.venue || !isBookable(state, listing, event)) return;
  const lots = orphanLots(state, event);
  if (lots <= 0) return;
  sometimes(state, 'ORPHAN_FILL');
  // Without a price: at its limit as long as that is known, like any fill (semantics §10), else at the mid.
  const limit = awayOrder(state, event.clientOrderId)?.limitTicks ?? 0;
  const mid = Math.floor(must(state.markets[listing.instrument], 'market of an orphan').midQ / 4);
  const ticks = event.kind === ReportKind.fill && event.lastTicks > 0 ? event.lastTicks : limit > 0 ? limit : Math.max(1, mid);
  const fee = event.kind === ReportKind.fill ? event.fee1e8 : 0;
  assert(!state.children.has(event.clientOrderId), 'an orphan is an order that is not kept');
  bookFill(state, parsed.accountId, listing, parsed.side, ticks, lots, event.feeAsset, fee, 0, event.venueTsNs);
  emit(state, {
    kind: 'alert', accountId: parsed.accountId, code: 'ORPHAN_FILL', graphId: '', nodeId: '',
    text: `${event.clientOrderId} filled ${quantity(must(state.universe.instruments[listing.instrument], 'instrument'), lots)} after it was put away; booked to the account`,
  }, event.clientOrderId);
}

/** Lots that a report about an order not kept any more brings, each once; notes them as told. */
function orphanLots(state: CoreState, event: ReportEvent): number {
  const away = awayOrder(state, event.clientOrderId);
  const known = away !== undefined && away.filled >= 0 ? away : undefined;
  if (event.kind !== ReportKind.fill) {
    // Cumulative figures say something only beside what was booked before.
    if (known === undefined || event.cumLots <= known.filled) return 0;
    const missing = event.cumLots - known.filled;
    known.filled += missing;
    known.syntheticLots += missing;
    assert(known.syntheticLots <= known.filled, 'what came without an execution is part of what is filled');
    return missing;
  }
  if (!(event.lastLots > 0) || !Number.isSafeInteger(event.lastLots)) return 0;
  let lots = event.lastLots;
  if (event.execId === '' && event.cumLots >= 0) {
    if (known !== undefined) lots = event.cumLots - known.filled;
  } else {
    // With neither an id nor a cumulative figure its instant, price and quantity tell it from the next one.
    const name = event.execId === '' ? `at ${event.venueTsNs} ${event.lastTicks} ${event.lastLots}` : event.execId;
    const key = `${event.clientOrderId} ${name}`;
    if (away?.execIds?.includes(name) === true || state.orphanExecs.includes(key)) return 0;
    state.orphanExecs.push(key);
    if (state.orphanExecs.length > 1_000) state.orphanExecs.shift();
    const explained = Math.min(lots, known?.syntheticLots ?? 0);
    if (known !== undefined) known.syntheticLots -= explained;
    lots -= explained;
    assert(explained >= 0 && lots >= 0, 'no more is explained than was told');
    assert(state.orphanExecs.length <= 1_000, 'executions of orders put away are kept within their bound');
  }
  const filled = Math.max(lots, event.cumLots);
  if (known !== undefined) known.filled += Math.max(0, lots);
  else if (away !== undefined) away.filled = filled;
  else keepStray(state, { clientOrderId: event.clientOrderId, filled, syntheticLots: 0, limitTicks: 0, execIds: null });
  return lots;
}
