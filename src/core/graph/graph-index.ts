/**
 * Graphs of all accounts: those kept whole (`state.graphs`) and the records of those put away (`state.ended`), both by
 * `graphKey` and by serial. One table of texts leads from keys to serials for both: a graph that is put away stays under
 * its number there.
 */
import { assert, must } from '../../base/assert.js';
import { graphKey } from '../../protocol/graph-key.js';
import type { CoreState, Graph } from '../state.js';
import type { EndedRecord } from './kept.js';
import { SerialTable } from './serial-table.js';

export function keyOf(graph: Graph): string {
  return graphKey(graph.accountId, graph.graphId);
}

/** Whether the graph of that `graphKey` is known and not over. */
export function isOpen(state: CoreState, key: string): boolean {
  const graph = state.graphs.get(key);
  assert(state.open.size <= state.graphs.size, 'what is open is kept whole');
  return graph !== undefined && state.open.has(graph.serial);
}

/** Graphs kept whole, in the order of their serials. */
export class GraphIndex {
  readonly ended: RecordIndex;
  readonly #serials = new Map<string, number>();
  readonly #graphs = new SerialTable<Graph>();

  constructor() {
    this.ended = new RecordIndex(this.#serials);
  }

  get size(): number {
    return this.#graphs.size;
  }

  get(key: string): Graph | undefined {
    const serial = this.#serials.get(key);
    return serial === undefined ? undefined : this.#graphs.get(serial);
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  /** Whole or as a record. */
  known(key: string): Graph | EndedRecord | undefined {
    const serial = this.#serials.get(key);
    return serial === undefined ? undefined : (this.#graphs.get(serial) ?? this.ended.bySerial(serial));
  }

  bySerial(serial: number): Graph | undefined {
    return this.#graphs.get(serial);
  }

  values(): IterableIterator<Graph> {
    return this.#graphs.values();
  }

  add(graph: Graph): void {
    const key = keyOf(graph);
    assert(graph.serial > 0, 'a graph is added with its serial');
    assert(this.#graphs.get(graph.serial) === undefined, 'a serial is used once');
    const count = this.#serials.size;
    this.#serials.set(key, graph.serial);
    assert(this.#serials.size === count + 1, 'no two graphs that are known have one key');
    this.#graphs.add(graph.serial, graph);
  }

  /** A graph is put away: its record takes its place. */
  putAway(graph: Graph, record: EndedRecord): void {
    assert(record.serial === graph.serial, 'a record is of its graph');
    this.#graphs.remove(graph.serial);
    this.ended.add(record);
    assert(this.#serials.get(record.key) === graph.serial, 'a graph that is put away stays under its number');
  }
}

/** Records of graphs put away, oldest first. */
export class RecordIndex {
  readonly #serials: Map<string, number>;
  readonly #records = new SerialTable<EndedRecord>();
  /** Serials in the order in which they were put away, from `#head` on. */
  #order: number[] = [];
  #head = 0;

  /** @param serials by key, of graphs and records */
  constructor(serials: Map<string, number>) {
    this.#serials = serials;
  }

  get size(): number {
    return this.#records.size;
  }

  get(key: string): EndedRecord | undefined {
    const serial = this.#serials.get(key);
    return serial === undefined ? undefined : this.#records.get(serial);
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  bySerial(serial: number): EndedRecord | undefined {
    return this.#records.get(serial);
  }

  *values(): IterableIterator<EndedRecord> {
    for (let i = this.#head; i < this.#order.length; i++) yield must(this.#records.get(this.#order[i] ?? 0), 'record');
  }

  oldest(): EndedRecord | undefined {
    const serial = this.#order[this.#head];
    return serial === undefined ? undefined : this.#records.get(serial);
  }

  add(record: EndedRecord): void {
    this.#serials.set(record.key, record.serial);
    this.#records.add(record.serial, record);
    this.#order.push(record.serial);
    assert(this.#order.length - this.#head === this.#records.size, 'records are all in order');
  }

  removeOldest(): void {
    const { key, serial } = must(this.oldest(), 'oldest record');
    assert(this.#serials.get(key) === serial, 'a record is found by its key');
    this.#head += 1;
    this.#serials.delete(key);
    this.#records.remove(serial);
    assert(this.#order.length - this.#head === this.#records.size, 'records are all in order');
    if (this.#head < 4_096) return;
    this.#order = this.#order.slice(this.#head);
    this.#head = 0;
  }
}
