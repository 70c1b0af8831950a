/**
 * "Sizing: how much a firing releases": each edge's cumulative target as a function of the whole history.
 * Answers are lots of the child.
 */
import { filledLots, hasLive, liveLots, type Sizes, type TwinEdge, type TwinNode } from './history.js';
import { isNet, netReleased } from './net.js';

const abs = (x: bigint): bigint => (x < 0n ? -x : x);

/**
 * What the edge has released: after each fill since its first firing `floor_lot(target)`, unless that adds less than the
 * smallest order of every eligible venue, which "waits for the next release". 0 before the first firing.
 */
export function edgeReleased(edge: TwinEdge, parent: TwinNode, child: TwinNode, sizes: Sizes): number {
  const first = edge.firings[0];
  if (first === undefined) return 0;
  if (isNet(edge)) return netReleased(edge, parent, child, sizes);
  const kind = edge.spec.sizing.kind;
  if (kind === 'fixed' || kind === 'residual' || kind === 'scaled_notional') return targetAt(edge, parent, child, sizes, parent);
  const follows = kind !== 'none' || edge.spec.trigger.kind === 'on_fill';
  if (!follows) return child.ceiling;
  let released = 0;
  const own = edge.spec.trigger.kind === 'on_fill' ? first.fillsBefore + 1 : first.fillsBefore;
  const from = Math.max(own, child.joinedAtFills.get(parent.index) ?? 0);
  for (let seen = from; seen <= parent.fills.length; seen++) {
    const target = targetAt(edge, parent, child, sizes, { ...parent, fills: parent.fills.slice(0, seen) });
    if (target - released >= sizes.smallest(child.spec)) released = target;
  }
  return released;
}

/** floor_lot(target) as the parent stood `then`. */
function targetAt(edge: TwinEdge, now: TwinNode, child: TwinNode, sizes: Sizes, parent: TwinNode): number {
  const first = edge.firings[0];
  if (first === undefined) return 0;
  const lot = BigInt(sizes.lot1e8(child.spec));
  const tradeLot = BigInt(sizes.tradeLot(child.spec));
  const floor = (target1e8: bigint): number => Number((target1e8 / lot / tradeLot) * tradeLot);
  const sizing = edge.spec.sizing;
  switch (sizing.kind) {
    case 'parent_filled_qty':
      return floor(BigInt(sizes.held1e8(parent)));
    case 'linear_hedge':
      return floor((abs(BigInt(sizing.factorE8)) * BigInt(sizes.held1e8(parent))) / 100_000_000n);
    case 'parent_incremental_fill_qty':
      return floor(BigInt(sizes.held1e8(parent, first.fillsBefore)));
    case 'none':
      if (edge.spec.trigger.kind === 'on_fill') return floor(BigInt(sizes.held1e8(parent, first.fillsBefore)));
      return child.ceiling;
    case 'residual':
      // Only the doubtful quantity is held: what is live of the parent may still fill.
      return floor(lot * BigInt(Math.max(0, parent.ceiling - filledLots(parent) - (hasLive(now) ? liveLots(now) : 0))));
    case 'fixed':
      return sizing.lots;
    case 'scaled_notional':
      return scaledNotional(edge, sizing.factorE8, sizing.maxUsd1e9, child, sizes);
  }
}

/**
 * Per firing: (min(|factor|·N, cap) − notional released so far) / m, in the tick·lot units both instruments share; less
 * than the smallest order waits, in money, for the next.
 */
function scaledNotional(edge: TwinEdge, factorE8: number, cap: string | null, child: TwinNode, sizes: Sizes): number {
  // Four times the money: mids are in quarter ticks. A tick·lot is 0.01 USD, 10^7 of 1e-9.
  const capQ = cap === null ? null : (BigInt(cap) * 4n) / 10_000_000n;
  const tradeLot = BigInt(sizes.tradeLot(child.spec));
  let released = 0n;
  let spentQ = 0n;
  for (const firing of edge.firings) {
    const wholeQ = (abs(BigInt(factorE8)) * firing.notional * 4n) / 100_000_000n;
    const wantQ = (capQ !== null && wholeQ > capQ ? capQ : wholeQ) - spentQ;
    if (wantQ <= 0n || firing.midQ <= 0) continue;
    const lots = (wantQ / BigInt(firing.midQ) / tradeLot) * tradeLot;
    if (lots < BigInt(sizes.smallest(child.spec))) continue;
    released += lots;
    spentQ += lots * BigInt(firing.midQ);
  }
  return Number(released);
}

/** Different parents add up, several edges of one parent take the maximum, all under the ceiling. */
export function nodeReleased(node: TwinNode, nodes: readonly TwinNode[], edges: readonly TwinEdge[], sizes: Sizes): number {
  const incoming = edges.filter((e) => e.spec.to === node.index);
  return sumOfParents(node, incoming, nodes, sizes);
}

/** The part of it that edges of explicit size released. */
export function explicitReleased(node: TwinNode, nodes: readonly TwinNode[], edges: readonly TwinEdge[], sizes: Sizes): number {
  const explicit = edges.filter((e) => e.spec.to === node.index && e.spec.sizing.kind === 'fixed');
  return explicit.length === 0 ? 0 : sumOfParents(node, explicit, nodes, sizes);
}

function sumOfParents(node: TwinNode, incoming: readonly TwinEdge[], nodes: readonly TwinNode[], sizes: Sizes): number {
  if (incoming.length === 0) return node.activatedNs >= 0 ? node.ceiling : 0;
  const byParent = new Map<number, number>();
  for (const edge of incoming) {
    const parent = nodes[edge.spec.from];
    if (parent === undefined) continue;
    const released = edgeReleased(edge, parent, node, sizes);
    byParent.set(edge.spec.from, Math.max(byParent.get(edge.spec.from) ?? 0, released));
  }
  return Math.min(node.ceiling, [...byParent.values()].reduce((a, b) => a + b, 0));
}
