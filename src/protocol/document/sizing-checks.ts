/** What sizing, quantity and ends of an edge must not say against one another (semantics: "Sizing"). */
import type { EdgeSpec, SizingSpec } from '../graph-spec.js';
import type { Ends } from './normalise-edge.js';
import type { Problems } from './problems.js';
import type { NodeRole } from './roles.js';

/** Sizings that release as the parent fills, more than once. */
const tracking: ReadonlySet<SizingSpec['kind']> = new Set([
  'parent_filled_qty',
  'parent_incremental_fill_qty',
  'linear_hedge',
  'scaled_notional',
]);

export function checkSizing(sizing: SizingSpec, at: string, ends: Ends, problems: Problems): void {
  const { from, to } = ends;
  if (to === null) return;
  const quantity = to.quantity;
  if (from !== null) checkAgainstParent(sizing, at, from, to, problems);
  if (quantity?.kind === 'from_edge' && sizing.kind === 'none') {
    problems.add(at, 'REQUIRED', 'the child takes its quantity from this edge: say how much with a sizing');
  }
  if (quantity?.kind === 'notional' && sizing.kind !== 'none') {
    const message = 'a money target is released as a whole: give the child quantity fixed or from_edge for a sizing';
    problems.add(at, 'CONTRADICTION', message);
  }
  if (quantity?.kind === 'fixed' && sizing.kind === 'fixed' && sizing.lots > quantity.lots) {
    problems.add(at, 'CONTRADICTION', 'releases more than the child’s quantity, which is its ceiling');
  }
  if (to.pacing !== null && tracking.has(sizing.kind)) {
    problems.add(at, 'NOT_SUPPORTED', 'a paced node is released as a whole: use no sizing, fixed or residual');
  }
}

function checkAgainstParent(
  sizing: SizingSpec,
  at: string,
  from: NonNullable<Ends['from']>,
  to: NonNullable<Ends['to']>,
  problems: Problems,
): void {
  const parentSide = from.side;
  if (parentSide === null || to.side === null) return;
  if (sizing.kind === 'linear_hedge' && (sizing.factorE8 < 0) !== (parentSide !== to.side)) {
    const wanted = sizing.factorE8 < 0 ? 'opposite to' : 'the same as';
    problems.add(at, 'CONTRADICTION', `this factor means the side ${wanted} the parent’s; the child’s is not`);
  }
  if (sizing.kind === 'residual') {
    const otherMarket = from.instrument !== null && to.instrument !== null && from.instrument.id !== to.instrument.id;
    if (otherMarket || parentSide !== to.side) {
      problems.add(at, 'CONTRADICTION', 'residual finishes its parent: same instrument and same side');
    }
  }
}

/** What follows a position is a hedge of it, of every parent it has: an opening node buys nothing back. */
export function checkNet(
  edges: readonly { readonly at: string; readonly to: number | null; readonly sizing: SizingSpec | null }[],
  roles: readonly NodeRole[],
  problems: Problems,
): void {
  for (const { at, to, sizing } of edges) {
    if (to === null || sizing?.kind !== 'linear_hedge' || !sizing.net || roles[to]?.role === 'hedge') continue;
    problems.add(`${at}/sizing`, 'CONTRADICTION', 'net follows the position of what the child hedges: the child must be a hedge of each of its parents');
  }
}

/** An edge from a node to itself. */
export function isSelfEdge(edge: Pick<EdgeSpec, 'from' | 'to'>): boolean {
  return edge.from === edge.to;
}
