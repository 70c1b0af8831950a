/**
 * What the core asks the world to do, and what it tells. `apply` fills a list of these; the scheduler journals
 * intent first, then carries them out in order.
 */
import type { Reply } from './commands.js';
import type { ReportKind, VenueReason } from './events.js';
import type { Side, Tif } from './graph-spec.js';
import type { AccountId, InstrumentId, ListingId, VenueId } from './universe.js';

/** A child order as it goes to a venue. Ticks and lots of the instrument, multiples of the listing's own. */
export interface VenueOrder {
  readonly clientOrderId: string;
  readonly accountId: AccountId;
  readonly venue: VenueId;
  readonly listing: ListingId;
  readonly side: Side;
  readonly lots: number;
  readonly limitTicks: number;
  readonly tif: Exclude<Tif, 'gtd'>;
  readonly reduceOnly: boolean;
}

export type AlertCode =
  | 'EXIT_STUCK'
  | 'UNPROTECTED'
  | 'EXIT_BLOCKED'
  | 'TRIGGER_BLIND'
  | 'LATE_FILL'
  | 'ORPHAN_FILL'
  | 'OVERFILL'
  | 'UNKNOWN_ORDER'
  | 'UNHEDGED_DUST'
  | 'OVER_HEDGED'
  | 'LATE_POSITION'
  | 'POSITION_GONE'
  | 'BREACH'
  | 'HEDGE_FAILED'
  | 'NODE_FAILED'
  | 'VENUE_LOST'
  | 'ORDER_NOBODY_KNOWS'
  | 'BAD_REPORT'
  | 'EXIT_EXPIRED'
  | 'EXIT_PAUSED'
  | 'ENDED_CUT_SHORT';

/**
 * Told to an account, numbered by its gap-free `seq`. `data` is the wire shape of the channel (wire.md, Streams),
 * plain JSON values with every integer beyond 2^53 as digits marked by the codec.
 */
export interface AccountEvent {
  readonly kind: 'account';
  readonly accountId: AccountId;
  readonly seq: number;
  readonly tNs: number;
  readonly channel: 'orders' | 'fills' | 'graphs' | 'children' | 'routing' | 'tca' | 'risk';
  readonly graphId: string;
  readonly nodeId: string;
  readonly data: unknown;
}

export type Effect =
  | { readonly kind: 'place'; readonly order: VenueOrder }
  | { readonly kind: 'cancel'; readonly venue: VenueId; readonly accountId: AccountId; readonly clientOrderId: string }
  | {
      readonly kind: 'amend';
      readonly venue: VenueId;
      readonly accountId: AccountId;
      readonly clientOrderId: string;
      /** New total (filled included) and new limit. */
      readonly lots: number;
      readonly limitTicks: number;
    }
  /** Ask the venue what became of an order. */
  | { readonly kind: 'query'; readonly venue: VenueId; readonly accountId: AccountId; readonly clientOrderId: string }
  /** Ask the venue for balances and positions of an account. */
  | { readonly kind: 'query_position'; readonly venue: VenueId; readonly accountId: AccountId }
  /**
   * The core needs a look at the books: feed a sample of this instrument next, with so many levels a side, or as many of
   * each listing as hold `askLots` and `bidLots` if that is less (0: that side is not needed).
   */
  | {
      readonly kind: 'want_sample';
      readonly instrument: InstrumentId;
      readonly levels: number;
      readonly askLots: number;
      readonly bidLots: number;
    }
  | { readonly kind: 'reply'; readonly commandId: number; readonly reply: Reply }
  | {
      readonly kind: 'algo_start';
      /** `graphKey`: what the module's events are to say, too. */
      readonly graphKey: string;
      readonly nodeId: string;
      readonly algo: string;
      readonly listings: readonly ListingId[];
      readonly labels: readonly string[];
      readonly configJson: string;
      readonly side: Side;
      readonly lots: number;
    }
  | { readonly kind: 'algo_stop'; readonly graphKey: string; readonly nodeId: string; readonly reason: string }
  /** A child order of a module changed: the host tells the guest. */
  | {
      readonly kind: 'algo_report';
      readonly graphKey: string;
      readonly nodeId: string;
      readonly instance: number;
      readonly algoOrderId: string;
      readonly report: ReportKind;
      readonly ticks: number;
      readonly lots: number;
      readonly reason: VenueReason;
    }
  | {
      readonly kind: 'alert';
      readonly accountId: AccountId;
      readonly code: AlertCode;
      readonly graphId: string;
      readonly nodeId: string;
      readonly text: string;
    }
  /** One line of a graph's life, for traces: what happened and why. */
  | { readonly kind: 'trace'; readonly graphKey: string; readonly nodeId: string; readonly text: string }
  /** The base of times was renewed: what keeps times of before adds `shiftNs` to them. */
  | { readonly kind: 'time_base'; readonly shiftNs: number }
  | AccountEvent;

export type EffectKind = Effect['kind'];

/** Where `apply` puts its effects; emptied by the caller. */
export interface Out {
  push(effect: Effect): void;
}
