/**
 * The floor that the feed path is measured against: the least that turns a Binance spot depth frame into a ladder and
 * 20 copied levels. No checks of the frame, no sequence rules, no window that moves, no sequence lock: not for use.
 */
const TICKS: i32 = 1 << 21;
const FRAME: usize = 0x10000;
const TOP: usize = 0x8000;
const BID_LOTS: usize = 0x200000;
const ASK_LOTS: usize = BID_LOTS + (TICKS as usize) * 8;
const BID_BITS: usize = ASK_LOTS + (TICKS as usize) * 8;
const ASK_BITS: usize = BID_BITS + (TICKS as usize) / 8;
let base: i32 = 0;
let bestBid: i32 = -1;
let bestAsk: i32 = TICKS;

export function init(baseTick: i32): void {
  base = baseTick;
  bestBid = -1;
  bestAsk = TICKS;
  memory.fill(BID_LOTS, 0, (TICKS as usize) * 16 + (TICKS as usize) / 4);
}

export function frame(): usize { return FRAME; }
export function bestBidTick(): i32 { return bestBid + base; }
export function bestAskTick(): i32 { return bestAsk + base; }

function below(i: i32): i32 {
  let w = i >> 6;
  let v = load<u64>(BID_BITS + ((<usize>w) << 3)) & (((1 as u64) << (<u64>(i & 63))) - 1);
  while (v == 0) {
    if (--w < 0) return -1;
    v = load<u64>(BID_BITS + ((<usize>w) << 3));
  }
  return (w << 6) + 63 - <i32>clz(v);
}

function above(i: i32): i32 {
  let w = i >> 6;
  let v = load<u64>(ASK_BITS + ((<usize>w) << 3)) & ((<u64>-2) << (<u64>(i & 63)));
  while (v == 0) {
    if (++w >= TICKS >> 6) return TICKS;
    v = load<u64>(ASK_BITS + ((<usize>w) << 3));
  }
  return (w << 6) + <i32>ctz(v);
}

@inline
function set(side: i32, tick: i32, lots: i64): void {
  const i = tick - base;
  if (<u32>i >= <u32>TICKS) return;
  store<i64>((side == 0 ? BID_LOTS : ASK_LOTS) + ((<usize>i) << 3), lots);
  const word = (side == 0 ? BID_BITS : ASK_BITS) + (((<usize>i) >> 6) << 3);
  const bit: u64 = (1 as u64) << (<u64>(i & 63));
  if (lots != 0) {
    store<u64>(word, load<u64>(word) | bit);
    if (side == 0) { if (i > bestBid) bestBid = i; } else if (i < bestAsk) bestAsk = i;
  } else {
    store<u64>(word, load<u64>(word) & ~bit);
    if (side == 0) { if (i == bestBid) bestBid = below(i); } else if (i == bestAsk) bestAsk = above(i);
  }
}

export function setLevel(side: i32, tick: i32, lots: f64): void { set(side, tick, <i64>lots); }

export function publish(): void {
  let at = TOP;
  let i = bestBid;
  for (let k = 0; k < 20; k++, at += 16) {
    const some = i >= 0;
    store<f64>(at, some ? <f64>(i + base) : 0);
    store<f64>(at, some ? <f64>load<i64>(BID_LOTS + ((<usize>i) << 3)) : 0, 8);
    if (some) i = below(i);
  }
  i = bestAsk;
  for (let k = 0; k < 20; k++, at += 16) {
    const some = i < TICKS;
    store<f64>(at, some ? <f64>(i + base) : 0);
    store<f64>(at, some ? <f64>load<i64>(ASK_LOTS + ((<usize>i) << 3)) : 0, 8);
    if (some) i = above(i);
  }
}

/** Two decimals of the price are the tick, eight of the quantity the lots; eight digits are read at once. */
export function apply(): void {
  let p = FRAME;
  let c: u32;
  for (let side = 0; side < 2; side++) {
    const key: u16 = side == 0 ? 0x6222 : 0x6122;
    while (!(load<u16>(p) == key && load<u8>(p, 2) == 34)) p++;
    p += 5;
    while (load<u8>(p) == 91) {
      p += 2;
      let tick: i32 = 0;
      while ((c = load<u8>(p++)) != 46) tick = tick * 10 + <i32>(c - 48);
      tick = tick * 100 + <i32>(load<u8>(p) - 48) * 10 + <i32>(load<u8>(p, 1) - 48);
      p += 11;
      let lots: i64 = 0;
      while ((c = load<u8>(p++)) != 46) lots = lots * 10 + <i64>(c - 48);
      let v = load<u64>(p) - 0x3030303030303030;
      v = v * 10 + (v >> 8);
      v = ((v & 0x000000ff000000ff) * 0x000f424000000064 + ((v >> 16) & 0x000000ff000000ff) * 0x0000271000000001) >> 32;
      lots = lots * 100000000 + <i64>v;
      p += 10;
      if (load<u8>(p) == 44) p++;
      set(side, tick, lots);
    }
  }
  publish();
}
