/**
 * Everything the core ever sees, one type with the time in it. What is not in here cannot influence a decision,
 * so the journal of these events replays to the same state.
 *
 * Times are ns since the journaled base (`timeBase`), safe integers that never go back. Events of one instant are
 * applied in the order given. Hot kinds (sample, report, timer) are flat and mutable, so that callers can reuse them;
 * the core never keeps a reference to an event or to anything inside one.
 */
import type { Command } from './commands.js';
import type { AccountId, AssetId, InstrumentId, ListingId, Universe, VenueId } from './universe.js';

export const EventType = {
  timeBase: 1,
  universe: 2,
  command: 3,
  sample: 4,
  report: 5,
  timer: 6,
  venueStatus: 7,
  balance: 8,
  venuePosition: 9,
  algoAction: 10,
  algoEnded: 11,
  openOrders: 12,
} as const;
export type EventType = (typeof EventType)[keyof typeof EventType];

/** First event of a run. Another base than before renews it (`main/engine-time.ts` says when): stored times shift by the difference. */
export interface TimeBaseEvent {
  type: typeof EventType.timeBase;
  tNs: number;
  /** Base in ns since the Unix epoch as digits. */
  baseNs: string;
  /** Raised at every start of the process: part of client order ids. */
  epoch: number;
  /** Seed of everything drawn inside the core (time_drip). */
  seed: number;
}

export interface UniverseEvent {
  type: typeof EventType.universe;
  tNs: number;
  universe: Universe;
  accounts: readonly string[];
}

export interface CommandEvent {
  type: typeof EventType.command;
  tNs: number;
  accountId: AccountId;
  /** Correlates the reply effect; 0 when nobody waits. */
  commandId: number;
  command: Command;
}

/** Why a sample was taken; bits. */
export const SampleReason = { tick: 1, mark: 2, wanted: 4 } as const;

/** One listing's market at the sample. Prices in instrument ticks, sizes in instrument lots; 0 = none. */
export interface ListingQuote {
  listing: ListingId;
  venue: VenueId;
  /** 1: connected, feed alive within stale_after, not crossed in itself. */
  fresh: 0 | 1;
  bidTicks: number;
  bidLots: number;
  askTicks: number;
  askLots: number;
  /** Perp mark price in ticks; 0 = none. */
  markTicks: number;
  /** Highest and lowest print since the previous journaled sample; 0 = no print. */
  lastHighTicks: number;
  lastLowTicks: number;
  /** Latest print and how old it is. */
  lastTicks: number;
  lastAgeNs: number;
  /** Measured penalties in millionths of price (latency, freshness, reject rate, adverse selection), summed. */
  penaltyE6: number;
}

/** One side of a listing's book, best first: flat pairs ticks, lots. */
export interface DepthSide {
  count: number;
  /** 2 * count values used: ticks, lots, ticks, lots. */
  pairs: Float64Array;
}

export interface ListingDepth {
  listing: ListingId;
  bids: DepthSide;
  asks: DepthSide;
}

/** A look at one instrument's books on all its listings. */
export interface SampleEvent {
  type: typeof EventType.sample;
  tNs: number;
  instrument: InstrumentId;
  reason: number;
  /** One per listing of the instrument, in the instrument's listing order. */
  quotes: ListingQuote[];
  /** Present in answer to `wantSample` with levels > 0; the first `depthCount` entries are valid. */
  depthCount: number;
  depth: ListingDepth[];
  /** 5-minute median of the consolidated spread in ticks; 0 = unknown. */
  medianSpreadTicks: number;
}

export const ReportKind = {
  ack: 1,
  reject: 2,
  fill: 3,
  cancelled: 4,
  expired: 5,
  cancelReject: 6,
  amended: 7,
  amendReject: 8,
  /** Answer to a query: the order's state as the venue has it (`openLots`, `cumLots`). */
  status: 9,
  /** Answer to a query: the venue never saw that order. */
  notFound: 10,
  /** The send's fate is not known (time-out, disconnect after the bytes left). */
  unknown: 11,
} as const;
export type ReportKind = (typeof ReportKind)[keyof typeof ReportKind];

/** Why a venue refused. */
export const VenueReason = {
  none: 0,
  insufficientBalance: 1,
  invalidParams: 2,
  rateLimit: 3,
  busy: 4,
  network: 5,
  auth: 6,
  wouldTake: 7,
  reduceOnly: 8,
  minimum: 9,
  unknownOrder: 10,
  tooLate: 11,
  selfTrade: 12,
  notFilled: 13,
  halted: 14,
  duplicate: 15,
  other: 99,
} as const;
export type VenueReason = (typeof VenueReason)[keyof typeof VenueReason];

/** Something a venue said about one of our orders. */
export interface ReportEvent {
  type: typeof EventType.report;
  tNs: number;
  venue: VenueId;
  kind: ReportKind;
  clientOrderId: string;
  venueOrderId: string;
  /** Unique per venue for fills, else "". The same id applies once. */
  execId: string;
  /** This fill's price and quantity; 0 price with a quantity = the venue did not say. */
  lastTicks: number;
  lastLots: number;
  /** Cumulative filled and still open, as the venue has them; -1 = not said. */
  cumLots: number;
  openLots: number;
  /** Limit and total after an amend; -1 = not said. */
  priceTicks: number;
  totalLots: number;
  feeAsset: AssetId;
  /** Fee of this fill in 1e-8 of its asset, rounded up; negative = rebate. */
  fee1e8: number;
  maker: 0 | 1;
  /** Venue's own time in ns since base; -1 = not said. */
  venueTsNs: number;
  reason: VenueReason;
  text: string;
}

/** Fires every timer due at or before `tNs`. */
export interface TimerEvent {
  type: typeof EventType.timer;
  tNs: number;
}

export interface VenueStatusEvent {
  type: typeof EventType.venueStatus;
  tNs: number;
  venue: VenueId;
  connected: 0 | 1;
  /** 1 once open orders, fills and balances were compared after a (re)connect. */
  reconciled: 0 | 1;
  credentialsValid: 0 | 1;
}

/** Balance of an asset as the venue has it. */
export interface BalanceEvent {
  type: typeof EventType.balance;
  tNs: number;
  accountId: AccountId;
  venue: VenueId;
  asset: AssetId;
  /** Total in 1e-8, as digits (may exceed 2^53). */
  total1e8: string;
  /** Venue time of the balance in ns since base: one older than a known fill is not applied over it. */
  asOfNs: number;
}

/** Position of a perp as the venue has it. */
export interface VenuePositionEvent {
  type: typeof EventType.venuePosition;
  tNs: number;
  accountId: AccountId;
  listing: ListingId;
  /** Signed lots of the instrument. */
  lots: number;
  entryTicks: number;
  asOfNs: number;
}

/** One action of a module trading a node; validated against the ABI before it comes here. */
export interface AlgoActionEvent {
  type: typeof EventType.algoAction;
  tNs: number;
  /** As `algo_start` gave it. */
  graphKey: string;
  nodeId: string;
  /** Instance within the node (mesh_algo: one per venue). */
  instance: number;
  kind: 'new' | 'cancel' | 'amend' | 'intent';
  /** Chosen by the guest as digits; unique per instance. */
  algoOrderId: string;
  venue: VenueId;
  side: 1 | -1;
  orderType: 'limit' | 'market' | 'ioc' | 'fok' | 'post_only' | 'chase';
  priceTicks: number;
  lots: number;
  ttlNs: number;
}

/** The module of a node shut down, trapped or was stopped. */
export interface AlgoEndedEvent {
  type: typeof EventType.algoEnded;
  tNs: number;
  /** As `algo_start` gave it. */
  graphKey: string;
  nodeId: string;
  reason: 'shutdown' | 'trap' | 'fuel' | 'watchdog' | 'bad_actions' | 'not_admitted' | 'host_lost';
}

/** Open orders of an account on a venue after a reconnect or start; ends the reconciliation of that venue. */
export interface OpenOrdersEvent {
  type: typeof EventType.openOrders;
  tNs: number;
  venue: VenueId;
  orders: readonly {
    readonly clientOrderId: string;
    readonly venueOrderId: string;
    readonly openLots: number;
    readonly cumLots: number;
  }[];
  /** Orders that nobody here knows are only told, not cancelled: the engine's configuration at that time. */
  keepUnknown?: 1;
}

export type EngineEvent =
  | TimeBaseEvent
  | UniverseEvent
  | CommandEvent
  | SampleEvent
  | ReportEvent
  | TimerEvent
  | VenueStatusEvent
  | BalanceEvent
  | VenuePositionEvent
  | AlgoActionEvent
  | AlgoEndedEvent
  | OpenOrdersEvent;
