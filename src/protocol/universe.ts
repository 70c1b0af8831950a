/**
 * What can be traded and where: assets, instruments, venues and their listings.
 * Built once at start from configuration, journaled as the first event, indexed by dense integers from then on.
 */

/** Index into `Universe.assets`. */
export type AssetId = number;
/** Index into `Universe.instruments`. */
export type InstrumentId = number;
/** Index into `Universe.venues`. */
export type VenueId = number;
/** Index into `Universe.listings`. */
export type ListingId = number;
/** Dense index of an account. */
export type AccountId = number;

export interface Asset {
  readonly id: AssetId;
  /** "USD", "BTC", "ETH". */
  readonly code: string;
  readonly kind: 'fiat' | 'crypto';
}

export interface Instrument {
  readonly id: InstrumentId;
  /** "BTC-USD", "BTC-USD-PERP". */
  readonly symbol: string;
  readonly kind: 'spot' | 'perp';
  readonly base: AssetId;
  readonly quote: AssetId;
  /** Size of one instrument tick on the wire's price scale (1e-9); divides every listing's tick. */
  readonly tick1e9: number;
  /** Size of one instrument lot on the wire's quantity scale (1e-8); divides every listing's lot. */
  readonly lot1e8: number;
  /** Every listing of this instrument, in venue order. */
  readonly listings: readonly ListingId[];
}

export interface Venue {
  readonly id: VenueId;
  /** "binance", "kraken"; lower case. */
  readonly name: string;
  /** Venue number of the guest ABI (algo-abi.md, section 7); simulated venues 200..254. */
  readonly abiId: number;
  readonly simulated: boolean;
  readonly nativeAmend: boolean;
  /** Where the engine may ask for reduce-only. */
  readonly reduceOnly: boolean;
  /** Where the venue prevents an account from trading with itself. */
  readonly selfTradePrevention: boolean;
}

export interface Listing {
  readonly id: ListingId;
  readonly venue: VenueId;
  readonly instrument: InstrumentId;
  readonly quote: AssetId;
  /** The listing's own tick and lot as multiples of the instrument's. */
  readonly tickMultiple: number;
  readonly lotMultiple: number;
  /** Smallest order in instrument lots, a multiple of `lotMultiple`. */
  readonly minLots: number;
  /** Smallest order value in quote currency at 1e-9. */
  readonly minNotional1e9: number;
  /** Fees in millionths of the value (1 = 0.01 bp); a rebate is negative. */
  readonly makerFeeE6: number;
  readonly takerFeeE6: number;
  /** What a spot buy pays its fee in; sells and perps pay in quote. */
  readonly feeAsset: 'quote' | 'base';
}

export interface Universe {
  readonly assets: readonly Asset[];
  readonly instruments: readonly Instrument[];
  readonly venues: readonly Venue[];
  readonly listings: readonly Listing[];
}
