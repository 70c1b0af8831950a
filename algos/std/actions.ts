// What a callback wants done: one buffer, cleared before each callback, read by the host after it.
import * as abi from "./layouts.generated";

const buffer: usize = memory.data(520, 8);

export const LIMIT: u8 = 0;
export const MARKET: u8 = 1;
export const IOC: u8 = 2;
export const FOK: u8 = 3;
export const POST_ONLY: u8 = 4;
export const BUY: i8 = 1;
export const SELL: i8 = -1;

/** At most 16 a callback: each call answers false when there is no room. Prices _1e9, quantities _1e8, unsigned. */
export namespace actions {
  export function clear(): void {
    store<u32>(buffer, 0);
  }
  export function address(): usize {
    return buffer;
  }
  function next(): usize {
    const count = load<u32>(buffer);
    if (count >= <u32>abi.MAX_ACTIONS) return 0;
    store<u32>(buffer, count + 1);
    const at = buffer + abi.WASM_ACTIONS_ACTIONS + <usize>count * abi.ACTION_SIZE;
    memory.fill(at, 0, abi.ACTION_SIZE);
    return at;
  }
  /** A new order; `id` is yours, not 0, never used before. `venue` 0 = your own. */
  export function order(id: u64, side: i8, type: u8, px: u64, qty: i64, venue: u8 = 0, symbol: u8 = 0): bool {
    const at = next();
    if (at == 0) return false;
    store<u64>(at, id, abi.ACTION_ORDER_ID);
    store<u64>(at, px, abi.ACTION_PX_1E9);
    store<i64>(at, qty, abi.ACTION_QTY_1E8);
    store<i8>(at, side, abi.ACTION_SIDE);
    store<u8>(at, type, abi.ACTION_ORDER_TYPE);
    store<u8>(at, venue, abi.ACTION_VENUE_ID);
    store<u8>(at, symbol, abi.ACTION_SYMBOL_IDX);
    return true;
  }
  export function cancel(id: u64): bool {
    const at = next();
    if (at == 0) return false;
    store<u64>(at, id, abi.ACTION_ORDER_ID);
    store<u8>(at, <u8>abi.ACTION_KIND_CANCEL, abi.ACTION_IS_CANCEL);
    return true;
  }
  /** New price and new total quantity (filled part included); 0 leaves that one. */
  export function amend(id: u64, px: u64, qty: i64): bool {
    const at = next();
    if (at == 0) return false;
    store<u64>(at, id, abi.ACTION_ORDER_ID);
    store<u64>(at, px, abi.ACTION_PX_1E9);
    store<i64>(at, qty, abi.ACTION_QTY_1E8);
    store<u8>(at, <u8>abi.ACTION_KIND_AMEND, abi.ACTION_IS_CANCEL);
    return true;
  }
}
