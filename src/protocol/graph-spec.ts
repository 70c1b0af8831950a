/**
 * An execution graph as the core takes it: normalised, validated, in integers of the instruments involved.
 * Made from a document in exactly one place (`document/`); plain JSON values, so that it journals as it is.
 * Meanings: docs/SEMANTICS.md.
 */
import type { AccountId, InstrumentId, VenueId } from './universe.js';

/** +1 buys, -1 sells. */
export type Side = 1 | -1;

export type Urgency = 'low' | 'medium' | 'high';
export type Tif = 'gtc' | 'ioc' | 'fok' | 'gtd' | 'post_only';

export type QuantitySpec =
  | { readonly kind: 'fixed'; readonly lots: number }
  /** Money target at 1e-9 USD as decimal digits: it may exceed 2^53. */
  | { readonly kind: 'notional'; readonly usd1e9: string }
  /** No ceiling of its own: the incoming edges decide. */
  | { readonly kind: 'from_edge' };

/**
 * Durations in ns. `horizonNs` 0 = no horizon of its own: a limit order under `sor` that may rest and named none
 * rests until filled or cancelled. On a paced node horizons are already capped at the interval.
 */
export type PolicySpec =
  | { readonly kind: 'sor'; readonly cooldownNs: number; readonly maxAttempts: number; readonly horizonNs: number }
  | { readonly kind: 'ioc_sweep' }
  | { readonly kind: 'passive_limit'; readonly horizonNs: number }
  | {
      readonly kind: 'aggressive_chase';
      readonly chaseIntervalNs: number;
      readonly widenBps: number;
      readonly horizonNs: number;
    }
  | {
      readonly kind: 'passive_ladder';
      readonly repegNs: number;
      readonly horizonNs: number;
      readonly stepNs: number;
    }
  | { readonly kind: 'time_drip'; readonly horizonNs: number; readonly drips: number }
  | {
      readonly kind: 'wasm_algo' | 'mesh_algo';
      /** Name or hash of an admitted module. */
      readonly algo: string;
      readonly venues: readonly VenueId[];
      readonly labels: readonly string[];
      /** Configuration as JSON text, handed to the host as it is. */
      readonly configJson: string;
    };

export type PolicyKind = PolicySpec['kind'];

/** The node is a container; slices i = 1..n hold `sliceLots(lots, tradeLot, slices, i)` (document/slices.ts). */
export interface PacingSpec {
  readonly slices: number;
  readonly intervalNs: number;
  readonly carry: 'next' | 'none';
}

export interface NodeSpec {
  readonly nodeId: string;
  readonly instrument: InstrumentId;
  readonly side: Side;
  readonly orderType: 'market' | 'limit';
  /** Null for market orders. */
  readonly limitTicks: number | null;
  readonly quantity: QuantitySpec;
  /** Venues allowed by the node (pinned venue or allow-list), ascending; null = every listing. */
  readonly venues: readonly VenueId[] | null;
  /** True where the document named one venue: triggers then watch that venue alone. */
  readonly pinned: boolean;
  readonly policy: PolicySpec;
  readonly urgency: Urgency;
  /** The node's own, else null (graph's pre_trade, then urgency's default). */
  readonly maxSlippageBps: number | null;
  /**
   * As given, else the policy's default: ioc for ioc_sweep, gtc otherwise. A market order's legs always go out as
   * IOC; `gtc` there means that the policy may try again, `ioc` (explicit) that it may not.
   */
  readonly tif: Tif;
  /** Absolute wall time in ns since the Unix epoch as digits, for gtd; else null. */
  readonly expireAtNs: string | null;
  readonly reduceOnly: boolean;
  readonly pacing: PacingSpec | null;
  readonly join: 'any' | 'all';
  readonly activation: 'root' | 'wait';
}

export type PriceSource = 'mid' | 'bid' | 'ask' | 'mark' | 'last';

export type TriggerSpec =
  | { readonly kind: 'on_accepted' | 'on_venue_ack' | 'on_first_fill' | 'on_fill' }
  | { readonly kind: 'on_full_fill' | 'on_cancel' | 'on_done' }
  /** Ratio in 1e-8, 1..1e8. */
  | { readonly kind: 'on_fill_ratio'; readonly ratioE8: number }
  | { readonly kind: 'on_timeout'; readonly afterNs: number }
  | {
      readonly kind: 'on_price';
      readonly instrument: InstrumentId;
      readonly direction: 'above' | 'below';
      readonly level:
        /** In quarter ticks: a trigger mid is a mean of two half-tick mids. */
        | { readonly kind: 'absolute'; readonly quarterTicks: number }
        /** Reference times (1 + offset / 1e6). */
        | { readonly kind: 'graph_entry_price' | 'arrival_mid'; readonly offsetPpm: number };
      readonly source: PriceSource;
      readonly confirmNs: number;
      readonly allowImmediate: boolean;
    };

export type TriggerKind = TriggerSpec['kind'];

export type SizingSpec =
  | { readonly kind: 'parent_filled_qty' | 'parent_incremental_fill_qty' | 'residual' | 'none' }
  /** Signed factor in 1e-8: negative is the side opposite to the parent's. */
  | { readonly kind: 'linear_hedge'; readonly factorE8: number; readonly net: boolean }
  | { readonly kind: 'scaled_notional'; readonly factorE8: number; readonly maxUsd1e9: string | null }
  | { readonly kind: 'fixed'; readonly lots: number };

export interface EdgeSpec {
  readonly edgeId: string;
  /** Indices into `nodes`. */
  readonly from: number;
  readonly to: number;
  readonly trigger: TriggerSpec;
  readonly sizing: SizingSpec;
  /** An exit fired by price stops its parent unless this is set. */
  readonly keepParent: boolean;
}

export interface GroupSpec {
  readonly type: 'oco' | 'ouo';
  /** Indices into `nodes`. */
  readonly nodes: readonly number[];
  readonly stuck: 'wait' | 'send';
  readonly stuckNs: number;
}

export type FailureAction = 'cancel_all_open' | 'cancel_all' | 'pause_graph' | 'flatten';

/** Money limits are digits at 1e-9 USD (they may exceed 2^53); null = no such limit. */
export interface RiskSpec {
  readonly admission: {
    readonly maxNotionalUsd1e9: string | null;
    /** In 1e-8. */
    readonly maxLeverageE8: number | null;
    readonly requiredVenues: readonly VenueId[];
  };
  readonly preTrade: { readonly maxSlippageBps: number | null; readonly requireBalanceCheck: boolean };
  readonly runtime: {
    /** In 1e-8 units of the base asset as digits. */
    readonly maxUnhedgedQty1e8: string | null;
    readonly maxLossUsd1e9: string | null;
    readonly maxDrawdownUsd1e9: string | null;
  };
  readonly failure: {
    readonly onRuntimeBreach: FailureAction;
    readonly onDisconnect: 'pause_graph' | 'cancel_all_open' | 'continue';
    readonly onNodeFailure: 'continue' | 'stop_parent' | 'cancel_all_open' | 'flatten' | null;
    readonly hedgeFailNs: number;
    readonly flattenBuyback: boolean;
  };
}

export interface Warning {
  readonly code: string;
  readonly message: string;
  readonly field?: string;
}

export interface GraphSpec {
  readonly graphId: string;
  readonly accountId: AccountId;
  readonly isSandbox: boolean;
  readonly nodes: readonly NodeSpec[];
  readonly edges: readonly EdgeSpec[];
  readonly groups: readonly GroupSpec[];
  readonly autoGroups: boolean;
  readonly risk: RiskSpec;
  /** Opaque, returned as sent; null when absent. */
  readonly metadataJson: string | null;
  readonly warnings: readonly Warning[];
}
