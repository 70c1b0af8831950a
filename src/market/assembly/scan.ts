/**
 * Scanner of Binance's depth and trade frames, spot and futures. Every byte of the frame's shape is checked; what it
 * doesn't know it leaves to the general parser (RESULT_UNREAD) and has then changed nothing but its scratch.
 *
 *   {"stream":"…","data":{"e":"depthUpdate","E":ms,["T":ms,]"s":"SYMBOL",["ps":"…",]"U":n,"u":n,["pu":n,]
 *     "b":[["price","lots"],…],"a":[…]}}           or the inner object alone
 */
import {
  CHANGES, CHANGES_MAX, FRAME, LOT_DECIMALS, LOT_MULTIPLE, PRICE_DECIMALS, PRICE_MULTIPLE, RESULT_APPLIED,
  RESULT_TRADE, RESULT_UNREAD, SCAN_ASKS, SCAN_BIDS, SCAN_EVENT_MS, SCAN_FIRST_ID, SCAN_LAST_ID, SCAN_PREVIOUS_ID,
  SCAN_TRADE_BUYER_MAKER, SCAN_TRADE_ID, SCAN_TRADE_LOTS, SCAN_TRADE_MS, SCAN_TRADE_TICK, SEQUENCE_FUTURES, SEQUENCE_RULE,
  SYMBOL, SYMBOL_BYTES,
} from './layout';
import { ZEROS, decimal, end, endAt, fold, integer, partBits, strangers, wholeBits } from './digits';

// Text as the little-endian word it is loaded as.
const STREAM: u64 = 0x6d6165727473227b; // {"stream
const DATA: u64 = 0x2261746164222c22; // ","data"
const DEPTH_UPD: u64 = 0x6470556874706564;
const ATE: u32 = 0x22657461; // ate"
const TRAD: u32 = 0x64617274;
const E_QUOTE: u16 = 0x2265;
const MARKET: u64 = 0x2254454b52414d22;
const TRUE: u32 = 0x65757274;
const FALS: u32 = 0x736c6166;
const PAIR: u32 = 0x22737022;
const PREVIOUS: u32 = 0x22757022;
const COLON_QUOTE: u16 = 0x223a;
const BRACKET_QUOTE: u16 = 0x225b;
const QUOTE_COMMA_QUOTE: u32 = 0x222c22; // the three bytes of ","
const COMMA_QUOTE: u16 = 0x222c;
const QUOTE_BRACKET: u16 = 0x5d22;
const SAFE: u64 = 9007199254740991;
let priceDecimals: i32 = 0;
let lotDecimals: i32 = 0;
let priceScale: u64 = 1;
let lotScale: u64 = 1;
let priceMultiple: u64 = 1;
let lotMultiple: u64 = 1;
let wrapped: bool = false;
let eventMs: u64 = 0;

function configure(book: usize): void {
  priceDecimals = load<i32>(book, PRICE_DECIMALS);
  lotDecimals = load<i32>(book, LOT_DECIMALS);
  priceScale = power(priceDecimals);
  lotScale = power(lotDecimals);
  priceMultiple = <u64>load<f64>(book, PRICE_MULTIPLE);
  lotMultiple = <u64>load<f64>(book, LOT_MULTIPLE);
  lotShapeOf(0);
}

function power(n: i32): u64 {
  let value: u64 = 1;
  while (n-- > 0) value *= 10;
  return value;
}

/** Behind `{"stream":"…","data":` when the frame is wrapped in one; 0 when it is neither. */
function unwrap(p: usize): usize {
  wrapped = false;
  if (load<u64>(p) != STREAM) return p;
  if (load<u16>(p, 8) != 0x3a22 || load<u8>(p, 10) != 34) return 0;
  p += 11;
  let c = load<u8>(p);
  while (c != 34) {
    if (c < 32 || c == 92) return 0;
    p++;
    c = load<u8>(p);
  }
  if (load<u64>(p) != DATA || load<u8>(p, 8) != 58) return 0;
  wrapped = true;
  return p + 9;
}

/** `"X":` with a one-letter key. */
@inline
function key(p: usize, letter: u32): bool {
  return load<u32>(p) == (0x3a220022 | (letter << 8));
}

/** Behind the listing's own symbol and the closing quote; 0 when it is another. */
function symbol(p: usize, book: usize): usize {
  const n = load<i32>(book, SYMBOL_BYTES);
  for (let i = 0; i < n; i++) {
    if (load<u8>(p + <usize>i) != load<u8>(book + <usize>i, SYMBOL)) return 0;
  }
  p += <usize>n;
  return load<u8>(p) == 34 ? p + 1 : 0;
}

/** Behind `"e":"<event>","E":ms,["T":ms,]"s":"SYMBOL",`; 0 when it isn't that. */
function head(p: usize, book: usize): usize {
  if (!key(p, 69)) return 0; // "E":
  eventMs = integer(p + 4);
  p = end;
  if (p == 0 || load<u8>(p) != 44) return 0;
  p++;
  if (key(p, 84)) { // "T":
    integer(p + 4);
    p = end;
    if (p == 0 || load<u8>(p) != 44) return 0;
    p++;
  }
  if (!key(p, 115) || load<u8>(p, 4) != 34) return 0; // "s":"
  p = symbol(p + 5, book);
  return p != 0 && load<u8>(p) == 44 ? p + 1 : 0;
}

/** Behind `"ps":"…",` when it is there. */
function skipPair(p: usize): usize {
  if (load<u32>(p) != PAIR || load<u16>(p, 4) != COLON_QUOTE) return p;
  p += 6;
  let c = load<u8>(p);
  while (c != 34) {
    if (c < 32 || c == 92) return 0;
    p++;
    c = load<u8>(p);
  }
  return load<u8>(p, 1) == 44 ? p + 2 : 0;
}

/** Reads the frame into the scratch. RESULT_APPLIED: depth changes. RESULT_TRADE: a trade. Nothing is applied. */
export function scanFrame(book: usize, scratch: usize, length: i32): i32 {
  configure(book);
  const stop = scratch + FRAME + <usize>length;
  let p = unwrap(scratch + FRAME);
  // {"e":" then the event's name
  if (p == 0 || load<u8>(p) != 123 || !key(p + 1, 101) || load<u8>(p, 5) != 34) return RESULT_UNREAD;
  p += 6;
  if (load<u64>(p) == DEPTH_UPD && load<u32>(p, 8) == ATE && load<u8>(p, 12) == 44) {
    return scanDepth(head(p + 13, book), book, scratch, stop);
  }
  if (load<u32>(p) == TRAD && load<u16>(p, 4) == E_QUOTE && load<u8>(p, 6) == 44) {
    return scanTrade(head(p + 7, book), scratch, stop);
  }
  return RESULT_UNREAD;
}

function scanDepth(at: usize, book: usize, scratch: usize, stop: usize): i32 {
  let p = at;
  if (p == 0) return RESULT_UNREAD;
  p = skipPair(p);
  if (p == 0 || !key(p, 85)) return RESULT_UNREAD; // "U":
  const first = integer(p + 4);
  p = end;
  if (p == 0 || load<u8>(p) != 44 || !key(p + 1, 117)) return RESULT_UNREAD; // ,"u":
  const last = integer(p + 5);
  p = end;
  if (p == 0 || load<u8>(p) != 44 || first > last) return RESULT_UNREAD;
  p++;
  let previous: u64 = 0;
  if (load<u32>(p) == PREVIOUS && load<u8>(p, 4) == 58) { // "pu":
    previous = integer(p + 5);
    p = end;
    if (p == 0 || load<u8>(p) != 44) return RESULT_UNREAD;
    p++;
  } else if (load<i32>(book, SEQUENCE_RULE) == SEQUENCE_FUTURES) {
    return RESULT_UNREAD;
  }
  if (!key(p, 98)) return RESULT_UNREAD; // "b":
  const changes = scratch + CHANGES;
  const middle = levels(p + 4, changes, changes + (CHANGES_MAX << 4));
  p = end;
  if (p == 0 || load<u8>(p) != 44 || !key(p + 1, 97)) return RESULT_UNREAD; // ,"a":
  const finish = levels(p + 5, middle, changes + (CHANGES_MAX << 4));
  p = end;
  if (p == 0 || !closed(p, stop)) return RESULT_UNREAD;
  store<i32>(scratch, <i32>((middle - changes) >> 4), SCAN_BIDS);
  store<i32>(scratch, <i32>((finish - middle) >> 4), SCAN_ASKS);
  store<f64>(scratch, <f64>first, SCAN_FIRST_ID);
  store<f64>(scratch, <f64>last, SCAN_LAST_ID);
  store<f64>(scratch, <f64>previous, SCAN_PREVIOUS_ID);
  store<f64>(scratch, <f64>eventMs, SCAN_EVENT_MS);
  return RESULT_APPLIED;
}

/** The braces that end the frame, exactly at its end. */
function closed(p: usize, stop: usize): bool {
  if (load<u8>(p) != 125) return false;
  p++;
  if (wrapped) {
    if (load<u8>(p) != 125) return false;
    p++;
  }
  return p == stop;
}

/**
 * Levels from `[` at p to changes at `out`; returns the end of the changes, sets `end` behind `]` or to 0.
 *
 * A feed writes its prices with the same number of digits for long stretches, so the last price's shape is tried first:
 * where it holds (checked to the byte) the next level's place doesn't wait for this one's digits to be counted.
 * Quantities likewise with one digit before the point. Anything else goes through decimal().
 */
function levels(at: usize, from: usize, limit: usize): usize {
  let p = at;
  let out = from;
  if (load<u8>(p) != 91) return fail();
  p++;
  if (load<u8>(p) == 93) return done(p + 1, out);
  const plain = priceMultiple == 1 && lotMultiple == 1;
  shapeOf(0, 0);
  while (true) {
    if (load<u16>(p) != BRACKET_QUOTE || out >= limit) return fail();
    let ticks: u64;
    const w = load<u64>(p, 2) ^ ZEROS;
    const f = load<u64>(p + wholeBytes, 3) ^ ZEROS;
    let q = p + wholeBytes + partBytes;
    if (
      (strangers(w) << wholeShift | strangers(f) << partShift) == 0 && known &&
      load<u8>(p + wholeBytes, 2) == 46 && (load<u32>(q, 3) & 0xffffff) == QUOTE_COMMA_QUOTE && (f & fineMask) == 0
    ) {
      ticks = fold(w << wholeShift) * priceScale + fold((f & partMask) << priceShift);
      p = q + 6;
    } else {
      ticks = decimal(p + 2, priceDecimals, priceScale, false);
      if (end == 0 || load<u16>(end) != COMMA_QUOTE) return fail();
      p = end + 2;
      shapeOf(wholeBits, partBits);
    }
    let lots: u64;
    const d = <u64>load<u8>(p) - 48;
    const g = load<u64>(p, 2) ^ ZEROS;
    q = p + lotBytes;
    if (d < 10 && load<u8>(p, 1) == 46 && (strangers(g) << lotPartShift) == 0 && load<u16>(q, 2) == QUOTE_BRACKET) {
      lots = d * lotScale + fold((g & lotMask) << lotShift);
      p = q + 3;
    } else {
      lots = decimal(p, lotDecimals, lotScale, true);
      if (end == 0 || load<u8>(end) != 93) return fail();
      p = end;
      lotShapeOf(partBits);
    }
    if (!plain) {
      if (ticks % priceMultiple != 0) return fail();
      ticks /= priceMultiple;
      lots /= lotMultiple; // finer than a lot is cut down: see lotsOf() in scale.ts
    }
    if (ticks - 1 >= SAFE || lots > SAFE) return fail();
    store<f64>(out, <f64>(<i64>ticks));
    store<f64>(out, <f64>(<i64>lots), 8);
    out += 16;
    const c = load<u8>(p, 1);
    p += 2;
    if (c == 44) continue;
    return c == 93 ? done(p, out) : fail();
  }
}

// The shape of the last price, and of the last quantity: lengths in bytes, shifts that drop what lies behind them, masks.
let known: bool = false;
let wholeBytes: usize = 0;
let partBytes: usize = 0;
let wholeShift: u64 = 0;
let partShift: u64 = 0;
let priceShift: u64 = 0;
let partMask: u64 = 0;
let fineMask: u64 = 0;
let lotBytes: usize = 0;
let lotPartShift: u64 = 0;
let lotShift: u64 = 0;
let lotMask: u64 = 0;

/** Remembers a price's shape, in bits of its digits before and behind the point; without both there is none. */
function shapeOf(whole: u64, part: u64): void {
  known = whole != 0 && part != 0 && priceDecimals != 0;
  if (!known) return;
  const kept = <u64>(priceDecimals << 3);
  wholeBytes = <usize>(whole >> 3);
  partBytes = <usize>(part >> 3);
  wholeShift = 64 - whole;
  partShift = 64 - part;
  priceShift = 64 - kept;
  partMask = low(min(part, kept));
  fineMask = low(part) & ~low(kept);
}

/** As shapeOf(), for quantities; at the start and without a point the quantity's quote can't match. */
function lotShapeOf(part: u64): void {
  const bits = lotDecimals == 0 ? 0 : part;
  lotBytes = <usize>(bits >> 3);
  lotPartShift = bits == 0 ? 0 : 64 - bits;
  lotShift = lotDecimals == 0 ? 0 : 64 - <u64>(lotDecimals << 3);
  lotMask = low(min(bits, <u64>(lotDecimals << 3)));
}

/** The lowest `bits` bits set, 0..64. */
@inline
function low(bits: u64): u64 {
  return bits == 64 ? ~(<u64>0) : ((1 as u64) << bits) - 1;
}

function scanTrade(at: usize, scratch: usize, stop: usize): i32 {
  let p = at;
  if (p == 0 || !key(p, 116)) return RESULT_UNREAD; // "t":
  const id = integer(p + 4);
  p = end;
  if (p == 0 || load<u8>(p) != 44 || !key(p + 1, 112) || load<u8>(p, 5) != 34) return RESULT_UNREAD; // ,"p":"
  let ticks = decimal(p + 6, priceDecimals, priceScale, false);
  p = end;
  if (p == 0 || load<u8>(p) != 44 || !key(p + 1, 113) || load<u8>(p, 5) != 34) return RESULT_UNREAD; // ,"q":"
  let lots = decimal(p + 6, lotDecimals, lotScale, true);
  p = end;
  if (p == 0 || load<u8>(p) != 44 || ticks % priceMultiple != 0) return RESULT_UNREAD;
  ticks /= priceMultiple;
  lots /= lotMultiple;
  if (ticks == 0 || lots == 0 || ticks > SAFE || lots > SAFE) return RESULT_UNREAD;
  p++;
  if (key(p, 84)) { // "T": (spot has it here)
    integer(p + 4);
    p = end;
    if (p == 0 || load<u8>(p) != 44) return RESULT_UNREAD;
    p++;
  }
  if (key(p, 88)) { // "X":"MARKET", of futures; other kinds (insurance fund, ADL) are no market trades
    if (load<u64>(p, 4) != MARKET || load<u8>(p, 12) != 44) return RESULT_UNREAD;
    p += 13;
  }
  if (!key(p, 109)) return RESULT_UNREAD; // "m":
  const maker = load<u32>(p, 4) == TRUE; // true
  if (!maker && !(load<u32>(p, 4) == FALS && load<u8>(p, 8) == 101)) return RESULT_UNREAD; // false
  p += maker ? 8 : 9;
  if (load<u8>(p) == 44) { // ,"M":true of spot
    if (!key(p + 1, 77)) return RESULT_UNREAD;
    if (load<u32>(p, 5) == TRUE) p += 9;
    else if (load<u32>(p, 5) == FALS && load<u8>(p, 9) == 101) p += 10;
    else return RESULT_UNREAD;
  }
  if (!closed(p, stop)) return RESULT_UNREAD;
  store<f64>(scratch, <f64>id, SCAN_TRADE_ID);
  store<f64>(scratch, <f64>(<i64>ticks), SCAN_TRADE_TICK);
  store<f64>(scratch, <f64>(<i64>lots), SCAN_TRADE_LOTS);
  store<f64>(scratch, <f64>eventMs, SCAN_TRADE_MS);
  store<i32>(scratch, maker ? 1 : 0, SCAN_TRADE_BUYER_MAKER);
  return RESULT_TRADE;
}

// `end` says where levels() stopped, as it does for the number readers: its callers test one thing.
function fail(): usize { endAt(0); return 0; }
function done(p: usize, out: usize): usize { endAt(p); return out; }
