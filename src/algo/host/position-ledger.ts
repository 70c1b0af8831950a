import type { DeploymentSpec } from './deployment.js';
import { SymbolState, unixDay, type CarriedPosition } from './symbol-state.js';

const NS_PER_DAY = 86_400_000_000_000n;

/**
 * Positions of a deployment's instances as their fills make them, kept beside the engine: what a successor of a dead,
 * replaced or restarted instance goes on from. The same arithmetic as the instances' own.
 */
export class PositionLedger {
  readonly #states: SymbolState[][];
  readonly #baseDay: number;
  readonly #baseDayNs: number;

  constructor(spec: DeploymentSpec) {
    this.#baseDay = Number(spec.baseNs / NS_PER_DAY);
    this.#baseDayNs = Number(spec.baseNs % NS_PER_DAY);
    this.#states = spec.instances.map((_, instance) => spec.symbols.map((symbol, i) => {
      const state = new SymbolState(symbol);
      const from = spec.carried?.[instance]?.[i];
      if (from !== undefined) state.restore(from);
      return state;
    }));
  }

  fill(instance: number, symbol: number, side: number, priceTicks: number, qtyLots: number, tNs: number): void {
    this.#states[instance]?.[symbol]?.fill(side, priceTicks, qtyLots, unixDay(this.#baseDay, this.#baseDayNs, tNs));
  }

  positionLots(instance: number, symbol: number): number {
    return this.#states[instance]?.[symbol]?.positionLots ?? 0;
  }

  realized1e9(instance: number, symbol: number): number {
    return this.#states[instance]?.[symbol]?.realized1e9 ?? 0;
  }

  carried(): CarriedPosition[][] {
    return this.#states.map((states) => states.map((state) => state.carried()));
  }
}
