import * as abi from '../abi/layouts.generated.js';
import type { AbiProfile } from '../abi/profiles.js';
import type { GuestMemory } from './guest-memory.js';
import type { SymbolState } from './symbol-state.js';

/** The account's limits as the guest sees them (ABI RiskSnapshot); quantities in lots of the symbol. */
export interface RiskView {
  /** 0 = no limit. */
  readonly maxPositionLots: number;
  /** 0 = off. */
  readonly maxDailyLoss1e9: number;
  readonly maxOrderNotional1e9: number;
  /** Orders a second. */
  readonly maxOrderRate: number;
  readonly reduceOnly: boolean;
}

/** What of AlgoState changes rarely: written when the callback's symbol or the risk changes. */
export function writeStateHead(
  memory: GuestMemory,
  at: number,
  profile: AbiProfile,
  state: SymbolState,
  risk: RiskView,
  symbolId: number,
): void {
  const { spec } = state;
  if (profile.stateBytes >= abi.ALGO_STATE_V03_SIZE) {
    const symbol = at + abi.ALGO_STATE_SYMBOL;
    memory.set64(symbol + abi.SYMBOL_META_TICK_SIZE_1E9, spec.tick1e9);
    memory.set64(symbol + abi.SYMBOL_META_LOT_SIZE_1E8, spec.lot1e8);
    memory.setScaled(symbol + abi.SYMBOL_META_MIN_QTY_1E8, spec.minQtyLots, spec.lot1e8);
    memory.set64(symbol + abi.SYMBOL_META_MIN_NOTIONAL_1E9, spec.minNotional1e9);
    memory.set8(symbol + abi.SYMBOL_META_PRICE_PRECISION, spec.pricePrecision);
    memory.set8(symbol + abi.SYMBOL_META_QTY_PRECISION, spec.qtyPrecision);
    const limits = at + abi.ALGO_STATE_RISK;
    memory.setScaled(limits + abi.RISK_SNAPSHOT_MAX_POSITION_1E8, risk.maxPositionLots, spec.lot1e8);
    memory.set64(limits + abi.RISK_SNAPSHOT_MAX_DAILY_LOSS_1E9, risk.maxDailyLoss1e9);
    memory.set64(limits + abi.RISK_SNAPSHOT_MAX_ORDER_NOTIONAL_1E9, risk.maxOrderNotional1e9);
    memory.set32(limits + abi.RISK_SNAPSHOT_MAX_ORDER_RATE, risk.maxOrderRate);
    memory.set8(limits + abi.RISK_SNAPSHOT_REDUCE_ONLY, risk.reduceOnly ? 1 : 0);
  }
  if (profile.stateBytes < abi.ALGO_STATE_SIZE) return;
  memory.set16(at + abi.ALGO_STATE_SYMBOL_ID, symbolId);
  writeText(memory, at + abi.ALGO_STATE_SYMBOL_NAME, abi.ALGO_STATE_SYMBOL_NAME_COUNT, spec.name);
}

/** Position, profit and orders: before each callback after a change. */
export function writeStateBody(memory: GuestMemory, at: number, state: SymbolState, day: number): void {
  const { spec } = state;
  memory.setScaled(at + abi.ALGO_STATE_POSITION_1E8, state.positionLots, spec.lot1e8);
  memory.set64(at + abi.ALGO_STATE_AVG_ENTRY_1E9, state.avgEntry1e9);
  memory.set64(at + abi.ALGO_STATE_REALIZED_PNL_1E9, state.realized1e9);
  memory.set64(at + abi.ALGO_STATE_SESSION_PNL_1E9, state.session1e9(day));
  memory.set64(at + abi.ALGO_STATE_TOTAL_FILL_COUNT, state.fillCount);
  writeUnrealized(memory, at, state);
  memory.set8(at + abi.ALGO_STATE_ORDER_CT, state.orderCount);
  let to = at + abi.ALGO_STATE_ORDERS;
  for (let i = 0; i < state.orderCount; i++, to += abi.OPEN_ORDER_SIZE) {
    const order = state.orders[i];
    if (order === undefined) break;
    memory.set32(to + abi.OPEN_ORDER_ORDER_ID, order.idLow);
    memory.set32(to + abi.OPEN_ORDER_ORDER_ID + 4, order.idHigh);
    memory.setScaled(to + abi.OPEN_ORDER_PX_1E9, order.priceTicks, spec.tick1e9);
    memory.setScaled(to + abi.OPEN_ORDER_QTY_1E8, order.side * order.qtyLots, spec.lot1e8);
    memory.setScaled(to + abi.OPEN_ORDER_FILLED_1E8, order.side * order.filledLots, spec.lot1e8);
    memory.set8(to + abi.OPEN_ORDER_SIDE, order.side);
    memory.set8(to + abi.OPEN_ORDER_STATUS, order.status);
  }
  memory.zero(to, at + abi.ALGO_STATE_ORDER_CT - to);
}

/** The one field that moves with each book. */
export function writeUnrealized(memory: GuestMemory, at: number, state: SymbolState): void {
  memory.set64(at + abi.ALGO_STATE_UNREALIZED_PNL_1E9, state.unrealized1e9);
}

/** UTF-8, NUL padded, cut to `bytes`. */
export function writeText(memory: GuestMemory, at: number, bytes: number, text: string): void {
  memory.zero(at, bytes);
  const encoded = new TextEncoder().encode(text);
  memory.u8.set(encoded.subarray(0, bytes), at);
}
