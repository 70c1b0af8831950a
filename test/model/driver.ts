/**
 * Plays the venue and the clock for one graph: turns abstract steps into engine events, tells the twin the same facts
 * and compares the two after every step.
 */
import { EventType, ReportKind, VenueReason, type EngineEvent, type ReportEvent } from '../../src/protocol/events.js';
import type { Command } from '../../src/protocol/commands.js';
import type { Effect, VenueOrder } from '../../src/protocol/effects.js';
import type { GraphSpec } from '../../src/protocol/graph-spec.js';
import { compare } from './compare.js';
import type { EngineUnderTest } from './engine.js';
import { limitsOf, type Step, type VenueSide } from './steps.js';
import { idleLots, judgeLive, judgeOpen } from './twin/judge.js';
import { Twin } from './twin/twin.js';
import { MS, modelUniverse, perp, sampleOf, spot, startEvents, startTicks } from './world.js';

/** No policy leaves something to do alone for so long. */
const IDLE_MAX_NS = 3_000 * MS;

/** Rounds of healing, 1.1 s each, in which nothing happened: nothing will. */
const QUIET_ROUNDS = 12;

export class Driver {
  readonly engine: EngineUnderTest;
  readonly spec: GraphSpec;
  readonly twin: Twin;
  readonly orders: VenueSide[] = [];
  readonly #native: boolean;
  readonly #mids = [startTicks, startTicks];
  /** Venues whose order connection is lost; their feeds live on. */
  readonly #away = new Set<number>();
  readonly #byId = new Map<string, VenueSide>();
  /** Limits as last amended. */
  readonly #limits = new Map<number, number>();
  #maxLots = Infinity;
  readonly #idleSince = new Map<number, number>();
  #nowNs = 1_000 * MS;
  #execs = 0;
  #refused = false;
  problems: string[] = [];

  /** @param native true: every venue amends in place */
  constructor(engine: EngineUnderTest, spec: GraphSpec, native = false) {
    this.engine = engine;
    this.#native = native;
    this.spec = spec;
    for (const event of startEvents(this.#nowNs, native)) engine.apply(event);
    for (const instrument of [spot, perp]) this.#sample(instrument, false);
    this.twin = new Twin(spec, modelUniverse, this.#nowNs);
    for (const instrument of [spot, perp]) this.twin.midsQ.set(instrument, startTicks * 4);
    this.twin.settle();
    this.#command({ kind: 'submit', graph: spec, bodyHash: 'h', repeatKey: '' });
    this.#finishStep('submit');
  }

  /** Equal keys: engine, twin, venue side and clock stand alike, so that the same steps will have the same outcome. */
  key(): string {
    const orders = this.orders.map((o) => `${o.node}/${o.lots}/${o.limitTicks}/${o.amend?.lots}/${o.filled}/${o.done}/${o.acked}/${o.cancelAsked}`);
    return [this.engine.key(), this.twin.key(), this.#mids.join('/'), [...this.#away].join('/'), this.#nowNs, ...orders].join(';');
  }

  get refused(): boolean {
    return this.#refused;
  }

  /** Off while a path is played again that was checked before. */
  checking = true;

  /** Applies one step; false when it means nothing now (nothing to fill, already cancelled …). */
  step(step: Step): boolean {
    const did = this.#act(step);
    if (did) this.#finishStep(step.kind);
    return did;
  }

  /** Whether a step would mean something now. Only for the steps of the example graphs. */
  means(step: Step): boolean {
    if (step.kind === 'time' || step.kind === 'mid') return true;
    if (step.kind === 'cancelGraph') return !this.twin.cancelled && this.twin.graphStatus() === 'active';
    return this.#candidates(step.kind).length > 0;
  }

  /** Orders that a step of the venue can be about now. */
  #candidates(kind: Step['kind']): VenueSide[] {
    const wanted = this.#wanted(kind);
    return wanted === null ? [] : this.orders.filter((o) => wanted(o) && !this.#away.has(o.order.venue));
  }

  /** Which orders a step of the venue can be about; null: it is no step of the venue. */
  #wanted(kind: Step['kind']): ((order: VenueSide) => boolean) | null {
    switch (kind) {
      case 'fill':
        return (o) => !o.done;
      case 'lateFill':
        return (o) => o.done && !o.refused && o.filled < o.lots;
      case 'ack':
        return (o) => !o.done && !o.acked;
      case 'confirm':
        return (o) => !o.done && o.cancelAsked;
      case 'amended':
      case 'amendRefused':
        return (o) => !o.done && o.amend !== null;
      case 'end':
        return (o) => !o.done && o.order.tif !== 'gtc';
      case 'reject':
      case 'lose':
        return (o) => !o.done && !o.acked && o.filled === 0;
      default:
        return null;
    }
  }

  #act(step: Step): boolean {
    switch (step.kind) {
      case 'fill':
        return this.#fill(this.#pick(step.pick, step.kind), step.eighths, step.baseFee);
      case 'lateFill':
        return this.#fill(this.#pick(step.pick, step.kind), step.eighths, 0);
      case 'ack':
        return this.#say(this.#pick(step.pick, step.kind), ReportKind.ack);
      case 'confirm':
        return this.#say(this.#pick(step.pick, step.kind), ReportKind.cancelled);
      case 'end':
        return this.#say(this.#pick(step.pick, step.kind), ReportKind.expired);
      case 'reject':
        return this.#say(this.#pick(step.pick, step.kind), ReportKind.reject);
      case 'lose':
        return this.#say(this.#pick(step.pick, step.kind), ReportKind.unknown);
      case 'amended':
      case 'amendRefused':
        return this.#answerAmend(this.#pick(step.pick, step.kind), step.kind === 'amended');
      case 'mid': {
        const mid = (this.#mids[step.instrument] ?? startTicks) + step.delta;
        this.#mids[step.instrument] = mid;
        return true;
      }
      case 'time':
        this.advance(step.ms);
        return true;
      case 'drop':
        return this.#drop(step.pick % modelUniverse.venues.length);
      case 'back':
        return this.#back(step.pick % modelUniverse.venues.length);
      case 'cancelNode':
      case 'amend':
      case 'amendPrice':
        return this.#nodeCommand(step.kind, step.pick, step.eighths);
      default:
        return this.#graphCommand(step);
    }
  }

  #status(venue: number, connected: 0 | 1, reconciled: 0 | 1): void {
    this.#feed({ type: EventType.venueStatus, tNs: this.#nowNs, venue, connected, reconciled, credentialsValid: 1 });
  }

  #drop(venue: number): boolean {
    if (this.#away.has(venue)) return false;
    this.#away.add(venue);
    // What was asked of it and not answered did not arrive.
    for (const side of this.orders) if (side.order.venue === venue) side.amend = null;
    this.twin.venueLost(venue);
    this.twin.settle();
    this.#status(venue, 0, 0);
    return true;
  }

  /** It comes back, says which orders are open there, and is reconciled. */
  #back(venue: number): boolean {
    if (!this.#away.delete(venue)) return false;
    this.#status(venue, 1, 0);
    const open = this.orders.filter((o) => o.order.venue === venue && !o.done);
    for (const side of open) {
      side.acked = true;
      this.twin.acked(side.order.clientOrderId);
    }
    this.twin.venueBack(venue);
    this.twin.settle();
    this.#feed({
      type: EventType.openOrders, tNs: this.#nowNs, venue,
      orders: open.map((o) => ({ clientOrderId: o.order.clientOrderId, venueOrderId: '', openLots: o.lots - o.filled, cumLots: o.filled })),
    });
    this.#status(venue, 1, 1);
    return true;
  }

  #graphCommand(step: Extract<Step, { kind: 'limits' | 'kill' | 'cancelGraph' | 'pause' | 'resume' | 'killClear' }>): boolean {
    const { graphId, accountId } = this.spec;
    const scope = { kind: 'graph', accountId, graphId } as const;
    const { twin } = this;
    const cancels = this.orders.filter((o) => o.cancelAsked).length;
    if (step.kind === 'limits') {
      this.#maxLots = step.maxLots ?? Infinity;
      this.#command({ kind: 'set_limits', limits: limitsOf(step.maxLots) });
      return true;
    }
    if (step.kind === 'killClear') {
      twin.killCleared();
      this.#command({ kind: 'kill_clear', scope });
      return true;
    }
    if (twin.cancelled || this.#isOver()) return false;
    switch (step.kind) {
      case 'cancelGraph':
        twin.cancelGraph();
        twin.settle();
        this.#command({ kind: 'cancel_graph', graphId, flatten: false });
        return true;
      case 'pause':
        this.#command({ kind: 'pause_graph', graphId }, () => twin.pause());
        return true;
      case 'resume':
        this.#command({ kind: 'resume_graph', graphId }, () => twin.resume());
        return true;
      case 'kill':
        this.#command({ kind: 'kill', scope, reason: 'test', allowExits: step.allowExits, cancelOpen: step.cancelOpen }, () =>
          twin.kill(step.allowExits, step.cancelOpen),
        );
        // Looked at before anything else can have happened.
        if (!step.cancelOpen && this.orders.filter((o) => o.cancelAsked).length > cancels) this.problems.push('a kill switch cancelled orders');
        return true;
    }
  }

  #nodeCommand(kind: 'cancelNode' | 'amend' | 'amendPrice', pick: number, eighths: number): boolean {
    const index = pick % this.spec.nodes.length;
    const node = this.twin.node(index);
    if (node.status !== 'active' || this.twin.cancelled || (node.stop !== null && kind !== 'cancelNode')) return false;
    const graphId = this.spec.graphId;
    const nodeId = node.spec.nodeId;
    if (kind === 'cancelNode') {
      this.twin.cancelNode(index);
      this.#command({ kind: 'cancel_node', graphId, nodeId });
      return true;
    }
    if (kind === 'amendPrice') {
      if (node.spec.orderType !== 'limit') return false;
      const limitTicks = startTicks + (eighths - 6) * 3;
      this.#command({ kind: 'amend_node', graphId, nodeId, lots: null, limitTicks }, () => this.#limits.set(index, limitTicks));
      return true;
    }
    if (node.spec.activation !== 'root' || node.spec.quantity.kind !== 'fixed') return false;
    const lots = Math.max(2, Math.floor((node.spec.quantity.lots * eighths) / 8) * 2);
    this.#command({ kind: 'amend_node', graphId, nodeId, lots, limitTicks: null }, () => this.twin.amend(index, lots));
    return true;
  }

  #pick(pick: number, kind: Step['kind']): VenueSide | null {
    const open = this.#candidates(kind);
    return open.length === 0 ? null : (open[pick % open.length] ?? null);
  }

  #report(side: VenueSide, kind: ReportEvent['kind'], lastLots: number, lastTicks: number, fee1e8: number, feeAsset = 0): ReportEvent {
    return {
      type: EventType.report, tNs: this.#nowNs, venue: side.order.venue, kind,
      clientOrderId: side.order.clientOrderId, venueOrderId: `v-${side.order.clientOrderId}`,
      execId: lastLots > 0 ? `x${++this.#execs}` : '', lastTicks, lastLots, cumLots: side.filled,
      openLots: side.done ? 0 : side.lots - side.filled, priceTicks: -1, totalLots: -1,
      feeAsset, fee1e8, maker: 0, venueTsNs: this.#nowNs,
      reason: kind === ReportKind.reject ? VenueReason.other : VenueReason.none, text: '',
    };
  }

  #fill(side: VenueSide | null, eighths: number, baseFee: number): boolean {
    if (side === null) return false;
    const lot = modelUniverse.listings[side.order.listing]?.lotMultiple ?? 1;
    const open = side.lots - side.filled;
    const part = Math.max(lot, Math.floor((open * eighths) / 8 / lot) * lot);
    const lots = eighths >= 8 || side.order.tif === 'fok' ? open : Math.min(open, part);
    const touch = (this.#mids[modelUniverse.listings[side.order.listing]?.instrument ?? 0] ?? startTicks) + side.order.side;
    const ticks = side.order.side === 1 ? Math.min(side.limitTicks, touch) : Math.max(side.limitTicks, touch);
    const listing = modelUniverse.listings[side.order.listing];
    // What a venue charges is within what it says it does: money is sized by that.
    const mostFee = this.spec.nodes[side.node]?.quantity.kind === 'notional' ? listing?.takerFeeE6 ?? 0 : Infinity;
    const inBase = listing?.feeAsset === 'base';
    const quoteFee = inBase ? 0 : Math.ceil((ticks * lots * 1_000_000 * (listing?.takerFeeE6 ?? 0)) / 1e6);
    const fee = side.order.side === 1 && inBase ? Math.min(baseFee, mostFee) * lots : quoteFee;
    const feeUsd1e9 = inBase ? fee * ticks * 10 : fee * 10;
    side.filled += lots;
    side.acked = true;
    side.done ||= side.filled >= side.lots;
    this.twin.fill(side.order.clientOrderId, { lots, ticks, baseFee1e8: inBase ? fee : 0, feeUsd1e9 });
    this.twin.settle();
    this.#feed(this.#report(side, ReportKind.fill, lots, ticks, fee, inBase ? 1 : 0));
    // There is nothing left to amend.
    if (side.done && side.amend !== null) this.#answerAmend(side, false);
    return true;
  }

  #say(side: VenueSide | null, kind: ReportEvent['kind']): boolean {
    if (side === null) return false;
    const ends = kind === ReportKind.cancelled || kind === ReportKind.expired || kind === ReportKind.reject;
    if (kind === ReportKind.ack) {
      side.acked = true;
      this.twin.acked(side.order.clientOrderId);
    }
    if (ends) {
      side.done = true;
      side.refused = kind === ReportKind.reject;
      this.twin.childEnded(side.order.clientOrderId, kind === ReportKind.reject);
    }
    this.twin.settle();
    this.#feed(this.#report(side, kind, 0, 0, 0));
    return true;
  }

  #answerAmend(side: VenueSide | null, taken: boolean): boolean {
    if (side === null || side.amend === null) return false;
    if (taken) {
      // What it filled meanwhile stays filled.
      side.lots = Math.max(side.amend.lots, side.filled);
      side.limitTicks = side.amend.ticks;
    }
    side.amend = null;
    side.acked = true;
    side.done ||= side.filled >= side.lots;
    this.twin.amended(side.order.clientOrderId, side.lots);
    this.twin.settle();
    const kind = taken ? ReportKind.amended : ReportKind.amendReject;
    this.#feed({ ...this.#report(side, kind, 0, 0, 0), totalLots: side.lots, priceTicks: side.limitTicks });
    return true;
  }

  /** Moves time to `ms` from now, stopping at every timer of the engine and every due time of the twin's own. */
  advance(ms: number): void {
    const until = this.#nowNs + ms * MS;
    for (let guard = 0; ; guard++) {
      if (guard > 2_000) throw new Error('timers do not come to rest');
      const due = Math.max(this.#nowNs, Math.min(this.engine.nextTimerNs(), until));
      this.#nowNs = due;
      this.twin.nowNs = due;
      this.twin.settle();
      if (this.engine.nextTimerNs() > due) break;
      this.#feed({ type: EventType.timer, tNs: due });
      for (const instrument of [spot, perp]) this.#sample(instrument, false);
    }
  }

  /** `accepted` tells the twin what a command that is accepted says, before what follows of it. */
  #command(command: Command, accepted: () => void = () => undefined): void {
    const effects = this.#feed({ type: EventType.command, tNs: this.#nowNs, accountId: 0, commandId: 1, command }, accepted);
    if (command.kind === 'submit') {
      const reply = effects.find((e) => e.kind === 'reply');
      this.#refused = reply === undefined || reply.kind !== 'reply' || !reply.reply.ok;
    }
  }

  #sample(instrument: number, wanted: boolean): void {
    this.#feed(sampleOf(instrument, this.#mids[instrument] ?? startTicks, this.#nowNs, wanted));
  }

  /** One engine event, and what the engine asks for because of it. */
  #feed(event: EngineEvent, accepted: () => void = () => undefined): Effect[] {
    const effects = this.engine.apply(event);
    const wanted: number[] = [];
    if (effects.some((e) => e.kind === 'reply' && e.reply.ok)) accepted();
    for (const effect of effects) {
      if (effect.kind === 'place') this.#placed(effect.order);
      if (effect.kind === 'amend') this.#amendAsked(effect);
      if (effect.kind === 'cancel') this.#cancelAsked(effect.clientOrderId);
      if (effect.kind === 'query') this.#answer(effect.clientOrderId);
      if (effect.kind === 'want_sample') wanted.push(effect.instrument);
    }
    if (!this.#refused && this.twin !== undefined) this.#learn();
    for (const instrument of wanted) this.#sample(instrument, true);
    return effects;
  }

  #placed(order: VenueOrder): void {
    if (this.#byId.has(order.clientOrderId)) this.problems.push(`client order id ${order.clientOrderId} repeats`);
    const node = this.engine.nodeOf(order.clientOrderId);
    const side: VenueSide = { order, node, lots: order.lots, limitTicks: order.limitTicks, amend: null, filled: 0, acked: false, done: false, cancelAsked: false, refused: false };
    this.orders.push(side);
    this.#byId.set(order.clientOrderId, side);
    if (this.#away.has(order.venue)) this.problems.push(`${order.clientOrderId} is sent to a venue that is away`);
    const back = order.side !== this.spec.nodes[node]?.side;
    this.twin.placed(node, order.clientOrderId, order.venue, order.lots, order.tif === 'gtc' || order.tif === 'post_only', order.limitTicks, back);
    if (order.side === this.spec.nodes[node]?.side) this.#judgePrice(node, order.limitTicks);
    if (order.lots > this.#maxLots) this.problems.push(`${order.clientOrderId} of ${order.lots} lots, the account allows ${this.#maxLots}`);
  }

  #amendAsked(effect: Extract<Effect, { kind: 'amend' }>): void {
    const side = this.#byId.get(effect.clientOrderId);
    if (side === undefined) return void this.problems.push(`amend of ${effect.clientOrderId}, which was never placed`);
    if (!this.#native) this.problems.push(`${effect.clientOrderId} is amended where no venue can`);
    this.#judgePrice(side.node, effect.limitTicks);
    const more = effect.lots > side.lots && effect.lots - side.filled > this.#maxLots;
    if (more) this.problems.push(`${effect.clientOrderId} grows to ${effect.lots} lots, the account allows ${this.#maxLots}`);
    if (!this.#away.has(side.order.venue)) side.amend = { lots: effect.lots, ticks: effect.limitTicks };
    this.twin.amendAsked(effect.clientOrderId, effect.lots);
  }

  #judgePrice(index: number, ticks: number): void {
    const spec = this.spec.nodes[index];
    const limit = this.#limits.get(index) ?? spec?.limitTicks ?? null;
    if (spec !== undefined && limit !== null && (ticks - limit) * spec.side > 0) {
      this.problems.push(`${spec.nodeId} sent at ${ticks}, beyond its limit ${limit}`);
    }
  }

  #cancelAsked(id: string): void {
    const side = this.#byId.get(id);
    if (side === undefined) return void this.problems.push(`cancel of ${id}, which was never placed`);
    side.cancelAsked ||= !this.#away.has(side.order.venue);
    this.twin.cancelAsked(id);
  }

  #answer(id: string): void {
    const side = this.#byId.get(id);
    if (side === undefined || this.#away.has(side.order.venue)) return;
    if (!side.done) this.twin.acked(id);
    this.#feed(this.#report(side, ReportKind.status, 0, 0, 0));
  }

  /** Policy's ends are facts to the twin, which judges whether the page allows them. */
  #learn(): void {
    this.twin.settle();
    const view = this.engine.view(this.spec.graphId);
    view.nodes.forEach((node, index) => {
      if (node.status === 'expired' || node.status === 'rejected' || node.status === 'filled') this.twin.policyEnd(index, node.status);
    });
    this.twin.settle();
  }

  #finishStep(what: string): void {
    if (this.#refused) return;
    for (const instrument of [spot, perp]) {
      this.twin.midsQ.set(instrument, (this.#mids[instrument] ?? startTicks) * 4);
    }
    this.twin.settle();
    for (const instrument of [spot, perp]) this.#sample(instrument, false);
    this.advance(0);
    if (!this.checking) return;
    this.problems.push(...judgeLive(this.twin), ...this.#idle());
    this.engine.check();
    const found = [...this.problems, ...this.twin.problems, ...compare(this.twin, this.engine.view(this.spec.graphId))];
    this.problems = found.map((text) => `after ${what}: ${text}`);
  }

  /** As the twin has it; after a fill that re-opens something, as the engine has it. */
  #isOver(): boolean {
    if (!this.twin.reopened) return this.twin.graphStatus() !== 'active';
    return ['completed', 'failed', 'cancelled'].includes(this.engine.view(this.spec.graphId).status);
  }

  /** Nodes that could send and have nothing in the market for longer than any policy waits. */
  #idle(): string[] {
    // An own order that a new one would meet is cancelled first: that answer may be what is waited for.
    if (this.#away.size > 0 || this.orders.some((o) => (o.cancelAsked || o.amend !== null) && !o.done)) this.#idleSince.clear();
    return this.twin.nodes.flatMap((node) => {
      const lots = this.#maxLots < Infinity || this.twin.reopened ? 0 : idleLots(this.twin, node);
      // A perp exit goes where its P filled: less than that venue takes is alerted (EXIT_STUCK), not sent.
      if (lots < this.twin.sizes.takenAnywhere(node.spec)) this.#idleSince.delete(node.index);
      else if (!this.#idleSince.has(node.index)) this.#idleSince.set(node.index, this.#nowNs);
      const since = this.#idleSince.get(node.index) ?? this.#nowNs;
      return this.#nowNs - since > IDLE_MAX_NS ? [`${node.spec.nodeId} could send ${lots} lots and does not`] : [];
    });
  }

  /** The healing phase: every order is answered, time passes; what cannot end by itself is cancelled. */
  heal(): void {
    for (const pick of [...this.#away]) if (this.problems.length === 0) this.step({ kind: 'back', pick });
    for (const kind of ['killClear', 'resume'] as const) if (this.problems.length === 0) this.step({ kind });
    if (this.problems.length === 0 && this.#maxLots < Infinity) this.step({ kind: 'limits', maxLots: null });
    let quiet = 0;
    for (let round = 0; round < 40 && this.problems.length === 0; round++) {
      const open = this.orders.filter((o) => !o.done);
      if (open.length === 0 && this.#isOver()) break;
      // Longer than any horizon or time-out that is drawn: what waits for a price waits on.
      quiet = open.length === 0 ? quiet + 1 : 0;
      if (quiet > QUIET_ROUNDS) break;
      for (const order of open) {
        if (order.done || this.problems.length > 0) continue;
        if (order.amend !== null) this.#answerAmend(order, true);
        else if (order.cancelAsked) this.#say(order, ReportKind.cancelled);
        else this.#fill(order, 8, 0);
        this.#finishStep('healing');
      }
      if (this.problems.length === 0) this.step({ kind: 'time', ms: 1_100 });
    }
    if (this.problems.length === 0 && !this.#refused && !this.twin.cancelled && this.#isOver()) {
      this.problems = judgeOpen(this.twin);
    }
    if (this.problems.length === 0) this.step({ kind: 'cancelGraph' });
    for (let i = 0; i < 5 && this.problems.length === 0 && this.orders.some((o) => !o.done); i++) {
      for (const order of this.orders) if (!order.done) this.#say(order, ReportKind.cancelled);
      this.#finishStep('last answers');
    }
    if (this.problems.length > 0 || this.#refused) return;
    const view = this.engine.view(this.spec.graphId);
    if (view.status === 'active' || view.status === 'cancelling') this.problems.push(`at the end still ${view.status}`);
    if (view.reserved !== 0) this.problems.push(`at the end ${view.reserved} (1e-8) still reserved`);
  }
}
