import * as abi from '../abi/layouts.generated.js';
import type { GuestAction } from './actions.js';
import type { RiskView } from './state-writer.js';
import type { SymbolState } from './symbol-state.js';

const NS_PER_SECOND = 1_000_000_000;

/**
 * Holds an instance to the limits that its own RiskSnapshot shows, before an order leaves the host; the engine's checks
 * come after and see the whole account. Checks in this order: reduce-only, rate, notional, position; the first that
 * fails is the answer. Allocates: never after construction.
 */
export class Guard {
  #second = -1;
  #inSecond = 0;

  /** An amend moves an order at the venue as a new one does: it counts for the rate. @returns as `check` */
  checkAmend(risk: RiskView, tNs: number): number {
    return risk.maxOrderRate > 0 && !this.#takeRate(risk.maxOrderRate, tNs) ? abi.REJECT_CODE_RATE_LIMIT : -1;
  }

  /** @returns a reject code, or -1 when the order may go. Orders that pass count for the rate. */
  check(risk: RiskView, state: SymbolState, action: GuestAction, tNs: number): number {
    const after = state.positionLots + action.side * action.qtyLots;
    const opens = Math.abs(after) > Math.abs(state.positionLots);
    if (risk.reduceOnly && opens) return abi.REJECT_CODE_RISK;
    if (risk.maxOrderRate > 0 && !this.#takeRate(risk.maxOrderRate, tNs)) return abi.REJECT_CODE_RATE_LIMIT;
    if (risk.maxOrderNotional1e9 > 0 && notional1e9(state, action) > risk.maxOrderNotional1e9) return abi.REJECT_CODE_RISK;
    if (risk.maxPositionLots > 0 && opens) {
      const worst = state.positionLots + action.side * (openLots(state, action.side) + action.qtyLots);
      if (Math.abs(worst) > risk.maxPositionLots) return abi.REJECT_CODE_POSITION_LIMIT;
    }
    return -1;
  }

  #takeRate(most: number, tNs: number): boolean {
    const second = Math.floor(tNs / NS_PER_SECOND);
    if (second !== this.#second) {
      this.#second = second;
      this.#inSecond = 0;
    }
    return ++this.#inSecond <= most;
  }
}

/** The session's loss over all symbols passed the limit: the instance is paused. */
export function lossExceeded(risk: RiskView, symbols: readonly SymbolState[], day: number): boolean {
  if (risk.maxDailyLoss1e9 <= 0) return false;
  let profit = 0;
  for (let i = 0; i < symbols.length; i++) {
    const state = symbols[i];
    if (state !== undefined) profit += state.session1e9(day) + state.unrealized1e9;
  }
  return -profit > risk.maxDailyLoss1e9;
}

/** A position beyond the limit: fills of orders sent before it was lowered, or of several at once. */
export function positionExceeded(risk: RiskView, symbols: readonly SymbolState[]): boolean {
  return risk.maxPositionLots > 0 && symbols.some((state) => Math.abs(state.positionLots) > risk.maxPositionLots);
}

/** What may still fill on one side. */
function openLots(state: SymbolState, side: number): number {
  let lots = 0;
  for (let i = 0; i < state.orderCount; i++) {
    const order = state.orders[i];
    if (order !== undefined && order.side === side && order.status !== abi.ORDER_STATUS_DEAD) lots += order.qtyLots - order.filledLots;
  }
  return lots;
}

/** At the order's price; a market order at the mid. */
function notional1e9(state: SymbolState, action: GuestAction): number {
  const ticks = action.priceTicks > 0 ? action.priceTicks : state.mid2 / 2;
  return ticks * state.spec.tick1e9 * ((action.qtyLots * state.spec.lot1e8) / 1e8);
}
