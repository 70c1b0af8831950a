/**
 * One anomaly at a time: the engine and two hostile venues in one thread on virtual time, with faults that strike when
 * the test says so and never otherwise. The invariants are checked after every event; `finish` compares books with the
 * venues' true ledgers.
 */
import assert from 'node:assert/strict';
import { Prng } from '../../src/base/prng.js';
import { newCoverage, type Situation } from '../../src/core/coverage.js';
import { checkInvariants } from '../../src/core/invariants.js';
import type { Child, CoreState, Graph, Node } from '../../src/core/state.js';
import { VirtualClock } from '../../src/main/clock.js';
import { FusedEngine } from '../../src/main/fused-engine.js';
import type { Command, Reply } from '../../src/protocol/commands.js';
import type { Effect } from '../../src/protocol/effects.js';
import type { GraphSpec } from '../../src/protocol/graph-spec.js';
import type { Universe } from '../../src/protocol/universe.js';
import { noLog } from '../../src/scheduler/event-log.js';
import { History } from '../../src/scheduler/history.js';
import { modelUniverse, MS, SECOND, startTicks } from '../model/world.js';
import { core } from './core-under-test.js';
import { Faults, type FaultKind } from './faults.js';
import { HostileMarket, type SharedPrice } from './hostile-market.js';
import { HostileVenue } from './hostile-venue.js';
import { SteadyModule } from './steady-module.js';

/** Faults that strike as often as they were armed, at their next occasions. */
export class ScriptedFaults extends Faults {
  readonly #armed = new Map<FaultKind, number>();

  arm(kind: FaultKind, times = 1): void {
    this.#armed.set(kind, times);
  }

  disarm(): void {
    this.#armed.clear();
  }

  override strikes(kind: FaultKind, perMille: number): boolean {
    const left = this.#armed.get(kind) ?? 0;
    if (left <= 0 || perMille <= 0) return false;
    this.#armed.set(kind, left - 1);
    this.happened(kind);
    return true;
  }
}

const alpha = 0;
const beta = 1;

export class AnomalyRig {
  readonly faults: ScriptedFaults;
  readonly price: SharedPrice = { mid: startTicks };
  readonly venues: HostileVenue[] = [];
  readonly effects: Effect[] = [];
  readonly #engine: FusedEngine<CoreState>;
  readonly #clock = new VirtualClock();
  readonly #coverage = newCoverage();

  constructor(seed = 1, nativeAmend = false) {
    const prng = new Prng(seed);
    this.faults = new ScriptedFaults(prng.fork(1));
    const universe: Universe = { ...modelUniverse, venues: modelUniverse.venues.map((venue) => ({ ...venue, nativeAmend })) };
    this.#engine = new FusedEngine<CoreState>({
      core: {
        ...core,
        create: () => Object.assign(core.create(), { coverage: this.#coverage }),
        apply: (state, event, out) => {
          core.apply(state, event, out);
          checkInvariants(state);
        },
      },
      universe, accounts: ['one'], baseNs: 1_700_000_000_000_000_000n, epoch: 1, seed, log: noLog, recovered: null,
      history: new History(0), clock: this.#clock, bookShape: { windowTicks: 2 ** 12, sparseCells: 64 },
      connect: (sink, feed) => {
        for (const { id } of universe.venues) {
          const market = new HostileMarket(universe, id, prng.fork(10 + id), this.faults, feed, this.price);
          this.venues.push(new HostileVenue(universe, id, 1, prng.fork(20 + id), this.faults, sink, market));
        }
        return this.venues;
      },
      answer: () => ({ ok: false, code: 'NOT_SUPPORTED', message: 'the rig asks the state itself' }),
    });
    this.#engine.onEffect((effect) => void this.effects.push(effect));
    this.forward(2 * SECOND);
  }

  /** Modules are played by a steady one from now on. */
  host(dies: boolean): void {
    const module = new SteadyModule(this.#engine.universe, dies, (event) => this.#engine.scheduler.venueSaid(event));
    this.#engine.guests = module;
    this.#engine.onEffect((effect) => module.effect(effect, this.#clock.nowNs()));
  }

  get state(): CoreState {
    return this.#engine.scheduler.state;
  }

  get alpha(): HostileVenue {
    return this.#venue(alpha);
  }

  get beta(): HostileVenue {
    return this.#venue(beta);
  }

  #venue(id: number): HostileVenue {
    const venue = this.venues[id];
    assert.ok(venue !== undefined);
    return venue;
  }

  forward(ns: number): void {
    this.#engine.advance(this.#clock, this.#clock.nowNs() + ns);
  }

  /** Until it holds, at most so long. */
  until(what: string, holds: () => boolean, seconds = 60): void {
    const end = this.#clock.nowNs() + seconds * SECOND;
    while (!holds()) {
      assert.ok(this.#clock.nowNs() < end, `within ${seconds} s: ${what}; ${this.describe()}`);
      this.#engine.advance(this.#clock, Math.min(end, this.#clock.nowNs() + 5 * MS), holds);
    }
  }

  command(command: Command): Reply {
    let answer: Reply | null = null;
    this.#engine.command(0, command, (reply) => {
      answer = reply;
    });
    this.until('a command is answered', () => answer !== null, 5);
    assert.ok(answer !== null);
    return answer;
  }

  run(graph: GraphSpec): Graph {
    const reply = this.command({ kind: 'submit', graph, bodyHash: 'h', repeatKey: '' });
    assert.ok(reply.ok, reply.ok ? '' : `${reply.code}: ${reply.message}`);
    return this.graph;
  }

  get graph(): Graph {
    const [graph] = this.state.graphs.values();
    assert.ok(graph !== undefined);
    return graph;
  }

  node(nodeId: string): Node {
    const node = this.graph.nodes.find((entry) => entry.nodeId === nodeId);
    assert.ok(node !== undefined, `node ${nodeId}`);
    return node;
  }

  children(nodeId: string): readonly Child[] {
    return this.node(nodeId).run?.children ?? [];
  }

  alerts(): string[] {
    return this.effects.flatMap((effect) => (effect.kind === 'alert' ? [effect.code] : []));
  }

  placed(): number {
    return this.effects.filter((effect) => effect.kind === 'place').length;
  }

  /** How often the core came into a named situation. */
  reached(situation: Situation): number {
    return this.#coverage.get(situation) ?? 0;
  }

  struck(kind: FaultKind): number {
    return this.faults.counts.get(kind) ?? 0;
  }

  /** The venues' true fills of a node. */
  trueFilled(nodeId: string): number {
    let lots = 0;
    for (const child of this.children(nodeId)) lots += this.#venue(child.venue).orders.get(child.clientOrderId)?.filled ?? 0;
    return lots;
  }

  /** No faults any more: everything is told, time passes; then books and ledgers agree and nothing is held. */
  finish(seconds = 60): void {
    this.faults.disarm();
    for (const venue of this.venues) venue.heal();
    this.until('the graph ends', () => this.state.open.size === 0, seconds);
    for (const venue of this.venues) {
      for (const [id, known] of venue.orders) {
        const child = this.state.children.get(id);
        assert.ok(child !== undefined, `the venue knows ${id}`);
        assert.equal(child.filled, known.filled, `${id}: the venue filled ${known.filled}, the engine booked ${child.filled}`);
        assert.equal(known.open, false, `${id} is not left open`);
      }
      for (const [key, lots] of venue.positions) {
        assert.equal(this.state.accounts[0]?.positions[Number(key.split(':')[1])]?.lots ?? 0, lots, `position ${key}`);
      }
    }
    for (const balance of this.state.accounts[0]?.balances ?? []) {
      assert.equal(balance?.reserved.toBigInt() ?? 0n, 0n, 'nothing stays reserved');
    }
  }

  describe(): string {
    return this.state.graphs.size === 0 ? 'no graph' : this.graph.nodes
      .map((node) => `${node.nodeId} ${node.status} ${node.reason} filled ${node.filled}/${node.released} live ${node.run?.live ?? 0}`).join('; ');
  }
}
