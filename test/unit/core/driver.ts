/**
 * Drives the core in tests: feeds events, answers `want_sample` from a market that the test sets, keeps effects, and
 * checks the invariants after every event. No venue: the test says what venues report.
 */
import assert from 'node:assert/strict';
import { apply, createState } from '../../../src/core/apply.js';
import { checkInvariants } from '../../../src/core/invariants.js';
import type { Child, CoreState, Graph, Node } from '../../../src/core/state.js';
import { nextTimerNs } from '../../../src/core/timers.js';
import type { Command, Reply } from '../../../src/protocol/commands.js';
import type { Effect, VenueOrder } from '../../../src/protocol/effects.js';
import { EventType, ReportKind, SampleReason, VenueReason, type EngineEvent, type ListingDepth, type ListingQuote, type ReportEvent } from '../../../src/protocol/events.js';
import type { GraphSpec } from '../../../src/protocol/graph-spec.js';
import type { Universe } from '../../../src/protocol/universe.js';
import { BTC, ETH, makeUniverse, USD } from './universe.js';

export const MS = 1_000_000;
export const S = 1_000 * MS;
/** 2026-01-01T00:00:00Z. */
export const BASE_NS = 1_767_225_600_000_000_000n;

export interface Book {
  bids: [number, number][];
  asks: [number, number][];
  fresh: 0 | 1;
  markTicks: number;
  lastHighTicks: number;
  lastLowTicks: number;
  penaltyE6: number;
}

export class Driver {
  readonly state: CoreState = createState();
  readonly universe: Universe;
  readonly effects: Effect[] = [];
  readonly books: Book[];
  readonly events: EngineEvent[] = [];
  tNs = 0;
  checks = true;
  /** False: what the core asks to see is not shown, as when the process dies before it looks. */
  looks = true;
  #commandId = 0;
  #execId = 0;

  constructor(universe: Universe = makeUniverse()) {
    this.universe = universe;
    this.books = universe.listings.map(() => ({ bids: [], asks: [], fresh: 1, markTicks: 0, lastHighTicks: 0, lastLowTicks: 0, penaltyE6: 0 }));
    this.event({ type: EventType.timeBase, tNs: 0, baseNs: BASE_NS.toString(), epoch: 1, seed: 7 });
    this.event({ type: EventType.universe, tNs: 0, universe, accounts: ['main', 'other'] });
    for (const { id } of universe.venues) this.venue(id, 1);
    const assets: [number, string][] = [[USD, '500000000000000'], [BTC, '5000000000'], [ETH, '50000000000']];
    for (const { id } of universe.venues) {
      for (const [asset, total1e8] of assets) this.event({ type: EventType.balance, tNs: 0, accountId: 0, venue: id, asset, total1e8, asOfNs: 0 });
    }
    for (const instrument of universe.instruments) this.market(instrument.id, instrument.base === BTC ? 60_000 : 3_000, 1, 100_000);
  }

  /** Applies an event and answers what it asks for, at once. */
  event(event: EngineEvent): void {
    const from = this.effects.length;
    this.events.push(structuredClone(event));
    apply(this.state, event, this.effects);
    if (this.checks && this.state.markets.length > 0) checkInvariants(this.state);
    if (!this.looks) return;
    const wants = this.effects.slice(from).filter((effect) => effect.kind === 'want_sample');
    for (const want of wants) this.sample(want.instrument, SampleReason.wanted, want.levels);
  }

  /** One price level a side on every listing: bid = mid − half, ask = mid + half. */
  market(instrument: number, mid: number, half = 1, lots = 100_000): void {
    for (const id of this.universe.instruments[instrument]?.listings ?? []) this.book(id, [[mid - half, lots]], [[mid + half, lots]]);
  }

  book(listing: number, bids: [number, number][], asks: [number, number][]): void {
    const book = this.bookOf(listing);
    book.bids = bids;
    book.asks = asks;
  }

  bookOf(listing: number): Book {
    const book = this.books[listing];
    assert.ok(book !== undefined);
    return book;
  }

  /** Quotes as the scheduler would see them now. */
  quotes(instrument: number): ListingQuote[] {
    return (this.universe.instruments[instrument]?.listings ?? []).map((id) => {
      const book = this.bookOf(id);
      return {
        listing: id, venue: this.universe.listings[id]?.venue ?? -1, fresh: book.fresh, bidTicks: book.bids[0]?.[0] ?? 0,
        bidLots: book.bids[0]?.[1] ?? 0, askTicks: book.asks[0]?.[0] ?? 0, askLots: book.asks[0]?.[1] ?? 0, markTicks: book.markTicks,
        lastHighTicks: book.lastHighTicks, lastLowTicks: book.lastLowTicks, lastTicks: book.lastHighTicks, lastAgeNs: 0, penaltyE6: book.penaltyE6,
      };
    });
  }

  sample(instrument: number, reason: number = SampleReason.tick, levels = 0): void {
    const side = (levelsOf: [number, number][]): { count: number; pairs: Float64Array } => ({ count: levelsOf.length, pairs: Float64Array.from(levelsOf.flat()) });
    const depth: ListingDepth[] = levels === 0 ? [] : (this.universe.instruments[instrument]?.listings ?? []).map((id) => {
      const book = this.bookOf(id);
      return { listing: id, bids: side(book.bids), asks: side(book.asks) };
    });
    this.event({
      type: EventType.sample, tNs: this.tNs, instrument, reason, quotes: this.quotes(instrument), depthCount: depth.length, depth, medianSpreadTicks: 2,
    });
  }

  /** Moves the mid and shows it to the core. */
  tick(instrument: number, mid: number): void {
    this.market(instrument, mid);
    this.sample(instrument);
  }

  mark(instrument: number): void {
    this.sample(instrument, SampleReason.mark);
  }

  /** Lets time pass, firing timers at their due times. */
  advance(ns: number): void {
    const end = this.tNs + ns;
    for (let due = nextTimerNs(this.state); due <= end; due = nextTimerNs(this.state)) {
      this.tNs = Math.max(this.tNs, due);
      this.event({ type: EventType.timer, tNs: this.tNs });
    }
    this.tNs = end;
  }

  command(command: Command, accountId = 0): Reply {
    const commandId = ++this.#commandId;
    this.event({ type: EventType.command, tNs: this.tNs, accountId, commandId, command });
    const effect = this.effects.findLast((entry) => entry.kind === 'reply' && entry.commandId === commandId);
    assert.ok(effect !== undefined && effect.kind === 'reply', 'every command is answered');
    return effect.reply;
  }

  submit(spec: GraphSpec, repeatKey = '', bodyHash = 'h'): Reply {
    return this.command({ kind: 'submit', graph: spec, bodyHash, repeatKey });
  }

  /** Submits and expects yes. */
  run(spec: GraphSpec): Graph {
    const reply = this.submit(spec);
    assert.ok(reply.ok, reply.ok ? '' : `${reply.code}: ${reply.message}`);
    return this.graph(spec.graphId);
  }

  graph(graphId = 'g1'): Graph {
    const graph = this.state.graphs.get(graphId);
    assert.ok(graph !== undefined, `graph ${graphId}`);
    return graph;
  }

  node(nodeId: string, graphId = 'g1'): Node {
    const node = this.graph(graphId).nodes.find((entry) => entry.nodeId === nodeId);
    assert.ok(node !== undefined, `node ${nodeId}`);
    return node;
  }

  children(nodeId: string, graphId = 'g1'): Child[] {
    return this.node(nodeId, graphId).run?.children ?? [];
  }

  /** Newest child of a node, or the one at `index`. */
  child(nodeId: string, index = -1, graphId = 'g1'): Child {
    const child = this.children(nodeId, graphId).at(index);
    assert.ok(child !== undefined, `child ${index} of ${nodeId}`);
    return child;
  }

  placed(): VenueOrder[] {
    return this.effects.flatMap((effect) => (effect.kind === 'place' ? [effect.order] : []));
  }

  alerts(): string[] {
    return this.effects.flatMap((effect) => (effect.kind === 'alert' ? [effect.code] : []));
  }

  /** Whether a cancel went out for the child. */
  cancelled(child: Child): boolean {
    return this.effects.some((effect) => effect.kind === 'cancel' && effect.clientOrderId === child.clientOrderId);
  }

  venue(venue: number, connected: 0 | 1, reconciled: 0 | 1 = connected): void {
    this.event({ type: EventType.venueStatus, tNs: this.tNs, venue, connected, reconciled, credentialsValid: 1 });
  }

  report(child: Child, kind: ReportKind, fields: Partial<ReportEvent> = {}): void {
    this.event({
      type: EventType.report, tNs: this.tNs, venue: child.venue, kind, clientOrderId: child.clientOrderId, venueOrderId: `v${child.clientOrderId}`,
      execId: '', lastTicks: 0, lastLots: 0, cumLots: -1, openLots: -1, priceTicks: -1, totalLots: -1, feeAsset: USD, fee1e8: 0, maker: 0,
      venueTsNs: this.tNs, reason: VenueReason.none, text: '', ...fields,
    });
  }

  ack(child: Child): void {
    this.report(child, ReportKind.ack);
  }

  /** A fill with an execution id of its own. */
  fill(child: Child, lots: number, ticks: number = child.limitTicks, fields: Partial<ReportEvent> = {}): void {
    this.report(child, ReportKind.fill, { execId: `x${++this.#execId}`, lastLots: lots, lastTicks: ticks, cumLots: child.filled + lots, ...fields });
  }

  gone(child: Child, kind: ReportKind = ReportKind.cancelled): void {
    this.report(child, kind, { cumLots: child.filled });
  }

  reject(child: Child, reason: VenueReason = VenueReason.other, text = 'refused'): void {
    this.report(child, ReportKind.reject, { reason, text });
  }

  /** Fills every live child of the node whole, at its limit or `ticks`. */
  fillAll(nodeId: string, ticks?: number, graphId = 'g1'): void {
    for (const child of [...this.children(nodeId, graphId)]) {
      if (child.doneAtNs < 0) this.fill(child, child.lots - child.filled, ticks ?? child.limitTicks);
    }
  }
}
