/** Random graphs under random steps, engine against twin; what fails is shrunk to its bones. */
import { Prng } from '../../src/base/prng.js';
import type { GraphSpec } from '../../src/protocol/graph-spec.js';
import { Driver } from './driver.js';
import type { Step } from './steps.js';
import type { EngineUnderTest } from './engine.js';
import { randomGraph } from './random-graph.js';

export interface Case {
  readonly spec: GraphSpec;
  readonly steps: readonly Step[];
  /** Every venue amends in place. */
  readonly native?: boolean;
}

function rareStep(prng: Prng): Step {
  switch (prng.below(10)) {
    case 0:
      return { kind: 'cancelGraph' };
    case 1:
    case 2:
      return { kind: 'pause' };
    case 3:
      return { kind: 'resume' };
    case 4:
      return { kind: 'kill', allowExits: prng.chance(1, 2), cancelOpen: prng.chance(1, 8) };
    case 5:
      return { kind: 'killClear' };
    case 6:
      return { kind: 'lateFill', pick: prng.below(8), eighths: prng.pick([2, 4, 8]) };
    case 7:
      return { kind: 'limits', maxLots: prng.chance(1, 3) ? null : prng.between(2, 30) };
    default:
      return { kind: 'time', ms: 100 };
  }
}

function randomStep(prng: Prng, nodes: number): Step {
  const pick = prng.below(8);
  switch (prng.below(22)) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
    case 5:
      return { kind: 'fill', pick, eighths: prng.pick([1, 2, 4, 4, 8, 8, 8]), baseFee: prng.pick([0, 1_000, 50_000]) };
    case 6:
    case 7:
      return { kind: 'end', pick };
    case 8:
    case 9:
    case 10:
      return { kind: 'confirm', pick };
    case 11:
      return { kind: 'ack', pick };
    case 12:
      return { kind: 'reject', pick };
    case 13:
      return { kind: 'lose', pick };
    case 14:
    case 15:
      return { kind: 'mid', instrument: prng.below(2), delta: prng.between(-60, 60) };
    case 16:
      return { kind: prng.pick(['cancelNode', 'amend', 'amendPrice']), pick: prng.below(nodes), eighths: prng.between(1, 12) };
    case 17:
      return rareStep(prng);
    case 19:
      return { kind: prng.pick(['amended', 'amended', 'amendRefused']), pick };
    case 18:
      return { kind: prng.pick(['drop', 'back']), pick: prng.below(2) };
    default:
      return { kind: 'time', ms: prng.pick([10, 300, 600, 1_100, 2_500]) };
  }
}

export function makeCase(seed: number): Case {
  const prng = new Prng(seed);
  const spec = randomGraph(prng.fork(1));
  const draws = prng.fork(2);
  const steps = Array.from({ length: draws.between(4, 16) }, () => randomStep(draws, spec.nodes.length));
  return { spec, steps, native: prng.fork(3).chance(1, 2) };
}

export interface Outcome {
  readonly problems: readonly string[];
  readonly steps: number;
  readonly refused: boolean;
}

/** Runs a case to its first problem, or through healing to its end. */
export function runCase(make: () => EngineUnderTest, { spec, steps, native }: Case): Outcome {
  let count = 0;
  let driver: Driver | null = null;
  try {
    driver = new Driver(make(), spec, native);
    if (driver.refused) return { problems: [], steps: 0, refused: true };
    for (const step of steps) {
      if (driver.problems.length > 0) break;
      if (driver.step(step)) count++;
    }
    if (driver.problems.length === 0) driver.heal();
    return { problems: driver.problems, steps: count, refused: false };
  } catch (error) {
    const text = error instanceof Error ? `${error.name}: ${error.message}\n${(error.stack ?? '').split('\n').slice(1, 6).join('\n')}` : String(error);
    return { problems: [...(driver?.problems ?? []), text], steps: count, refused: false };
  }
}

/** The graph without one node (and its edges); null when nothing would be left or a child would lose its last parent. */
function withoutNode(spec: GraphSpec, index: number): GraphSpec | null {
  const node = spec.nodes[index];
  if (node === undefined || node.activation === 'root' || spec.edges.some((e) => e.from === index)) return null;
  const shift = (i: number): number => (i > index ? i - 1 : i);
  return {
    ...spec,
    nodes: spec.nodes.filter((_, i) => i !== index),
    edges: spec.edges.filter((e) => e.to !== index).map((e) => ({ ...e, from: shift(e.from), to: shift(e.to) })),
    groups: spec.groups
      .filter((g) => !g.nodes.includes(index))
      .map((g) => ({ ...g, nodes: g.nodes.map(shift) })),
  };
}

function withoutEdge(spec: GraphSpec, index: number): GraphSpec | null {
  const edge = spec.edges[index];
  if (edge === undefined || spec.edges.filter((e) => e.to === edge.to).length < 2) return null;
  return { ...spec, edges: spec.edges.filter((_, i) => i !== index) };
}

function* smaller(whole: Case): Generator<Case> {
  const { spec, steps } = whole;
  if (whole.native === true) yield { spec, steps };
  for (let size = Math.ceil(steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let i = 0; i < steps.length; i += size) yield { ...whole, steps: [...steps.slice(0, i), ...steps.slice(i + size)] };
  }
  for (let i = spec.nodes.length - 1; i > 0; i--) {
    const less = withoutNode(spec, i);
    if (less !== null) yield { ...whole, spec: less };
  }
  for (let i = 0; i < spec.edges.length; i++) {
    const less = withoutEdge(spec, i);
    if (less !== null) yield { ...whole, spec: less };
  }
  if (spec.groups.length > 0) yield { ...whole, spec: { ...spec, groups: [] } };
}

/** The smallest case reachable by leaving things out that still fails. */
export function shrink(make: () => EngineUnderTest, failing: Case): Case {
  let best = failing;
  for (let again = true; again; ) {
    again = false;
    for (const candidate of smaller(best)) {
      if (runCase(make, candidate).problems.length === 0) continue;
      best = candidate;
      again = true;
      break;
    }
  }
  return best;
}

/** A case as a person reads it. */
export function describeCase({ spec, steps, native }: Case): string {
  const nodes = spec.nodes.map((n) => {
    const quantity = n.quantity.kind === 'fixed' ? n.quantity.lots : n.quantity.kind;
    const kind = n.orderType === 'limit' ? `limit ${n.limitTicks}` : 'market';
    return `  ${n.nodeId}: ${n.side === 1 ? 'buy' : 'sell'} ${quantity} of instrument ${n.instrument}, ${kind}, ${n.policy.kind} ${n.tif}, join ${n.join}${n.pacing === null ? '' : ` ${JSON.stringify(n.pacing)}`}`;
  });
  const edges = spec.edges.map(
    (e) => `  ${e.edgeId}: n${e.from} → n${e.to} ${JSON.stringify(e.trigger)} ${JSON.stringify(e.sizing)}${e.keepParent ? ' keep' : ''}`,
  );
  const groups = spec.groups.map((g) => `  ${g.type} ${g.nodes.join(',')}`);
  return [...(native === true ? ['  venues amend in place'] : []), ...nodes, ...edges, ...groups, ...steps.map((s) => `  ${JSON.stringify(s)}`)].join('\n');
}
