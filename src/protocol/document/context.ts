/** What the caller of the normaliser knows and the document does not say. */
import type { AccountId, InstrumentId } from '../universe.js';
import type { Resolver } from './resolver.js';

export interface DocumentContext {
  readonly resolver: Resolver;
  readonly accountId: AccountId;
  /** Id for a document without `graph_id`; of letters, digits, "_", "." and "-" only. */
  readonly newGraphId: string;
  /** True where everything is sandbox: a test key, or an engine with simulated venues only. */
  readonly forceSandbox: boolean;
  /** Present price in ticks for minimum notional checks; 0 = unknown. Absent: those checks wait for the core. */
  readonly referenceTicks?: (instrument: InstrumentId) => number;
  /** Wall time in ns since 1970: a `gtd` that already passed is refused. */
  readonly nowEpochNs?: bigint;
  /** Features that this engine lacks; what uses one is refused with NOT_SUPPORTED. Default: none. */
  readonly unsupported?: ReadonlySet<Feature>;
}

/** What a document may ask for and an engine may lack. */
export type Feature =
  | 'groups'
  | 'join_all'
  | `policy:${string}`
  | `sizing:${string}`
  | `trigger:${string}`
  | 'net_hedge'
  | 'notional';
