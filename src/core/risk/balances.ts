/**
 * Balances and reservations of an account, per venue and asset, in 1e-8 of the asset. A child order sets aside what
 * it could spend when it is sent and gives it back, fill by fill and once at its end: `reserved` of a balance is
 * always the sum over its live children. Every rounding is against the user.
 */
import { assert, must } from '../../base/assert.js';
import { Wide } from '../../base/wide.js';
import type { Instrument, Listing } from '../../protocol/universe.js';
import { planted } from '../planted.js';
import type { Account, AccountPosition, Balance, Child, CoreState } from '../state.js';

/** Initial margin of perps, 1/10 of the position's value (wire.md, sandbox). */
export const PERP_MARGIN_DIVISOR = 10;

export function balanceOf(state: CoreState, accountId: number, venue: number, asset: number): Balance {
  assert(venue >= 0 && venue < state.venues.length, 'a balance is kept at a venue of the universe');
  assert(asset >= 0 && asset < state.universe.assets.length, 'a balance is kept in an asset of the universe');
  const account = must(state.accounts[accountId], 'account of a balance');
  const key = venue * state.universe.assets.length + asset;
  let balance = account.balances[key];
  if (balance === undefined || balance === null) {
    while (account.balances.length <= key) account.balances.push(null);
    balance = { accountId, venue, asset, total: new Wide(), reserved: new Wide(), asOfAtNs: -1 };
    account.balances[key] = balance;
  }
  return balance;
}

export function positionOf(state: CoreState, accountId: number, listing: number): AccountPosition {
  assert(listing >= 0 && listing < state.universe.listings.length, 'a position is kept in a listing of the universe');
  const account = must(state.accounts[accountId], 'account of a position');
  let position = account.positions[listing];
  if (position === undefined || position === null) {
    while (account.positions.length <= listing) account.positions.push(null);
    position = {
      accountId, listing, lots: 0, cost: new Wide(), realized: new Wide(), fees: new Wide(),
      openBuy: 0, openSell: 0, asOfAtNs: -1,
    };
    account.positions[listing] = position;
  }
  assert(position.openBuy >= 0 && position.openSell >= 0, 'open quantity of a position is never negative');
  return position;
}

/** Value of ticks·lots in 1e-8 of the quote asset, rounded up. */
export function quoteUp(instrument: Instrument, ticksLots: number): number {
  return Math.ceil((ticksLots * instrument.tick1e9 * instrument.lot1e8) / 1e9 - 1e-9);
}

export function quoteDown(instrument: Instrument, ticksLots: number): number {
  return Math.floor((ticksLots * instrument.tick1e9 * instrument.lot1e8) / 1e9 + 1e-9);
}

/** Quote 1e-8 to ticks·lots, rounded down. */
export function ticksLotsOf(instrument: Instrument, quote1e8: number): number {
  return Math.floor((quote1e8 * 1e9) / (instrument.tick1e9 * instrument.lot1e8));
}

/** Margin that an account's perps at a venue hold, in 1e-8 of their quote asset. */
export function marginUsed(state: CoreState, account: Account, venue: number, quote: number): number {
  let used = 0;
  for (const position of account.positions) {
    if (position === undefined || position === null || position.lots === 0) continue;
    const listing = must(state.universe.listings[position.listing], 'listing of a position');
    if (listing.venue !== venue || listing.quote !== quote) continue;
    const instrument = must(state.universe.instruments[listing.instrument], 'instrument');
    if (instrument.kind === 'perp') used += Math.ceil(quoteUp(instrument, Math.abs(position.cost.toNumber())) / PERP_MARGIN_DIVISOR);
  }
  assert(used >= 0, 'margin in use is never negative');
  return used;
}

/** Free of an asset at a venue in 1e-8: total less reserved, and less perp margin for a quote asset. May be negative. */
export function available(state: CoreState, accountId: number, venue: number, asset: number): number {
  const balance = balanceOf(state, accountId, venue, asset);
  const account = must(state.accounts[accountId], 'account');
  return balance.total.toNumber() - balance.reserved.toNumber() - marginUsed(state, account, venue, asset);
}

/** What `lots` of a child order may cost at worst: quote for buys and perps, base for spot sells. */
export function neededFor(
  instrument: Instrument, listing: Listing, side: number, lots: number, ticks: number, reduceOnly: boolean,
): { quote: number; base: number } {
  assert(lots >= 0 && ticks >= 0, 'an order sets aside for a quantity and a price of at least 0');
  if (lots === 0) return { quote: 0, base: 0 };
  if (instrument.kind === 'spot' && side === -1) return { quote: 0, base: lots * instrument.lot1e8 };
  if (instrument.kind === 'perp' && reduceOnly) return { quote: 0, base: 0 };
  const value = quoteUp(instrument, lots * ticks);
  const feeE6 = Math.max(listing.takerFeeE6, listing.makerFeeE6, 0);
  const fee = listing.feeAsset === 'base' && instrument.kind === 'spot' ? 0 : Math.ceil((value * feeE6) / 1e6);
  if (instrument.kind === 'spot') return { quote: value + fee, base: 0 };
  return { quote: Math.ceil(value / PERP_MARGIN_DIVISOR) + fee, base: 0 };
}

/** Makes the child's reservation that of its open lots: 0 at its end. The only place that moves `reserved`. */
export function setReservation(state: CoreState, child: Child, openLots: number): void {
  assert(openLots >= 0, 'open lots of a child are never negative');
  const listing = must(state.universe.listings[child.listing], 'listing of a child');
  const instrument = must(state.universe.instruments[listing.instrument], 'instrument of a child');
  const ticks = Math.max(child.limitTicks, child.amendTicks);
  const need = neededFor(instrument, listing, child.side, openLots, ticks, child.reduceOnly);
  if (openLots === 0 && planted(state, 'RESERVATION_KEPT')) return;
  const { accountId } = child.node.graph;
  if (need.quote !== child.reservedQuote) {
    const { reserved } = balanceOf(state, accountId, child.venue, listing.quote);
    // Two exact steps: the difference of two large amounts would be rounded.
    reserved.add(need.quote);
    reserved.add(-child.reservedQuote);
    assert(need.quote >= 0 && reserved.sign() >= 0, 'no more is let go than was reserved');
    if (openLots === 0 && planted(state, 'RESERVATION_RELEASED_TWICE')) reserved.add(-child.reservedQuote);
    child.reservedQuote = need.quote;
  }
  if (need.base !== child.reservedBase) {
    const { reserved } = balanceOf(state, accountId, child.venue, instrument.base);
    reserved.add(need.base);
    reserved.add(-child.reservedBase);
    assert(need.base >= 0 && reserved.sign() >= 0, 'no more is let go than was reserved');
    child.reservedBase = need.base;
  }
}

/** Books an own fill into balances and the account's position. */
export function bookFill(
  state: CoreState, accountId: number, listing: Listing, side: number, ticks: number, lots: number, feeAsset: number,
  fee1e8: number, feeUsd1e9: number, venueTsNs: number,
): void {
  assert(lots > 0 && ticks > 0, 'a fill has a quantity and a price');
  const instrument = must(state.universe.instruments[listing.instrument], 'instrument of a fill');
  const base = balanceOf(state, accountId, listing.venue, instrument.base);
  const quote = balanceOf(state, accountId, listing.venue, listing.quote);
  const asOf = venueTsNs >= 0 ? venueTsNs : state.tNs;
  if (instrument.kind === 'spot') {
    base.total.add(side * lots * instrument.lot1e8);
    base.asOfAtNs = Math.max(base.asOfAtNs, asOf);
    quote.total.add(side === 1 ? -quoteUp(instrument, ticks * lots) : quoteDown(instrument, ticks * lots));
  }
  quote.asOfAtNs = Math.max(quote.asOfAtNs, asOf);
  balanceOf(state, accountId, listing.venue, feeAsset).total.add(-fee1e8);
  const position = positionOf(state, accountId, listing.id);
  const realized = moveCost(position, side * lots, ticks);
  position.fees.add(feeUsd1e9);
  position.asOfAtNs = Math.max(position.asOfAtNs, asOf);
  if (instrument.kind === 'perp' && realized !== 0) quote.total.add(quoteDown(instrument, realized));
}

/** Average cost; returns what was realised in ticks·lots (rounded down to an integer). */
function moveCost(position: AccountPosition, signed: number, ticks: number): number {
  const before = position.lots;
  assert(signed !== 0 && ticks > 0, 'a position moves by a quantity at a price');
  position.lots += signed;
  if (before === 0 || before > 0 === signed > 0) {
    position.cost.addProduct(signed, ticks);
    return 0;
  }
  const closed = Math.min(Math.abs(before), Math.abs(signed)) * Math.sign(before);
  const cost = before === closed ? position.cost.toNumber() : Math.round((position.cost.toNumber() / before) * closed);
  assert(Math.abs(closed) <= Math.abs(before) && closed * before > 0, 'no more is closed than there was');
  const realized = closed * ticks - cost;
  position.realized.add(realized);
  position.cost.add(-cost);
  const rest = signed + closed;
  if (rest !== 0) position.cost.addProduct(rest, ticks);
  return realized;
}

/** The venue's word on a balance; older than a known fill it is not applied. Returns false then. */
export function applyBalance(state: CoreState, accountId: number, venue: number, asset: number, total1e8: string, asOfNs: number): boolean {
  const balance = balanceOf(state, accountId, venue, asset);
  if (asOfNs < balance.asOfAtNs) return false;
  balance.total.setBigInt(BigInt(total1e8));
  balance.asOfAtNs = asOfNs;
  assert(balance.reserved.sign() >= 0, 'a balance as the venue has it leaves what is reserved');
  return true;
}
