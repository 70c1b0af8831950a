/**
 * How the gateway (or any client inside the process) speaks to the engine. The same interface whether the engine
 * runs on this thread or behind rings. Commands change state and are journaled; queries read and are not.
 */
import type { Command, Reply } from './commands.js';
import type { AccountEvent, Effect } from './effects.js';
import type { GraphSpec } from './graph-spec.js';
import type { AccountId, InstrumentId, Universe, VenueId } from './universe.js';

/** Filters of a list: wire meanings. */
export interface ListQuery {
  readonly limit: number;
  readonly offset: number;
  readonly symbol?: string;
  readonly status?: string;
  readonly graphId?: string;
  /** Graphs whose id begins so. */
  readonly idPrefix?: string;
  /** `<graph>:<node>:<n>`, without the optional prefix. */
  readonly nodeOrderId?: string;
}

export type Query =
  | { readonly kind: 'graph'; readonly graphId: string }
  | ({ readonly kind: 'graphs' } & ListQuery)
  | ({ readonly kind: 'orders' } & ListQuery)
  | ({ readonly kind: 'fills' } & ListQuery)
  | { readonly kind: 'positions'; readonly includeClosed: boolean }
  | { readonly kind: 'kill_switch' }
  | { readonly kind: 'limits' }
  /** Plans what the graph's root nodes would do now; sends nothing. */
  | { readonly kind: 'preview'; readonly graph: GraphSpec; /** Whatever the account holds: what a size would cost. */ readonly anyFunds?: boolean }
  /** The life of a graph line by line. */
  | { readonly kind: 'trace'; readonly graphId: string; readonly nodeId: string | null; readonly limit: number }
  | { readonly kind: 'review'; readonly graphId: string }
  | { readonly kind: 'events'; readonly fromSeq: number; readonly limit: number }
  | { readonly kind: 'health' };

/** Wire-shaped answer (plain JSON values; integers beyond 2^53 as bigint) or an error code of the registry. */
export type QueryReply =
  | { readonly ok: true; readonly body: unknown }
  | { readonly ok: false; readonly code: string; readonly message: string };

/** One venue's touch and depth for quotes: wire scales as exact integers. */
export interface BookView {
  readonly venue: VenueId;
  readonly fresh: boolean;
  readonly connected: boolean;
  /** Flat pairs of ticks and lots of the instrument, best first. */
  readonly bids: readonly number[];
  readonly asks: readonly number[];
  readonly markTicks: number;
  readonly ageMs: number;
  readonly venueTsNs: number;
}

/** Prices never queue: the latest state of a book, read from shared memory. */
export interface BookAccess {
  /** Every listing's book of an instrument, up to `depth` levels a side. */
  books(instrument: InstrumentId, depth: number): readonly BookView[];
  /** Changes with every published change of any of the instrument's books. */
  version(instrument: InstrumentId): number;
  /** Prints since `sinceNs`, oldest first, at most `limit` (newest kept). */
  trades(
    instrument: InstrumentId,
    sinceNs: number,
    limit: number,
  ): readonly { readonly tsNs: number; readonly ticks: number; readonly lots: number; readonly venue: VenueId }[];
}

/** How a thread is: silent for too long while it should run = stuck. */
export interface ThreadRow {
  readonly name: string;
  readonly state: 'new' | 'running' | 'closed' | 'failed';
  readonly age_ms: number;
  readonly stuck: boolean;
}

export interface EnginePort {
  readonly universe: Universe;
  /** Engine time now in ns since base, and the base in ns since the Unix epoch. */
  nowNs(): number;
  baseNs(): bigint;
  readonly accounts: readonly string[];
  readonly books: BookAccess;
  /**
   * `done` is called once, later or at once.
   * @param receivedMs when it came in, `performance.now()` of the caller's thread; now if not given. For latency spans only
   */
  command(accountId: AccountId, command: Command, done: (reply: Reply) => void, receivedMs?: number): void;
  query(accountId: AccountId, query: Query, done: (reply: QueryReply) => void): void;
  /** Every account event in `seq` order per account. Returns the way to stop. */
  onAccountEvent(listener: (event: AccountEvent) => void): () => void;
  onAlert(listener: (alert: Extract<Effect, { kind: 'alert' }>) => void): () => void;
  /** The engine's threads, where it has several: for health. */
  threads?(): readonly ThreadRow[];
  /** Prometheus text of what the engine measures itself, where it does. */
  metricsText?(): string;
}
