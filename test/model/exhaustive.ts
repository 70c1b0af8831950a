/**
 * Every interleaving of a few steps on one graph, to a depth, engine against twin. Steps that mean nothing in a state
 * are left out; a state seen before with at least as much depth left is not visited again.
 */
import type { GraphSpec } from '../../src/protocol/graph-spec.js';
import { Driver, type Step } from './driver.js';
import type { EngineUnderTest } from './engine.js';

export interface ExhaustiveResult {
  readonly paths: number;
  readonly states: number;
  readonly problems: readonly string[];
  readonly path: readonly Step[];
}

export function everyInterleaving(
  make: () => EngineUnderTest,
  spec: GraphSpec,
  alphabet: readonly Step[],
  depth: number,
): ExhaustiveResult {
  const seen = new Map<string, number>();
  let paths = 0;
  let states = 0;

  const visit = (path: readonly Step[]): { problems: readonly string[]; path: readonly Step[] } | null => {
    const driver = new Driver(make(), spec);
    let meant = true;
    for (const step of path) {
      if (driver.problems.length > 0) break;
      meant = driver.step(step);
    }
    if (driver.problems.length > 0) return { problems: driver.problems, path };
    if (!meant) return null;
    const key = driver.key();
    const left = depth - path.length;
    if ((seen.get(key) ?? -1) >= left) return null;
    seen.set(key, left);
    states++;
    if (left === 0) {
      paths++;
      driver.heal();
      return driver.problems.length > 0 ? { problems: driver.problems, path } : null;
    }
    for (const step of alphabet) {
      const found = visit([...path, step]);
      if (found !== null) return found;
    }
    return null;
  };
  const found = visit([]);
  return { paths, states, problems: found?.problems ?? [], path: found?.path ?? [] };
}
