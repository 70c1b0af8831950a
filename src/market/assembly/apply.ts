/** From a list of changes to a published book: sequence rules, the ladder under its lock, crossing, the top. */
import {
  ASK_CEILING, AWAIT_FIRST, AWAIT_SNAPSHOT, BID_FLOOR, CHANGES, LADDER_LOCK, LADDER_RECEIVED,
  LADDER_STATUS, LADDER_VENUE_TIME, LAST_UPDATE_ID, LEVEL_BYTES, RESULT_APPLIED, RESULT_CROSSED, RESULT_GAP, RESULT_OLD,
  RESULT_OVERFLOW, RESULT_WAITING, RUNNING, SEQUENCE_FUTURES, SEQUENCE_NONE, SEQUENCE_RULE, SEQUENCE_SPOT, SEQUENCE_STATE,
  STATUS_LIVE, STATUS_STALE, TOP_ALIVE,
} from './layout';
import {
  bestAsk, bestBid, clear, close, follow, mustFollow, open, place, setAsk, setBid, trueBestAsk, trueBestBid,
} from './ladder';
import { lockTop, publishStatus, publishTop, unlockTop } from './top';

function lockLadder(book: usize): void {
  const odd = load<i32>(book, LADDER_LOCK) + 1;
  atomic.store<i32>(book, odd, LADDER_LOCK);
  // Orders the plain stores that follow behind the lock's on weak hardware (store-release, load-acquire of one
  // word are never exchanged), and finds a second writer.
  if (atomic.load<i32>(book, LADDER_LOCK) != odd) unreachable();
}

function unlockLadder(book: usize): void {
  atomic.store<i32>(book, load<i32>(book, LADDER_LOCK) + 1, LADDER_LOCK);
}

/**
 * Whether an update follows what the book has. Binance's rules (developer documentation, "How to manage a local
 * order book correctly"): spot, first U <= last + 1 <= u, then U = last + 1; futures, first U <= last <= u, then
 * pu = last. An update with u at or below (futures: below, for the first) the book's is old.
 */
export function admit(book: usize, first: f64, last: f64, previous: f64): i32 {
  const rule = load<i32>(book, SEQUENCE_RULE);
  const state = load<i32>(book, SEQUENCE_STATE);
  if (rule == SEQUENCE_NONE) return state == AWAIT_SNAPSHOT ? RESULT_WAITING : RESULT_APPLIED;
  if (state == AWAIT_SNAPSHOT) return RESULT_WAITING;
  const have = load<f64>(book, LAST_UPDATE_ID);
  if (state == AWAIT_FIRST) {
    if (rule == SEQUENCE_SPOT ? last <= have : last < have) return RESULT_OLD;
    return first <= (rule == SEQUENCE_SPOT ? have + 1 : have) ? RESULT_APPLIED : RESULT_GAP;
  }
  if (last <= have) return RESULT_OLD;
  return (rule == SEQUENCE_FUTURES ? previous == have : first == have + 1) ? RESULT_APPLIED : RESULT_GAP;
}

/** Nothing may be priced off the book until a snapshot. */
export function markStale(book: usize, reason: i32): void {
  lockLadder(book);
  store<i32>(book, STATUS_STALE, LADDER_STATUS);
  store<i32>(book, AWAIT_SNAPSHOT, SEQUENCE_STATE);
  unlockLadder(book);
  publishStatus(book, STATUS_STALE, reason);
}

/** The feed is alive though this book is quiet. */
export function touch(book: usize, receivedNs: f64): void {
  lockTop(book);
  store<f64>(book, receivedNs, TOP_ALIVE);
  unlockTop(book);
}

/** Applies the scratch's changes: `bids` of them, then `asks`. */
export function applyChanges(
  book: usize, scratch: usize, bids: i32, asks: i32, first: f64, last: f64, previous: f64, venueTimeUs: f64, receivedNs: f64,
): i32 {
  const verdict = admit(book, first, last, previous);
  if (verdict != RESULT_APPLIED) {
    if (verdict == RESULT_GAP) markStale(book, RESULT_GAP);
    return verdict;
  }
  lockLadder(book);
  open(book);
  const moved = setAll(book, scratch, bids, asks);
  store<f64>(book, last, LAST_UPDATE_ID);
  store<i32>(book, RUNNING, SEQUENCE_STATE);
  return finish(book, moved, last, venueTimeUs, receivedNs);
}

/** Replaces the book by the scratch's changes, best first a side. */
export function applySnapshot(
  book: usize, scratch: usize, bids: i32, asks: i32, last: f64, venueTimeUs: f64, receivedNs: f64,
): i32 {
  lockLadder(book);
  open(book);
  clear();
  const changes = scratch + CHANGES;
  const bid = bids > 0 ? <i64>load<f64>(changes) : 0;
  const ask = asks > 0 ? <i64>load<f64>(changes + ((<usize>bids) << 4)) : 0;
  place(bid == 0 ? ask : ask == 0 ? bid : bid + ((ask - bid) >> 1));
  setAll(book, scratch, bids, asks);
  store<f64>(book, last, LAST_UPDATE_ID);
  store<i32>(book, AWAIT_FIRST, SEQUENCE_STATE);
  return finish(book, true, last, venueTimeUs, receivedNs);
}

/** Moves the window if needed, judges the result, unlocks and publishes. */
function finish(book: usize, moved: bool, last: f64, venueTimeUs: f64, receivedNs: f64): i32 {
  let result = RESULT_APPLIED;
  if (mustFollow()) {
    const bid = trueBestBid();
    const ask = trueBestAsk();
    if (!follow(bid, ask)) result = RESULT_OVERFLOW;
    if (bid != 0 && ask != 0 && bid >= ask) result = RESULT_CROSSED;
  } else if (bestBid >= bestAsk) {
    result = RESULT_CROSSED;
  }
  close();
  if (result == RESULT_APPLIED) {
    store<i32>(book, STATUS_LIVE, LADDER_STATUS);
    store<f64>(book, venueTimeUs, LADDER_VENUE_TIME);
    store<f64>(book, receivedNs, LADDER_RECEIVED);
    unlockLadder(book);
    publishTop(moved, last, venueTimeUs, receivedNs);
  } else {
    unlockLadder(book);
    markStale(book, result);
  }
  return result;
}

/** True when a published level may have changed. */
function setAll(book: usize, scratch: usize, bids: i32, asks: i32): bool {
  const floor = load<f64>(book, BID_FLOOR);
  const ceiling = load<f64>(book, ASK_CEILING);
  let moved = false;
  let at = scratch + CHANGES;
  const middle = at + ((<usize>bids) << 4);
  for (; at < middle; at += LEVEL_BYTES) {
    const tick = load<f64>(at);
    if (tick >= floor) moved = true;
    setBid(<i64>tick, load<f64>(at, 8));
  }
  const end = middle + ((<usize>asks) << 4);
  for (; at < end; at += LEVEL_BYTES) {
    const tick = load<f64>(at);
    if (tick <= ceiling) moved = true;
    setAsk(<i64>tick, load<f64>(at, 8));
  }
  return moved;
}
