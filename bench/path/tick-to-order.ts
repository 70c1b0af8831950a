/**
 * Book change → order at the venue's door, topology `fused`, one thread:
 *
 *   delta of 22 levels ──▶ book ──▶ scheduler: pre-filter, sample ──▶ core: price edge fires, wants the books ──▶
 *   sample with depth ──▶ plan, risk, child order ──▶ log.commit (memory) ──▶ venue.place
 *
 * Frames come parsed (the shared-memory bench has the parser); orders leave as objects, not as signed bytes. Each
 * order is filled and a new graph armed between measurements; 1,000 other edges stay armed on the same instrument.
 */
import { build as buildHistogram } from 'hdr-histogram-js';
import { assert, must } from '../../src/base/assert.js';
import type { CoreState } from '../../src/core/state.js';
import { VirtualClock } from '../../src/main/clock.js';
import { FusedEngine } from '../../src/main/fused-engine.js';
import { pureCore } from '../../src/main/pure-core.js';
import type { Command } from '../../src/protocol/commands.js';
import type { VenueOrder } from '../../src/protocol/effects.js';
import { EventType, ReportKind, VenueReason } from '../../src/protocol/events.js';
import type { GraphSpec } from '../../src/protocol/graph-spec.js';
import { noLog } from '../../src/scheduler/event-log.js';
import { History } from '../../src/scheduler/history.js';
import type { VenueConnection, VenueSink } from '../../src/venues/venue.js';
import { BASE_NS, BTC_USD, START_MID, universe } from '../support/core-feeder.js';
import { above, edgeSpec, graphSpec, marketNode, waitingGraph } from '../support/core-specs.js';
import { type Row, spread } from '../support/row.js';

const LEVELS = 100;
/** Of one message: the recording's median. */
const CHANGES = 22;
const LEVEL_LOTS = 1_000_000;
const OTHERS = 1_000;
/** The level that fires is so far above where the market stands between measurements. */
const JUMP = 50;

interface Samples {
  readonly firedNs: number[];
  readonly quietNs: number[];
}

/** Keeps what is placed; says what the bench tells it to. */
class Door implements VenueConnection {
  readonly name = 'bench';
  readonly venue: number;
  readonly #placed: (order: VenueOrder) => void;

  constructor(venue: number, placed: (order: VenueOrder) => void) {
    this.venue = venue;
    this.#placed = placed;
  }

  place(order: VenueOrder): void {
    this.#placed(order);
  }

  cancel(): void {}
  amend(): void {}
  query(): void {}
  reconcile(): void {}
  close(): void {}

  doWork(): number {
    return 0;
  }

  nextDueNs(): number {
    return Infinity;
  }
}

class Bench {
  readonly #clock = new VirtualClock();
  readonly #engine: FusedEngine<CoreState>;
  #sink: VenueSink | null = null;
  #order: VenueOrder | null = null;
  #placedAt = 0;
  #tNs = 0;
  #execs = 0;
  #graphs = 0;
  readonly #bids = new Float64Array(2 * CHANGES);
  readonly #asks = new Float64Array(2 * CHANGES);

  constructor() {
    const placed = (order: VenueOrder): void => {
      this.#placedAt = performance.now();
      this.#order = order;
    };
    this.#engine = new FusedEngine<CoreState>({
      core: pureCore, universe, accounts: ['bench'], baseNs: BASE_NS, epoch: 1, seed: 1, log: noLog, recovered: null,
      clock: this.#clock, history: new History(1),
      connect: (sink) => {
        this.#sink = sink;
        return universe.venues.map(({ id }) => new Door(id, placed));
      },
      answer: () => {
        throw new Error('this bench asks nothing');
      },
    });
    const sink = must<VenueSink>(this.#sink, 'sink');
    for (const { id } of universe.venues) {
      sink.status({ type: EventType.venueStatus, tNs: 0, venue: id, connected: 1, reconciled: 1, credentialsValid: 1 });
      for (const { id: asset } of universe.assets) {
        sink.balance({ type: EventType.balance, tNs: 0, accountId: 0, venue: id, asset, total1e8: '1000000000000000000', asOfNs: 0 });
      }
    }
    this.#books();
    this.step();
    for (let i = 0; i < OTHERS; i += 100) {
      this.submit(waitingGraph(`other${i}`, 100, (k) => above(START_MID + 100_000 + i + k)));
      this.fill();
    }
  }

  /** Every venue's book; the second and third stay far above and below, so that the first decides the median. */
  #books(): void {
    const { listings } = must(universe.instruments[BTC_USD], 'BTC-USD');
    listings.forEach((listing, i) => {
      const mid = START_MID + (i === 0 ? 0 : i === 1 ? 5_000 : -5_000);
      const side = (sign: number): number[] =>
        Array.from({ length: LEVELS }, (_, k) => [mid + sign * (10 + 10 * k), LEVEL_LOTS]).flat();
      this.#engine.feed.snapshot(listing, 0, side(-1), side(1));
    });
  }

  step(): void {
    this.#tNs += 1_000;
    this.#clock.moveTo(this.#tNs);
    for (const { id } of universe.venues) this.#engine.feed.alive(id);
    this.#engine.step(this.#tNs);
  }

  submit(graph: GraphSpec): void {
    const command: Command = { kind: 'submit', graph, bodyHash: 'b', repeatKey: '' };
    this.#engine.command(0, command, (reply) => assert(reply.ok, 'the graph is accepted'));
    this.step();
  }

  fill(): void {
    const order = must<VenueOrder>(this.#order, 'an order to fill');
    this.#order = null;
    must<VenueSink>(this.#sink, 'sink').report({
      type: EventType.report, tNs: this.#tNs, venue: order.venue, kind: ReportKind.fill, clientOrderId: order.clientOrderId,
      venueOrderId: order.clientOrderId, execId: String(++this.#execs), lastTicks: order.limitTicks, lastLots: order.lots,
      cumLots: order.lots, openLots: -1, priceTicks: -1, totalLots: -1, feeAsset: 0, fee1e8: 0, maker: 0, venueTsNs: this.#tNs,
      reason: VenueReason.none, text: '',
    });
    this.step();
  }

  /** One message: the best bid and ask move to `offset` above the start, other levels change in size. */
  #message(offset: number): void {
    const mid = START_MID + offset;
    for (let k = 0; k < CHANGES / 2; k++) {
      this.#bids[2 * k] = mid - 10 - 10 * k;
      this.#asks[2 * k] = mid + 10 + 10 * k;
      this.#bids[2 * k + 1] = this.#asks[2 * k + 1] = LEVEL_LOTS + k;
    }
  }

  /** Ns from the message to the end of the step, or to the order where one is placed. */
  tick(offset: number, fires: boolean): number {
    this.#message(offset);
    this.#tNs += 1_000;
    this.#clock.moveTo(this.#tNs);
    const { feed } = this.#engine;
    // What the move left behind goes first: the book is never crossed.
    this.#clearBelow(offset);
    const started = performance.now();
    feed.setNow(this.#tNs);
    feed.delta(0, this.#tNs, this.#bids, CHANGES / 2, this.#asks, CHANGES / 2);
    this.#engine.step(this.#tNs);
    const ended = performance.now();
    assert(fires === (this.#order !== null), 'an order leaves exactly when the level is crossed');
    return ((fires ? this.#placedAt : ended) - started) * 1e6;
  }

  #clearBelow(offset: number): void {
    const { feed } = this.#engine;
    const mid = START_MID + offset;
    const side = (sign: number): number[] =>
      Array.from({ length: LEVELS }, (_, k) => [mid - JUMP / 2 + sign * (60 + 10 * k), LEVEL_LOTS]).flat();
    feed.snapshot(0, this.#tNs, side(-1), side(1));
  }

  /** Arms one graph, shows it a tick that does nothing and one that fires it. */
  round(samples: Samples): void {
    const nodes = [marketNode('entry', 1, true), marketNode('fires', 1, false)];
    this.submit(graphSpec(`g${this.#graphs++}`, nodes, [edgeSpec(0, 1, above(START_MID + JUMP))]));
    this.fill();
    samples.quietNs.push(this.tick(0, false));
    samples.firedNs.push(this.tick(JUMP, true));
    this.fill();
    this.tick(0, false);
  }
}

export function tickToOrderRows(rounds: number, repeats: number): Row[] {
  const bench = new Bench();
  const runs = Array.from({ length: repeats }, (): Samples => ({ firedNs: [], quietNs: [] }));
  const warm: Samples = { firedNs: [], quietNs: [] };
  for (let i = 0; i < rounds / 5; i++) bench.round(warm);
  for (const run of runs) for (let i = 0; i < rounds; i++) bench.round(run);
  const row = (what: string, values: (run: Samples) => number[], percentile: number): Row => ({
    bench: 'tick-to-order', what: `${what} p${percentile}`, ...spread(runs.map((run) => at(values(run), percentile))), unit: 'ns',
    checksum: runs.reduce((sum, run) => sum + run.firedNs.length, 0),
  });
  const fired = (run: Samples): number[] => run.firedNs;
  const quiet = (run: Samples): number[] => run.quietNs;
  return [
    ...[50, 99, 99.9, 100].map((percentile) => row('fused: change of 22 levels → order placed', fired, percentile)),
    ...[50, 99].map((percentile) => row('fused: change of 22 levels, nothing crossed', quiet, percentile)),
  ];
}

function at(values: readonly number[], percentile: number): number {
  const histogram = buildHistogram({ numberOfSignificantValueDigits: 3 });
  for (const value of values) histogram.recordValue(Math.max(1, Math.round(value)));
  return histogram.getValueAtPercentile(percentile);
}
