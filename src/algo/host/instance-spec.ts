import type { ConfigParam, MeshMember } from './regions.js';
import type { RiskView } from './state-writer.js';
import type { CarriedPosition, SymbolSpec } from './symbol-state.js';

/** What one instance is made with. */
export interface InstanceSpec {
  /** Unique in the deployment; up to 32 bytes. */
  readonly label: string;
  readonly meshId: number;
  /** In the deployment's list of instances: what rings and links call it by. */
  readonly place: number;
  readonly peers: readonly MeshMember[];
  /** abi id of its own venue. */
  readonly venueId: number;
  /** abi ids that its orders may name. */
  readonly venues: ReadonlySet<number>;
  readonly symbols: readonly SymbolSpec[];
  readonly risk: RiskView;
  readonly config: readonly ConfigParam[];
  /** Unix time of engine time 0, ns. */
  readonly baseNs: bigint;
  /** Fuel of each callback, 1..2^30. */
  readonly fuel?: number;
  /** By symbol: where a predecessor ended. */
  readonly carried?: readonly CarriedPosition[];
}
