/**
 * The invariants after every event at the price of what the event touched: the graphs it looked at, the books of
 * accounts and venues where anything but prices came in, everything at intervals. Also keeps what has to be compared
 * across events: terminal states absorb, fills and firings never go back (semantics §11: 2, 5).
 *
 * An event changes a graph only through the work lists of `graph/dirty.ts`, where the touched set is kept;
 * `test/sim/watch.test.ts` compares every graph that was left out with itself before the event.
 */
import { assert, must } from '../base/assert.js';
import { EventType, type EngineEvent } from '../protocol/events.js';
import { isTerminalGraph } from './graph/graph-table.js';
import { isTerminalNode } from './graph/node-table.js';
import { protectedLots, smallestOrder } from './graph/quantities.js';
import { checkBooks, checkGraph, checkInvariants, checkTimers } from './invariants.js';
import type { CoreState, Graph, Node } from './state.js';

interface NodeBefore {
  filled: number;
  reopened: number;
  /** Status once terminal, '' before. */
  ended: string;
}

interface GraphBefore {
  readonly nodes: NodeBefore[];
  readonly fired: number[];
  ended: string;
}

export class InvariantWatch {
  readonly touched = new Set<Graph>();
  readonly #state: CoreState;
  readonly #fullEvery: number;
  readonly #before = new Map<Graph, GraphBefore>();
  #untilFull: number;
  #timerSeq = -1;
  #timerCount = -1;

  /** @param fullEvery events from one look at everything to the next, at least 1 */
  constructor(state: CoreState, fullEvery: number) {
    assert(fullEvery >= 1, 'everything is looked at every so many events, at least one');
    this.#state = state;
    this.#fullEvery = fullEvery;
    this.#untilFull = fullEvery;
    state.scratch.touched = this.touched;
  }

  /** After an event was applied. Throws InvariantError. */
  after(event: EngineEvent): void {
    const state = this.#state;
    assert(state.tNs >= event.tNs || event.type === EventType.timeBase, 'an event is looked at after it was applied');
    const quiet = this.touched.size === 0 && event.type === EventType.sample;
    for (const graph of this.touched) {
      checkGraph(state, graph);
      this.#compare(graph);
    }
    this.touched.clear();
    if (--this.#untilFull <= 0) return this.all();
    const { timers, timerSeq } = state;
    const timersMoved = timerSeq !== this.#timerSeq || timers.items.length !== this.#timerCount;
    // A timer that comes raises the sequence, one that goes shortens the list; a new base moves them all.
    if (timersMoved || event.type === EventType.timeBase) checkTimers(state);
    this.#timerSeq = timerSeq;
    this.#timerCount = timers.items.length;
    if (!quiet) checkBooks(state);
  }

  /** Everything, whatever was touched. */
  all(): void {
    this.#untilFull = this.#fullEvery;
    assert(this.#state.scratch.dirtyNodes.length === 0, 'a state is looked at between events');
    checkInvariants(this.#state);
    for (const graph of this.#state.open.values()) this.#compare(graph);
  }

  #compare(graph: Graph): void {
    let before = this.#before.get(graph);
    if (before === undefined) {
      before = { nodes: [], fired: graph.edges.map(() => 0), ended: '' };
      this.#before.set(graph, before);
    }
    for (let i = 0; i < graph.nodes.length; i++) this.#compareNode(before, i, must(graph.nodes[i], 'node'));
    for (let i = 0; i < graph.edges.length; i++) {
      const { firedCount } = must(graph.edges[i], 'edge');
      assert(firedCount >= must(before.fired[i], 'firings before'), '2: firings never go back');
      before.fired[i] = firedCount;
    }
    const ended = isTerminalGraph(graph.status) ? graph.status : '';
    if (before.ended !== '' && ended !== before.ended && !graph.nodes.some((node) => node.reopened > 0)) {
      assert(false, `5: graph ${graph.graphId} was ${before.ended} and is ${graph.status} without a late fill`);
    }
    before.ended = ended;
  }

  #compareNode(graph: GraphBefore, index: number, node: Node): void {
    let before = graph.nodes[index];
    if (before === undefined) {
      before = { filled: 0, reopened: 0, ended: '' };
      graph.nodes.push(before);
    }
    if (node.filled < before.filled) assert(false, `1: ${node.nodeId} had ${before.filled} filled, now ${node.filled}`);
    const ended = isTerminalNode(node.status) ? node.status : '';
    if (ended !== '' && before.ended === '' && node.role !== 'opening' && node.container === null) endsRightly(this.#state, node);
    const again = node.reopened > before.reopened;
    if (before.ended !== '' && ended !== before.ended && !again) {
      assert(false, `5: ${node.nodeId} was ${before.ended} and is ${node.status} without a late fill`);
    }
    before.filled = node.filled;
    before.reopened = node.reopened;
    before.ended = ended;
  }
}

/** A protective node doesn't give up (semantics §3): by its good-till-date or with dust it may end. */
const PROTECTIVE_ENDS = new Set(['EXIT_EXPIRED', 'GTD', 'DUST']);

function endsRightly(state: CoreState, node: Node): void {
  assert(node.status !== 'rejected', '3: a protective node is never rejected');
  if (node.status !== 'expired' || PROTECTIVE_ENDS.has(node.reason)) return;
  // Of a hedge only the protected part is protective: its policy may give up what is beyond.
  const open = node.role === 'hedge' && node.run !== null ? protectedLots(state, node) - node.filled + node.run.counterFilled : Infinity;
  if (open >= smallestOrder(state, node)) assert(false, `3: ${node.graph.graphId}:${node.nodeId}, a protective node, expired: ${node.reason}`);
}
