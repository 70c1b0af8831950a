/** Which check finds a planted bug: the model campaign (twin, invariants) or the simulation (oracle, invariants). */
import { readFileSync } from 'node:fs';
import type { PlantedBug } from '../../src/core/planted.js';
import { makeCase, runCase } from '../model/campaign.js';
import { makeEngine } from '../model/engine-under-test.js';
import { Simulation } from './simulation.js';

export interface Finding {
  readonly bug: PlantedBug;
  readonly by: 'model' | 'sim';
  readonly seed: number;
  /** Virtual seconds, for `sim`. */
  readonly seconds: number;
  /** First problem told, one line. */
  readonly told: string;
}

export const findingsFile = 'test/sim/planted-seeds.json';

export function readFindings(): readonly Finding[] {
  return JSON.parse(readFileSync(findingsFile, 'utf8')) as readonly Finding[];
}

/** The first problem that a seed shows with a bug switched on (or with none), null without one. */
export function tryOne(bug: PlantedBug | undefined, by: 'model' | 'sim', seed: number, seconds: number): string | null {
  const problems =
    by === 'model'
      ? runCase(() => makeEngine(bug), makeCase(seed)).problems
      : new Simulation(bug === undefined ? { seed, seconds } : { seed, seconds, planted: bug }).run().problems;
  return problems[0]?.split('\n')[0] ?? null;
}
