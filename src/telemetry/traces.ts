/**
 * The newest traces: stamps of the stages that one order went through. Each slot is a record under a sequence lock;
 * the oldest is overwritten.
 *
 * Writer: the engine thread.   Readers: anybody.   Allocates: the reader's answer.
 */
import { assert } from '../base/assert.js';
import { LINE_BYTES, allocateRegion, requireRegion, roundUp, type Region } from '../memory/region.js';
import { seqlockBytes, type SeqlockRecord } from '../memory/seqlock-layout.js';
import { SeqlockReader } from '../memory/seqlock-reader.js';
import { SeqlockWriter } from '../memory/seqlock-writer.js';
import { stages, type Stage } from './latency-stages.js';

/** Two doubles of key, then the stamps. */
const WORDS = 2 + stages.length;
const STRIDE = roundUp(seqlockBytes(WORDS), LINE_BYTES);

export function traceBytes(slots: number): number {
  return slots * STRIDE;
}

/** A table with a buffer of its own. */
export function createTraces(slots: number): Region {
  return allocateRegion(traceBytes(slots));
}

function slot(region: Region, index: number): SeqlockRecord {
  return { words: WORDS, region: { buffer: region.buffer, offset: region.offset + index * STRIDE, bytes: STRIDE } };
}

export class TraceWriter {
  readonly #slots: readonly SeqlockWriter[];
  #next = 0;

  constructor(region: Region, slots: number) {
    requireRegion(region, traceBytes(slots), 'traces');
    assert(slots > 0, 'a trace table has at least one slot');
    this.#slots = Array.from({ length: slots }, (_, index) => new SeqlockWriter(slot(region, index)));
  }

  /**
   * @param graph @param order what the order is known by: dense integers of the engine, not both 0
   * @param stamps engine time by stage, 0 = not passed
   */
  record(graph: number, order: number, stamps: Float64Array): void {
    const writer = this.#slots[this.#next];
    this.#next = (this.#next + 1) % this.#slots.length;
    if (writer === undefined) return;
    writer.begin();
    writer.set(0, graph);
    writer.set(1, order);
    for (let i = 0; i < stages.length; i++) writer.set(2 + i, stamps[i] ?? 0);
    writer.end();
  }
}

export interface Trace {
  readonly graph: number;
  readonly order: number;
  readonly stampsNs: Readonly<Partial<Record<Stage, number>>>;
}

export class TraceReader {
  readonly #slots: readonly SeqlockReader[];
  readonly #words = new Float64Array(WORDS);

  constructor(region: Region, slots: number) {
    requireRegion(region, traceBytes(slots), 'traces');
    this.#slots = Array.from({ length: slots }, (_, index) => new SeqlockReader(slot(region, index)));
  }

  /** Every trace kept of an order (an order may be worked in several attempts), oldest stamp first. */
  find(graph: number, order: number): Trace[] {
    const found: Trace[] = [];
    for (const reader of this.#slots) {
      if (!reader.read(this.#words) || this.#words[0] !== graph || this.#words[1] !== order) continue;
      const stampsNs: Partial<Record<Stage, number>> = {};
      stages.forEach((stage, i) => {
        const stamp = this.#words[2 + i] ?? 0;
        if (stamp > 0) stampsNs[stage] = stamp;
      });
      if (graph !== 0 || order !== 0) found.push({ graph, order, stampsNs });
    }
    return found.sort((a, b) => firstStamp(a) - firstStamp(b));
  }
}

function firstStamp(trace: Trace): number {
  return Math.min(...Object.values(trace.stampsNs));
}
