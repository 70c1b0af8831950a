/**
 * The naive twin of one graph: slow, short, written from docs/SEMANTICS.md and not from the engine.
 *
 * It is told facts (time, mids, children placed, fills, ends of children, commands) and after each says what the
 * page makes of the whole history. What is policy and not meaning (how many attempts, which venue) it takes from the
 * engine as facts too, and judges: `policyEnd` and `judgePlaced` refuse what the page forbids.
 */
import type { GraphSpec, GroupSpec } from '../../../src/protocol/graph-spec.js';
import type { Universe } from '../../../src/protocol/universe.js';
import {
  Sizes, emptyEdges, emptyNodes, filledLots, hasLive, isTerminal, notionalOf,
  type Status, type TwinChild, type TwinEdge, type TwinFill, type TwinNode,
} from './history.js';
import { judgeMoneyPlaced, mayBeFilled, moneyOf } from './money.js';
import { heldLots, isNet } from './net.js';
import { plannedUntil } from './pacing.js';
import { rolesOf, type Role } from './roles.js';
import { edgeReleased, explicitReleased, nodeReleased } from './sizing.js';
import { triggerHolds } from './triggers.js';

/** Reasons after which `on_cancel` does not fire: group, own exit, residual, flat, cancel of the graph. */
const silentEnds: readonly string[] = ['GROUP', 'EXIT_TRIGGERED', 'SUPERSEDED', 'FLAT', 'GRAPH'];

export class Twin {
  readonly nodes: TwinNode[];
  readonly edges: TwinEdge[];
  readonly roles: readonly Role[];
  readonly sizes: Sizes;
  readonly midsQ = new Map<number, number>();
  /** Broken promises seen while taking facts. */
  readonly problems: string[] = [];
  readonly #spec: GraphSpec;
  readonly #into: readonly (readonly TwinEdge[])[];
  nowNs: number;
  #settledNs = -1;
  #atTimers = false;
  #fillCount = 0;
  cancelled = false;
  /** Why it is paused. A lost venue lets go by itself, the others when the user resumes. */
  readonly #pausedBy = new Set<'user' | 'kill' | 'disconnect'>();
  readonly #lostVenues = new Set<number>();
  /** A failure action: nothing more opens, hedges keep their protected part. */
  stoppedByFailure = false;
  /** Was ever paused or under a kill switch: slices then no longer fall due on time. */
  wasHeld = false;
  /** A fill came after its order's end: positions may have been passed before anything could be called back. */
  lateFills = false;
  /** A fill came after its node's end: from here on only quantities, caps and what stays open are judged. */
  readonly filledLate = new Set<number>();
  readonly cancelledByUser = new Set<number>();
  /** Groups of which a member filled or was triggered: the first one decides. */
  readonly #decided = new Set<GroupSpec>();
  /** Activated by what is being settled. */
  readonly #begun = new Set<TwinNode>();
  readonly #frozen = new Map<number, number>();
  readonly #frozenWhole = new Map<number, number>();
  /** Sized in money by what fired just now: they begin in the order of the firings, after all else in the instant. */
  readonly #sized: TwinNode[] = [];
  #kill: { readonly allowExits: boolean } | null = null;

  constructor(spec: GraphSpec, universe: Universe, nowNs: number) {
    this.#spec = spec;
    this.nowNs = nowNs;
    this.sizes = new Sizes(universe);
    this.nodes = emptyNodes(spec);
    this.edges = emptyEdges(spec);
    this.#into = spec.nodes.map((_, i) => this.edges.filter((e) => e.spec.to === i));
    this.roles = rolesOf(spec, universe);
    for (const e of this.edges) e.closers = this.nodes.filter((n) => this.role(n).kind === 'exit' && this.role(n).ps.includes(e.spec.from));
    for (const node of this.nodes) if (node.spec.activation === 'root') this.#activate(node);
  }

  get paused(): boolean {
    return this.#pausedBy.size > 0;
  }

  /** A kill switch alone cancels nothing. */
  get pauseCancels(): boolean {
    return this.#pausedBy.has('user') || this.#pausedBy.has('disconnect');
  }

  get reopened(): boolean {
    return this.filledLate.size > 0;
  }

  node(index: number): TwinNode {
    const node = this.nodes[index];
    if (node === undefined) throw new RangeError(`no node ${index}`);
    return node;
  }

  role(node: TwinNode): Role {
    return this.roles[node.index] ?? { kind: 'opening', ps: [] };
  }

  /** All that it knows, without what never changes. */
  key(): string {
    const facts = [...this.nodes, ...this.edges].map((entry) => ({ ...entry, spec: null }));
    const held = [this.cancelled, [...this.#pausedBy], [...this.#lostVenues], this.stoppedByFailure, this.wasHeld, this.#kill];
    return JSON.stringify([facts, held], (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
  }

  // ---- facts -------------------------------------------------------------------------------------------------

  placed(index: number, id: string, venue: number, lots: number, rests = true, limitTicks = 0, back = false): void {
    const node = this.node(index);
    if (node.children.length === 0) node.arrivalMidQ = this.midsQ.get(node.spec.instrument) ?? 0;
    if (!this.mayAct(node)) this.problems.push(`${node.spec.nodeId} sends ${id} while it is held`);
    node.children.push({ id, venue, back, lots, asked: null, filled: 0, live: true, acked: false, cancelAsked: false, refused: false, rests, limitTicks, placedNs: this.nowNs });
    this.problems.push(...judgeMoneyPlaced(node, this.sizes, this.midsQ.get(node.spec.instrument) ?? 0));
  }

  #child(id: string): { node: TwinNode; child: TwinChild } {
    for (const node of this.nodes) {
      const child = node.children.find((c) => c.id === id);
      if (child !== undefined) return { node, child };
    }
    throw new RangeError(`the twin was told nothing of ${id}`);
  }

  acked(id: string): void {
    this.#child(id).child.acked = true;
  }

  cancelAsked(id: string): void {
    this.#child(id).child.cancelAsked = true;
  }

  amendAsked(id: string, lots: number): void {
    this.#child(id).child.asked = lots;
  }

  /** The venue answered: so much in all it is now. */
  amended(id: string, lots: number): void {
    const { child } = this.#child(id);
    child.asked = null;
    child.acked = true;
    child.lots = lots;
    if (child.filled >= lots) child.live = false;
  }

  fill(id: string, told: Omit<TwinFill, 'at'>): void {
    const fill = { ...told, at: ++this.#fillCount };
    const { node, child } = this.#child(id);
    if (!child.live) this.lateFills = true;
    // What re-opens after an end is judged by what it may do and by what is left open, not predicted.
    if (isTerminal(node)) this.filledLate.add(node.index);
    child.filled += fill.lots;
    child.acked = true;
    // With an amend to more under way its answer says whether there is more.
    if (child.filled >= Math.max(child.lots, child.asked ?? 0)) child.live = false;
    if (child.back) return void node.back.push(fill);
    node.fills.push(fill);
    // The fill decides its groups before anything that it fires.
    this.#oco(node);
    this.#fireOnFill(node);
  }

  childEnded(id: string, refused: boolean): void {
    const { child } = this.#child(id);
    child.live = false;
    child.asked = null;
    child.refused = refused;
  }

  cancelNode(index: number): void {
    this.cancelledByUser.add(index);
    this.#stop(this.node(index), 'USER');
  }

  cancelGraph(): void {
    // Nothing is released once its cancel is acknowledged, whatever parents still fill.
    for (const node of this.nodes) {
      const whole = node.activatedNs < 0 ? 0 : this.whole(node);
      this.#frozen.set(node.index, this.released(node));
      this.#frozenWhole.set(node.index, whole);
    }
    this.cancelled = true;
    for (const node of this.nodes) this.#stop(node, 'GRAPH');
  }

  amend(index: number, lots: number): void {
    this.node(index).ceiling = lots;
    this.#noteTotals();
  }

  pause(): void {
    this.wasHeld = true;
    this.#pausedBy.add('user');
  }

  resume(): void {
    this.#pausedBy.clear();
    this.#lostVenues.clear();
  }

  /** The venue of a live child is lost: `on_disconnect`. */
  venueLost(venue: number): void {
    if (!this.nodes.some((n) => n.children.some((c) => c.live && c.venue === venue))) return;
    const action = this.#spec.risk.failure.onDisconnect;
    if (action === 'continue' || this.cancelled) return;
    if (action === 'pause_graph') {
      this.wasHeld = true;
      this.#pausedBy.add('disconnect');
      this.#lostVenues.add(venue);
      return;
    }
    this.stoppedByFailure = true;
    for (const node of this.nodes) if (this.role(node).kind === 'opening') this.#stop(node, 'DISCONNECT');
  }

  /** Reconciled: what only it had paused goes on. */
  venueBack(venue: number): void {
    if (this.#lostVenues.delete(venue) && this.#lostVenues.size === 0) this.#pausedBy.delete('disconnect');
  }

  kill(allowExits: boolean, cancelOpen: boolean): void {
    this.#kill = { allowExits };
    this.wasHeld = true;
    this.#pausedBy.add('kill');
    if (cancelOpen) this.cancelGraph();
  }

  killCleared(): void {
    this.#kill = null;
  }

  /** No order leaves under a kill switch (protective ones where it allows them), no opening one while paused. */
  mayAct(node: TwinNode): boolean {
    const protective = this.role(node).kind !== 'opening';
    if (this.#kill !== null && !(protective && this.#kill.allowExits)) return false;
    return protective || !this.paused;
  }

  /** The engine says that an opening node's policy came to its end, or that money is spent. Only where the page lets it. */
  policyEnd(index: number, status: 'expired' | 'rejected' | 'filled'): void {
    const node = this.node(index);
    const role = this.role(node);
    if (isTerminal(node)) return;
    if (status === 'filled') {
      // At which price the rest is nothing is known from its orders alone. What is not of money ends by what is known here.
      if (moneyOf(node.spec) !== null && mayBeFilled(node, this.sizes, this.midsQ.get(node.spec.instrument) ?? 0)) this.#end(node, 'filled', '');
      return;
    }
    const where = `${node.spec.nodeId} ended ${status}`;
    if (hasLive(node)) this.problems.push(`${where} while a child is live`);
    if (node.status === 'waiting') this.problems.push(`${where} without having been activated`);
    if (role.kind === 'exit') this.problems.push(`${where}, but a protective node does not give up (semantics 3)`);
    if (role.kind === 'hedge' && this.protectedLeft(node) > 0) {
      this.problems.push(`${where} with ${this.protectedLeft(node)} lots of its protected part open`);
    }
    if (role.kind === 'hedge' && role.ps.some((p) => this.#mayFillMore(this.node(p)))) {
      this.problems.push(`${where} while what it hedges may still fill`);
    }
    const refused = node.children.every((c) => c.refused);
    if (role.kind === 'opening' && node.children.length > 0 && refused !== (status === 'rejected')) {
      this.problems.push(`${where}, ${refused ? 'all' : 'not all'} its orders were refused`);
    }
    const pacing = node.spec.pacing;
    if (pacing !== null && status === 'expired' && this.nowNs < node.activatedNs + pacing.slices * pacing.intervalNs) {
      this.problems.push(`${where} before its last slice's time was over`);
    }
    if (status === 'rejected' && node.fills.length > 0) this.problems.push(`${where} with fills`);
    node.status = status;
    node.reason = 'POLICY';
  }

  // ---- what follows ------------------------------------------------------------------------------------------

  /** Everything that the history so far makes happen, to the end. */
  settle(): void {
    // Time went on: what happens up to the prices is due at this instant, and before the slices that are.
    this.#atTimers = this.nowNs > this.#settledNs;
    this.#settledNs = this.nowNs;
    for (let round = 0, changed = true; changed; round++) {
      if (round > 1000) throw new Error('the twin does not settle');
      // Ties at one instant: fills and what follows of them, terminal states, then timers, then prices.
      changed = this.#judgeEdges('event') || this.#skipDead();
      for (const node of this.nodes) changed = changed || this.#judgeNode(node);
      this.#noteTotals();
      changed ||= this.#judgeEdges('on_timeout');
      if (changed) continue;
      this.#atTimers = false;
      changed = this.#beginSized() || this.#judgeEdges('on_price');
    }
    this.#begun.clear();
  }

  /** What a paced node is to do in all, as it changes: slices not due share it. */
  #noteTotals(): void {
    for (const node of this.nodes) {
      if (node.spec.pacing === null || node.activatedNs < 0 || isTerminal(node)) continue;
      const lots = this.whole(node);
      // What its edges do in the instant of its start is all there before its first slice is cut.
      if (this.#begun.has(node)) node.totals = [{ tNs: this.nowNs, lots }];
      else if (node.totals.at(-1)?.lots !== lots) node.totals.push({ tNs: this.#atTimers ? this.nowNs - 1 : this.nowNs, lots });
    }
  }

  /** What can't activate any more is skipped, and its edges die, before others end for what led there. */
  #skipDead(): boolean {
    for (const node of this.nodes) {
      if (node.status !== 'waiting' || node.stop !== null) continue;
      const gone = this.into(node).filter((e) => e.dead && e.firings.length === 0).length;
      if (node.spec.join === 'all' ? gone > 0 : gone === this.into(node).length) return this.#end(node, 'skipped', '');
    }
    return false;
  }

  #beginSized(): boolean {
    const next = this.#sized.shift();
    if (next !== undefined) this.#begin(next);
    return next !== undefined;
  }

  #judgeEdges(turn: 'event' | 'on_timeout' | 'on_price'): boolean {
    let changed = false;
    for (const edge of this.edges) {
      changed = this.#judgeEdge(edge, turn) || changed;
      // What one time-out sets off is over before the next fires.
      if (changed && turn === 'on_timeout') break;
    }
    return changed;
  }

  released(node: TwinNode, ifActivated = false): number {
    const frozen = this.#frozen.get(node.index);
    if (frozen !== undefined) return frozen;
    if (node.spec.pacing !== null && (node.activatedNs >= 0 || !ifActivated)) return plannedUntil(node, this.nowNs, this.wasHeld, this.sizes);
    if (node.activatedNs < 0 && !ifActivated) return 0;
    return nodeReleased(node, this.nodes, this.edges, this.sizes);
  }

  /** All that its edges released, slices that are not due included. */
  whole(node: TwinNode): number {
    return this.#frozenWhole.get(node.index) ?? nodeReleased(node, this.nodes, this.edges, this.sizes);
  }

  edgeReleased(edge: TwinEdge): number {
    if (this.node(edge.spec.to).activatedNs < 0) return 0;
    return edgeReleased(edge, this.node(edge.spec.from), this.node(edge.spec.to), this.sizes);
  }

  /** F of all its P minus the fills of all exits of those P, in 1e-8. */
  position1e8(exit: TwinNode): number {
    const ps = this.role(exit).ps;
    const held = ps.reduce((sum, p) => sum + this.sizes.held1e8(this.node(p)), 0);
    const closed = this.nodes
      .filter((n) => this.role(n).kind === 'exit' && this.role(n).ps.some((p) => ps.includes(p)))
      .reduce((sum, n) => sum + filledLots(n) * this.sizes.lot1e8(n.spec), 0);
    return held - closed;
  }

  /** Lots that a hedge must still trade: min(released, F) − filled, when that is an order at all. */
  protectedLeft(hedge: TwinNode): number {
    const left = Math.min(this.whole(hedge), this.exposed(hedge)) - heldLots(hedge);
    const lot = this.sizes.tradeLot(hedge.spec);
    const whole = Math.floor(left / lot) * lot;
    return whole >= this.sizes.smallest(hedge.spec) ? whole : 0;
  }

  /** |factor| · F of each of its P in trade lots, the largest factor of the edges that fired from it (1 if unsized). */
  exposed(hedge: TwinNode): number {
    const unit = this.sizes.lot1e8(hedge.spec) * this.sizes.tradeLot(hedge.spec);
    return this.role(hedge).ps.reduce((sum, p) => {
      const factors = this.into(hedge)
        .filter((e) => e.spec.from === p && e.firings.length > 0)
        .map(({ spec: { sizing } }) =>
          sizing.kind === 'linear_hedge' || sizing.kind === 'scaled_notional' ? Math.abs(sizing.factorE8) : 100_000_000,
        );
      const factor = factors.length === 0 ? 100_000_000 : Math.max(...factors);
      const target = (BigInt(factor) * BigInt(this.sizes.held1e8(this.node(p)))) / 100_000_000n;
      return sum + (target <= 0n ? 0 : Number(target / BigInt(unit)) * this.sizes.tradeLot(hedge.spec));
    }, 0);
  }

  into(node: TwinNode): readonly TwinEdge[] {
    return this.#into[node.index] ?? [];
  }

  /** Exits are capped by position at every event, with `auto_groups: false` in `ouo` groups only; all but what is of explicit size. */
  capped(node: TwinNode): boolean {
    if (this.role(node).kind !== 'exit') return false;
    return this.#spec.autoGroups || this.#spec.groups.some((g) => g.type === 'ouo' && g.nodes.includes(node.index));
  }

  inOco(node: TwinNode): boolean {
    return this.#spec.groups.some((g) => g.type === 'oco' && g.nodes.includes(node.index));
  }

  /** Lots of explicit size that an exit is still to do, whatever the position is. */
  explicitLeft(node: TwinNode): number {
    return Math.max(0, explicitReleased(node, this.nodes, this.edges, this.sizes) - filledLots(node));
  }

  #explicitOpen(node: TwinNode): boolean {
    if (this.explicitLeft(node) >= this.sizes.smallest(node.spec)) return true;
    return this.into(node).some((e) => e.spec.sizing.kind === 'fixed' && e.firings.length === 0 && !e.dead);
  }

  graphStatus(): 'active' | 'completed' | 'cancelled' | 'failed' {
    if (this.nodes.some((n) => !isTerminal(n) || hasLive(n))) return 'active';
    if (this.cancelled) return 'cancelled';
    const activated = this.nodes.filter((n) => n.activatedNs >= 0);
    if (this.stoppedByFailure || (activated.length > 0 && activated.every((n) => n.status === 'rejected'))) return 'failed';
    // Who cancelled every node cancelled the graph.
    return this.nodes.every((n) => n.reason === 'USER') ? 'cancelled' : 'completed';
  }

  #activate(node: TwinNode): void {
    node.status = 'active';
    node.activatedNs = this.nowNs;
    node.totals = [{ tNs: this.nowNs, lots: this.whole(node) }];
    this.#begun.add(node);
  }

  #stop(node: TwinNode, reason: string): void {
    if (isTerminal(node) || node.stop !== null) return;
    node.stop = { status: 'cancelled', reason };
  }

  #end(node: TwinNode, status: Status, reason: string): true {
    node.status = status;
    node.reason = reason;
    return true;
  }

  #mayFillMore(node: TwinNode): boolean {
    return !isTerminal(node) || hasLive(node);
  }

  /** The ceiling; of an unsized hedge whose P ended short and whose edges release no more, no more than those filled. */
  #most(node: TwinNode): number {
    const { kind, ps } = this.role(node);
    const unsized = this.into(node).some(
      (e) => e.firings.length > 0 && e.spec.sizing.kind === 'none' && e.spec.trigger.kind !== 'on_fill',
    );
    const over = ps.every((p) => !this.#mayFillMore(this.node(p)));
    const short = over && ps.some((p) => this.node(p).status !== 'filled');
    return kind === 'hedge' && unsized && short && this.#releasedIsFinal(node) ? Math.min(node.ceiling, this.exposed(node)) : node.ceiling;
  }

  /** After a failure action a hedge keeps its protected part only: with nothing left of that, nor to come, it is stopped. */
  #cutByFailure(node: TwinNode): boolean {
    const { kind, ps } = this.role(node);
    if (!this.stoppedByFailure || kind !== 'hedge' || this.#followsPosition(node) || ps.some((p) => this.#mayFillMore(this.node(p)))) return false;
    // What it has beyond its parent's position is bought back first.
    if (this.into(node).some(isNet) && heldLots(node) - this.released(node) >= this.sizes.smallest(node.spec)) return false;
    return this.#releasedIsFinal(node) && this.protectedLeft(node) === 0;
  }

  /** Nothing that could raise `released` is left: tracked parents ended, one-shot edges fired or dead. */
  #releasedIsFinal(node: TwinNode): boolean {
    if (this.cancelled) return true;
    return this.into(node).every((e) => {
      const kind = e.spec.sizing.kind;
      if (e.firings.length === 0) return e.dead;
      const onFill = e.spec.trigger.kind === 'on_fill';
      const follows = kind !== 'fixed' && (onFill || (kind !== 'none' && kind !== 'scaled_notional'));
      return !follows || !this.#mayFillMore(this.node(e.spec.from));
    });
  }

  #judgeNode(node: TwinNode): boolean {
    if (isTerminal(node)) return false;
    if (hasLive(node)) return false;
    const filled = filledLots(node);
    const smallest = this.sizes.smallest(node.spec);
    const most = node.stop === null ? this.#most(node) : node.ceiling;
    const cut = most < node.ceiling && most < smallest && filled === 0;
    const mayBeFull = node.stop !== null || !this.into(node).some(isNet) || !(this.#hasTooMuch(node) || this.#followsPosition(node));
    if (mayBeFull && node.status === 'active' && cut) return this.#end(node, 'cancelled', 'PARENT_SHORT');
    if (mayBeFull && node.status === 'active' && most - filled < smallest && filled > 0) return this.#end(node, 'filled', '');
    const all = this.whole(node);
    if (node.stop === null && node.status === 'active' && this.#cutByFailure(node)) {
      return all - filled < smallest && filled > 0 ? this.#end(node, 'filled', '') : this.#end(node, 'cancelled', 'FAILURE');
    }
    const reached = node.status === 'active' && filled > 0 && this.#releasedIsFinal(node) && all - filled < smallest;
    const net = node.stop === null && this.into(node).some((e) => isNet(e) && e.firings.length > 0);
    if (net && node.status === 'active') return this.#judgeNet(node);
    if (node.stop !== null && reached) return this.#end(node, 'filled', '');
    if (node.stop !== null) return this.#end(node, node.stop.status, node.stop.reason);
    const incoming = this.into(node);
    const role = this.role(node);
    if (this.capped(node) && !this.#explicitOpen(node) && role.ps.every((p) => !this.#mayFillMore(this.node(p)))) {
      const flat = this.position1e8(node) < smallest * this.sizes.lot1e8(node.spec);
      if (flat && node.status === 'waiting' && this.#fired(node)) return this.#end(node, 'skipped', 'NOTHING_TO_DO');
      if (flat && this.#yielded(node)) return this.#end(node, 'cancelled', 'GROUP');
      if (flat) return this.#end(node, filled > 0 ? 'filled' : 'cancelled', 'FLAT');
    }
    if (node.status === 'waiting') {
      if (this.#sized.includes(node)) return false;
      // Activated by the first firing (or the last, of `all`) that leaves it something to do.
      if (this.#fired(node) && this.released(node, true) > 0) {
        this.#activate(node);
        if (node.triggered) this.#oco(node);
        return true;
      }
      if (this.#fired(node) && this.#releasedIsFinal(node)) return this.#end(node, 'skipped', 'NOTHING_TO_DO');
      return false;
    }
    if (incoming.length > 0 && this.#releasedIsFinal(node) && all - filled < smallest) {
      return this.#end(node, filled > 0 || all > 0 ? 'filled' : 'skipped', 'NOTHING_TO_DO');
    }
    return false;
  }

  #hasTooMuch(node: TwinNode): boolean {
    return node.back.length > 0 || heldLots(node) - this.released(node) >= this.sizes.smallest(node.spec);
  }

  #followsPosition(node: TwinNode): boolean {
    return this.into(node).some((e) => isNet(e) && e.firings.length > 0 && e.closers.some((n) => !isTerminal(n)));
  }

  /** A net hedge goes on while what it follows can change; then it is done when it holds that, to the smallest order. */
  #judgeNet(node: TwinNode): boolean {
    if (!this.#releasedIsFinal(node)) return false;
    const off = this.released(node) - heldLots(node);
    if (this.#followsPosition(node) || Math.abs(off) >= this.sizes.smallest(node.spec)) return false;
    // Nothing of it filled, and what is left is no order: as with any node.
    if (filledLots(node) === 0) return this.#end(node, off > 0 ? 'expired' : 'cancelled', 'NOTHING_LEFT');
    return this.#end(node, 'filled', '');
  }

  /** A resting exit that a triggered one of the same P took the rest from: the story's `tp`, cancelled with its fills. */
  #yielded(node: TwinNode): boolean {
    const ps = this.role(node).ps;
    return (
      !node.triggered &&
      this.whole(node) - filledLots(node) >= this.sizes.smallest(node.spec) &&
      this.nodes.some((n) => n !== node && n.triggered && n.fills.length > 0 && this.capped(n) && this.role(n).ps.some((p) => ps.includes(p)))
    );
  }

  #fired(node: TwinNode): boolean {
    const incoming = this.into(node);
    const count = incoming.filter((e) => e.firings.length > 0).length;
    return node.spec.join === 'all' ? count === incoming.length : count > 0;
  }

  #judgeEdge(edge: TwinEdge, turn: 'event' | 'on_timeout' | 'on_price'): boolean {
    const parent = this.node(edge.spec.from);
    const trigger = edge.spec.trigger;
    if (edge.dead) return false;
    const its = trigger.kind === 'on_timeout' || trigger.kind === 'on_price' ? trigger.kind : 'event';
    if (turn !== 'event') return its === turn && this.#judgeTrigger(edge, parent);
    const fillsFirst = trigger.kind === 'on_price' && trigger.level.kind === 'graph_entry_price';
    if (!edge.armed && parent.activatedNs >= 0 && (!fillsFirst || parent.fills.length > 0)) {
      edge.armed = true;
      return true;
    }
    if (its === 'event' && this.#judgeTrigger(edge, parent)) return true;
    const child = this.node(edge.spec.to);
    if (edge.firings.length === 0 && (this.#cannotFire(edge, parent) || isTerminal(child) || this.cancelled)) {
      edge.dead = true;
      return true;
    }
    return false;
  }

  #judgeTrigger(edge: TwinEdge, parent: TwinNode): boolean {
    if (!edge.armed || edge.dead || edge.firings.length > 0 || edge.spec.trigger.kind === 'on_fill' || this.cancelled) return false;
    if (!triggerHolds(edge.spec, parent, this.nowNs, this.midsQ, silentEnds, this.sizes)) return false;
    this.#fire(edge, parent.fills.length);
    return true;
  }

  #cannotFire(edge: TwinEdge, parent: TwinNode): boolean {
    if (!isTerminal(parent) || hasLive(parent)) return false;
    if (parent.activatedNs < 0) return true;
    const kind = edge.spec.trigger.kind;
    if (kind === 'on_timeout') return false;
    if (kind !== 'on_price') return true;
    return !edge.armed;
  }

  /** What a fill fires, in edge order. */
  #fireOnFill(parent: TwinNode): void {
    for (const edge of this.edges) {
      if (edge.spec.from !== parent.index || this.cancelled) continue;
      const { kind } = edge.spec.trigger;
      if (kind === 'on_first_fill' || kind === 'on_fill_ratio') this.#judgeTrigger(edge, parent);
      if (edge.firings.length > 0 && edge.spec.sizing.kind !== 'scaled_notional') this.#begin(this.node(edge.spec.to));
      if (kind !== 'on_fill') continue;
      if (isTerminal(this.node(edge.spec.to))) continue;
      edge.armed = true;
      this.#fire(edge, parent.fills.length - 1);
    }
  }

  #fire(edge: TwinEdge, fillsBefore: number): void {
    const parent = this.node(edge.spec.from);
    const child = this.node(edge.spec.to);
    const midQ = this.midsQ.get(child.spec.instrument) ?? 0;
    edge.firings.push({ tNs: this.nowNs, at: this.#fillCount, fillsBefore, midQ, notional: notionalOf(parent) });
    if (isTerminal(child) || !this.#fired(child)) return;
    // A join of all takes effect, in everything it does to others, with the last firing.
    const last = child.spec.join === 'all' && edge.firings.length === 1;
    if (last) this.#joined(child, midQ);
    for (const e of last ? this.into(child) : [edge]) this.#takeEffect(e, child);
    // A money sizing is sized by the next look at the books, after what else happens in this instant.
    if (edge.spec.sizing.kind !== 'scaled_notional' || child.status === 'active') this.#begin(child);
    else this.#sized.push(child);
  }

  /** All have fired: what streams starts here, and money is sized by what the parents have filled now. */
  #joined(child: TwinNode, midQ: number): void {
    for (const edge of this.into(child)) {
      const parent = this.node(edge.spec.from);
      child.joinedAtFills.set(parent.index, parent.fills.length);
      edge.firings.forEach((firing, i) => {
        edge.firings[i] = { ...firing, midQ, notional: i === edge.firings.length - 1 ? notionalOf(parent) : 0n };
      });
    }
  }

  #takeEffect(edge: TwinEdge, child: TwinNode): void {
    if (edge.spec.sizing.kind === 'residual') this.#stop(this.node(edge.spec.from), 'SUPERSEDED');
    if (this.role(child).kind !== 'exit') return;
    const kind = edge.spec.trigger.kind;
    const pulled = kind === 'on_price' || kind === 'on_timeout' || kind === 'on_cancel' || kind === 'on_done';
    if (pulled || child.spec.orderType === 'market') {
      child.triggered = true;
    }
    if (kind !== 'on_price' || edge.spec.keepParent) return;
    for (const p of this.role(child).ps) this.#stop(this.node(p), 'EXIT_TRIGGERED');
  }

  /** What a firing leaves something to do begins at once, in edge order; a triggered exit then decides its groups. */
  #begin(child: TwinNode): void {
    if (child.status === 'waiting' && child.stop === null && this.#fired(child) && this.released(child, true) > 0) {
      const enough = this.sizes.smallest(child.spec) * this.sizes.lot1e8(child.spec);
      const closes = this.position1e8(child) >= enough || this.role(child).ps.some((p) => hasLive(this.node(p)));
      if (!this.capped(child) || closes || this.explicitLeft(child) > 0) this.#activate(child);
    }
    if (child.triggered && child.status === 'active' && child.stop === null) this.#oco(child);
  }

  #oco(node: TwinNode): void {
    if (node.stop?.reason === 'GROUP') return;
    for (const group of this.#spec.groups) {
      if (group.type !== 'oco' || !group.nodes.includes(node.index) || this.#decided.has(group)) continue;
      this.#decided.add(group);
      for (const other of group.nodes) if (other !== node.index) this.#stop(this.node(other), 'GROUP');
    }
  }
}
