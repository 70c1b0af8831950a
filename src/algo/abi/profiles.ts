/**
 * Which version of the guest ABI a module speaks (ABI §1 and §6) and what that changes for the host.
 */
import * as abi from './layouts.generated.js';

/** Offsets of NbboSnapshot and VenueBooks, which differ by version. */
export interface MultiVenueLayout {
  readonly venues: number;
  readonly nbboBytes: number;
  readonly nbboVenueIds: number;
  readonly nbboBidPx: number;
  readonly nbboAskPx: number;
  readonly nbboBidSz: number;
  readonly nbboAskSz: number;
  readonly nbboUpdateMs: number;
  readonly nbboRecvNs: number;
  /** -1: this version has none. */
  readonly nbboRegions: number;
  readonly nbboSymbolId: number;
  readonly booksBytes: number;
  readonly booksVenueIds: number;
  readonly booksRegions: number;
  readonly booksSymbolId: number;
  readonly books: number;
}

export interface AbiProfile {
  readonly name: '0.4' | '0.3-features' | '0.3-multi-venue' | '0.3.0' | '0.1';
  /** Bytes of AlgoState that the host writes. */
  readonly stateBytes: number;
  readonly bookExport: 'algo_on_book_v3' | 'algo_on_book' | undefined;
  /** Online features are written and heartbeats sent. */
  readonly features: boolean;
  readonly heartbeat: boolean;
  /** Config region, mesh table and mesh messages. */
  readonly regions: boolean;
  /** Bytes 28..31 of an action have a meaning (pool, symbol, ttl). */
  readonly wideAction: boolean;
  /** Byte 27 of an action is a venue. */
  readonly actionVenue: boolean;
  readonly maxKind: number;
  readonly layout: MultiVenueLayout | undefined;
}

const layout04: MultiVenueLayout = {
  venues: 20, nbboBytes: abi.NBBO_SNAPSHOT_SIZE, nbboVenueIds: abi.NBBO_SNAPSHOT_VENUE_IDS,
  nbboBidPx: abi.NBBO_SNAPSHOT_VENUE_BID_PX, nbboAskPx: abi.NBBO_SNAPSHOT_VENUE_ASK_PX,
  nbboBidSz: abi.NBBO_SNAPSHOT_VENUE_BID_SZ, nbboAskSz: abi.NBBO_SNAPSHOT_VENUE_ASK_SZ,
  nbboUpdateMs: abi.NBBO_SNAPSHOT_VENUE_UPDATE_MS, nbboRecvNs: abi.NBBO_SNAPSHOT_RECV_NS,
  nbboRegions: abi.NBBO_SNAPSHOT_VENUE_REGION_IDS, nbboSymbolId: abi.NBBO_SNAPSHOT_SYMBOL_ID,
  booksBytes: abi.VENUE_BOOKS_SIZE, booksVenueIds: abi.VENUE_BOOKS_VENUE_IDS,
  booksRegions: abi.VENUE_BOOKS_VENUE_REGION_IDS, booksSymbolId: abi.VENUE_BOOKS_SYMBOL_ID,
  books: abi.VENUE_BOOKS_BOOKS,
};

const layout032: MultiVenueLayout = {
  ...layout04, nbboBytes: abi.NBBO_SNAPSHOT_V03_SIZE, nbboRegions: -1, nbboSymbolId: -1,
  booksBytes: abi.VENUE_BOOKS_V03_SIZE, booksVenueIds: abi.VENUE_BOOKS_V03_VENUE_IDS, booksRegions: -1,
  booksSymbolId: -1, books: abi.VENUE_BOOKS_V03_BOOKS,
};

/** 0.3.0 had 16 venues; its offsets are in section 6 of the ABI text, not in the JSON. */
const layout030: MultiVenueLayout = {
  venues: 16, nbboBytes: 480, nbboVenueIds: 40, nbboBidPx: 56, nbboAskPx: 184, nbboBidSz: 312, nbboAskSz: 376,
  nbboUpdateMs: 440, nbboRecvNs: 472, nbboRegions: -1, nbboSymbolId: -1, booksBytes: 11_176, booksVenueIds: 664,
  booksRegions: -1, booksSymbolId: -1, books: 680,
};

const profile04: AbiProfile = {
  name: '0.4', stateBytes: abi.ALGO_STATE_SIZE, bookExport: 'algo_on_book_v3', features: true, heartbeat: true,
  regions: true, wideAction: true, actionVenue: true, maxKind: 3, layout: layout04,
};
const profile03: AbiProfile = {
  ...profile04, name: '0.3-features', stateBytes: abi.ALGO_STATE_V03_SIZE, regions: false, wideAction: false,
  maxKind: 2, layout: undefined,
};

export const profiles = {
  '0.4': profile04,
  '0.3-features': profile03,
  '0.3-multi-venue': {
    ...profile03, name: '0.3-multi-venue', bookExport: undefined, features: false, heartbeat: false, layout: layout032,
  },
  '0.3.0': {
    ...profile03, name: '0.3.0', bookExport: undefined, features: false, heartbeat: false, maxKind: 1,
    layout: layout030,
  },
  '0.1': {
    ...profile03, name: '0.1', stateBytes: abi.ALGO_STATE_V01_SIZE, bookExport: 'algo_on_book', features: false,
    heartbeat: false, actionVenue: false, maxKind: 1,
  },
} as const satisfies Record<AbiProfile['name'], AbiProfile>;

/**
 * The profile by the module's exports (ABI §1); `declared` is the deployment's `abi`, which only tells the two
 * 0.3 multi-venue layouts apart. Undefined: nothing that could be called.
 */
export function profileOf(exports: ReadonlySet<string>, declared?: string): AbiProfile | undefined {
  const has = (name: string): boolean => exports.has(name);
  if (has('algo_on_message') && (has('algo_on_book_v3') || has('algo_on_nbbo'))) {
    return { ...profile04, bookExport: has('algo_on_book_v3') ? 'algo_on_book_v3' : undefined };
  }
  // Our rule: 0.3 exports both only in modules of its v3 macro with nbbo; the multi-venue layout is then 0.3.2's.
  if (has('algo_on_book_v3')) return has('algo_on_nbbo') ? { ...profile03, layout: layout032 } : profile03;
  if (has('algo_on_nbbo')) return declared === '0.3.0' ? profiles['0.3.0'] : profiles['0.3-multi-venue'];
  // A plain 0.3 module has 0.1's entry; the longer state of 0.3 is a superset, so it gets that.
  if (has('algo_on_book')) return { ...profiles['0.1'], stateBytes: abi.ALGO_STATE_V03_SIZE, actionVenue: true, maxKind: 2 };
  return undefined;
}
