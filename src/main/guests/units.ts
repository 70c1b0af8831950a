/** Ticks and lots as a guest counts them: multiples that every listing it trades accepts. */
import type { SymbolSpec } from '../../algo/host/symbol-state.js';
import type { Instrument, Listing } from '../../protocol/universe.js';

export interface Unit {
  /** Instrument ticks of one guest tick, lots of one guest lot. */
  readonly tick: number;
  readonly lot: number;
}

export function unitOf(listings: readonly Listing[]): Unit {
  return {
    tick: listings.reduce((unit, row) => lcm(unit, row.tickMultiple), 1),
    lot: listings.reduce((unit, row) => lcm(unit, row.lotMultiple), 1),
  };
}

/** What the guest is told of its symbol. @param listings of the instrument that it may trade, at least one */
export function symbolSpec(instrument: Instrument, listings: readonly Listing[], unit: Unit): SymbolSpec {
  return {
    name: instrument.symbol, tick1e9: instrument.tick1e9 * unit.tick, lot1e8: instrument.lot1e8 * unit.lot,
    minQtyLots: Math.ceil(Math.max(...listings.map((row) => row.minLots)) / unit.lot),
    minNotional1e9: Math.max(...listings.map((row) => row.minNotional1e9)), pricePrecision: 0, qtyPrecision: 0,
  };
}

function lcm(a: number, b: number): number {
  let x = a;
  let y = b;
  while (y > 0) [x, y] = [y, x % y];
  return (a / x) * b;
}
