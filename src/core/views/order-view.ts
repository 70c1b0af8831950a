/** A node as an order of the wire (wire.md: "Order object"), and its child orders. */
import { assert } from '../../base/assert.js';
import type { NodeSpec, Side, Tif } from '../../protocol/graph-spec.js';
import type { Instrument } from '../../protocol/universe.js';
import type { ChildState } from '../orders/child-table.js';
import type { Child, CoreState, Node } from '../state.js';
import type { Facts, OfNode, WireObject } from './told.js';
import { absoluteNs, average1e9, instrumentOf, price1e9, qty1e8, venueName } from './wire.js';

export function sideName(side: 1 | -1): 'buy' | 'sell' {
  return side === 1 ? 'buy' : 'sell';
}

/** `<graph_id>:<node_id>:<n>`; n is raised only when a late fill re-opens the node. */
export function nodeOrderId(node: Node): string {
  return orderId({ graphId: node.graph.graphId, nodeId: node.nodeId }, node.reopened + 1);
}

/** @param orderNo 1, raised by each re-opening */
export function orderId({ graphId, nodeId }: OfNode, orderNo: number): string {
  return `${graphId}:${nodeId}:${orderNo}`;
}

export function orderStatus(node: Node): string {
  switch (node.status) {
    case 'waiting':
    case 'pending':
      return node.filled > 0 ? 'PARTIAL' : 'NEW';
    case 'working':
    case 'paused':
      if (node.filled > 0) return 'PARTIAL';
      // A kill switch pauses and leaves what is live at its venue.
      return node.status === 'working' || (node.run !== null && node.run.live > 0) ? 'WORKING' : 'NEW';
    case 'skipped':
      return 'CANCELLED';
    case 'filled':
      return 'FILLED';
    case 'cancelled':
      return 'CANCELLED';
    case 'expired':
      return 'EXPIRED';
    case 'rejected':
      return 'REJECTED';
  }
}

/** A child order at a moment. */
export class ChildFacts implements Facts {
  readonly clientOrderId: string;
  readonly venue: string;
  readonly instrument: Instrument;
  readonly side: Side;
  readonly tif: Exclude<Tif, 'gtd'>;
  readonly reduceOnly: boolean;
  readonly baseNs: string;
  readonly orderNo: number;
  readonly state: ChildState;
  readonly lots: number;
  readonly filled: number;
  readonly limitTicks: number;
  readonly sentNs: number;
  readonly ackedNs: number;
  readonly doneNs: number;

  constructor(state: CoreState, child: Child) {
    this.clientOrderId = child.clientOrderId;
    this.venue = venueName(state.universe, child.venue);
    this.instrument = instrumentOf(state.universe, child.node.spec.instrument);
    this.side = child.side;
    this.tif = child.tif;
    this.reduceOnly = child.reduceOnly;
    this.baseNs = state.baseNs;
    this.orderNo = child.node.reopened + 1;
    this.state = child.state;
    this.lots = child.lots;
    this.filled = child.filled;
    this.limitTicks = child.limitTicks;
    this.sentNs = child.sentAtNs;
    this.ackedNs = child.ackedAtNs;
    this.doneNs = child.doneAtNs;
  }

  /** Whether the child still is as it was: what an event after this one may share. */
  holdsFor(state: CoreState, child: Child): boolean {
    return this.state === child.state && this.filled === child.filled && this.lots === child.lots && this.limitTicks === child.limitTicks &&
      this.ackedNs === child.ackedAtNs && this.doneNs === child.doneAtNs && this.orderNo === child.node.reopened + 1 &&
      this.baseNs === state.baseNs;
  }

  /** As an order lists it. */
  part(): WireObject {
    const { instrument, baseNs } = this;
    assert(this.limitTicks > 0 && this.clientOrderId !== '', 'an order has a price and an id');
    return {
      client_order_id: this.clientOrderId,
      venue: this.venue,
      side: sideName(this.side),
      status: this.state,
      tif: this.tif,
      reduce_only: this.reduceOnly,
      qty_1e8: qty1e8(instrument, this.lots),
      filled_qty_1e8: qty1e8(instrument, this.filled),
      price_1e9: price1e9(instrument, this.limitTicks),
      sent_ns: absoluteNs(baseNs, this.sentNs),
      acked_ns: absoluteNs(baseNs, this.ackedNs),
      done_ns: absoluteNs(baseNs, this.doneNs),
    };
  }

  /** As the `children` channel tells it. */
  view(of: OfNode): WireObject {
    const view = this.part();
    assert(of.graphId !== '', 'an order is one of a graph');
    assert(this.orderNo >= 1, 'orders of a node are numbered from 1');
    view['node_order_id'] = orderId(of, this.orderNo);
    view['graph_id'] = of.graphId;
    return view;
  }
}

/** The child as it is now. An order is told right after its child as a rule: both share the facts. */
export function childFacts(state: CoreState, child: Child): ChildFacts {
  const { scratch } = state;
  assert(child.filled >= 0 && child.sentAtNs <= state.tNs, 'an order is told of after it was sent');
  if (scratch.toldChild === child && scratch.told?.holdsFor(state, child) === true) return scratch.told;
  assert(scratch.toldChild !== child || scratch.told !== null, 'facts are kept with their order');
  scratch.toldChild = child;
  scratch.told = new ChildFacts(state, child);
  return scratch.told;
}

export function childView(state: CoreState, child: Child): WireObject {
  return childFacts(state, child).part();
}

/** What a node may do in total: its ceiling, else what its edges released so far; a money target: what it has in hand. */
export function targetLots(node: Node): number {
  assert(node.ceiling >= 0 && node.released >= 0, 'a target is never negative');
  if (Number.isFinite(node.ceiling)) return node.ceiling;
  return Number.isFinite(node.released) ? node.released : node.filled + (node.run?.live ?? 0);
}

/** A node as an order at a moment. */
export class OrderFacts implements Facts {
  readonly instrument: Instrument;
  readonly side: Side;
  readonly orderType: NodeSpec['orderType'];
  readonly isSandbox: boolean;
  readonly baseNs: string;
  readonly orderNo: number;
  readonly status: string;
  readonly isPaused: boolean;
  readonly reason: string;
  readonly target: number;
  readonly filled: number;
  readonly average1e9: number;
  readonly limitTicks: number;
  readonly createdNs: number;
  readonly updatedNs: number;
  readonly children: readonly ChildFacts[];
  /** Older orders that are not among them. */
  readonly omitted: number;

  constructor(state: CoreState, node: Node) {
    const { run, graph } = node;
    assert(node.filled >= 0 && node.reopened >= 0, 'what is told of a node is never negative');
    assert(graph.createdAtNs <= state.tNs, 'a graph is told of after it was made');
    this.instrument = instrumentOf(state.universe, node.spec.instrument);
    this.side = node.spec.side;
    this.orderType = node.spec.orderType;
    this.isSandbox = graph.spec.isSandbox;
    this.baseNs = state.baseNs;
    this.orderNo = node.reopened + 1;
    this.status = orderStatus(node);
    this.isPaused = node.status === 'paused';
    this.reason = node.reason;
    this.target = targetLots(node);
    this.filled = node.filled;
    this.average1e9 = run === null ? 0 : average1e9(this.instrument, run.value, node.filled);
    this.limitTicks = node.limitTicks;
    this.createdNs = graph.createdAtNs;
    this.updatedNs = run === null ? graph.updatedAtNs : run.updatedAtNs;
    assert(this.average1e9 >= 0 && this.updatedNs <= state.tNs, 'an average is a price, a change was in time');
    this.children = run === null || run.children.length === 0 ? NO_CHILDREN : allFacts(state, run.children);
    this.omitted = run === null || run.aside === null ? 0 : run.aside.count;
  }

  view(of: OfNode): WireObject {
    const { instrument, baseNs } = this;
    assert(this.orderNo >= 1 && this.target >= 0, 'orders of a node are numbered from 1 and have a target');
    const view: WireObject = {
      node_order_id: orderId(of, this.orderNo),
      graph_id: of.graphId,
      node_id: of.nodeId,
      symbol: instrument.symbol,
      side: sideName(this.side),
      order_type: this.orderType,
      status: this.status,
      qty_1e8: qty1e8(instrument, this.target),
      filled_qty_1e8: qty1e8(instrument, this.filled),
      avg_price_1e9: this.average1e9,
      venue_orders: this.children.map((child) => child.part()),
      created_ns: absoluteNs(baseNs, this.createdNs),
      updated_ns: absoluteNs(baseNs, this.updatedNs),
      is_sandbox: this.isSandbox,
    };
    if (this.omitted > 0) view['venue_orders_omitted'] = this.omitted;
    if (this.orderType === 'limit') view['price_1e9'] = price1e9(instrument, this.limitTicks);
    if (this.reason !== '') view['failure_reason'] = this.reason;
    if (this.isPaused) view['paused'] = true;
    return view;
  }
}

const NO_CHILDREN: readonly ChildFacts[] = [];

function allFacts(state: CoreState, children: readonly Child[]): ChildFacts[] {
  return children.map((child) => childFacts(state, child));
}

export function orderView(state: CoreState, node: Node): WireObject {
  return new OrderFacts(state, node).view({ graphId: node.graph.graphId, nodeId: node.nodeId });
}
