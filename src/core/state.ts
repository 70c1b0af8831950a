/**
 * Everything the core knows. Plain objects, dense indices, integers: ticks and lots of the instrument, quarter ticks
 * for mids, 1e-8 of an asset for fees and balances. One owner: `apply`.
 *
 * Naming that the codec relies on: a stored point in time is `atNs` or ends in `AtNs` (-1 = none) and shifts with the time base;
 * a duration ends in `Ns` and does not.
 */
import { Wide } from '../base/wide.js';
import type { AccountLimits, Command, KillState } from '../protocol/commands.js';
import type { GroupSpec, Side, Tif, Warning } from '../protocol/graph-spec.js';
import type { AccountId, InstrumentId, ListingId, Universe, VenueId } from '../protocol/universe.js';
import type { Coverage } from './coverage.js';
import type { GraphIndex, RecordIndex } from './graph/graph-index.js';
import type { GraphStatus } from './graph/graph-table.js';
import type { NodeStatus } from './graph/node-table.js';
import type { KeepRoom, Kept } from './graph/kept.js';
import type { EdgeTerms, GraphTerms, NodeTerms } from './graph/terms.js';
import type { Market } from './market.js';
import type { Aside } from './orders/aside.js';
import type { ChildIndex } from './orders/child-index.js';
import type { ChildState } from './orders/child-table.js';
import type { AwayOrder } from './orders/orphans.js';
import type { Scratch } from './scratch.js';
import type { TimerHeap, Timer } from './timers.js';

export type Role = 'opening' | 'exit' | 'hedge';
export type EdgeState = 'idle' | 'armed' | 'fired' | 'dead';

/** One order at one venue. Stays long after its end, a fill may come late: see orders/aside.ts, and its graph until that is evicted. */
export interface Child {
  clientOrderId: string;
  node: Node;
  listing: ListingId;
  venue: VenueId;
  side: Side;
  state: ChildState;
  lots: number;
  filled: number;
  /** Σ ticks·lots of its fills. */
  value: number;
  limitTicks: number;
  tif: Exclude<Tif, 'gtd'>;
  reduceOnly: boolean;
  /** 1: bought back against its own node (net hedge, flatten): counts backwards in the node. */
  counter: 0 | 1;
  cancelAsked: 0 | 1;
  /** Total asked for by an amend under way; -1 = none. */
  amendLots: number;
  amendTicks: number;
  /** Total before the amend under way, for its refusal. */
  amendFrom: number;
  venueOrderId: string;
  sentAtNs: number;
  ackedAtNs: number;
  doneAtNs: number;
  /** What is set aside for what is open, in 1e-8 of quote and base. */
  reservedQuote: number;
  reservedBase: number;
  /** Filled quantity known only from cumulative figures, to be explained by execution reports still to come. */
  syntheticLots: number;
  execIds: string[] | null;
  /** Its place in the venue's list of live children; -1 = not there. */
  livePos: number;
  unknownTimer: Timer | null;
  unknownSinceAtNs: number;
  /** 1: the venue refused an amend of it: cancel and replace from now on. */
  noAmend: 0 | 1;
  algoOrderId: string;
  algoInstance: number;
}

/** How a node is being stopped: the status and reason it ends with once nothing is live. */
export interface Stop {
  status: 'cancelled' | 'expired' | 'rejected' | 'filled';
  reason: string;
}

/** What a node has only once it was activated. */
export interface NodeRun {
  activatedAtNs: number;
  doneAtNs: number;
  updatedAtNs: number;
  /** Live and doubtful ones and the newest that ended, by number; what became of the others. */
  children: Child[];
  /** So many were ever sent: the number of the newest. */
  childCount: number;
  aside: Aside | null;
  /** Σ ticks·lots of the node's own fills. */
  value: Wide;
  /** Fees in USD 1e-9, and those charged in the base asset in 1e-8 of it. */
  fees: Wide;
  baseFee1e8: number;
  /** Lots in children that are live or unknown, and those filled back by counter children. */
  live: number;
  counterLive: number;
  counterFilled: number;
  arrivalMidQ: number;
  protectionTicks: number;
  /** Attempt of the policy: see policies/. */
  attempts: number;
  attemptAtNs: number;
  phase: number;
  phaseAtNs: number;
  refusals: number;
  lastRefusal: string;
  failures: number;
  stop: Stop | null;
  accepted: 0 | 1;
  acked: 0 | 1;
  lateFill: 0 | 1;
  overfill: number;
  /** Lots that came after their order had ended, or beyond its size: nothing the core did could keep them away. */
  unasked: number;
  dust: number;
  waitingBooks: 0 | 1;
  /** Nothing could be sent: not looked at again before. */
  notBeforeAtNs: number;
  /** 1: an amend cancels and replaces: nothing new is sent before the old order is gone. */
  replacing: 0 | 1;
  /** 1: what rests of an ended attempt is to be cancelled before the next. */
  cancelRest: 0 | 1;
  policyTimer: Timer | null;
  retryTimer: Timer | null;
  horizonTimer: Timer | null;
  gtdTimer: Timer | null;
  alertTimer: Timer | null;
  /** 1: alerted as stuck; unprotected. */
  stuckSaid: 0 | 1;
  unprotectedSaid: 0 | 1;
  /** Venues left out until a time: flat pairs venue, time. */
  cooldowns: { venue: VenueId; untilAtNs: number }[];
  planQty: number;
  seed: number;
  hedgeFailAtNs: number;
  /** When there was first something to do; -1 = not yet. */
  alertAtNs: number;
}

export interface Pace {
  /** Slices made so far; slice i (1-based) is node `first + i - 1`. */
  made: number;
  startAtNs: number;
  /** Lots handed to slices up to `baseIndex`; later plans divide what is beyond. */
  baseIndex: number;
  baseLots: number;
  totalLots: number;
  /** Carried lots that no slice could take yet; below 0: filled twice over, to come off the slices. */
  pool: number;
  dropped: number;
  ended: 0 | 1;
  current: Node | null;
  timer: Timer | null;
  /** 1: a slice fell due while nothing might be sent. */
  late: 0 | 1;
}

export interface Node {
  graph: Graph;
  index: number;
  spec: NodeTerms;
  nodeId: string;
  status: NodeStatus;
  role: Role;
  reason: string;
  /** Raised when a late fill re-opens it. */
  reopened: number;
  /** Most it may ever do (as last amended); Infinity = its edges decide. */
  ceiling: number;
  limitTicks: number;
  /** Absolute wall time in ns since the Unix epoch as digits, for gtd; null for what has no end of its own (slices too). */
  expireAtNs: string | null;
  /** Released by its edges (roots and unsized: the ceiling). */
  released: number;
  filled: number;
  inEdges: readonly number[];
  outEdges: readonly number[];
  /** Opening nodes or hedges it belongs to, and all exits that share one with it (itself included). */
  ps: readonly number[];
  peers: readonly number[];
  /** Exits and hedges of this node when it is a P. */
  exits: readonly number[];
  hedges: readonly number[];
  groups: readonly number[];
  /** Position of the firing among the graph's firings; order among resting and triggered exits. */
  order: number;
  triggered: 0 | 1;
  /** 1: its policy looks at the books now, whether or not it has more to send. */
  lookDue: 0 | 1;
  /** 1: its module ended; a protective node goes on by chasing. */
  algoDead: 0 | 1;
  /** 1: another member of its oco group was first. */
  groupCancelled: 0 | 1;
  /** Why it is stopped before it was ever activated; '' = it is not. */
  stopReason: string;
  /** Venues that refused an exit for lack of position and are asked what they have: one bit each. */
  askedPosition: number;
  /** Of a P: what it filled and its venues do not have any more (POSITION_GONE), by listing; null = nothing. */
  gone: Gone[] | null;
  /** 1: re-opened without ever having been activated. */
  mustRun: 0 | 1;
  /** 1: an edge of explicit size fired (or it flattens): so much it does whatever the position is. */
  uncapped: 0 | 1;
  /** Parent's open children cancelled until the user resumes (hedge failed). */
  stopped: 0 | 1;
  /** Status and filled lots last told to the account. */
  saidStatus: string;
  saidFilled: number;
  /** 1 while it is in the list of nodes to look at. */
  dirty: 0 | 1;
  container: Node | null;
  sliceIndex: number;
  /** Slices: planned lots, without carry; 1 once the next one is due. */
  planLots: number;
  superseded: 0 | 1;
  pace: Pace | null;
  run: NodeRun | null;
}

/** Lots of a listing that are not there any more. */
export interface Gone {
  listing: ListingId;
  lots: number;
}

export interface Edge {
  graph: Graph;
  index: number;
  spec: EdgeTerms;
  edgeId: string;
  /** Indices into the graph's nodes. */
  from: number;
  to: number;
  state: EdgeState;
  armedAtNs: number;
  firedAtNs: number;
  firedCount: number;
  firedPriceQ: number;
  /** What this edge has released, in lots of the child. */
  released: number;
  /** The parent's fill and base fee before the first firing (incremental sizing). */
  baseLots: number;
  baseFee1e8: number;
  /** Notional released so far in USD 1e-9 (scaled_notional). */
  notional: Wide | null;
  /** Of a price edge: level in quarter ticks of the watched instrument; NaN = not known yet. */
  level: number;
  /** Of a timeout. */
  readonly afterNs: number;
  /** Place in a level heap, and which; -1 = none. */
  heapPos: number;
  heapKey: number;
  /** Since when the condition holds; -1 = it does not. */
  heldSinceAtNs: number;
  timer: Timer | null;
}

export interface Group {
  spec: GroupSpec;
  auto: boolean;
  resolved: 0 | 1;
  /** Since when a triggered member waits for doubtful quantity of another; -1 = it does not. */
  blockedAtNs: number;
}

/** A graph's own trading in one instrument. */
export interface GraphPosition {
  instrument: InstrumentId;
  lots: number;
  /** −Σ side·ticks·lots: cash of the fills. */
  cash: Wide;
  baseFee1e8: number;
}

/** A graph's net per listing, for flatten and `position_left`. */
export interface ListingPosition {
  listing: ListingId;
  lots: number;
  baseFee1e8: number;
}

export interface Breach {
  limit: string;
  tsAtNs: number;
  /** Value taken as acknowledged by a resume, as digits; "" = not acknowledged. */
  acknowledged: string;
  active: 0 | 1;
  /** What was measured, as digits. */
  value: string;
}

/** Why a graph is paused, bit by bit; `disconnect` and `stale` go by themselves when their cause ends. */
export const PausedBy = { user: 1, disconnect: 2, breach: 4, kill: 8, stale: 16 } as const;

export interface Graph {
  serial: number;
  spec: GraphTerms;
  bodyHash: string;
  repeatKey: string;
  graphId: string;
  accountId: AccountId;
  status: GraphStatus;
  statusReason: string;
  createdAtNs: number;
  updatedAtNs: number;
  endedAtNs: number;
  seq: number;
  /** When its submit was answered, -1 = never, and with which sequence of its account. */
  answeredAtNs: number;
  answeredSeq: number;
  /** So many of its nodes are the document's; slices and what flattens follow. */
  documentNodes: number;
  /** What it is counted with among the ended ones that are kept. */
  keptBytes: number;
  warnings: Warning[];
  nodes: Node[];
  edges: Edge[];
  groups: Group[];
  /** Nodes not terminal; children live or unknown. */
  openNodes: number;
  liveChildren: number;
  orderCounter: number;
  pausedBy: number;
  /** No opening node sends any more (breach with cancel_all_open, failure actions). */
  openingStopped: 0 | 1;
  userCancelled: 0 | 1;
  anyFill: 0 | 1;
  /** 1: its limits have no price to be judged by; acted upon once, until there is one again. */
  priceLost: 0 | 1;
  /** 1: runtime limits are to be judged before this event is over. */
  riskDue: 0 | 1;
  /** Failure action to carry out before this event is over; '' = none. */
  failureDue: '' | 'cancel_all_open' | 'flatten';
  failureReason: '' | 'HEDGE_FAILED' | 'NODE_FAILED';
  breachEnded: 0 | 1;
  flattening: Flatten | null;
  breaches: Breach[];
  positions: GraphPosition[];
  listingPositions: ListingPosition[];
  fees: Wide;
  peak: Wide;
  venues: VenueId[];
  /** Venues whose loss paused it. */
  lostVenues: VenueId[];
  dirty: 0 | 1;
}

/** Back to the quantity before the graph, once nothing else of it is live. */
export interface Flatten {
  reason: string;
  /** 1 once its orders were made. */
  made: 0 | 1;
}

/** Total and reserved in 1e-8 of an asset at a venue. */
export interface Balance {
  accountId: AccountId;
  venue: VenueId;
  asset: number;
  total: Wide;
  reserved: Wide;
  /** Venue time of the newest own fill or balance in it. */
  asOfAtNs: number;
}

/** An account's trading in one listing since the engine knows it. */
export interface AccountPosition {
  accountId: AccountId;
  listing: ListingId;
  lots: number;
  /** Cost of `lots` in ticks·lots, always of the sign of `lots`. */
  cost: Wide;
  realized: Wide;
  fees: Wide;
  /** Live opening quantity on either side: position limits judge the worst case. */
  openBuy: number;
  openSell: number;
  asOfAtNs: number;
}

export interface Account {
  id: AccountId;
  seq: number;
  limits: AccountLimits;
  /** Dense by venue * assets + asset, made when first touched. */
  balances: (Balance | null)[];
  positions: (AccountPosition | null)[];
  /** Order rate: start of the running second and orders in it. */
  rateAtNs: number;
  rateCount: number;
  dayStartAtNs: number;
  dayBase: Wide;
  /** 0 normal, 1 reducing only, 2 halted (daily loss). */
  lossState: 0 | 1 | 2;
}

export interface VenueState {
  connected: 0 | 1;
  reconciled: 0 | 1;
  credentialsValid: 0 | 1;
  sinceAtNs: number;
  reconciledAtNs: number;
  /** Children live or unknown there. */
  live: Child[];
}

/** An order that follows a touch: moves when the touch leaves its price behind, not before `readyAtNs`. */
export interface Peg {
  node: Node;
  listingIndex: number;
  side: Side;
  ticks: number;
  readyAtNs: number;
}

export interface Waiter {
  node: Node | null;
  edge: Edge | null;
  graph: Graph | null;
}


export interface CoreState {
  version: number;
  tNs: number;
  baseNs: string;
  epoch: number;
  seed: number;
  universe: Universe;
  accounts: Account[];
  venues: VenueState[];
  markets: Market[];
  /** Open graphs and ended ones not evicted yet, by `graphKey`. */
  graphs: GraphIndex;
  /** Those that are not over, by serial. */
  open: Map<number, Graph>;
  children: ChildIndex;
  /** Whole ended graphs in order of ending, then their compact records. */
  endedQueue: Graph[];
  endedHead: number;
  ended: RecordIndex;
  /** Room for ended graphs, and what they take of it by estimate (graph/kept.ts). */
  keep: KeepRoom;
  kept: Kept;
  /** Answers of repeatable submits: graph ids by repeat key, which is of one API key and so of one account. */
  repeats: Map<string, Repeat[]>;
  parked: ParkedSubmit[];
  kills: KillState[];
  /** Executions of orders not kept any more, newest last, at most 1,000. */
  orphanExecs: string[];
  /** What was told of orders that no record of a graph holds (see orders/orphans.ts), newest last. Bounded. */
  awayOrders: Map<string, AwayOrder>;
  timers: TimerHeap;
  timerSeq: number;
  graphSerial: number;
  traceA: number;
  traceB: number;
  traceCount: number;
  tracing: boolean;
  /** Account events carry null for their data: a replay that nobody listens to. Decisions and hashes are the same. */
  muted: boolean;
  /** Number of a planted bug (test only); 0 in production. */
  planted: number;
  /** Counts of named situations (simulation only); null in production. */
  coverage: Coverage | null;
  scratch: Scratch;
}

/** A submit that waits for prices of some instruments. */
export interface ParkedSubmit {
  accountId: AccountId;
  commandId: number;
  command: Extract<Command, { kind: 'submit' }>;
  waitsFor: InstrumentId[];
  atNs: number;
}

export interface Repeat {
  graphId: string;
  atNs: number;
  /** 0 pending, 1 delivered, 2 lost. */
  state: 0 | 1 | 2;
}
