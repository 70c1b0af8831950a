/**
 * Price ladder of one listing: quantity by tick in a window that follows the market, an occupancy bitmap with a
 * summary (one bit a word), and hashed cells for levels outside the window. A quantity counts only while its
 * bit is set, so moving the window never clears quantities.
 *
 * One book is open at a time; its addresses and best levels are in globals between open() and close().
 */
import {
  ASKS_ABOVE, ASKS_BELOW, BASE_TICK, BEST_ASK_INDEX, BEST_BID_INDEX, BIDS_ABOVE, BIDS_BELOW, EXACT_HIGH, EXACT_LOW, LADDER,
  RECENTRES, SPARSE_CELLS, SPARSE_DROPPED, WINDOW_TICKS,
} from './layout';

export let book: usize = 0;
export let windowTicks: i32 = 0;
export let base: i64 = 0;
export let bestBid: i32 = -1;
export let bestAsk: i32 = 0;
export let bidBits: usize = 0;
export let askBits: usize = 0;
export let bidLots: usize = 0;
export let askLots: usize = 0;
export let bidSparse: usize = 0;
export let askSparse: usize = 0;
export let cells: i32 = 0;
let bidSummary: usize = 0;
let askSummary: usize = 0;

/** Empty window around a tick: only right after clear(). */
export function place(middle: i64): void {
  base = max<i64>(middle - <i64>(windowTicks >> 1), 0) & ~63;
}

/** Addresses as book-layout.ts computes them: summaries, bitmaps, quantities, sparse cells; bids before asks. */
export function open(at: usize): void {
  book = at;
  windowTicks = load<i32>(at, WINDOW_TICKS);
  cells = load<i32>(at, SPARSE_CELLS);
  base = <i64>load<f64>(at, BASE_TICK);
  bestBid = load<i32>(at, BEST_BID_INDEX);
  bestAsk = load<i32>(at, BEST_ASK_INDEX);
  const w = <usize>windowTicks;
  bidSummary = at + LADDER;
  askSummary = bidSummary + (w >> 9);
  bidBits = askSummary + (w >> 9);
  askBits = bidBits + (w >> 3);
  bidLots = askBits + (w >> 3);
  askLots = bidLots + (w << 3);
  bidSparse = askLots + (w << 3);
  askSparse = bidSparse + ((<usize>cells) << 4);
}

export function close(): void {
  store<f64>(book, <f64>base, BASE_TICK);
  store<i32>(book, bestBid, BEST_BID_INDEX);
  store<i32>(book, bestAsk, BEST_ASK_INDEX);
}

/** Empties the open book; the window goes where the first levels are. */
export function clear(): void {
  memory.fill(bidSummary, 0, bidLots - bidSummary);
  memory.fill(bidSparse, 0, (<usize>cells) << 5);
  memory.fill(book + BIDS_BELOW, 0, 16);
  base = 0;
  bestBid = -1;
  bestAsk = windowTicks;
  store<f64>(book, 0, EXACT_LOW);
  store<f64>(book, 9007199254740991, EXACT_HIGH);
}

/** Highest occupied index below i, or -1. At most one word, then the summary. */
export function below(bits: usize, summary: usize, i: i32): i32 {
  let w = i >> 6;
  const v = load<u64>(bits + ((<usize>w) << 3)) & (((1 as u64) << (<u64>(i & 63))) - 1);
  if (v != 0) return (w << 6) + 63 - <i32>clz(v);
  let s = w >> 6;
  let m = load<u64>(summary + ((<usize>s) << 3)) & (((1 as u64) << (<u64>(w & 63))) - 1);
  while (m == 0) {
    if (--s < 0) return -1;
    m = load<u64>(summary + ((<usize>s) << 3));
  }
  w = (s << 6) + 63 - <i32>clz(m);
  return (w << 6) + 63 - <i32>clz(load<u64>(bits + ((<usize>w) << 3)));
}

/** Lowest occupied index above i, or windowTicks. */
export function above(bits: usize, summary: usize, i: i32): i32 {
  let w = i >> 6;
  // (-2 << 63) is 0 in 64 bits: nothing is above the last bit of a word.
  const v = load<u64>(bits + ((<usize>w) << 3)) & ((<u64>-2) << (<u64>(i & 63)));
  if (v != 0) return (w << 6) + <i32>ctz(v);
  let s = w >> 6;
  const last = (windowTicks - 1) >> 12;
  let m = load<u64>(summary + ((<usize>s) << 3)) & ((<u64>-2) << (<u64>(w & 63)));
  while (m == 0) {
    if (++s > last) return windowTicks;
    m = load<u64>(summary + ((<usize>s) << 3));
  }
  w = (s << 6) + <i32>ctz(m);
  return (w << 6) + <i32>ctz(load<u64>(bits + ((<usize>w) << 3)));
}

@inline
export function bidBelow(i: i32): i32 { return below(bidBits, bidSummary, i); }
@inline
export function askAbove(i: i32): i32 { return above(askBits, askSummary, i); }

@inline
export function setBid(tick: i64, lots: f64): void {
  const offset = tick - base;
  if (<u64>offset >= <u64>windowTicks) { setSparse(bidSparse, BIDS_BELOW, tick, lots); return; }
  const i = <i32>offset;
  const word = bidBits + (((<usize>i) >> 6) << 3);
  const old = load<u64>(word);
  const bit: u64 = (1 as u64) << (<u64>(i & 63));
  if (lots != 0) {
    store<f64>(bidLots + ((<usize>i) << 3), lots);
    if ((old & bit) == 0) {
      store<u64>(word, old | bit);
      if (old == 0) mark(bidSummary, i);
      if (i > bestBid) bestBid = i;
    }
  } else if ((old & bit) != 0) {
    store<u64>(word, old ^ bit);
    if (old == bit) unmark(bidSummary, i);
    if (i == bestBid) bestBid = bidBelow(i);
  }
}

@inline
export function setAsk(tick: i64, lots: f64): void {
  const offset = tick - base;
  if (<u64>offset >= <u64>windowTicks) { setSparse(askSparse, ASKS_BELOW, tick, lots); return; }
  const i = <i32>offset;
  const word = askBits + (((<usize>i) >> 6) << 3);
  const old = load<u64>(word);
  const bit: u64 = (1 as u64) << (<u64>(i & 63));
  if (lots != 0) {
    store<f64>(askLots + ((<usize>i) << 3), lots);
    if ((old & bit) == 0) {
      store<u64>(word, old | bit);
      if (old == 0) mark(askSummary, i);
      if (i < bestAsk) bestAsk = i;
    }
  } else if ((old & bit) != 0) {
    store<u64>(word, old ^ bit);
    if (old == bit) unmark(askSummary, i);
    if (i == bestAsk) bestAsk = askAbove(i);
  }
}

function mark(summary: usize, i: i32): void {
  const word = summary + (((<usize>i) >> 12) << 3);
  store<u64>(word, load<u64>(word) | ((1 as u64) << (<u64>((i >> 6) & 63))));
}

function unmark(summary: usize, i: i32): void {
  const word = summary + (((<usize>i) >> 12) << 3);
  store<u64>(word, load<u64>(word) & ~((1 as u64) << (<u64>((i >> 6) & 63))));
}

// ---- sparse cells: open addressing, linear probing, backward-shift deletion; tick 0 = empty ----

@inline
function home(tick: i64): i32 {
  // Fibonacci hashing (Knuth, TAOCP vol. 3, 6.4)
  return <i32>((<u64>tick * 0x9e3779b97f4a7c15) >> 40) & (cells - 1);
}

@inline
function cell(table: usize, i: i32): usize { return table + ((<usize>i) << 4); }

/** Counters of a side: below the window at `counters`, above it 4 bytes on. */
function setSparse(table: usize, counters: usize, tick: i64, lots: f64): void {
  let i = home(tick);
  const key = <f64>tick;
  let at = cell(table, i);
  while (load<f64>(at) != 0) {
    if (load<f64>(at) == key) {
      if (lots != 0) store<f64>(at, lots, 8);
      else { removeCell(table, i); count(counters, tick, -1); }
      return;
    }
    i = (i + 1) & (cells - 1);
    at = cell(table, i);
  }
  if (lots == 0) return;
  const c = book + counters;
  if (load<i32>(c) + load<i32>(c, 4) >= cells - (cells >> 2)) { dropLevel(tick); return; }
  store<f64>(at, key);
  store<f64>(at, lots, 8);
  count(counters, tick, 1);
}

@inline
function count(counters: usize, tick: i64, step: i32): void {
  const at = book + counters + (tick < base ? 0 : 4);
  store<i32>(at, load<i32>(at) + step);
}

/** Remembers that the book isn't exact at and beyond a tick on its side of the window's middle. */
function dropLevel(tick: i64): void {
  store<i32>(book, load<i32>(book, SPARSE_DROPPED) + 1, SPARSE_DROPPED);
  if (tick < base + (windowTicks >> 1)) store<f64>(book, max(load<f64>(book, EXACT_LOW), <f64>(tick + 1)), EXACT_LOW);
  else store<f64>(book, min(load<f64>(book, EXACT_HIGH), <f64>(tick - 1)), EXACT_HIGH);
}

function removeCell(table: usize, at: i32): void {
  const mask = cells - 1;
  let hole = at;
  let i = at;
  while (true) {
    i = (i + 1) & mask;
    const tick = load<f64>(cell(table, i));
    if (tick == 0) break;
    const wanted = home(<i64>tick);
    if (((i - wanted) & mask) >= ((i - hole) & mask)) {
      store<f64>(cell(table, hole), tick);
      store<f64>(cell(table, hole), load<f64>(cell(table, i), 8), 8);
      hole = i;
    }
  }
  store<f64>(cell(table, hole), 0);
  store<f64>(cell(table, hole), 0, 8);
}

/** Highest (bids) or lowest (asks) sparse tick, 0 when there is none. */
function sparseBest(table: usize, highest: bool): i64 {
  let best: f64 = 0;
  for (let i = 0; i < cells; i++) {
    const tick = load<f64>(cell(table, i));
    if (tick != 0 && (best == 0 || (highest ? tick > best : tick < best))) best = tick;
  }
  return <i64>best;
}

/** The true best tick of each side, sparse cells included; 0 when the side is empty. */
export function trueBestBid(): i64 {
  if (load<i32>(book, BIDS_ABOVE) > 0) return sparseBest(bidSparse, true);
  if (bestBid >= 0) return base + <i64>bestBid;
  return load<i32>(book, BIDS_BELOW) > 0 ? sparseBest(bidSparse, true) : 0;
}

export function trueBestAsk(): i64 {
  if (load<i32>(book, ASKS_BELOW) > 0) return sparseBest(askSparse, false);
  if (bestAsk < windowTicks) return base + <i64>bestAsk;
  return load<i32>(book, ASKS_ABOVE) > 0 ? sparseBest(askSparse, false) : 0;
}

// ---- the window follows the market ----

/** True when the plain comparison of window indices isn't the whole truth, or the window should move. */
export function mustFollow(): bool {
  if ((load<i32>(book, BIDS_ABOVE) | load<i32>(book, ASKS_BELOW)) != 0) return true;
  if (bestBid < 0 || bestAsk >= windowTicks) return true;
  const middle = (bestBid + bestAsk) >> 1;
  return middle < windowTicks >> 2 || middle > windowTicks - (windowTicks >> 2);
}

/** Moves the window when the market has left its middle half; false when the book isn't exact there. */
export function follow(bid: i64, ask: i64): bool {
  if (bid == 0 && ask == 0) return true;
  const middle = bid == 0 ? ask : ask == 0 ? bid : bid + ((ask - bid) >> 1);
  const half = <i64>(windowTicks >> 1);
  const quarter = half >> 1;
  const distance = middle - (base + half);
  if (distance < -quarter || distance > quarter) {
    const target = max<i64>(middle - half, 0) & ~63;
    if (target != base) moveTo(target);
  }
  const low = load<f64>(book, EXACT_LOW);
  const clear = low == 0 || <f64>(middle - quarter) >= low;
  return clear && <f64>(middle + quarter) <= load<f64>(book, EXACT_HIGH) && inExact(bid, ask);
}

@inline
function inExact(bid: i64, ask: i64): bool {
  const low = load<f64>(book, EXACT_LOW);
  const high = load<f64>(book, EXACT_HIGH);
  return (bid == 0 || (<f64>bid >= low && <f64>bid <= high)) && (ask == 0 || (<f64>ask >= low && <f64>ask <= high));
}

/** @param target new base, a multiple of 64 */
export function moveTo(target: i64): void {
  store<i32>(book, load<i32>(book, RECENTRES) + 1, RECENTRES);
  const old = base;
  moveSide(bidBits, bidSummary, bidLots, bidSparse, BIDS_BELOW, old, target);
  moveSide(askBits, askSummary, askLots, askSparse, ASKS_BELOW, old, target);
  base = target;
  collect(bidBits, bidSummary, bidLots, bidSparse, BIDS_BELOW);
  collect(askBits, askSummary, askLots, askSparse, ASKS_BELOW);
  bestBid = lastSet(bidBits, bidSummary);
  bestAsk = firstSet(askBits, askSummary);
}

function lastSet(bits: usize, summary: usize): i32 {
  const top = windowTicks - 1;
  const word = load<u64>(bits + ((<usize>(top >> 6)) << 3));
  return (word >> 63) != 0 ? top : below(bits, summary, top);
}

function firstSet(bits: usize, summary: usize): i32 {
  return (load<u64>(bits) & 1) != 0 ? 0 : above(bits, summary, 0);
}

/** Shifts one side's window; levels that leave it become sparse. */
function moveSide(bits: usize, summary: usize, lots: usize, table: usize, counters: usize, old: i64, target: i64): void {
  const shift = target - old;
  const up = shift > 0;
  let i = up ? firstSet(bits, summary) : lastSet(bits, summary);
  while (i >= 0 && i < windowTicks) {
    const to = <i64>i - shift;
    const amount = load<f64>(lots + ((<usize>i) << 3));
    if (<u64>to < <u64>windowTicks) store<f64>(lots + ((<usize>to) << 3), amount);
    else setSparse(table, counters, old + <i64>i, amount);
    i = up ? above(bits, summary, i) : below(bits, summary, i);
  }
  shiftBits(bits, up ? shift : -shift, up);
  rebuildSummary(bits, summary);
}

/** Moves a bitmap by whole words: towards index 0 when `down`. */
function shiftBits(bits: usize, ticks: i64, down: bool): void {
  const bytes = (<usize>windowTicks) >> 3;
  const by = <u64>ticks >= <u64>windowTicks ? bytes : (<usize>ticks) >> 3;
  if (down) {
    memory.copy(bits, bits + by, bytes - by);
    memory.fill(bits + bytes - by, 0, by);
  } else {
    memory.copy(bits + by, bits, bytes - by);
    memory.fill(bits, 0, by);
  }
}

function rebuildSummary(bits: usize, summary: usize): void {
  const words = windowTicks >> 6;
  for (let s = 0; s < words; s += 64) {
    let m: u64 = 0;
    for (let w = 0; w < 64; w++) {
      if (load<u64>(bits + ((<usize>(s + w)) << 3)) != 0) m |= (1 as u64) << (<u64>w);
    }
    store<u64>(summary + ((<usize>(s >> 6)) << 3), m);
  }
}

/** Takes sparse levels that the window now covers, and counts those left by place. */
function collect(bits: usize, summary: usize, lots: usize, table: usize, counters: usize): void {
  let under = 0;
  let over = 0;
  let i = 0;
  while (i < cells) {
    const tick = load<f64>(cell(table, i));
    if (tick == 0) { i++; continue; }
    const offset = <i64>tick - base;
    if (<u64>offset >= <u64>windowTicks) { i++; continue; }
    const at = <i32>offset;
    const word = bits + (((<usize>at) >> 6) << 3);
    store<f64>(lots + ((<usize>at) << 3), load<f64>(cell(table, i), 8));
    store<u64>(word, load<u64>(word) | ((1 as u64) << (<u64>(at & 63))));
    mark(summary, at);
    removeCell(table, i); // another cell may have moved here: look at i again
  }
  for (i = 0; i < cells; i++) {
    const tick = load<f64>(cell(table, i));
    if (tick == 0) continue;
    if (<i64>tick < base) under++;
    else over++;
  }
  store<i32>(book + counters, under);
  store<i32>(book + counters, over, 4);
}
