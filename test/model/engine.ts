/** What the model tests need of the engine: events in, effects out, and a look at what it thinks. */
import type { Effect } from '../../src/protocol/effects.js';
import type { EngineEvent } from '../../src/protocol/events.js';

export interface NodeView {
  readonly status: string;
  readonly filled: number;
  readonly released: number;
  readonly activatedNs: number;
}

export interface EdgeView {
  readonly state: 'idle' | 'armed' | 'fired' | 'dead';
  readonly firedCount: number;
  readonly released: number;
}

export interface GraphView {
  readonly status: string;
  readonly nodes: readonly NodeView[];
  readonly edges: readonly EdgeView[];
  /** Everything still reserved on the account, 1e-8 of any asset. */
  readonly reserved: number;
}

export interface EngineUnderTest {
  apply(event: EngineEvent): Effect[];
  nextTimerNs(): number;
  view(graphId: string): GraphView;
  /** Index of the node that sent a client order id. */
  nodeOf(clientOrderId: string): number;
  /** Equal for two states that act alike for ever. */
  key(): string;
  /** The engine's own invariants; throws. */
  check(): void;
}
