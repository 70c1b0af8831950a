/**
 * Child orders by client order id. The id says where an order is (graph, node, number: orders/child.ts), so that none is
 * stored here: a table of texts for every order ever sent costs each of them an insertion, a removal and a place in the
 * old generation, and each report a look into memory that is long cold.
 *
 * Derived from `state.graphs`: not part of an encoded state, made again when one is decoded.
 */
import { assert } from '../../base/assert.js';
import type { GraphIndex } from '../graph/graph-index.js';
import type { Child } from '../state.js';
import { orderOf, ordersOf } from './aside.js';

const DASH = 45;
/** Parts of an id after the epoch: account, listing and side, graph serial, node, number. */
const SERIAL = 3;
const NODE = 4;
const NUMBER = 5;
/** Beyond what any part counts to; what is larger is no id of ours. */
const PART_MAX = 2 ** 48;

/** The parts of the id that was read last. */
let serial = 0;
let node = 0;
let number = 0;

/** Reads an id into the parts above; false = it is none of ours. */
function read(clientOrderId: string): boolean {
  let part = 0;
  let value = 0;
  for (let i = 0; i < clientOrderId.length; i++) {
    const code = clientOrderId.charCodeAt(i);
    if (code === DASH) {
      if (part === SERIAL) serial = value;
      else if (part === NODE) node = value;
      part++;
      value = 0;
    } else if (part >= SERIAL) {
      // Base 36: digits, then small letters.
      const digit = code <= 57 ? code - 48 : code - 87;
      if (digit < 0 || digit > 35 || value > PART_MAX) return false;
      value = value * 36 + digit;
    }
  }
  assert(part >= 0 && value >= 0, 'parts of an id are counted');
  number = value;
  return part === NUMBER;
}

/** Serial of the graph that the id names; 0 = it names none. */
export function serialOf(clientOrderId: string): number {
  return read(clientOrderId) ? serial : 0;
}

export class ChildIndex {
  readonly #graphs: GraphIndex;

  constructor(graphs: GraphIndex) {
    this.#graphs = graphs;
  }

  has(clientOrderId: string): boolean {
    return this.get(clientOrderId) !== undefined;
  }

  get(clientOrderId: string): Child | undefined {
    if (!read(clientOrderId)) return undefined;
    const run = this.#graphs.bySerial(serial)?.nodes[node]?.run;
    if (run === undefined || run === null) return undefined;
    const child = orderOf(run, clientOrderId, number);
    assert(child === undefined || child.node.graph.serial === serial, 'an order is in the graph that its id names');
    return child;
  }

  /** How many there are: walks all graphs. */
  get size(): number {
    let count = 0;
    for (const graph of this.#graphs.values()) for (const { run } of graph.nodes) if (run !== null) count += ordersOf(run).length;
    return count;
  }

  /** In the order of their graphs, nodes and numbers. */
  *values(): IterableIterator<Child> {
    for (const graph of this.#graphs.values()) for (const { run } of graph.nodes) if (run !== null) yield* ordersOf(run);
  }
}
