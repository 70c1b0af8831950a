// Typed views over what the host wrote: a view is an address, so taking one allocates nothing.
// Units: px_1e9 = price * 10^9, sz/qty_1e8 = quantity * 10^8. A view is valid during one callback only.
import * as abi from "./layouts.generated";

@unmanaged
export class Level {
  px: u64;
  sz: u64;
}

@unmanaged
export class Book {
  /** i-th best bid, 0 the best; valid for i < bidCount. */
  @inline bid(i: i32): Level {
    return changetype<Level>(changetype<usize>(this) + <usize>(i * abi.LEVEL_SIZE));
  }
  @inline ask(i: i32): Level {
    return changetype<Level>(changetype<usize>(this) + <usize>(abi.L2_BOOK_ASKS + i * abi.LEVEL_SIZE));
  }
  @inline get bidCount(): i32 {
    return load<u8>(changetype<usize>(this), abi.L2_BOOK_BID_CT);
  }
  @inline get askCount(): i32 {
    return load<u8>(changetype<usize>(this), abi.L2_BOOK_ASK_CT);
  }
  @inline get symbolId(): i32 {
    return load<u16>(changetype<usize>(this), abi.L2_BOOK_SYMBOL_ID);
  }
  @inline get recvNs(): u64 {
    return load<u64>(changetype<usize>(this), abi.L2_BOOK_RECV_NS);
  }
  /** Both sides are there and don't cross. */
  @inline get usable(): bool {
    return this.bidCount > 0 && this.askCount > 0 && this.bid(0).px <= this.ask(0).px;
  }
  @inline get mid(): u64 {
    return (this.bid(0).px + this.ask(0).px) / 2;
  }
  @inline get spread(): u64 {
    return this.ask(0).px - this.bid(0).px;
  }
  /** Spread over mid in 1/100 of a basis point. */
  @inline get spreadBps100(): u64 {
    return this.spread * 1000000 / this.mid;
  }
}

@unmanaged
export class OpenOrder {
  id: u64;
  px: u64;
  /** Signed: + buy. */
  qty: i64;
  filled: i64;
  side: i8;
  status: u8;
  /** Acknowledged or partly filled: it can be amended and cancelled. */
  @inline get live(): bool {
    return this.status == <u8>abi.ORDER_STATUS_ACKED || this.status == <u8>abi.ORDER_STATUS_PARTIAL;
  }
  /** Not finished: pending counts. */
  @inline get open(): bool {
    return this.status != <u8>abi.ORDER_STATUS_DEAD;
  }
  /** What may still fill, unsigned. */
  @inline get rest(): i64 {
    const left = this.qty - this.filled;
    return left < 0 ? -left : left;
  }
}

@unmanaged
export class State {
  position: i64;
  avgEntry: u64;
  realizedPnl: i64;
  unrealizedPnl: i64;

  @inline order(i: i32): OpenOrder {
    return changetype<OpenOrder>(changetype<usize>(this) + <usize>(abi.ALGO_STATE_ORDERS + i * abi.OPEN_ORDER_SIZE));
  }
  @inline get orderCount(): i32 {
    return load<u8>(changetype<usize>(this), abi.ALGO_STATE_ORDER_CT);
  }
  @inline get sessionPnl(): i64 {
    return load<i64>(changetype<usize>(this), abi.ALGO_STATE_SESSION_PNL_1E9);
  }
  @inline get fillCount(): u64 {
    return load<u64>(changetype<usize>(this), abi.ALGO_STATE_TOTAL_FILL_COUNT);
  }
  /** 0 = unknown, like every field of the symbol. */
  @inline get tick(): u64 {
    return load<u64>(changetype<usize>(this), abi.ALGO_STATE_SYMBOL + abi.SYMBOL_META_TICK_SIZE_1E9);
  }
  @inline get lot(): u64 {
    return load<u64>(changetype<usize>(this), abi.ALGO_STATE_SYMBOL + abi.SYMBOL_META_LOT_SIZE_1E8);
  }
  @inline get minQty(): u64 {
    return load<u64>(changetype<usize>(this), abi.ALGO_STATE_SYMBOL + abi.SYMBOL_META_MIN_QTY_1E8);
  }
  /** 0 = no limit. */
  @inline get maxPosition(): i64 {
    return load<i64>(changetype<usize>(this), abi.ALGO_STATE_RISK + abi.RISK_SNAPSHOT_MAX_POSITION_1E8);
  }
  @inline get reduceOnly(): bool {
    return load<u8>(changetype<usize>(this), abi.ALGO_STATE_RISK + abi.RISK_SNAPSHOT_REDUCE_ONLY) != 0;
  }
  /** The order's slot, or -1: not listed (finished, or never accepted). */
  slotOf(id: u64): i32 {
    for (let i = 0, n = this.orderCount; i < n; i++) if (this.order(i).id == id) return i;
    return -1;
  }
  /** Listed and not finished. */
  @inline isOpen(id: u64): bool {
    const slot = this.slotOf(id);
    return slot >= 0 && this.order(slot).open;
  }
}

@unmanaged
export class Fill {
  orderId: u64;
  px: u64;
  /** Signed: + buy. */
  qty: i64;
  recvNs: u64;
  side: i8;
}

@unmanaged
export class Reject {
  orderId: u64;
  code: u8;
}

/** The features at their fixed address; every value is 0 until it is known. */
export namespace features {
  @inline export function microprice(): u64 { return load<u64>(abi.ONLINE_FEATURES_AT, abi.ONLINE_FEATURES_MICROPRICE_1E9); }
  @inline export function ofi1(): i64 { return load<i64>(abi.ONLINE_FEATURES_AT, abi.ONLINE_FEATURES_OFI_1LEVEL_1E8); }
  @inline export function ofiEwma(): i64 { return load<i64>(abi.ONLINE_FEATURES_AT, abi.ONLINE_FEATURES_OFI_EWMA_1E6); }
  @inline export function tradeSignImbalance(): i64 { return load<i64>(abi.ONLINE_FEATURES_AT, abi.ONLINE_FEATURES_TRADE_SIGN_IMBALANCE_1E6); }
  @inline export function depthImbalance(): i32 { return load<i16>(abi.ONLINE_FEATURES_AT, abi.ONLINE_FEATURES_DEPTH_IMBALANCE_1E4); }
  /** 0 tight, 1 normal, 2 wide, 3 crisis. */
  @inline export function spreadRegime(): i32 { return load<u8>(abi.ONLINE_FEATURES_AT, abi.ONLINE_FEATURES_SPREAD_REGIME); }
  @inline export function volatility1mBps(): u32 { return load<u32>(abi.ONLINE_FEATURES_AT, abi.ONLINE_FEATURES_RV_1M_BPS); }
  @inline export function vpin(): i32 { return load<u16>(abi.ONLINE_FEATURES_AT, abi.ONLINE_FEATURES_VPIN_1E4); }
}
