/** Carries an event's consequences to their end: nodes, then limits and ends of graphs, then what is told and asked. */
import { assert, must } from '../base/assert.js';
import { emitOrder, emitTrace, wantSample } from './emit.js';
import { drive } from './graph/drive.js';
import { settleGraph } from './graph/end.js';
import { isTerminalNode } from './graph/node-table.js';
import { act } from './policies/act.js';
import { failGraph, judgeGraph } from './risk/runtime.js';
import type { CoreState, Node } from './state.js';
import { note, touch } from './graph/dirty.js';
import { decidesText } from './views/trace-text.js';

/** More rounds than any event can need: a loop of the core with itself is a broken invariant. */
const ROUNDS_MAX = 200_000;

/** Looks at every node that was touched, and those that are touched by it, until none is left. */
export function driveTouched(state: CoreState): void {
  const { dirtyNodes } = state.scratch;
  for (let i = 0; i < dirtyNodes.length; i++) {
    assert(i < ROUNDS_MAX, 'the consequences of one event come to an end');
    const node = must(dirtyNodes[i], 'touched node');
    assert(node.dirty === 1, 'what is on the list says so');
    node.dirty = 0;
    drive(state, node);
    say(state, node);
  }
  drain(dirtyNodes);
}

/** `length = 0` costs a call of the runtime, and the list's memory, at every event; these hold a few items at most. */
function drain(list: unknown[]): void {
  while (list.length > 0) list.pop();
}

export function settle(state: CoreState): void {
  const { dirtyNodes, dirtyGraphs, wanted: asked } = state.scratch;
  let told = 0;
  for (;;) {
    driveTouched(state);
    if (told >= dirtyGraphs.length) break;
    assert(told < ROUNDS_MAX, 'graphs are looked at again a bounded number of times');
    const graph = must(dirtyGraphs[told++], 'touched graph');
    assert(graph.dirty === 1, 'what is on the list says so');
    graph.dirty = 0;
    if (graph.riskDue === 1) {
      graph.riskDue = 0;
      judgeGraph(state, graph);
    }
    if (graph.failureDue !== '') {
      const action = graph.failureDue;
      graph.failureDue = '';
      failGraph(state, graph, action, graph.failureReason);
    }
    if (dirtyNodes.length === 0) settleGraph(state, graph);
    else {
      // Its nodes come first; looked at again after them.
      graph.dirty = 1;
      dirtyGraphs.push(graph);
    }
  }
  assert(dirtyNodes.length === 0 && told === dirtyGraphs.length, 'an event ends with nothing left to look at');
  drain(dirtyGraphs);
  for (const instrument of asked) {
    const market = must(state.markets[instrument], 'market asked for');
    if (market.wantedLevels > 0) wantSample(state, market);
  }
  drain(asked);
}

/** Tells the account when status or filled quantity changed. */
function say(state: CoreState, node: Node): void {
  if (node.saidStatus === node.status && node.saidFilled === node.filled) return;
  assert(node.filled >= node.saidFilled, 'fills never go back');
  node.saidStatus = node.status;
  node.saidFilled = node.filled;
  emitOrder(state, node);
}

/** A node that waited for books decides on the sample at hand. */
export function stepNode(state: CoreState, node: Node): void {
  const run = must(node.run, 'run of a node that waited for books');
  run.waitingBooks = 0;
  note(state, node.graph);
  if (isTerminalNode(node.status) || node.status === 'waiting' || run.stop !== null) return touch(state, node);
  state.scratch.stepping = node;
  drive(state, node);
  state.scratch.stepping = null;
  if (run.waitingBooks === 0) return undefined;
  // `drive` found that it still wants to act: it acts on this sample.
  run.waitingBooks = 0;
  node.lookDue = 0;
  if (state.tracing) emitTrace(state, node, decidesText(state, node));
  act(state, node, Math.max(0, state.scratch.want));
  return touch(state, node);
}
