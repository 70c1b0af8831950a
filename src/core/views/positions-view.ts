/** Balances and perp positions of an account (wire.md: GET /v1/positions). */
import { assert, must } from '../../base/assert.js';
import type { Instrument } from '../../protocol/universe.js';
import type { Account, AccountPosition, Balance, CoreState } from '../state.js';
import type { WireObject } from './told.js';
import { absoluteNs, price1e9, qty1e8, usd1e9, venueName } from './wire.js';

/** Price of an instrument in instrument ticks where the caller knows one, else 0. */
export type PriceOf = (instrument: Instrument) => number;

export function positionsView(
  state: CoreState,
  account: Account,
  priceOf: PriceOf,
  includeClosed: boolean,
): WireObject {
  const rows: WireObject[] = [];
  let cash = 0n;
  let nav = 0n;
  for (const balance of account.balances) {
    if (balance === null) continue;
    const row = balanceRow(state, balance, priceOf);
    if (!includeClosed && row['qty_1e8'] === 0n) continue;
    rows.push(row);
    const value = row['current_value_usd_1e9'] as bigint;
    assert(balance.accountId === account.id, 'balances are of their account');
    nav += value;
    if (must(state.universe.assets[balance.asset], 'asset').kind === 'fiat') cash += value;
  }
  for (const position of account.positions) {
    if (position === null) continue;
    const listing = must(state.universe.listings[position.listing], 'listing');
    const instrument = must(state.universe.instruments[listing.instrument], 'instrument');
    if (instrument.kind !== 'perp' || (!includeClosed && position.lots === 0)) continue;
    assert(position.accountId === account.id, 'positions are of their account');
    const row = perpRow(position, instrument, priceOf(instrument), venueName(state.universe, listing.venue));
    rows.push(row);
    nav += row['unrealized_pnl_usd_1e9'] as bigint;
  }
  return {
    positions: rows,
    totals: { nav_usd_1e9: nav, cash_usd_1e9: cash },
    as_of_ns: absoluteNs(state.baseNs, state.tNs),
  };
}

function balanceRow(state: CoreState, balance: Balance, priceOf: PriceOf): WireObject {
  const asset = must(state.universe.assets[balance.asset], 'asset');
  const spot = state.universe.instruments.find((one) => one.kind === 'spot' && one.base === asset.id);
  const price = asset.kind === 'fiat' ? 1_000_000_000n : spot === undefined ? 0n : BigInt(price1e9(spot, priceOf(spot)));
  const quantity = balance.total.toBigInt();
  const locked = balance.reserved.toBigInt();
  assert(locked >= 0n && price >= 0n, 'what is set aside and a price are never negative');
  return {
    venue: venueName(state.universe, balance.venue),
    instrument: { kind: asset.kind, symbol: asset.code },
    qty_1e8: quantity,
    locked_qty_1e8: locked,
    available_qty_1e8: quantity - locked,
    entry_price_usd_1e9: 0n,
    current_price_usd_1e9: price,
    current_value_usd_1e9: (quantity * price) / 100_000_000n,
    unrealized_pnl_usd_1e9: 0n,
    realized_pnl_usd_1e9: 0n,
    fees_usd_1e9: 0n,
    lifecycle: { state: quantity === 0n ? 'closed' : 'active' },
  };
}

function perpRow(
  position: AccountPosition,
  instrument: Instrument,
  ticks: number,
  venue: string,
): WireObject {
  const value = BigInt(ticks) * BigInt(position.lots);
  const cost = position.cost.toBigInt();
  const size = Math.abs(position.lots);
  assert(ticks >= 0, 'a price is never negative');
  const entry =
    size === 0 ? 0n : ((position.lots > 0 ? cost : -cost) * BigInt(instrument.tick1e9)) / BigInt(size);
  return {
    venue,
    instrument: { kind: 'perp', symbol: instrument.symbol },
    qty_1e8: qty1e8(instrument, position.lots),
    locked_qty_1e8: 0n,
    available_qty_1e8: qty1e8(instrument, position.lots),
    entry_price_usd_1e9: entry,
    current_price_usd_1e9: price1e9(instrument, ticks),
    current_value_usd_1e9: usd1e9(instrument, value),
    unrealized_pnl_usd_1e9: ticks === 0 ? 0n : usd1e9(instrument, value - cost),
    realized_pnl_usd_1e9: usd1e9(instrument, position.realized.toBigInt()),
    fees_usd_1e9: position.fees.toBigInt(),
    lifecycle: { state: position.lots === 0 ? 'closed' : 'active' },
  };
}
