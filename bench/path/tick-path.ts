/**
 * The path from a recorded frame to an order's bytes, topology `fused`, one thread:
 *
 *   frame bytes ──▶ scanner ▶ shared book ▶ board ──▶ scheduler: look, pre-filter, sample ──▶ core: price edge fires,
 *   wants the books ──▶ look ▶ plan over three venues ▶ risk ▶ child order ──▶ log.commit (memory) ──▶ order bytes
 *
 * Frames of spot BTCUSDT drive the first venue; the books of the others stand far below and above it, so that the first
 * decides the trigger price. Edges that frames will cross are armed one by one before their frame, or all at once for the
 * recording's new highs and lows, so that nothing but frames happens in a pass; a thousand others are armed far away.
 */
import { assert, must } from '../../src/base/assert.js';
import type { CoreState } from '../../src/core/state.js';
import { RESULT_APPLIED } from '../../src/market/assembly/layout.js';
import { BookReader } from '../../src/market/book-reader.js';
import { BookTop } from '../../src/market/book-views.js';
import type { BookWriter } from '../../src/market/book-writer.js';
import { VirtualClock } from '../../src/main/clock.js';
import { FusedEngine } from '../../src/main/fused-engine.js';
import { pureCore } from '../../src/main/pure-core.js';
import type { VenueOrder } from '../../src/protocol/effects.js';
import { EventType, ReportKind, VenueReason } from '../../src/protocol/events.js';
import type { GraphSpec, TriggerSpec } from '../../src/protocol/graph-spec.js';
import { type EventLog, noLog } from '../../src/scheduler/event-log.js';
import { History } from '../../src/scheduler/history.js';
import { buildUniverse } from '../../src/venues/sim/universe.js';
import type { VenueConnection, VenueSink } from '../../src/venues/venue.js';
import { BASE_NS } from '../support/core-feeder.js';
import { above, below, edgeSpec, graphSpec, marketNode } from '../support/core-specs.js';
import type { RecordedFeed } from '../support/recorded-feed.js';

const LISTING = { minLots: 10, minNotional1e9: 5e9, makerFeeE6: 900, takerFeeE6: 1_000, feeAsset: 'quote' as const };
const VENUE = { abiId: 200, nativeAmend: false, reduceOnly: true };

/** One instrument named as in the frames, on three venues. */
export function pathUniverse(symbol: string): ReturnType<typeof buildUniverse> {
  return buildUniverse(
    [{ symbol, kind: 'spot', base: 'BTC', tick1e9: 10_000_000, lot1e8: 1_000 }],
    ['first', 'low', 'high'].map((name) => ({ ...VENUE, name, listings: [{ ...LISTING, symbol, tickMultiple: 1, lotMultiple: 1 }] })),
  );
}

/** Of the two books that stand still, from the first's start, in ticks: beyond what the recording moves. */
const APART = 200_000;
const LEVELS = 100;
const NODES_MAX = 100;
const FAR_EDGES = 1_000;
const PLENTY_1E8 = '1000000000000000000';

/** Where an order ends: what a venue's connection makes of it. */
export type OrderEnd = (order: VenueOrder) => void;

class Door implements VenueConnection {
  readonly name = 'bench';
  readonly venue: number;
  readonly #placed: OrderEnd;

  constructor(venue: number, placed: OrderEnd) {
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

export class TickPath {
  readonly engine: FusedEngine<CoreState>;
  /** Of each frame: the mid in half ticks after it. */
  readonly mids: readonly number[];
  readonly #feed: RecordedFeed;
  readonly #universe: ReturnType<typeof buildUniverse>;
  readonly #clock = new VirtualClock();
  readonly #book: BookWriter;
  #sink: VenueSink | null = null;
  #entry: VenueOrder | null = null;
  #end: OrderEnd = () => {};
  #isArming = false;
  #tNs = 0;
  #execs = 0;
  #graphs = 0;

  /** @param log takes every event; none is kept if not given */
  constructor(feed: RecordedFeed, log: EventLog = noLog) {
    this.#feed = feed;
    this.#universe = pathUniverse(feed.symbol);
    this.engine = new FusedEngine<CoreState>({
      core: pureCore, universe: this.#universe, accounts: ['bench'], baseNs: BASE_NS, epoch: 1, seed: 1, log, recovered: null,
      clock: this.#clock, history: new History(1), bookShape: { windowTicks: 2 ** 18, sparseCells: 2 ** 13 },
      connect: (sink) => {
        this.#sink = sink;
        return this.#universe.venues.map(({ id }) => new Door(id, (order) => {
          if (this.#isArming) this.#entry = order;
          else this.#end(order);
        }));
      },
      answer: () => {
        throw new Error('this bench asks nothing');
      },
    });
    this.#book = this.engine.feed.writer(0);
    this.#connect();
    this.#books();
    this.mids = this.#findMids();
    this.#armFar();
  }

  get tNs(): number {
    return this.#tNs;
  }

  /** From here on orders go there. */
  open(end: OrderEnd): void {
    this.#end = end;
  }

  /** One frame, to the end of what it sets off. @param tNs engine time, never going back */
  frame(index: number, tNs: number): void {
    this.#tNs = tNs;
    this.#clock.moveTo(tNs);
    const { feed } = this.engine;
    const bytes = this.#feed.frames[index] as Buffer; // the caller counts frames
    feed.setNow(tNs);
    feed.entered(0);
    this.#book.applyFrame(bytes, bytes.length, tNs);
    feed.published(0, tNs);
    this.engine.step(tNs);
  }

  /** The others say that they live: now and then, outside of what is measured. */
  alive(): void {
    const { feed } = this.engine;
    feed.setNow(this.#tNs);
    feed.alive(1);
    feed.alive(2);
  }

  /** Back to the snapshot: the first venue's book as the recording begins. */
  rewind(): void {
    this.#tNs += 1_000;
    this.engine.feed.setNow(this.#tNs);
    assert(this.#book.applySnapshotText(this.#feed.snapshot, this.#tNs) === RESULT_APPLIED, 'the snapshot is taken');
    this.engine.feed.published(0, this.#tNs);
    this.alive();
    this.step();
  }

  step(): void {
    this.#tNs += 1_000;
    this.#clock.moveTo(this.#tNs);
    this.engine.step(this.#tNs);
  }

  /** Arms an edge at each new high and low of the first `count` frames: each places an order. Returns those frames. */
  armExtremes(count: number): readonly number[] {
    const { levels, frames } = extremes(this.mids.slice(0, count));
    this.#armAll(levels);
    return frames;
  }

  /** Arms edges that no frame will reach. */
  #armFar(): void {
    const start = must(this.mids[0], 'mids');
    this.#armAll(Array.from({ length: FAR_EDGES }, (_, i) => above(Math.ceil(start / 2) + APART / 2 + i)));
  }

  #armAll(levels: readonly TriggerSpec[]): void {
    for (let i = 0; i < levels.length; i += NODES_MAX) this.#arm(levels.slice(i, i + NODES_MAX));
  }

  /** Arms one edge that this frame will cross and no edge before it would; false when its price stands still. */
  armBefore(index: number): boolean {
    const before = this.mids[index - 1] ?? 0;
    const after = must(this.mids[index], 'mid of a frame');
    const trigger = crossing(before, after);
    if (index === 0 || trigger === null) return false;
    this.#arm([trigger]);
    return true;
  }

  /** Submits a graph of an entry, filled at once, and nodes that wait for their triggers; they trade on any venue. */
  #arm(triggers: readonly TriggerSpec[]): void {
    const anywhere = { venues: null };
    const nodes = [{ ...marketNode('entry', 1, true), ...anywhere }];
    triggers.forEach((_, i) => nodes.push({ ...marketNode(`w${i}`, 1, false), ...anywhere }));
    const graph: GraphSpec = graphSpec(`g${++this.#graphs}`, nodes, triggers.map((trigger, i) => edgeSpec(0, i + 1, trigger)));
    this.#isArming = true;
    this.engine.command(0, { kind: 'submit', graph, bodyHash: 'b', repeatKey: '' }, (reply) => assert(reply.ok, 'the graph is accepted'));
    this.step();
    this.#isArming = false;
    const order = must<VenueOrder>(this.#entry, 'the entry is placed');
    this.#entry = null;
    this.fill(order);
  }

  fill(order: VenueOrder): void {
    must<VenueSink>(this.#sink, 'sink').report({
      type: EventType.report, tNs: this.#tNs, venue: order.venue, kind: ReportKind.fill, clientOrderId: order.clientOrderId,
      venueOrderId: order.clientOrderId, execId: String(++this.#execs), lastTicks: order.limitTicks, lastLots: order.lots,
      cumLots: order.lots, openLots: -1, priceTicks: -1, totalLots: -1, feeAsset: 0, fee1e8: 0, maker: 0, venueTsNs: this.#tNs,
      reason: VenueReason.none, text: '',
    });
    this.step();
  }

  #connect(): void {
    const sink = must<VenueSink>(this.#sink, 'sink');
    for (const { id } of this.#universe.venues) {
      sink.status({ type: EventType.venueStatus, tNs: 0, venue: id, connected: 1, reconciled: 1, credentialsValid: 1 });
      for (const { id: asset } of this.#universe.assets) {
        sink.balance({ type: EventType.balance, tNs: 0, accountId: 0, venue: id, asset, total1e8: PLENTY_1E8, asOfNs: 0 });
      }
    }
  }

  #books(): void {
    this.rewind();
    const start = this.#mid() / 2;
    for (const [listing, offset] of [[1, -APART], [2, APART]] as const) {
      const side = (sign: number): number[] =>
        Array.from({ length: LEVELS }, (_, k) => [Math.round(start) + offset + sign * (10 + 10 * k), 100_000]).flat();
      this.engine.feed.snapshot(listing, this.#tNs, side(-1), side(1));
    }
    this.step();
  }

  #findMids(): number[] {
    const mids: number[] = [];
    for (let i = 0; i < this.#feed.frames.length; i++) {
      const bytes = must(this.#feed.frames[i], 'frame');
      assert(this.#book.applyFrame(bytes, bytes.length, this.#tNs) === RESULT_APPLIED, 'every recorded frame applies');
      mids.push(this.#mid());
    }
    this.rewind();
    return mids;
  }

  /** Of the first venue, in half ticks. */
  #mid(): number {
    const top = new BookTop();
    const { groups } = this.engine.sharedMarket;
    const place = must(groups[0]?.books.books[0], 'the first book').place;
    assert(new BookReader(place).readTop(top, 1), 'the top is readable');
    return top.bidTicks + top.askTicks;
  }
}

/** A level between the old and the new extreme, in whole ticks, for each frame that makes one. */
export function extremes(mids: readonly number[]): { levels: TriggerSpec[]; frames: number[] } {
  const levels: TriggerSpec[] = [];
  const frames: number[] = [];
  let high = mids[0] ?? 0;
  let low = high;
  mids.forEach((mid, i) => {
    const trigger = mid > high ? crossing(high, mid) : mid < low ? crossing(low, mid) : null;
    if (trigger === null) return;
    levels.push(trigger);
    frames.push(i);
    if (mid > high) high = mid;
    else low = mid;
  });
  return { levels, frames };
}

/** A whole tick that lies beyond one mid and not beyond the other (half ticks); null where there is none. */
export function crossing(before: number, after: number): TriggerSpec | null {
  const level = after > before ? Math.floor(after / 2) : Math.ceil(after / 2);
  if (after > before) return 2 * level > before ? above(level) : null;
  return after < before && 2 * level < before ? below(level) : null;
}
