/** The simulated venue's own record of orders and fills: what really happened, whatever was reported. */
import type { VenueReason } from '../../protocol/events.js';
import type { Side, Tif } from '../../protocol/graph-spec.js';
import type { AccountId, AssetId, ListingId } from '../../protocol/universe.js';

export type SimOrderState = 'live' | 'filled' | 'cancelled' | 'expired' | 'rejected' | 'forgotten';

export interface SimOrder {
  readonly clientOrderId: string;
  readonly venueOrderId: string;
  readonly accountId: AccountId;
  readonly listing: ListingId;
  readonly side: Side;
  readonly tif: Exclude<Tif, 'gtd'>;
  readonly reduceOnly: boolean;
  readonly createdNs: number;
  /** Total wanted and limit, as last amended. */
  lots: number;
  limitTicks: number;
  cumLots: number;
  openLots: number;
  state: SimOrderState;
  endedNs: number;
  endReason: VenueReason;
  /** Neighbours in the queue at its price, while it rests. */
  previous: SimOrder | null;
  next: SimOrder | null;
  isResting: boolean;
  /** Recorded quantity that trades before this order at its price. */
  ahead: number;
  /** What it holds reserved: 1e-8 of the asset it pays with (spot). */
  reserved: number;
  /** Nothing is reported of it until somebody asks. */
  muted: boolean;
  /** Its fills, oldest first. */
  readonly fills: SimFill[];
}

export interface SimFill {
  readonly execId: string;
  readonly clientOrderId: string;
  readonly venueOrderId: string;
  readonly accountId: AccountId;
  readonly listing: ListingId;
  readonly side: Side;
  readonly ticks: number;
  readonly lots: number;
  readonly cumLots: number;
  readonly feeAsset: AssetId;
  readonly fee1e8: number;
  readonly maker: 0 | 1;
  readonly timeNs: number;
  /** False while no report of it reached the client. */
  delivered: boolean;
}

/** What an oracle compares the engine with. */
export interface SimLedger {
  readonly orders: readonly SimOrder[];
  readonly fills: readonly SimFill[];
}

/** Told of every order accepted (`order`), executed (`fill`, with the fill) and ended, in the order it happened. */
export type SimAudit = (what: 'order' | 'fill' | 'end', order: SimOrder, fill: SimFill | null) => void;
