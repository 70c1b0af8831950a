/**
 * Balances, positions and margin of the accounts on one simulated venue. Money and coins in 1e-8 of the asset,
 * exact; a value is ticks · lots · unit, where `unit` is the instrument's tick times lot in 1e-8 of the quote.
 */
import { must } from '../../base/assert.js';
import { Wide } from '../../base/wide.js';
import type { AccountId, AssetId, Instrument, Listing, ListingId, Universe } from '../../protocol/universe.js';
import type { SimOrder } from './sim-order.js';

/** Initial margin of perps: 1/marginDivisor of the value. */
export const marginDivisor = 10;

export interface SimBalance {
  readonly total: Wide;
  readonly reserved: Wide;
}

export interface SimPosition {
  /** Signed lots. */
  lots: number;
  /** Σ ticks · lots of what is open, signed like `lots`. */
  cost: number;
  /** Open quantity of orders that may add to it. */
  openBuy: number;
  openSell: number;
}

export interface SimAccount {
  readonly accountId: AccountId;
  readonly balances: Map<AssetId, SimBalance>;
  readonly positions: Map<ListingId, SimPosition>;
}

export class SimAccounts {
  readonly #universe: Universe;
  readonly #initial: ReadonlyMap<AssetId, bigint>;
  readonly #accounts = new Map<AccountId, SimAccount>();
  readonly #midOf: (listing: ListingId) => number;
  readonly #scratch = new Wide();

  /** @param initial what an account has when it is first seen, 1e-8 of each asset */
  constructor(universe: Universe, initial: ReadonlyMap<AssetId, bigint>, midOf: (listing: ListingId) => number) {
    this.#universe = universe;
    this.#initial = initial;
    this.#midOf = midOf;
  }

  all(): readonly SimAccount[] {
    return [...this.#accounts.values()];
  }

  of(accountId: AccountId): SimAccount {
    let account = this.#accounts.get(accountId);
    if (account === undefined) {
      account = { accountId, balances: new Map(), positions: new Map() };
      this.#accounts.set(accountId, account);
      for (const [asset, total] of this.#initial) this.balance(accountId, asset).total.setBigInt(total);
    }
    return account;
  }

  balance(accountId: AccountId, asset: AssetId): SimBalance {
    const { balances } = this.of(accountId);
    let balance = balances.get(asset);
    if (balance === undefined) {
      balance = { total: new Wide(), reserved: new Wide() };
      balances.set(asset, balance);
    }
    return balance;
  }

  position(accountId: AccountId, listing: ListingId): SimPosition {
    const { positions } = this.of(accountId);
    let position = positions.get(listing);
    if (position === undefined) {
      position = { lots: 0, cost: 0, openBuy: 0, openSell: 0 };
      positions.set(listing, position);
    }
    return position;
  }

  /** Takes hold of what an order may need; false when the account doesn't have it. `order` is as wanted. */
  reserve(order: SimOrder): boolean {
    const listing = this.#listing(order.listing);
    const instrument = this.#instrument(listing);
    if (instrument.kind === 'perp') {
      if (!order.reduceOnly && !this.#marginAllows(order, listing)) return false;
      this.#openQuantity(order, order.openLots);
      return true;
    }
    const need = spotNeed(order, listing, instrument);
    const balance = this.balance(order.accountId, order.side === 1 ? listing.quote : instrument.base);
    this.#scratch.copyFrom(balance.total);
    this.#scratch.subWide(balance.reserved);
    this.#scratch.add(order.reserved - need);
    if (this.#scratch.sign() < 0) return false;
    balance.reserved.add(need - order.reserved);
    order.reserved = need;
    return true;
  }

  /** Takes hold of what a live order needs with a new open quantity and limit; false leaves all as it was. */
  reserveAmend(order: SimOrder, openLots: number, limitTicks: number): boolean {
    const before = { openLots: order.openLots, limitTicks: order.limitTicks };
    this.release(order, before.openLots);
    order.openLots = openLots;
    order.limitTicks = limitTicks;
    const done = this.reserve(order);
    order.openLots = before.openLots;
    order.limitTicks = before.limitTicks;
    const isPerp = this.#instrument(this.#listing(order.listing)).kind === 'perp';
    if (!done && isPerp) this.#openQuantity(order, before.openLots);
    return done;
  }

  /** Gives back what an order held beyond what its open quantity needs; call after each fill and at its end. */
  settle(order: SimOrder): void {
    const listing = this.#listing(order.listing);
    const instrument = this.#instrument(listing);
    if (instrument.kind === 'perp') return;
    const need = order.openLots === 0 ? 0 : Math.min(order.reserved, spotNeed(order, listing, instrument));
    const balance = this.balance(order.accountId, order.side === 1 ? listing.quote : instrument.base);
    balance.reserved.add(need - order.reserved);
    order.reserved = need;
  }

  /** Perps: quantity that no longer may add to the position (filled, cancelled, reduced). */
  release(order: SimOrder, lots: number): void {
    if (this.#instrument(this.#listing(order.listing)).kind === 'perp') this.#openQuantity(order, -lots);
  }

  /** Books a fill and its fee. Fees are charged in the asset the venue takes them in. */
  book(order: SimOrder, ticks: number, lots: number, maker: 0 | 1): { feeAsset: AssetId; fee1e8: number } {
    const listing = this.#listing(order.listing);
    const instrument = this.#instrument(listing);
    const rate = maker === 1 ? listing.makerFeeE6 : listing.takerFeeE6;
    const inBase = instrument.kind === 'spot' && order.side === 1 && listing.feeAsset === 'base';
    const amount = lots * instrument.lot1e8;
    const value = ticks * lots * unitOf(instrument);
    const fee1e8 = feeOf(inBase ? amount : value, rate);
    const feeAsset = inBase ? instrument.base : listing.quote;
    if (instrument.kind === 'spot') {
      this.balance(order.accountId, instrument.base).total.add(order.side * amount);
      this.balance(order.accountId, listing.quote).total.add(-order.side * value);
    } else {
      const realised = this.#trade(this.position(order.accountId, listing.id), order.side, ticks, lots);
      this.balance(order.accountId, listing.quote).total.addProduct(realised, unitOf(instrument));
    }
    this.balance(order.accountId, feeAsset).total.add(-fee1e8);
    return { feeAsset, fee1e8 };
  }

  /** Lots that a reduce-only order may trade. */
  reduceRoom(order: SimOrder): number {
    const { lots } = this.position(order.accountId, order.listing);
    return lots * order.side < 0 ? Math.min(order.openLots, Math.abs(lots)) : 0;
  }

  #listing(id: ListingId): Listing {
    return must(this.#universe.listings[id], `listing ${id}`);
  }

  #instrument(listing: Listing): Instrument {
    return must(this.#universe.instruments[listing.instrument], `instrument ${listing.instrument}`);
  }

  #openQuantity(order: SimOrder, lots: number): void {
    if (order.reduceOnly) return;
    const position = this.position(order.accountId, order.listing);
    if (order.side === 1) position.openBuy += lots;
    else position.openSell += lots;
  }

  /** Changes a position and returns the realised result in tick · lots. */
  #trade(position: SimPosition, side: 1 | -1, ticks: number, lots: number): number {
    const closing = position.lots * side < 0 ? Math.min(lots, Math.abs(position.lots)) : 0;
    let realised = 0;
    if (closing > 0) {
      const closedCost = closing === Math.abs(position.lots)
        ? position.cost
        : Math.round((position.cost / Math.abs(position.lots)) * closing);
      realised = -side * ticks * closing - closedCost;
      position.cost -= closedCost;
      position.lots += side * closing;
    }
    position.cost += side * ticks * (lots - closing);
    position.lots += side * (lots - closing);
    return realised;
  }

  /** Margin for every perp's worst case with this order in it, against equity. */
  #marginAllows(order: SimOrder, listing: Listing): boolean {
    const account = this.of(order.accountId);
    const cash = this.balance(order.accountId, listing.quote);
    let free = cash.total.toNumber() - cash.reserved.toNumber();
    this.position(order.accountId, order.listing);
    for (const [id, position] of account.positions) {
      const added = id === order.listing ? order.openLots : 0;
      const buy = position.openBuy + (order.side === 1 ? added : 0);
      const sell = position.openSell + (order.side === -1 ? added : 0);
      const price = this.#midOf(id) || order.limitTicks;
      const unit = unitOf(this.#instrument(this.#listing(id)));
      const exposure = Math.max(Math.abs(position.lots + buy), Math.abs(position.lots - sell));
      const reduces = exposure <= Math.abs(position.lots);
      free += (position.lots * price - position.cost) * unit;
      // An order that only closes needs no margin of its own, even where the account is short of it.
      if (id === order.listing && reduces) return true;
      free -= (exposure * price * unit) / marginDivisor;
    }
    return free >= 0;
  }
}

/** Value of one tick times one lot in 1e-8 of the quote; whole by the universe's own check. */
export function unitOf(instrument: Instrument): number {
  return (instrument.tick1e9 * instrument.lot1e8) / 1e9;
}

/** A rate in millionths of an amount, rounded up, exact for every safe amount. */
export function feeOf(amount: number, rateE6: number): number {
  const millions = Math.floor(amount / 1_000_000);
  return millions * rateE6 + Math.ceil(((amount - millions * 1_000_000) * rateE6) / 1_000_000);
}

function spotNeed(order: SimOrder, listing: Listing, instrument: Instrument): number {
  if (order.side === -1) return order.openLots * instrument.lot1e8;
  const value = order.openLots * order.limitTicks * unitOf(instrument);
  return listing.feeAsset === 'base' ? value : value + feeOf(value, Math.max(0, listing.takerFeeE6));
}
