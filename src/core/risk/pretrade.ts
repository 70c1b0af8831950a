/**
 * Checks of every child order before it is sent, in the documented order: kill switch, state, rates, instrument,
 * size, price, self-trade, position, balance, graph limits (semantics §9). The first failure is the answer.
 */
import { assert, must } from '../../base/assert.js';
import type { Instrument, Listing } from '../../protocol/universe.js';
import { sometimes } from '../coverage.js';
import type { Child, CoreState, Node } from '../state.js';
import { available, neededFor, positionOf } from './balances.js';
import { killCovers, killCoversVenue } from './kill.js';

/** A buy above, a sell below the reference by more than this is refused; passive prices pass. */
export const COLLAR_BPS = 500;

/** '' = may go, else the code of the refusal. */
export function refusalOf(
  state: CoreState, node: Node, listing: Listing, side: number, lots: number, ticks: number, reduceOnly: boolean,
): string {
  const { graph } = node;
  assert(lots > 0 && lots % listing.lotMultiple === 0, 'an order is checked for a positive multiple of its listing lot');
  assert(ticks > 0, 'an order is checked at a price');
  const protective = node.role !== 'opening';
  const account = must(state.accounts[graph.accountId], 'account');
  const venue = must(state.venues[listing.venue], 'venue');
  const { limits } = account;
  if (killCovers(state, graph, protective)) return 'KILL_SWITCH';
  if (killCoversVenue(state, graph.accountId, listing.venue, protective)) return 'KILL_SWITCH';
  if (venue.connected === 0 || venue.credentialsValid === 0) return 'BAD_VENUE';
  if (!protective && (limits.reduceOnly || account.lossState > 0) && !reducesPosition(state, node, listing, side, lots)) {
    return account.lossState > 0 ? 'DAILY_LOSS_LIMIT' : 'REDUCE_ONLY';
  }
  if (!protective && account.lossState === 2) return 'DAILY_LOSS_LIMIT';
  if (limits.maxOrderRate !== null && !protective && rateExceeded(state, graph.accountId, limits.maxOrderRate)) return 'ORDER_RATE';
  const instrument = must(state.universe.instruments[listing.instrument], 'instrument');
  if (limits.maxOrderQty1e8 !== null && !flattens(node) && BigInt(lots) * BigInt(instrument.lot1e8) > BigInt(limits.maxOrderQty1e8)) return 'MAX_NOTIONAL';
  if (limits.maxOrderNotionalUsd1e9 !== null && !flattens(node)) {
    const value = ceilUsd(instrument.tick1e9, instrument.lot1e8, ticks, lots);
    if (value > BigInt(limits.maxOrderNotionalUsd1e9)) return 'MAX_NOTIONAL';
  }
  const { midQ } = must(state.markets[instrument.id], 'market');
  if (midQ > 0 && !protective && side * (ticks * 4 - midQ) * 10_000 > midQ * COLLAR_BPS) return 'PRICE_DEVIATION';
  if (limits.maxPositionUsd1e9 !== null && !protective && !flattens(node)) {
    if (positionExceeded(state, graph.accountId, listing, side, lots, ticks, limits.maxPositionUsd1e9)) return 'POSITION_LIMIT';
  }
  if (!graph.spec.risk.preTrade.requireBalanceCheck) return '';
  const need = neededFor(instrument, listing, side, lots, ticks, reduceOnly);
  if (need.quote > 0 && need.quote > available(state, graph.accountId, listing.venue, listing.quote)) return 'INSUFFICIENT_BALANCE';
  if (need.base > 0 && need.base > available(state, graph.accountId, listing.venue, instrument.base)) return 'INSUFFICIENT_BALANCE';
  return '';
}

/** '' = a resting order may be changed in place to `open` lots at `ticks`, else the code of the refusal. */
export function amendRefusal(state: CoreState, child: Child, listing: Listing, open: number, ticks: number): string {
  const { node, side } = child;
  assert(open > 0 && ticks >= 0, 'an amend is checked for a quantity and a price');
  assert(listing.id === child.listing, 'an amend stays at its listing');
  const instrument = must(state.universe.instruments[listing.instrument], 'instrument');
  const account = must(state.accounts[node.graph.accountId], 'account');
  const { limits } = account;
  const more = open > child.lots - child.filled;
  if (more && limits.maxOrderQty1e8 !== null && BigInt(open) * BigInt(instrument.lot1e8) > BigInt(limits.maxOrderQty1e8)) return 'MAX_NOTIONAL';
  const value = ceilUsd(instrument.tick1e9, instrument.lot1e8, ticks, open);
  if (limits.maxOrderNotionalUsd1e9 !== null && value > BigInt(limits.maxOrderNotionalUsd1e9)) return 'MAX_NOTIONAL';
  if (more && limits.maxPositionUsd1e9 !== null && node.role === 'opening') {
    const added = open - (child.lots - child.filled);
    if (positionExceeded(state, account.id, listing, side, added, ticks, limits.maxPositionUsd1e9)) return 'POSITION_LIMIT';
  }
  if (!node.graph.spec.risk.preTrade.requireBalanceCheck) return '';
  const need = neededFor(instrument, listing, side, open, ticks, child.reduceOnly);
  if (need.quote - child.reservedQuote > Math.max(0, available(state, account.id, listing.venue, listing.quote))) return 'INSUFFICIENT_BALANCE';
  if (need.base - child.reservedBase > Math.max(0, available(state, account.id, listing.venue, instrument.base))) return 'INSUFFICIENT_BALANCE';
  return '';
}

/** Most lots that the account's limits let one order have at a price; Infinity = no limit. */
export function orderMax(state: CoreState, accountId: number, instrument: Instrument, ticks: number): number {
  const { limits } = must(state.accounts[accountId], 'account');
  assert(ticks >= 0, 'a limit on orders is asked for at a price of at least 0');
  let lots = Infinity;
  if (limits.maxOrderQty1e8 !== null) lots = Number(BigInt(limits.maxOrderQty1e8) / BigInt(instrument.lot1e8));
  if (limits.maxOrderNotionalUsd1e9 !== null && ticks > 0) {
    const perLot = BigInt(ticks) * BigInt(instrument.tick1e9) * BigInt(instrument.lot1e8);
    lots = Math.min(lots, Number((BigInt(limits.maxOrderNotionalUsd1e9) * 100_000_000n) / perLot));
  }
  return lots;
}

/** A node that the engine made to bring its graph back to nothing. */
export function flattens(node: Node): boolean {
  return node.nodeId.startsWith('flatten.');
}

/** Counts an order that passed. */
export function countOrder(state: CoreState, accountId: number): void {
  const account = must(state.accounts[accountId], 'account');
  if (account.rateAtNs < 0 || state.tNs - account.rateAtNs >= 1_000_000_000) {
    account.rateAtNs = state.tNs;
    account.rateCount = 0;
  }
  account.rateCount += 1;
  assert(account.rateAtNs <= state.tNs && account.rateCount > 0, 'orders are counted from a second that has begun');
}

function rateExceeded(state: CoreState, accountId: number, perSecond: number): boolean {
  assert(perSecond >= 0, 'a rate is not negative');
  const account = must(state.accounts[accountId], 'account');
  if (account.rateAtNs < 0 || state.tNs - account.rateAtNs >= 1_000_000_000) return perSecond < 1;
  if (account.rateCount < perSecond) return false;
  sometimes(state, 'ORDER_RATE_LIMITED');
  return true;
}

function reducesPosition(state: CoreState, node: Node, listing: Listing, side: number, lots: number): boolean {
  assert(lots > 0, 'an order reduces by a quantity');
  const position = positionOf(state, node.graph.accountId, listing.id);
  const open = side === 1 ? position.openBuy : position.openSell;
  return position.lots * side < 0 && Math.abs(position.lots) >= open + lots;
}

function ceilUsd(tick1e9: number, lot1e8: number, ticks: number, lots: number): bigint {
  return (BigInt(ticks) * BigInt(lots) * BigInt(tick1e9) * BigInt(lot1e8) + 99_999_999n) / 100_000_000n;
}

/** Worst case over both live orders and this one, across the instrument's listings. */
function positionExceeded(state: CoreState, accountId: number, listing: Listing, side: number, lots: number, ticks: number, limit: string): boolean {
  const instrument = must(state.universe.instruments[listing.instrument], 'instrument');
  let worst = lots;
  for (const id of instrument.listings) {
    const position = positionOf(state, accountId, id);
    worst += side * position.lots + (side === 1 ? position.openBuy : position.openSell);
  }
  assert(ticks >= 0 && lots > 0, 'a position is judged with an order added');
  return worst > 0 && ceilUsd(instrument.tick1e9, instrument.lot1e8, ticks, worst) > BigInt(limit);
}
