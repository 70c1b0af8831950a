/**
 * Every effect leaves through here: pushed in order and mixed into the running trace hash, so that two runs can be
 * compared without keeping either.
 */
import { assert, must } from '../base/assert.js';
import type { AccountEvent, AlertCode, Effect } from '../protocol/effects.js';
import type { Market } from './market.js';
import type { Child, CoreState, Graph, Node } from './state.js';
import { keyOf } from './graph/graph-index.js';
import { note } from './graph/dirty.js';
import { planted } from './planted.js';
import { GraphFacts } from './views/graph-row.js';
import { childFacts, OrderFacts } from './views/order-view.js';
import { PlainFacts, Told, type Facts } from './views/told.js';

/** Mixes a 32-bit value (murmur3's constants, see base/hash.ts) into the trace. */
export function traceMix(state: CoreState, value: number): void {
  let k = Math.imul(value | 0, 0xcc9e_2d51);
  k = (k << 15) | (k >>> 17);
  const a = state.traceA ^ Math.imul(k, 0x1b87_3593);
  state.traceA = (Math.imul((a << 13) | (a >>> 19), 5) + 0xe654_6b64) | 0;
  state.traceB = (Math.imul(state.traceB ^ k, 0x85eb_ca6b) + 0x38b3_4ae5) | 0;
}

function traceNumber(state: CoreState, value: number): void {
  traceMix(state, value);
  traceMix(state, Math.floor(value / 0x1_0000_0000));
}

function traceText(state: CoreState, text: string): void {
  for (let i = 0; i < text.length; i++) traceMix(state, text.charCodeAt(i));
}

/** One number for a word of a table (a status, the kind of an effect): no two of one table have the same. */
export function wordCode(word: string): number {
  assert(word.length > 0, 'a word of a table is not empty');
  const last = word.length - 1;
  return (word.length << 24) ^ (word.charCodeAt(0) << 16) ^ (word.charCodeAt(last >> 1) << 8) ^ word.charCodeAt(last);
}

/** Which order: what its id is made of, and its place among those that are live. */
function traceChild(state: CoreState, child: Child): void {
  const { node } = child;
  assert(node.graph.serial > 0 && node.index >= 0, 'an order is of a graph that was taken');
  traceMix(state, node.graph.serial);
  traceMix(state, (node.index << 12) ^ child.listing);
  traceMix(state, child.livePos);
  traceNumber(state, child.sentAtNs);
}

function push(state: CoreState, effect: Effect, tag: number): void {
  state.traceCount += 1;
  traceMix(state, tag);
  traceNumber(state, state.tNs);
  state.scratch.out.push(effect);
}

export function emitPlace(state: CoreState, child: Child): void {
  assert(child.state === 'sent' && child.livePos >= 0, 'an order goes out once, listed at its venue');
  assert(child.lots > 0 && child.limitTicks > 0, 'an order has a quantity and a price');
  note(state, child.node.graph);
  traceChild(state, child);
  traceNumber(state, child.lots);
  traceNumber(state, child.limitTicks);
  push(
    state,
    {
      kind: 'place',
      order: {
        clientOrderId: child.clientOrderId,
        accountId: child.node.graph.accountId,
        venue: child.venue,
        listing: child.listing,
        side: child.side,
        lots: child.lots,
        limitTicks: child.limitTicks,
        tif: child.tif,
        reduceOnly: child.reduceOnly,
      },
    },
    1,
  );
}

export function emitCancel(state: CoreState, child: Child): void {
  assert(child.cancelAsked === 1 && child.doneAtNs === -1, 'what is cancelled is open and noted');
  note(state, child.node.graph);
  traceChild(state, child);
  const { accountId } = child.node.graph;
  push(state, { kind: 'cancel', venue: child.venue, accountId, clientOrderId: child.clientOrderId }, 2);
}

export function emitAmend(state: CoreState, child: Child, lots: number, limitTicks: number): void {
  assert(child.amendLots === lots && child.amendTicks === limitTicks, 'what is amended is noted');
  assert(lots > child.filled && limitTicks > 0, 'an amend leaves a quantity at a price');
  note(state, child.node.graph);
  traceChild(state, child);
  traceNumber(state, lots);
  traceNumber(state, limitTicks);
  const { accountId } = child.node.graph;
  push(state, { kind: 'amend', venue: child.venue, accountId, clientOrderId: child.clientOrderId, lots, limitTicks }, 3);
}

export function emitQuery(state: CoreState, child: Child): void {
  assert(child.doneAtNs === -1, 'what is over is not asked after');
  note(state, child.node.graph);
  traceChild(state, child);
  const { accountId } = child.node.graph;
  push(state, { kind: 'query', venue: child.venue, accountId, clientOrderId: child.clientOrderId }, 4);
}

/** Anything else, with the text that the trace takes of it. */
export function emit(state: CoreState, effect: Exclude<Effect, AccountEvent>, traced = ''): void {
  traceMix(state, wordCode(effect.kind));
  if (traced !== '') traceText(state, traced);
  push(state, effect, 5);
}

export function emitAlert(state: CoreState, code: AlertCode, graph: Graph, nodeId: string, text: string): void {
  assert(text !== '', 'an alert says something');
  assert(nodeId === '' || graph.graphId !== '', 'a node is one of a graph');
  emit(state, { kind: 'alert', accountId: graph.accountId, code, graphId: graph.graphId, nodeId, text }, code + nodeId);
  emitAccount(state, graph.accountId, 'risk', graph.graphId, nodeId, new PlainFacts({ type: 'alert', code, graph_id: graph.graphId, node_id: nodeId, message: text }));
}

/** One line of a graph's life; callers build `text` only when `state.tracing`. */
export function emitTrace(state: CoreState, node: Node, text: string): void {
  if (state.tracing) state.scratch.out.push({ kind: 'trace', graphKey: keyOf(node.graph), nodeId: node.nodeId, text });
}

export function nextSeq(state: CoreState, accountId: number): number {
  const account = must(state.accounts[accountId], 'account of an event');
  account.seq += planted(state, 'SEQ_GAP') && account.seq % 7 === 6 ? 2 : 1;
  assert(account.seq > 0 && Number.isSafeInteger(account.seq), 'account events are numbered from 1');
  return account.seq;
}

export function emitAccount(
  state: CoreState, accountId: number, channel: AccountEvent['channel'], graphId: string, nodeId: string, facts: Facts | null, seq = -1,
): void {
  const number = seq >= 0 ? seq : nextSeq(state, accountId);
  assert(number > 0, 'account events are numbered from 1');
  traceMix(state, number);
  traceMix(state, channel.length);
  push(state, new Told(accountId, number, state.tNs, channel, graphId, nodeId, facts), 6);
}

export function emitChild(state: CoreState, child: Child): void {
  assert(child.filled >= 0 && child.lots >= 0, 'what is told of an order is never negative');
  const { node } = child;
  assert(child.clientOrderId !== '' && child.sentAtNs <= state.tNs, 'an order is told of after it was sent');
  traceMix(state, wordCode(child.state));
  traceNumber(state, child.filled);
  const facts = state.muted ? null : childFacts(state, child);
  emitAccount(state, node.graph.accountId, 'children', node.graph.graphId, node.nodeId, facts);
}

export function emitOrder(state: CoreState, node: Node): void {
  assert(node.filled >= 0, 'what is told of a node is never negative');
  assert(node.run !== null || node.filled === 0, 'what never ran has no fills');
  traceMix(state, wordCode(node.status));
  traceNumber(state, node.filled);
  emitAccount(state, node.graph.accountId, 'orders', node.graph.graphId, node.nodeId, state.muted ? null : new OrderFacts(state, node));
}

export function emitGraph(state: CoreState, graph: Graph): void {
  assert(graph.openNodes >= 0 && graph.liveChildren >= 0, 'what is told of a graph is counted');
  assert(graph.updatedAtNs <= state.tNs, 'a graph changes as time goes on');
  graph.updatedAtNs = state.tNs;
  traceMix(state, wordCode(graph.status));
  emitAccount(state, graph.accountId, 'graphs', graph.graphId, '', state.muted ? null : new GraphFacts(state, graph));
  graph.seq = must(state.accounts[graph.accountId], 'account').seq;
}

/** Asks for the look that those who wait in this market need. */
export function wantSample(state: CoreState, market: Market): void {
  assert(market.wantedLevels > 0, 'a look is asked for by somebody');
  assert(market.wantedAskLots >= 0 && market.wantedBidLots >= 0, 'lots to see are never negative');
  const { wantedLevels, wantedAskLots, wantedBidLots } = market;
  emit(state, {
    kind: 'want_sample', instrument: market.id, levels: wantedLevels === 1 ? 0 : wantedLevels, askLots: wantedAskLots,
    bidLots: wantedBidLots,
  });
}
