/**
 * What is kept of ended graphs, and for how long: whole for a day (late fills re-open them), then a record for a week
 * (idempotency). Both by time; memory has a cap that is configured (`keep_ended`), and being cut short by it is told.
 *
 *   ended ──▶ whole, 24 h and until reconciled ──▶ record, 7 days ──▶ forgotten
 */
import { assert, must } from '../../base/assert.js';
import type { AccountId } from '../../protocol/universe.js';
import { emit } from '../emit.js';
import { awayOrders, type AwayOrder } from '../orders/orphans.js';
import type { CoreState, Graph } from '../state.js';
import { startTimer, TimerKind } from '../timers.js';
import { saidText } from './answer.js';
import { keyOf } from './graph-index.js';
import { isTerminalGraph } from './graph-table.js';
import { positionLeft } from './position-left.js';

/** Ended and evicted: what idempotency still needs. */
export interface EndedRecord {
  key: string;
  serial: number;
  accountId: AccountId;
  bodyHash: string;
  status: string;
  endedAtNs: number;
  answeredAtNs: number;
  answeredSeq: number;
  /** What its submit was answered, see graph/answer.ts. */
  said: string;
  /** What a cancel asked again is answered: `PositionLeft`s as JSON, '' = none. */
  left: string;
  /** What its orders came to; null = none, or not known. */
  orders: readonly AwayOrder[] | null;
}

export interface KeepRoom {
  wholeBytes: number;
  recordBytes: number;
}

export interface Kept extends KeepRoom {
  /** Graphs and records that left before their time, and when that was last told (-1 = never). */
  cut: number;
  toldAtNs: number;
}

/** Ended graphs are kept whole for at least so long while there is room. */
export const KEEP_ENDED_NS = 24 * 3_600 * 1_000_000_000;
/** Records, counted from the end of their graphs. */
export const KEEP_RECORDS_NS = 7 * KEEP_ENDED_NS;
/** About 53,000 ended one-node graphs whole and 250,000 records of one order. */
export const KEEP_BYTES_AT_FIRST = { whole: 128 * 2 ** 20, records: 128 * 2 ** 20 } as const;
/** Those put away leave the queue so many at once; until then the queue holds them. */
const CUT_AT = 128;
/** However little room there is, so many are kept whole: clients still ask about what just ended. */
const WHOLE_MIN = 64;

// Measured on the heap of Node 20, rounded up: one filled node takes 2,430 bytes, five in a row 9,900, a record 510
// (test/unit/bench/kept-memory.test.ts).
const GRAPH_BYTES = 600;
const NODE_BYTES = 450;
const RUN_BYTES = 650;
const CHILD_BYTES = 800;
const RECORD_BYTES = 280;
const AWAY_ORDER_BYTES = 130;
const AWAY_EXEC_BYTES = 40;

/** Estimate of what a graph takes on the heap. */
export function bytesOf(graph: Graph): number {
  assert(graph.nodes.length > 0, 'a graph has nodes');
  let bytes = GRAPH_BYTES;
  for (let i = 0; i < graph.nodes.length; i++) {
    const { run } = must(graph.nodes[i], 'node');
    bytes += run === null ? NODE_BYTES : NODE_BYTES + RUN_BYTES + (run.children.length + (run.aside?.orders.length ?? 0)) * CHILD_BYTES;
  }
  return bytes;
}

function bytesOfRecord(record: EndedRecord): number {
  // Below 0: of a version that kept no serial with its records (old-states.ts).
  assert(record.serial !== 0, 'a record is of a graph that was taken');
  let bytes = RECORD_BYTES + record.key.length + record.bodyHash.length + record.said.length + record.left.length;
  if (record.orders === null) return bytes;
  for (const { execIds } of record.orders) bytes += AWAY_ORDER_BYTES + (execIds === null ? 0 : execIds.length * AWAY_EXEC_BYTES);
  return bytes;
}

/** A graph ended (again, after a late fill). */
export function keepEnded(state: CoreState, graph: Graph): void {
  const bytes = bytesOf(graph);
  assert(isTerminalGraph(graph.status) && bytes > 0, 'what is kept has ended and takes room');
  state.kept.wholeBytes += bytes - graph.keptBytes;
  graph.keptBytes = bytes;
  state.endedQueue.push(graph);
  if (queued(state) === 1) startTimer(state, TimerKind.evict, state.tNs + KEEP_ENDED_NS, null);
  makeRoom(state);
}

/** Puts away the oldest until what is kept has room. */
export function makeRoom(state: CoreState): void {
  const { kept, keep } = state;
  while (kept.wholeBytes > keep.wholeBytes && queued(state) > WHOLE_MIN) {
    const graph = must(state.endedQueue[state.endedHead], 'oldest ended graph');
    if (state.tNs - graph.endedAtNs < KEEP_ENDED_NS && isTerminalGraph(graph.status)) tellCut(state, graph.accountId, 'whole ', state.tNs - graph.endedAtNs);
    putAwayOldest(state);
  }
  while (kept.recordBytes > keep.recordBytes) {
    const record = must(state.ended.oldest(), 'oldest record');
    if (state.tNs - record.endedAtNs < KEEP_RECORDS_NS) tellCut(state, record.accountId, 'records of ', state.tNs - record.endedAtNs);
    forget(state, record);
  }
}

function queued(state: CoreState): number {
  return state.endedQueue.length - state.endedHead;
}

/** Once a day: the operator should give more room, or know that it is short. */
function tellCut(state: CoreState, accountId: number, what: string, ageNs: number): void {
  const { kept } = state;
  assert(ageNs >= 0 && kept.toldAtNs <= state.tNs, 'what is cut short ended at a time that was');
  kept.cut += 1;
  if (kept.toldAtNs >= 0 && state.tNs - kept.toldAtNs < KEEP_ENDED_NS) return;
  kept.toldAtNs = state.tNs;
  const hours = Math.floor(ageNs / 360_000_000_000) / 10;
  const promised = what === 'whole ' ? '24 hours' : '7 days';
  const text = `${what}ended graphs leave after ${hours} hours, not ${promised}: more end than there is room for; start with a larger --keep-ended`;
  emit(state, { kind: 'alert', accountId, code: 'ENDED_CUT_SHORT', graphId: '', nodeId: '', text }, what);
}

/** Counts what is kept anew: earlier versions did not. */
export function recountKept(state: CoreState): void {
  const { kept } = state;
  kept.wholeBytes = kept.recordBytes = 0;
  for (const graph of new Set(state.endedQueue.slice(state.endedHead))) {
    graph.keptBytes = bytesOf(graph);
    kept.wholeBytes += graph.keptBytes;
  }
  for (const record of state.ended.values()) kept.recordBytes += bytesOfRecord(record);
  assert(kept.wholeBytes >= 0 && kept.recordBytes >= 0, 'what is kept is counted');
}

/** Reconciled since its end on every venue it used. */
function isReconciled(state: CoreState, graph: Graph): boolean {
  return graph.venues.every((venue) => {
    const { connected, reconciled, reconciledAtNs } = must(state.venues[venue], 'venue');
    return connected === 1 && reconciled === 1 && (reconciledAtNs >= graph.endedAtNs || graph.liveChildren === 0);
  });
}

/** The daily look at what may be put away. */
export function onEvictTimer(state: CoreState): void {
  for (let record = state.ended.oldest(); record !== undefined; record = state.ended.oldest()) {
    if (state.tNs - record.endedAtNs < KEEP_RECORDS_NS) break;
    forget(state, record);
  }
  for (;;) {
    const graph = state.endedQueue[state.endedHead];
    if (graph === undefined) return;
    if (isTerminalGraph(graph.status) && (state.tNs - graph.endedAtNs < KEEP_ENDED_NS || !isReconciled(state, graph))) {
      startTimer(state, TimerKind.evict, Math.max(graph.endedAtNs + KEEP_ENDED_NS, state.tNs + 60_000_000_000), null);
      return;
    }
    assert(queued(state) > 0, 'what is put away is queued');
    putAwayOldest(state);
  }
}

function forget(state: CoreState, record: EndedRecord): void {
  state.ended.removeOldest();
  state.kept.recordBytes -= bytesOfRecord(record);
  assert(state.kept.recordBytes >= 0, 'what is kept was counted');
}

function putAwayOldest(state: CoreState): void {
  const graph = must(state.endedQueue[state.endedHead], 'oldest ended graph');
  assert(state.endedHead >= 0 && state.endedHead < 1_024, 'the queue of ended graphs is cut at intervals');
  state.endedHead += 1;
  if (state.endedHead >= CUT_AT) {
    state.endedQueue = state.endedQueue.slice(state.endedHead);
    state.endedHead = 0;
  }
  // Re-opened by a late fill: it is queued again at its new end. Only such a graph can be there twice.
  const wasReopened = graph.nodes.some((node) => node.reopened > 0);
  if (!isTerminalGraph(graph.status) || (wasReopened && state.endedQueue.includes(graph, state.endedHead))) return;
  assert(graph.liveChildren === 0, 'a graph is put away with nothing live');
  state.kept.wholeBytes -= graph.keptBytes;
  assert(state.kept.wholeBytes >= 0, 'what is kept was counted');
  const record = recordOf(state, graph);
  state.graphs.putAway(graph, record);
  state.kept.recordBytes += bytesOfRecord(record);
}

function recordOf(state: CoreState, graph: Graph): EndedRecord {
  const left = positionLeft(state, graph);
  const said = saidText(graph);
  const { scratch } = state;
  assert(graph.endedAtNs <= state.tNs && graph.liveChildren === 0, 'a record is of what is over');
  // Simple orders all say the same.
  if (said !== scratch.said) scratch.said = said;
  return {
    key: keyOf(graph), serial: graph.serial, accountId: graph.accountId, bodyHash: graph.bodyHash, status: graph.status, endedAtNs: graph.endedAtNs, answeredAtNs: graph.answeredAtNs,
    answeredSeq: graph.answeredSeq, said: scratch.said, left: left.length === 0 ? '' : JSON.stringify(left),
    orders: awayOrders(graph),
  };
}
