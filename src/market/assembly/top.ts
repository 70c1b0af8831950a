/**
 * The compact top: the best 20 levels a side copied out under their own sequence lock, so that a reader of the top
 * meets the writer only while 20 levels are copied, not while a frame is applied.
 *
 *   W1 lock := odd (atomic), load it    R1 observe lock, even
 *   W2 write the top (plain)           R2 read the top (plain), fence
 *   W3 lock := even (atomic)           R3 observe lock: unchanged, else again
 *   R3 = R1 ⇒ no W2 lies between them ⇒ what R2 read belongs together.
 */
import {
  ASKS_ABOVE, ASKS_BELOW, ASK_CEILING, BIDS_ABOVE, BIDS_BELOW, BID_FLOOR, LEVEL_BYTES, STATUS_LIVE, TOP_ALIVE, TOP_ASKS,
  TOP_ASK_COUNT, TOP_BIDS, TOP_BID_COUNT, TOP_LEVELS, TOP_LOCK, TOP_REASON, TOP_RECEIVED, TOP_STATUS, TOP_UPDATE_ID,
  TOP_VENUE_TIME, TOP_VERSION,
} from './layout';
import { askAbove, askLots, askSparse, base, bestAsk, bestBid, bidBelow, bidLots, bidSparse, book, cells, windowTicks } from './ladder';

export function lockTop(at: usize): void {
  const odd = load<i32>(at, TOP_LOCK) + 1;
  atomic.store<i32>(at, odd, TOP_LOCK);
  // Orders the plain stores that follow behind the lock's on weak hardware (store-release, load-acquire of one
  // word are never exchanged), and finds a second writer.
  if (atomic.load<i32>(at, TOP_LOCK) != odd) unreachable();
}

export function unlockTop(at: usize): void {
  atomic.store<i32>(at, load<i32>(at, TOP_LOCK) + 1, TOP_LOCK);
}

/** Publishes the open book; its levels are copied only when `moved`. */
export function publishTop(moved: bool, updateId: f64, venueTimeUs: f64, receivedNs: f64): void {
  const at = book;
  lockTop(at);
  store<f64>(at, load<f64>(at, TOP_VERSION) + 1, TOP_VERSION);
  store<f64>(at, venueTimeUs, TOP_VENUE_TIME);
  store<f64>(at, receivedNs, TOP_RECEIVED);
  store<f64>(at, receivedNs, TOP_ALIVE);
  store<f64>(at, updateId, TOP_UPDATE_ID);
  store<i32>(at, STATUS_LIVE, TOP_STATUS);
  store<i32>(at, 0, TOP_REASON);
  if (moved) {
    copyBids(at);
    copyAsks(at);
  }
  unlockTop(at);
}

/** Says why nothing may be priced off this book; the last good levels stay readable. */
export function publishStatus(at: usize, status: i32, reason: i32): void {
  lockTop(at);
  store<f64>(at, load<f64>(at, TOP_VERSION) + 1, TOP_VERSION);
  store<i32>(at, status, TOP_STATUS);
  store<i32>(at, reason, TOP_REASON);
  unlockTop(at);
}

function copyBids(at: usize): void {
  let n = 0;
  let o = at + TOP_BIDS;
  for (let i = bestBid; i >= 0 && n < TOP_LEVELS; i = bidBelow(i), n++, o += LEVEL_BYTES) {
    store<f64>(o, <f64>(base + <i64>i));
    store<f64>(o, load<f64>(bidLots + ((<usize>i) << 3)), 8);
  }
  if (load<i32>(at, BIDS_ABOVE) > 0 || (n < TOP_LEVELS && load<i32>(at, BIDS_BELOW) > 0)) {
    n = mergeSparse(bidSparse, at + TOP_BIDS, n, true);
  }
  blank(at + TOP_BIDS, n);
  store<i32>(at, n, TOP_BID_COUNT);
  store<f64>(at, n == TOP_LEVELS ? load<f64>(at, TOP_BIDS + (TOP_LEVELS - 1) * LEVEL_BYTES) : 0, BID_FLOOR);
}

function copyAsks(at: usize): void {
  let n = 0;
  let o = at + TOP_ASKS;
  for (let i = bestAsk; i < windowTicks && n < TOP_LEVELS; i = askAbove(i), n++, o += LEVEL_BYTES) {
    store<f64>(o, <f64>(base + <i64>i));
    store<f64>(o, load<f64>(askLots + ((<usize>i) << 3)), 8);
  }
  if (load<i32>(at, ASKS_BELOW) > 0 || (n < TOP_LEVELS && load<i32>(at, ASKS_ABOVE) > 0)) {
    n = mergeSparse(askSparse, at + TOP_ASKS, n, false);
  }
  blank(at + TOP_ASKS, n);
  store<i32>(at, n, TOP_ASK_COUNT);
  store<f64>(at, n == TOP_LEVELS ? load<f64>(at, TOP_ASKS + (TOP_LEVELS - 1) * LEVEL_BYTES) : Infinity, ASK_CEILING);
}

function blank(levels: usize, from: i32): void {
  memory.fill(levels + ((<usize>from) << 4), 0, (<usize>(TOP_LEVELS - from)) << 4);
}

/** Inserts sparse levels into the n sorted ones at `out`; the rare case of a thin or torn-apart book. */
function mergeSparse(table: usize, out: usize, n: i32, highest: bool): i32 {
  for (let i = 0; i < cells; i++) {
    const from = table + ((<usize>i) << 4);
    const tick = load<f64>(from);
    if (tick == 0) continue;
    let k = n;
    while (k > 0) {
      const other = load<f64>(out + ((<usize>(k - 1)) << 4));
      if (highest ? other > tick : other < tick) break;
      k--;
    }
    if (k >= TOP_LEVELS) continue;
    const at = out + ((<usize>k) << 4);
    const behind = (n < TOP_LEVELS ? n : TOP_LEVELS - 1) - k;
    memory.copy(at + LEVEL_BYTES, at, (<usize>behind) << 4);
    store<f64>(at, tick);
    store<f64>(at, load<f64>(from, 8), 8);
    if (n < TOP_LEVELS) n++;
  }
  return n;
}
