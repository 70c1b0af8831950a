/**
 * `apply` on a stated mix with 1,000 open graphs. One thread: specs and quotes ready made ──▶ apply ──▶ effects counted.
 *
 * A unit of 20 events: 14 ticks, 4 reports, a timer, a submit; so 70 % ticks, 20 % reports, 5 % timers, 5 % submits.
 * Four units of five submit a limit order good until 1,000 units later: acknowledged, filled twice in part; its timer
 * then cancels what is left, which the venue confirms. The fifth submits two nodes: a market order, filled, and a
 * limit order that a price sets off 500 units later (1.4 % of the ticks cross a level), acknowledged, filled in part,
 * cancelled by its timer. Submits and ends balance. Looks at the books that the core asks for come on top.
 */
import { assert } from '../../src/base/assert.js';
import type { GraphSpec } from '../../src/protocol/graph-spec.js';
import type { VenueOrder } from '../../src/protocol/effects.js';
import type { EventLog } from '../../src/scheduler/event-log.js';
import { BASE_NS, CoreFeeder, Kind, START_MID } from '../support/core-feeder.js';
import { above, edgeSpec, graphSpec, LOTS, marketNode, restingNode } from '../support/core-specs.js';
import { cpuNs, spread } from '../support/row.js';

const OPEN_GRAPHS = 1_000;
const UNIT_NS = 20_000;
const HALF_LIFE = OPEN_GRAPHS / 2;
/** The market trades this far below the lowest armed level. */
const BELOW = 50;
const TICKS = 14;

export interface MixResult {
  readonly events: number;
  /** Of the mix alone, without the samples that the core asked for. */
  readonly mixEvents: number;
  /** CPU time. */
  readonly ns: number;
  /** Median ns of each kind, a clock read taken off; only of a run with `byKind`. */
  readonly nsByKind: readonly number[];
  readonly effects: number;
}

export class Mix {
  readonly feeder: CoreFeeder;
  /** Of the order that each open unit leaves at the venue. */
  readonly #resting: VenueOrder[] = [];
  #unit = 0;
  #specs: GraphSpec[] = [];
  #specsFrom = 0;

  /** @param log takes every event before the core sees it */
  constructor(log: EventLog | null = null) {
    this.feeder = new CoreFeeder(log);
  }

  /** Makes the documents of the next units: not part of what is measured. */
  prepare(units: number): void {
    this.#specsFrom = this.#unit;
    this.#specs = Array.from({ length: units }, (_, i) => specOf(this.#unit + i));
  }

  step(): void {
    const unit = this.#unit++;
    const { feeder } = this;
    const started = unit * UNIT_NS;
    feeder.tNs = started;
    const mid = levelOf(Math.max(0, unit - HALF_LIFE)) - BELOW;
    if (unit >= OPEN_GRAPHS) this.#expire(unit, mid);
    this.#submit(unit, mid);
    const crosses = unit >= HALF_LIFE && isTwoNodes(unit - HALF_LIFE);
    for (let i = 0; i < (crosses ? TICKS - 1 : TICKS); i++) {
      feeder.tNs = started + (i + 1) * 1_000;
      feeder.tick(mid - (i & 7), Kind.tick);
    }
    if (!crosses) return;
    const level = levelOf(unit - HALF_LIFE);
    feeder.tick(level, Kind.crossing);
    const order = feeder.takePlaced();
    feeder.ack(order, level);
    feeder.fill(order, level, LOTS / 4);
    this.#resting[(unit - HALF_LIFE) % OPEN_GRAPHS] = order;
  }

  #submit(unit: number, mid: number): void {
    const { feeder } = this;
    const spec = this.#specs[unit - this.#specsFrom];
    assert(spec !== undefined, 'documents are prepared');
    feeder.submit(spec, mid);
    const order = feeder.takePlaced();
    // The market order needs no acknowledgement: its fill says as much.
    if (isTwoNodes(unit)) return feeder.fill(order, mid);
    feeder.ack(order, mid);
    feeder.fill(order, mid, LOTS / 4);
    feeder.fill(order, mid, LOTS / 4, LOTS / 2);
    this.#resting[unit % OPEN_GRAPHS] = order;
  }

  /** The timer of the unit that began 1,000 units ago cancels its order; the venue confirms. */
  #expire(unit: number, mid: number): void {
    const fired = this.feeder.timers(mid);
    assert(fired === 1, `one timer is due each unit, not ${fired}`);
    const order = this.#resting[unit % OPEN_GRAPHS];
    assert(order !== undefined, 'what expires rested');
    this.feeder.cancelled(order, mid, isTwoNodes(unit) ? LOTS / 4 : LOTS / 2);
  }
}

function isTwoNodes(unit: number): boolean {
  return unit % 5 === 4;
}

/** Levels rise with the units, so that a crossing tick fires the oldest alone. */
function levelOf(unit: number): number {
  return START_MID + 1_000 + Math.floor(unit / 5);
}

function specOf(unit: number): GraphSpec {
  const expireAtNs = BASE_NS + BigInt((unit + OPEN_GRAPHS) * UNIT_NS);
  const limit = START_MID - 2_000;
  if (!isTwoNodes(unit)) return graphSpec(`g${unit}`, [restingNode('order', limit, expireAtNs, true)], []);
  const nodes = [marketNode('entry', 1, true), restingNode('add', limit, expireAtNs, false)];
  return graphSpec(`g${unit}`, nodes, [edgeSpec(0, 1, above(levelOf(unit)))]);
}

/** @param units of 20 events, after a warm-up of 2,000 */
export function benchMix(units: number, byKind = false): MixResult {
  const mix = new Mix();
  const { feeder } = mix;
  const warmUp = 2 * OPEN_GRAPHS;
  mix.prepare(warmUp + units);
  for (let i = 0; i < warmUp; i++) mix.step();
  assert(feeder.state.open.size === OPEN_GRAPHS, `as many graphs are open as stated, not ${feeder.state.open.size}`);
  feeder.counts.fill(0);
  feeder.effects = 0;
  feeder.timing = byKind;
  const started = cpuNs();
  for (let i = 0; i < units; i++) mix.step();
  const ns = cpuNs() - started;
  assert(feeder.state.open.size === OPEN_GRAPHS && feeder.placedWaiting === 0, 'as many graphs ended as were opened');
  const events = feeder.counts.reduce((sum, count) => sum + count, 0);
  assert(feeder.counts[Kind.report] === 4 * units && feeder.counts[Kind.timer] === units, 'the mix is the one stated');
  const clockNs = byKind ? clockReadNs() : 0;
  const nsByKind = feeder.spent.map((spent) => Math.max(0, spread(spent).value - clockNs));
  return { events, mixEvents: events - (feeder.counts[Kind.wanted] ?? 0), ns, nsByKind, effects: feeder.effects };
}

/** What a pair of clock reads adds. */
function clockReadNs(): number {
  const reads = Array.from({ length: 10_000 }, () => {
    const started = performance.now();
    return (performance.now() - started) * 1e6;
  });
  return spread(reads).value;
}
