/**
 * Submission: repeats first, then kill switch, then admission on fresh prices (semantics §9; wire.md, idempotency and
 * the answer-lost rule). Where prices are missing the submit waits for the next sample and is answered then.
 */
import { assert, must } from '../../base/assert.js';
import type { Command, Reply } from '../../protocol/commands.js';
import type { ReplyBody } from '../../protocol/commands.js';
import { graphKey } from '../../protocol/graph-key.js';
import { sometimes } from '../coverage.js';
import { emit } from '../emit.js';
import { planted } from '../planted.js';
import { smallestOrder, tradeLot } from './quantities.js';
import { refuseAdmission } from '../risk/admission.js';
import { killCoversAccount } from '../risk/kill.js';
import type { CoreState, Graph, ParkedSubmit, Repeat } from '../state.js';
import { answerAgain, submittedBody } from './answer.js';
import { buildGraph } from './build.js';
import { touch } from './dirty.js';
import { planOf } from './pacing.js';
import { setGraphStatus } from './transitions.js';

type Submit = Extract<Command, { kind: 'submit' }>;

/** A price so old is looked at again before it admits anything. */
const PRICE_AGE_NS = 1_000_000_000;
/** A lost answer may be asked for again so long. */
export const REPEAT_WINDOW_NS = 120_000_000_000;

export function reply(state: CoreState, commandId: number, answer: Reply): void {
  if (commandId !== 0) emit(state, { kind: 'reply', commandId, reply: answer }, answer.ok ? 'ok' : answer.code);
}

export function refuse(state: CoreState, commandId: number, code: string, message: string, field?: string): void {
  reply(state, commandId, field === undefined ? { ok: false, code, message } : { ok: false, code, message, field });
}

/** Says yes, with when and at which account sequence it took effect. */
export function accept(state: CoreState, commandId: number, accountId: number, body: ReplyBody, warnings: Graph['warnings'] = []): Reply {
  const answer: Reply = { ok: true, tNs: state.tNs, seq: must(state.accounts[accountId], 'account').seq, body, warnings };
  reply(state, commandId, answer);
  return answer;
}

export function onSubmit(state: CoreState, accountId: number, commandId: number, command: Submit): void {
  if (command.graph.accountId !== accountId) {
    return refuse(state, commandId, 'FORBIDDEN', `a graph of account ${command.graph.accountId} under account ${accountId}`);
  }
  if (answeredBefore(state, accountId, commandId, command)) return undefined;
  assert(command.graph.nodes.length > 0, 'a document has nodes');
  const stale: number[] = [];
  for (const node of command.graph.nodes) {
    const market = must(state.markets[node.instrument], 'instrument of a node');
    if (!stale.includes(node.instrument) && (market.sampledAtNs < 0 || state.tNs - market.sampledAtNs > PRICE_AGE_NS)) stale.push(node.instrument);
  }
  if (stale.length === 0) return admit(state, { accountId, commandId, command, waitsFor: [], atNs: state.tNs });
  state.parked.push({ accountId, commandId, command, waitsFor: stale, atNs: state.tNs });
  for (const instrument of stale) {
    const market = must(state.markets[instrument], 'market');
    if (market.wantedLevels === 0) market.wantedLevels = 1;
    if (!state.scratch.wanted.includes(instrument)) state.scratch.wanted.push(instrument);
  }
  return undefined;
}

/** A sample came: submits that waited for it go on, in their order. */
export function resumeParked(state: CoreState, instrument: number): void {
  if (state.parked.length === 0) return;
  const ready: ParkedSubmit[] = [];
  const rest: ParkedSubmit[] = [];
  for (const entry of state.parked) {
    entry.waitsFor = entry.waitsFor.filter((id) => id !== instrument);
    (entry.waitsFor.length === 0 ? ready : rest).push(entry);
  }
  assert(ready.length + rest.length === state.parked.length, 'a submit that waited goes on or waits');
  state.parked = rest;
  for (const entry of ready) if (!answeredBefore(state, entry.accountId, entry.commandId, entry.command)) admit(state, entry);
}

/** Repeats: the same graph_id and body, or a lost answer under the same key. True when answered. */
function answeredBefore(state: CoreState, accountId: number, commandId: number, command: Submit): boolean {
  const { graphId } = command.graph;
  assert(graphId !== '' && command.graph.accountId === accountId, 'a graph has a name, within its account');
  const key = graphKey(accountId, graphId);
  const known = state.graphs.known(key);
  if (known !== undefined) {
    const answer = known.bodyHash === command.bodyHash ? answerAgain(graphId, known) : null;
    if (answer === null) {
      refuse(state, commandId, 'CONFLICT', `graph_id ${graphId} is taken by another document`, '/graph_id');
    } else {
      sometimes(state, 'IDEMPOTENT_REPEAT');
      reply(state, commandId, answer);
    }
    return true;
  }
  if (command.repeatKey === '' || planted(state, 'ANSWER_NOT_REPEATED')) return false;
  const lost = state.repeats.get(command.repeatKey)?.find((entry) => entry.state === 2 && state.tNs - entry.atNs <= REPEAT_WINDOW_NS);
  const lostKey = lost === undefined ? '' : graphKey(accountId, lost.graphId);
  const graph = lost === undefined ? undefined : state.graphs.known(lostKey);
  const answer = lost === undefined || graph === undefined ? null : answerAgain(lost.graphId, graph);
  if (lost === undefined || answer === null) return false;
  sometimes(state, 'LOST_ANSWER_REPEATED');
  lost.state = 0;
  reply(state, commandId, answer);
  return true;
}

/** The gateway says whether an answer was handed to the OS. */
export function onAnswered(state: CoreState, accountId: number, graphId: string, delivered: boolean): void {
  const graph = state.graphs.get(graphKey(accountId, graphId));
  if (graph === undefined || graph.repeatKey === '') return;
  const entries = state.repeats.get(graph.repeatKey);
  const entry = entries?.find((candidate) => candidate.graphId === graphId && candidate.state === 0);
  if (entry === undefined || entries === undefined) return;
  assert(entry.atNs <= state.tNs, 'an answer is delivered after it was given');
  entry.state = delivered ? 1 : 2;
  entry.atNs = state.tNs;
  keepRepeats(state, graph.repeatKey, entries);
}

/**
 * Keeps what of a key may still be asked for, newest key last, and drops the oldest keys whose time is over: an answer
 * that nobody ever told about (a client inside the process, a gateway that died) leaves the state with the next submits.
 */
function keepRepeats(state: CoreState, key: string, entries: readonly Repeat[]): void {
  const due = (entry: Repeat): boolean => entry.state !== 1 && state.tNs - entry.atNs <= REPEAT_WINDOW_NS;
  const kept = entries.filter(due);
  assert(key !== '', 'answers are kept for those who may ask again');
  state.repeats.delete(key);
  if (kept.length > 0) state.repeats.set(key, kept);
  for (const [oldest, of] of state.repeats) {
    if (of.some(due)) return;
    state.repeats.delete(oldest);
  }
}

function admit(state: CoreState, entry: ParkedSubmit): void {
  const { accountId, commandId, command } = entry;
  if (killCoversAccount(state, accountId)) {
    return refuse(state, commandId, 'KILL_SWITCH', 'a kill switch covers this account; clear it first');
  }
  const spec = command.graph;
  assert(entry.waitsFor.length === 0 && entry.atNs <= state.tNs, 'a submit is admitted once nothing is waited for');
  assert(spec.nodes.length > 0 && spec.accountId === accountId, 'a document with nodes, of the account that sent it');
  const graph = buildGraph(state, spec, command.bodyHash, command.repeatKey);
  const problem = sliceProblem(state, graph) ?? refuseAdmission(state, graph);
  if (problem !== null) return refuse(state, commandId, problem.code, problem.message, problem.field);
  warnSurprises(graph);
  graph.serial = ++state.graphSerial;
  assert(graph.openNodes === graph.nodes.length && graph.liveChildren === 0, 'a new graph is all open and has nothing live');
  state.graphs.add(graph);
  state.open.set(graph.serial, graph);
  setGraphStatus(state, graph, 'start', '');
  accept(state, commandId, accountId, submittedBody(graph, false), graph.warnings);
  graph.answeredAtNs = state.tNs;
  graph.answeredSeq = must(state.accounts[accountId], 'account').seq;
  if (command.repeatKey !== '') {
    const entries = state.repeats.get(command.repeatKey) ?? [];
    entries.push({ graphId: graph.graphId, atNs: state.tNs, state: 0 });
    keepRepeats(state, command.repeatKey, entries);
  }
  for (const node of graph.nodes) touch(state, node);
  return undefined;
}

/** A slice below every venue's minimum refuses the graph (semantics §2). */
function sliceProblem(state: CoreState, graph: Graph): { code: string; message: string; field: string } | null {
  for (const node of graph.nodes) {
    const { pacing } = node.spec;
    if (pacing === null || node.pace === null || !Number.isFinite(node.ceiling)) continue;
    assert(pacing.slices >= 1 && node.pace.made === 0, 'pacing is judged before it starts');
    node.pace.totalLots = node.ceiling;
    const lot = tradeLot(state, node);
    const smallest = smallestOrder(state, node);
    for (let i = 1; i <= pacing.slices; i++) {
      if (planOf(lot, node.pace, pacing.slices, i) >= smallest) continue;
      return { code: 'VALIDATION_ERROR', message: `slice ${i} of node ${node.nodeId} is below the smallest order of every venue`, field: `/nodes/${node.index}/execution/pacing` };
    }
  }
  return null;
}

/** Legal but surprising (semantics §2). */
function warnSurprises(graph: Graph): void {
  const warn = (code: string, message: string, field: string): void => {
    if (!graph.warnings.some((warning) => warning.code === code && warning.field === field)) graph.warnings.push({ code, message, field });
  };
  for (const p of graph.nodes) {
    if (p.exits.length > 0 && p.hedges.length > 0) {
      for (const index of p.hedges) {
        const hedge = must(graph.nodes[index], 'hedge');
        if (hedge.exits.length === 0) warn('HEDGE_NOT_UNWOUND', `${p.nodeId} has exits, its hedge ${hedge.nodeId} none`, `/nodes/${index}`);
      }
    }
  }
  for (const node of graph.nodes) {
    assert(node.filled === 0 && node.run === null, 'a graph is warned of before it starts');
    for (const index of node.inEdges) {
      const { spec, from } = must(graph.edges[index], 'edge');
      if (spec.sizing.kind !== 'none' || spec.trigger.kind === 'on_fill' || !Number.isFinite(node.ceiling)) continue;
      const parent = must(graph.nodes[from], 'parent');
      const atFiring = spec.trigger.kind === 'on_fill_ratio' ? (parent.ceiling * spec.trigger.ratioE8) / 1e8 : spec.trigger.kind === 'on_full_fill' ? parent.ceiling : 0;
      if (node.role === 'hedge' && Number.isFinite(atFiring) && node.ceiling > atFiring) {
        warn('OVER_HEDGE', `hedge ${node.nodeId} is larger than what ${parent.nodeId} will have filled when it fires`, `/nodes/${node.index}`);
      }
      if (node.role === 'exit' && parent.role !== 'exit' && Number.isFinite(parent.ceiling) && node.ceiling > parent.ceiling) {
        warn('EXIT_CAPPED', `exit ${node.nodeId} is larger than ${parent.nodeId}: capped by its position`, `/nodes/${node.index}`);
      }
    }
  }
  const { maxLossUsd1e9, maxDrawdownUsd1e9 } = graph.spec.risk.runtime;
  if (maxLossUsd1e9 !== null && maxDrawdownUsd1e9 !== null && BigInt(maxDrawdownUsd1e9) < BigInt(maxLossUsd1e9)) {
    warn('DRAWDOWN_BELOW_LOSS', 'max_drawdown_usd is below max_loss_usd and acts first', '/risk/runtime/max_drawdown_usd');
  }
}
