/**
 * What the core holds must not slow it down: ticks with few and with very many armed price edges and timers, bytes of
 * an idle node, and the heap after very many graphs came and went. One thread; needs `--expose-gc` for the bytes.
 *
 *   quotes ──▶ needsSample ──▶ apply(sample), nothing crossed        beside the same with 1,000 armed
 */
import { assert } from '../../src/base/assert.js';
import { needsSample } from '../../src/core/market.js';
import type { TriggerSpec } from '../../src/protocol/graph-spec.js';
import { BTC_USD, CoreFeeder, START_MID } from '../support/core-feeder.js';
import { above, graphSpec, marketNode, waitingGraph } from '../support/core-specs.js';
import { cpuNs, spread } from '../support/row.js';

const NODES_A_GRAPH = 100;
const HOUR_NS = 3_600_000_000_000;

/** A core in which `armed` edges wait for a price or a time, in graphs of 100. */
export class ArmedCore {
  readonly feeder = new CoreFeeder();
  readonly bytesANode: number;
  #ticks = 0;

  constructor(armed: number, trigger: (index: number) => TriggerSpec) {
    const graphs = Math.ceil(armed / NODES_A_GRAPH);
    const before = heapBytes();
    for (let g = 0; g < graphs; g++) {
      const spec = waitingGraph(`w${g}`, NODES_A_GRAPH, (i) => trigger(g * NODES_A_GRAPH + i));
      this.feeder.tNs += 1_000;
      this.feeder.submit(spec, START_MID);
      this.feeder.fill(this.feeder.takePlaced(), START_MID);
    }
    this.bytesANode = (heapBytes() - before) / (graphs * (NODES_A_GRAPH + 1));
    assert(this.feeder.state.open.size === graphs, 'every graph waits');
  }

  /** CPU ns of one tick through the scheduler's pre-filter and `apply`; nothing is crossed. */
  tickNs(ticks: number): number {
    const { feeder } = this;
    const started = cpuNs();
    for (let i = 0; i < ticks; i++) {
      const mid = START_MID - (this.#ticks++ & 31);
      feeder.tNs += 1_000;
      assert(!needsSample(feeder.state, BTC_USD, feeder.quotes(mid)), 'nothing is crossed');
      feeder.tick(mid);
    }
    return (cpuNs() - started) / ticks;
  }
}

export function priceEdge(index: number): TriggerSpec {
  return above(START_MID + 1_000 + ((index * 7_919) % 500_000));
}

export function timeEdge(index: number): TriggerSpec {
  return { kind: 'on_timeout', afterNs: 24 * HOUR_NS + ((index * 7_919) % 1_000_000) * 1_000 };
}

export interface ScaleResult {
  readonly name: string;
  readonly few: number;
  readonly many: number;
  readonly fewNs: ReturnType<typeof spread>;
  readonly manyNs: ReturnType<typeof spread>;
  /** NaN without `--expose-gc`. */
  readonly bytesANode: number;
}

/** Ticks beside `few` and `many` armed edges, interleaved. */
export function benchArmed(kind: 'price' | 'timer', few: number, many: number, ticks: number, repeats: number): ScaleResult {
  const trigger = kind === 'price' ? priceEdge : timeEdge;
  const small = new ArmedCore(few, trigger);
  const large = new ArmedCore(many, trigger);
  const fewNs: number[] = [];
  const manyNs: number[] = [];
  small.tickNs(ticks);
  large.tickNs(ticks);
  for (let i = 0; i < repeats; i++) {
    fewNs.push(small.tickNs(ticks));
    manyNs.push(large.tickNs(ticks));
  }
  return { name: kind, few, many, fewNs: spread(fewNs), manyNs: spread(manyNs), bytesANode: large.bytesANode };
}

/** Opens and fills one-node graphs; bytes that the heap grew by between the first part, which warms up, and the end. */
export function benchChurn(warmUp: number, graphs: number): { grewBytes: number; nsAGraph: number } {
  const feeder = new CoreFeeder();
  // Filled by the warm-up: about 8,000 graphs whole and 55,000 records.
  feeder.keepEnded(32e6, 16e6);
  const run = (from: number, count: number): void => {
    for (let i = from; i < from + count; i++) {
      feeder.tNs += 1_000;
      feeder.submit(graphSpec(`c${i}`, [marketNode('n', i % 2 === 0 ? 1 : -1, true)], []), START_MID);
      feeder.fill(feeder.takePlaced(), START_MID);
    }
  };
  run(0, warmUp);
  const before = heapBytes();
  const started = cpuNs();
  run(warmUp, graphs);
  const nsAGraph = (cpuNs() - started) / graphs;
  assert(feeder.state.open.size === 0, 'every graph ended');
  return { grewBytes: heapBytes() - before, nsAGraph };
}

function heapBytes(): number {
  if (globalThis.gc === undefined) return Number.NaN;
  globalThis.gc();
  globalThis.gc();
  return process.memoryUsage().heapUsed;
}
