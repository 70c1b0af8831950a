/**
 * Stamps of the path from news to order bytes, on the machine's clock. They lie beside events and effects, never in
 * them: what the core sees has no measured time in it, so that a replay is the same with and without them.
 *
 * `DecisionTimes` belongs to the thread that decides, `OrderTimes` to the thread that sends; on one thread both are
 * used side by side. Allocates: for an order (its stamps while it is on the way, its entry until it is answered).
 */
import { must } from '../base/assert.js';
import { plainReadFloat64, plainWriteFloat64 } from '../memory/words.js';
import { type LatencyWriter, spanIndex } from './latency.js';
import { stageIndex, stages } from './latency-stages.js';
import type { TraceWriter } from './traces.js';

/** The machine's clock of all threads, ns. */
export interface StampClock {
  stampInto(words: Float64Array, index: number): void;
}

/** Where stamps of an instrument's newest change are: `frame_in` and `book_published`, one after the other. */
export interface StampedMarket {
  stampsInto(instrument: number, out: Float64Array, at: number): void;
}

const FRAME_IN = stageIndex('frame_in');
const PUBLISHED = stageIndex('book_published');
const SAMPLED = stageIndex('sampled');
const DECIDED = stageIndex('decided');
const OUT = stageIndex('order_bytes_out');
const GATEWAY_IN = stageIndex('gateway_in');
const ACCEPTED = stageIndex('accepted');
const ACK = stageIndex('venue_ack');
export const STAMPS = stages.length;

export class DecisionTimes {
  readonly #clock: StampClock;
  readonly #latency: LatencyWriter;
  /** Of what the core is being shown. */
  readonly #cause = new Float64Array(STAMPS);
  /** Of the orders decided since the last commit; reused. */
  readonly #orders: Float64Array[] = [];
  #count = 0;
  readonly #bookToSample = spanIndex('book_to_sample');
  readonly #gatewayToAccepted = spanIndex('gateway_to_accepted');

  constructor(clock: StampClock, latency: LatencyWriter) {
    this.#clock = clock;
    this.#latency = latency;
  }

  /** What comes next has no measured beginning (a report, a timer). */
  nothing(): void {
    this.#cause.fill(0);
  }

  /** A look at an instrument that something waits for. */
  tick(market: StampedMarket, instrument: number): void {
    const cause = this.#cause;
    cause.fill(0);
    market.stampsInto(instrument, cause, FRAME_IN);
    this.#clock.stampInto(cause, SAMPLED);
    this.#latency.recordBetween(this.#bookToSample, cause, PUBLISHED, SAMPLED);
  }

  /** @param gatewayInNs 0 when nobody stamped it */
  command(gatewayInNs: number): void {
    this.#cause.fill(0);
    plainWriteFloat64(this.#cause, GATEWAY_IN, gatewayInNs);
  }

  /** The core has decided an order. */
  decided(): void {
    const order = (this.#orders[this.#count] ??= new Float64Array(STAMPS));
    this.#count++;
    order.set(this.#cause);
    this.#clock.stampInto(order, DECIDED);
  }

  /** The log has taken what was decided: commands are accepted from here on. */
  committed(): void {
    for (let i = 0; i < this.#count; i++) {
      const order = this.order(i);
      if (plainReadFloat64(order, GATEWAY_IN) > 0) this.#clock.stampInto(order, ACCEPTED);
    }
  }

  /** Stamps of the n-th order since the last commit, in the order of their decisions. */
  order(n: number): Float64Array {
    return must(this.#orders[n], 'stamps of an order');
  }

  /** The orders are on their way. */
  clear(): void {
    this.#count = 0;
  }

  /** A command's answer leaves. */
  answered(gatewayInNs: number): void {
    if (gatewayInNs === 0) return;
    plainWriteFloat64(this.#cause, GATEWAY_IN, gatewayInNs);
    this.#clock.stampInto(this.#cause, ACCEPTED);
    this.#latency.recordBetween(this.#gatewayToAccepted, this.#cause, GATEWAY_IN, ACCEPTED);
  }
}

/** Orders whose first answer is waited for, at most: what is older stays without. */
const WAITING_MAX = 10_000;
/** Spans that end with the order's bytes, and the one before. */
const sentSpans = ['sample_to_decision', 'decision_to_order', 'tick_to_order', 'gateway_to_order'] as const;

interface Waiting {
  readonly slot: number;
  readonly graph: number;
  readonly order: number;
}

export class OrderTimes {
  readonly #clock: StampClock;
  readonly #latency: LatencyWriter;
  readonly #traces: TraceWriter;
  readonly #waiting = new Map<string, Waiting>();
  readonly #stamp = new Float64Array(2);
  readonly #spans = sentSpans.map(spanIndex);
  readonly #orderToAck = spanIndex('order_to_ack');

  constructor(clock: StampClock, latency: LatencyWriter, traces: TraceWriter) {
    this.#clock = clock;
    this.#latency = latency;
    this.#traces = traces;
  }

  /** The order's bytes have left. @param stamps of its decision; the last one is added */
  sent(clientOrderId: string, stamps: Float64Array): void {
    this.#clock.stampInto(stamps, OUT);
    const latency = this.#latency;
    latency.recordBetween(must(this.#spans[0], 'span'), stamps, SAMPLED, DECIDED);
    latency.recordBetween(must(this.#spans[1], 'span'), stamps, DECIDED, OUT);
    latency.recordBetween(must(this.#spans[2], 'span'), stamps, FRAME_IN, OUT);
    latency.recordBetween(must(this.#spans[3], 'span'), stamps, GATEWAY_IN, OUT);
    const { graph, order } = traceKey(clientOrderId);
    const slot = this.#traces.record(graph, order, stamps);
    if (this.#waiting.size < WAITING_MAX) this.#waiting.set(clientOrderId, { slot, graph, order });
  }

  /** The venue said something of an order. */
  heard(clientOrderId: string): void {
    const waiting = this.#waiting.get(clientOrderId);
    if (waiting === undefined) return;
    this.#waiting.delete(clientOrderId);
    const stamp = this.#stamp;
    this.#clock.stampInto(stamp, 1);
    const sentNs = this.#traces.add(waiting.slot, waiting.graph, waiting.order, ACK, plainReadFloat64(stamp, 1), OUT);
    plainWriteFloat64(stamp, 0, sentNs);
    this.#latency.recordBetween(this.#orderToAck, stamp, 0, 1);
  }
}

/**
 * Graph and node of a client order id, as numbers: `L<epoch>-<account>-<market>-<graph>-<node>-<number>` in base 36
 * (core/orders/child.ts). Foreign ids share the key 0, 0, which is never found.
 */
export function traceKey(clientOrderId: string): { readonly graph: number; readonly order: number } {
  const [, , , graph = '', node = ''] = clientOrderId.split('-');
  const key = { graph: Number.parseInt(graph, 36), order: Number.parseInt(node, 36) };
  return Number.isNaN(key.graph) || Number.isNaN(key.order) ? { graph: 0, order: 0 } : key;
}
