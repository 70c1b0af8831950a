/**
 * What clients may ask of the core. A command is validated in form before it becomes an event; whether it is
 * allowed is the core's to say, in its reply.
 */
import type { GraphSpec, Warning } from './graph-spec.js';
import type { AccountId, AssetId, ListingId, VenueId } from './universe.js';

export type KillScope =
  | { readonly kind: 'account'; readonly accountId: AccountId }
  | { readonly kind: 'global' }
  | { readonly kind: 'venue'; readonly venue: VenueId; readonly accountId: AccountId }
  | { readonly kind: 'graph'; readonly graphId: string; readonly accountId: AccountId };

/** Limits of an account; null = off. Money as digits at 1e-9 USD. */
export interface AccountLimits {
  readonly maxOrderNotionalUsd1e9: string | null;
  readonly maxOrderQty1e8: string | null;
  readonly maxPositionUsd1e9: string | null;
  readonly maxDailyLossUsd1e9: string | null;
  /** Orders a second; cancels have their own budget and always pass. */
  readonly maxOrderRate: number | null;
  readonly reduceOnly: boolean;
}

export type Command =
  | {
      readonly kind: 'submit';
      readonly graph: GraphSpec;
      /** Hash of the normalised document: same graph_id and hash = the original answer. */
      readonly bodyHash: string;
      /** Hash of key and raw bytes for the answer-lost rule; "" when the client named the graph. */
      readonly repeatKey: string;
    }
  /** The answer to the submit of this graph was handed to the OS (answer-lost rule). */
  | { readonly kind: 'answered'; readonly graphId: string; readonly delivered: boolean }
  | { readonly kind: 'cancel_graph'; readonly graphId: string; readonly flatten: boolean }
  | { readonly kind: 'cancel_node'; readonly graphId: string; readonly nodeId: string }
  | {
      readonly kind: 'amend_node';
      readonly graphId: string;
      readonly nodeId: string;
      /** New total in lots and new limit in ticks; null leaves that one. */
      readonly lots: number | null;
      readonly limitTicks: number | null;
    }
  | { readonly kind: 'pause_graph' | 'resume_graph'; readonly graphId: string }
  | {
      readonly kind: 'kill';
      readonly scope: KillScope;
      readonly reason: string;
      readonly cancelOpen: boolean;
      readonly allowExits: boolean;
    }
  | { readonly kind: 'kill_clear'; readonly scope: KillScope }
  | { readonly kind: 'venue_cancel_all'; readonly venue: VenueId }
  /** The operator's: room for ended graphs, in bytes of memory by estimate. No client may ask for it. */
  | { readonly kind: 'keep_ended'; readonly wholeBytes: number; readonly recordBytes: number }
  | { readonly kind: 'set_limits'; readonly limits: AccountLimits }
  | {
      readonly kind: 'set_balances';
      readonly replace: boolean;
      readonly balances: readonly { readonly venue: VenueId; readonly asset: AssetId; readonly total1e8: string }[];
      readonly perps: readonly { readonly listing: ListingId; readonly lots: number; readonly entryTicks: number }[];
    };

export type CommandKind = Command['kind'];

/** A position that a cancel or breach leaves behind. */
export interface PositionLeft {
  readonly venue: VenueId;
  readonly symbol: string;
  /** Signed, digits at 1e-8. */
  readonly qty1e8: string;
}

export type Reply =
  | {
      readonly ok: true;
      /** Engine time and account sequence at which it took effect. */
      readonly tNs: number;
      readonly seq: number;
      readonly body: ReplyBody;
      readonly warnings: readonly Warning[];
    }
  | { readonly ok: false; readonly code: string; readonly message: string; readonly field?: string };

export type ReplyBody =
  | {
      readonly kind: 'submitted';
      readonly graphId: string;
      readonly status: string;
      readonly nodeCount: number;
      readonly edgeCount: number;
      readonly nodeIds: readonly string[];
      readonly groups: readonly { readonly type: string; readonly nodes: readonly string[]; readonly auto: boolean }[];
      /** True when this is the first answer again (idempotency or answer-lost rule). */
      readonly repeated: boolean;
    }
  | { readonly kind: 'graph'; readonly graphId: string; readonly status: string; readonly left: readonly PositionLeft[] }
  | {
      readonly kind: 'node';
      readonly graphId: string;
      readonly nodeId: string;
      readonly status: string;
      readonly mode: 'native_atomic' | 'cancel_replace' | null;
    }
  | { readonly kind: 'cancelled'; readonly venue: VenueId; readonly count: number }
  | { readonly kind: 'kill'; readonly active: readonly KillState[]; readonly graphs: readonly string[] }
  | { readonly kind: 'done' };

export interface KillState {
  readonly scope: KillScope;
  readonly reason: string;
  readonly allowExits: boolean;
  readonly sinceNs: number;
}
