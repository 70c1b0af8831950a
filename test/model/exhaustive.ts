/**
 * Every interleaving of a few steps on one graph, to a depth, engine against twin. Steps that mean nothing in a state
 * are left out; a state seen before with at least as much depth left is not visited again.
 */
import type { GraphSpec } from '../../src/protocol/graph-spec.js';
import { createHash } from 'node:crypto';
import { Driver } from './driver.js';
import type { Step } from './steps.js';
import type { EngineUnderTest } from './engine.js';

export interface ExhaustiveResult {
  readonly paths: number;
  readonly states: number;
  readonly problems: readonly string[];
  readonly path: readonly Step[];
}

interface Found {
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

  /** All but the last step of a path was checked when the shorter path was visited. */
  const replay = (path: readonly Step[]): Driver => {
    const driver = new Driver(make(), spec);
    driver.checking = false;
    for (const step of path) driver.step(step);
    driver.checking = true;
    return driver;
  };
  /** `driver` stands at the end of `path`; it is used up. */
  const visit = (path: readonly Step[], driver: Driver): Found | null => {
    if (driver.problems.length > 0) return { problems: driver.problems, path };
    // 128 bits stand for the key: the keys themselves would not fit in memory.
    const key = createHash('md5').update(driver.key()).digest('base64');
    const left = depth - path.length;
    if ((seen.get(key) ?? -1) >= left) return null;
    seen.set(key, left);
    states++;
    if (left === 0) {
      paths++;
      driver.heal();
      return driver.problems.length > 0 ? { problems: driver.problems, path } : null;
    }
    const next = alphabet.filter((step) => driver.means(step));
    for (let i = 0; i < next.length; i++) {
      const step = next[i];
      if (step === undefined) continue;
      const at = i === next.length - 1 ? driver : replay(path);
      at.step(step);
      const found = visit([...path, step], at);
      if (found !== null) return found;
    }
    return null;
  };
  const found = visit([], replay([]));
  return { paths, states, problems: found?.problems ?? [], path: found?.path ?? [] };
}
