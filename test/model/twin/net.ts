/** `linear_hedge` with `net`: what follows P's position, up with its fills and down with its exits' (semantics §5). */
import { filledLots, type Sizes, type TwinEdge, type TwinNode } from './history.js';

export const isNet = (edge: TwinEdge): boolean => edge.spec.sizing.kind === 'linear_hedge' && edge.spec.sizing.net;

/** Lots that a net hedge bought back. */
export const backLots = (node: TwinNode): number => node.back.reduce((sum, f) => sum + f.lots, 0);

/** Held now: filled and not bought back. */
export const heldLots = (node: TwinNode): number => filledLots(node) - backLots(node);

/**
 * |factor| times the position of P after each fill of it or of its exits since the first firing, in lots of the child. It
 * falls with each; it rises when that makes an order.
 */
export function netReleased(edge: TwinEdge, parent: TwinNode, child: TwinNode, sizes: Sizes): number {
  const { sizing } = edge.spec;
  const first = edge.firings[0];
  if (sizing.kind !== 'linear_hedge' || first === undefined) return 0;
  const unit = BigInt(sizes.lot1e8(child.spec)) * BigInt(sizes.tradeLot(child.spec));
  const targetAt = (at: number): number => {
    const held = sizes.held1e8({ ...parent, fills: parent.fills.filter((f) => f.at <= at) });
    const closed = edge.closers.reduce((sum, n) => sum + n.fills.reduce((lots, f) => lots + (f.at <= at ? f.lots : 0), 0) * sizes.lot1e8(n.spec), 0);
    const target = (BigInt(Math.abs(sizing.factorE8)) * BigInt(Math.max(0, held - closed))) / 100_000_000n;
    return Number(target / unit) * sizes.tradeLot(child.spec);
  };
  const later = [parent, ...edge.closers].flatMap((n) => n.fills.map((f) => f.at)).filter((at) => at > first.at).sort((a, b) => a - b);
  let released = 0;
  for (const at of [first.at, ...later]) {
    const target = targetAt(at);
    if (target < released || target - released >= sizes.smallest(child.spec)) released = target;
  }
  return released;
}
