/**
 * A routing plan as a value. One planner makes it for live orders, previews, forecasts and traces (semantics §8).
 * Ticks and lots of the instrument throughout.
 */
import type { ListingDepth, ListingQuote } from '../../protocol/events.js';
import type { Side } from '../../protocol/graph-spec.js';
import type { ListingId, Universe, VenueId } from '../../protocol/universe.js';

export type ExcludedReason =
  | 'NOT_LISTED'
  | 'NOT_ALLOWED'
  | 'DISCONNECTED'
  | 'STALE_VENUE'
  | 'COOLING_DOWN'
  | 'KILL_SWITCH'
  | 'NO_BALANCE'
  | 'NO_DEPTH'
  | 'BEYOND_LIMIT'
  | 'BELOW_MINIMUM'
  | 'WORSE_PRICE';

/** A listing that may take part, or the reason why it may not. */
export interface PlanCandidate {
  listing: ListingId;
  excluded: ExcludedReason | null;
  /** Most lots this venue may get (inventory for sells, reduce-only room); Infinity = no cap. */
  maxLots: number;
  /** Most quote money this venue may spend incl. fees, in tick·lots of the instrument; Infinity = no cap. */
  maxSpend: number;
  /** The account's own resting lots on the opposite side, skipped when walking the book, as flat ticks, lots pairs. */
  ownResting: readonly number[];
}

export interface PlanRequest {
  readonly universe: Universe;
  readonly instrument: number;
  readonly side: Side;
  /** Lots wanted; for a money target use `spend`. */
  readonly lots: number;
  /** Money target incl. fees in tick·lots of the instrument, else Infinity. */
  readonly spend: number;
  /** Never worse than this. */
  readonly limitTicks: number;
  readonly candidates: readonly PlanCandidate[];
  readonly quotes: readonly ListingQuote[];
  readonly depth: readonly ListingDepth[];
  /** True: all in one leg at one venue or nothing (fok). */
  readonly whole: boolean;
}

export interface PlanLeg {
  readonly listing: ListingId;
  readonly venue: VenueId;
  readonly lots: number;
  /** Worst level the estimate used; an estimate only, the order's limit is the node's. */
  readonly worstTicks: number;
  /** Σ ticks·lots of the estimate (a double: display and ranking only). */
  readonly notional: number;
  /** Estimated fee in tick·lots. */
  readonly fee: number;
}

export interface Plan {
  readonly legs: readonly PlanLeg[];
  readonly placedLots: number;
  /** What no venue could take within limit, depth, lots and minimums. */
  readonly unplacedLots: number;
  /** Average price in ticks, 0 without legs. */
  readonly averageTicks: number;
  /** Fee in tick·lots. */
  readonly fee: number;
  /** Cost against the trigger mid, fees included, in bps; 0 without a mid. */
  readonly costBps: number;
  readonly excluded: readonly { readonly venue: VenueId; readonly reason: ExcludedReason }[];
}
