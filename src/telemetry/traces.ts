/**
 * The newest traces: stamps of the stages that one order went through. Each slot is a record under a sequence lock;
 * the oldest is overwritten.
 *
 * Writer: the thread that sends orders, one table each.   Readers: anybody.   Allocates: the reader's answer.
 */
import { assert, must } from '../base/assert.js';
import { LINE_BYTES, allocateRegion, requireRegion, roundUp, type Region } from '../memory/region.js';
import { plainReadFloat64, plainWriteFloat64 } from '../memory/words.js';
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
  /** What each slot holds, for add(). */
  readonly #held: readonly Float64Array[];
  #next = 0;

  constructor(region: Region, slots: number) {
    requireRegion(region, traceBytes(slots), 'traces');
    assert(slots > 0, 'a trace table has at least one slot');
    this.#slots = Array.from({ length: slots }, (_, index) => new SeqlockWriter(slot(region, index)));
    this.#held = Array.from({ length: slots }, () => new Float64Array(WORDS));
  }

  /**
   * @param graph @param order what the order is known by: dense integers of the engine, not both 0
   * @param stamps ns of one clock by stage, 0 = not passed
   * @returns its slot, for add()
   */
  record(graph: number, order: number, stamps: Float64Array): number {
    const index = this.#next;
    this.#next = (this.#next + 1) % this.#slots.length;
    const held = must(this.#held[index], 'slot');
    plainWriteFloat64(held, 0, graph);
    plainWriteFloat64(held, 1, order);
    for (let i = 0; i < stages.length; i++) plainWriteFloat64(held, 2 + i, plainReadFloat64(stamps, i));
    this.#write(index, held);
    return index;
  }

  /** A later stage of what a slot holds, if it still does. Returns the stamp of an earlier stage, 0 when it is gone. */
  add(index: number, graph: number, order: number, stage: number, stampNs: number, earlier: number): number {
    const held = must(this.#held[index], 'slot');
    if (plainReadFloat64(held, 0) !== graph || plainReadFloat64(held, 1) !== order) return 0;
    if (plainReadFloat64(held, 2 + stage) === 0) {
      plainWriteFloat64(held, 2 + stage, stampNs);
      this.#write(index, held);
    }
    return plainReadFloat64(held, 2 + earlier);
  }

  #write(index: number, held: Float64Array): void {
    const writer = must(this.#slots[index], 'slot');
    writer.begin();
    for (let i = 0; i < WORDS; i++) writer.set(i, plainReadFloat64(held, i));
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
