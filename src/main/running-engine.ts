/** An engine with its venues, whatever threads they are on: what the commands start and stop. */
import type { DeploymentPort } from '../protocol/deployment-port.js';
import type { EnginePort } from '../protocol/engine-port.js';
import type { SnapshotHealth } from './background-snapshots.js';

export const topologyNames = ['fused', 'threads'] as const;
export type TopologyName = (typeof topologyNames)[number];

/** Why it can't go on. */
export interface EngineFailure {
  readonly message: string;
  /** Of the process: 74 when the journal failed, 70 otherwise. */
  readonly exitCode: number;
  /** Orders that open exposure and were asked to be cancelled. */
  readonly cancelled: number;
}

export interface RunningEngine {
  readonly topology: TopologyName;
  readonly port: EnginePort;
  readonly deployments: DeploymentPort;
  /** What was found in the data directory; null without one. */
  readonly journal: { readonly epoch: number; readonly events: number; readonly notes: readonly string[] } | null;
  /** Of the journal's background snapshots, where they can be asked from here. */
  readonly snapshots?: () => SnapshotHealth;
  /** Works from now on. */
  run(): void;
  /** Told once; the engine has stopped working by then. */
  onFailure(listener: (failure: EngineFailure) => void): void;
  /** Lets the journal go; returns a line for each piece of work left open. */
  stop(): Promise<readonly string[]>;
}
