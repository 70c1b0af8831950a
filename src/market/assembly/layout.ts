/**
 * Bytes of a listing's book in shared memory: the one place that both TypeScript and AssemblyScript read.
 * Numbers only, so that both compilers take it. Offsets are from the start of the book's region.
 */

/** Sequence lock of the top: odd while it changes. */
export const TOP_LOCK = 0;
/** Sequence lock of the ladder (window, sparse cells and the state below): odd while it changes. */
export const LADDER_LOCK = 128;

/** Constants, written before anybody else knows the region. */
export const WINDOW_TICKS = 256;
export const SPARSE_CELLS = 260;
export const PRICE_DECIMALS = 264;
export const LOT_DECIMALS = 268;
export const PRICE_MULTIPLE = 272;
export const LOT_MULTIPLE = 280;
export const SEQUENCE_RULE = 288;
export const SYMBOL_BYTES = 292;
export const SYMBOL = 296;
export const SYMBOL_MAX = 32;

/** State of the ladder. */
export const BASE_TICK = 384;
export const BEST_BID_INDEX = 392;
export const BEST_ASK_INDEX = 396;
/** Sparse levels by place: bids below the window, bids above it, asks below, asks above. */
export const BIDS_BELOW = 400;
export const BIDS_ABOVE = 404;
export const ASKS_BELOW = 408;
export const ASKS_ABOVE = 412;
/** Between these ticks the book is exact: outside, a level was dropped because the sparse cells were full. */
export const EXACT_LOW = 416;
export const EXACT_HIGH = 424;
export const SEQUENCE_STATE = 432;
export const SPARSE_DROPPED = 436;
export const LAST_UPDATE_ID = 440;
export const RECENTRES = 448;
export const LADDER_STATUS = 452;
export const LADDER_VENUE_TIME = 456;
export const LADDER_RECEIVED = 464;
/** The writer's own: worst published tick a side; a change beyond them leaves the published levels as they are. */
export const BID_FLOOR = 472;
export const ASK_CEILING = 480;

/** The compact top: 20 levels a side, ready to copy. */
export const TOP_VERSION = 512;
export const TOP_VENUE_TIME = 520;
export const TOP_RECEIVED = 528;
export const TOP_UPDATE_ID = 536;
export const TOP_STATUS = 544;
export const TOP_REASON = 548;
export const TOP_BID_COUNT = 552;
export const TOP_ASK_COUNT = 556;
export const TOP_ALIVE = 560;
export const TOP_BIDS = 576;
export const TOP_ASKS = 896;
export const TOP_LEVELS = 20;
/** Tick f64, lots f64. */
export const LEVEL_BYTES = 16;

/** Bitmaps, quantities and sparse cells start here, in this order: see book-layout.ts. */
export const LADDER = 1280;

export const STATUS_EMPTY = 0;
export const STATUS_LIVE = 1;
export const STATUS_STALE = 2;

export const SEQUENCE_NONE = 0;
export const SEQUENCE_SPOT = 1;
export const SEQUENCE_FUTURES = 2;

export const AWAIT_SNAPSHOT = 0;
export const AWAIT_FIRST = 1;
export const RUNNING = 2;

/** What came of a frame. */
export const RESULT_APPLIED = 1;
/** Older than what the book has. */
export const RESULT_OLD = 2;
/** The book waits for a snapshot. */
export const RESULT_WAITING = 3;
/** Updates are missing: the book is stale until a snapshot. */
export const RESULT_GAP = 4;
/** Best bid at or above best ask: the book is stale until a snapshot. */
export const RESULT_CROSSED = 5;
/** Not a frame that makes sense: the book is stale until a snapshot. */
export const RESULT_CORRUPT = 6;
/** Well formed, but no depth update of this listing: nothing changed. */
export const RESULT_OTHER = 7;
/** Levels near the market had been dropped for want of sparse cells: stale until a snapshot. */
export const RESULT_OVERFLOW = 8;
/** The scanner leaves it to the general parser (never leaves BookWriter). */
export const RESULT_UNREAD = 9;
/** Set stale by the caller. */
export const REASON_CALLER = 10;
/** A trade was read (scanTrade). */
export const RESULT_TRADE = 11;

/** A writer's scratch: the frame, padded with zeros, then the changes (tick f64, lots f64: bids, then asks). */
export const FRAME = 0;
export const FRAME_MAX = 262144;
export const CHANGES = 262272;
export const CHANGES_MAX = 16384;
/** What the scanner read beside the changes. */
export const SCAN_BIDS = 524416;
export const SCAN_ASKS = 524420;
export const SCAN_FIRST_ID = 524424;
export const SCAN_LAST_ID = 524432;
export const SCAN_PREVIOUS_ID = 524440;
export const SCAN_EVENT_MS = 524448;
/** A trade: id f64, tick f64, lots f64, time ms f64, buyer is maker i32. */
export const SCAN_TRADE_ID = 524456;
export const SCAN_TRADE_TICK = 524464;
export const SCAN_TRADE_LOTS = 524472;
export const SCAN_TRADE_MS = 524480;
export const SCAN_TRADE_BUYER_MAKER = 524488;
/** Engine time of the frame, written by the caller: a double handed over as an argument would be boxed. */
export const SCAN_RECEIVED = 524496;
export const SCRATCH_BYTES = 524544;
