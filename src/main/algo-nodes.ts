/**
 * Modules inside graphs (policies `wasm_algo` and `mesh_algo`): starts one when the core says so, hands its actions to
 * the scheduler as events and tells it what became of them. The core judges every action like an order of its own;
 * nothing here decides what may be traded.
 */
import type { AdmittedModule } from '../algo/admission/admit.js';
import type { Effect } from '../protocol/effects.js';
import { EventType } from '../protocol/events.js';
import type { AccountId } from '../protocol/universe.js';
import { AlgoNode, type AlgoNodeParts, type AlgoStart } from './algo-node.js';

type Report = Extract<Effect, { kind: 'algo_report' }>;
type Stop = Extract<Effect, { kind: 'algo_stop' }>;

export interface AlgoNodesParts extends AlgoNodeParts {
  /** The module of a name or hash that the account may use, once admitted. */
  readonly module: (name: string, accountId: AccountId) => AdmittedModule | undefined;
}

const NS = 1_000_000_000;

export class AlgoNodes {
  readonly #parts: AlgoNodesParts;
  readonly #nodes = new Map<string, AlgoNode>();
  #waiting: (AlgoStart | Stop | Report)[] = [];
  #nextSecondNs = NS;

  constructor(parts: AlgoNodesParts) {
    this.#parts = parts;
  }

  /** Listens to the engine's effects; works on them at the next step. */
  effect(effect: Effect): void {
    if (effect.kind === 'algo_start' || effect.kind === 'algo_stop' || effect.kind === 'algo_report') this.#waiting.push(effect);
  }

  get running(): number {
    return this.#nodes.size;
  }

  nextDueNs(): number {
    if (this.#waiting.length > 0) return 0;
    return this.#nodes.size === 0 ? Infinity : this.#nextSecondNs;
  }

  step(nowNs: number): number {
    let done = this.#waiting.length;
    for (const effect of this.#waiting.splice(0)) this.#follow(effect, nowNs);
    const beat = nowNs >= this.#nextSecondNs;
    if (beat) this.#nextSecondNs = (Math.floor(nowNs / NS) + 1) * NS;
    for (const node of this.#nodes.values()) done += node.step(nowNs, beat);
    return done;
  }

  /** After a recovery: the module of a node whose module ran when the journal ended. Its first life's orders are cancelled. */
  resume(start: AlgoStart, life: number, nowNs: number): void {
    this.#start(start, life, nowNs);
  }

  #follow(effect: AlgoStart | Stop | Report, nowNs: number): void {
    if (effect.kind === 'algo_start') return this.#start(effect, 0, nowNs);
    const key = `${effect.graphKey}:${effect.nodeId}`;
    if (effect.kind === 'algo_report') return this.#nodes.get(key)?.report(effect, nowNs);
    this.#nodes.get(key)?.shutdown(nowNs);
    this.#nodes.delete(key);
    return undefined;
  }

  #start(start: AlgoStart, life: number, nowNs: number): void {
    const module = this.#parts.module(start.algo, this.#parts.accountOf(start.graphKey));
    if (module === undefined) return this.#refuse(start, `there is no admitted module ${start.algo}`, nowNs);
    const key = `${start.graphKey}:${start.nodeId}`;
    try {
      const node = new AlgoNode(this.#parts, start, module, life, nowNs);
      this.#nodes.set(key, node);
      void node.started.then((refusal) => {
        if (refusal === undefined || this.#nodes.get(key) !== node) return;
        this.#nodes.delete(key);
        this.#refuse(start, `${start.algo} could not be started: ${refusal.code}: ${refusal.message}`, this.#parts.nowNs());
      });
    } catch (error) {
      this.#refuse(start, `${start.algo} could not be started: ${String(error)}`, nowNs);
    }
  }

  #refuse(start: AlgoStart, text: string, tNs: number): void {
    const { graphKey, nodeId } = start;
    this.#parts.log(graphKey, nodeId, '', text);
    this.#parts.say({ type: EventType.algoEnded, tNs, graphKey, nodeId, reason: 'not_admitted' });
  }
}
