/**
 * What happened, as the twin remembers it: fills and children by node, firings by edge. Every quantity that the twin
 * states is computed from these lists each time it is asked; nothing is kept running.
 */
import type { EdgeSpec, GraphSpec, NodeSpec } from '../../../src/protocol/graph-spec.js';
import type { Universe } from '../../../src/protocol/universe.js';

export interface TwinFill {
  /** Its place among all fills of the graph. */
  readonly at: number;
  readonly lots: number;
  readonly ticks: number;
  /** Fee charged in the base asset, 1e-8 of it. */
  readonly baseFee1e8: number;
  /** Every fee in USD, 1e-9: one in base at the fill's price. */
  readonly feeUsd1e9: number;
}

export interface TwinChild {
  readonly id: string;
  readonly venue: number;
  /** Buys back what its own node has too much of. */
  readonly back: boolean;
  lots: number;
  /** Total asked for by an amend under way. */
  asked: number | null;
  filled: number;
  live: boolean;
  acked: boolean;
  cancelAsked: boolean;
  refused: boolean;
  /** May rest in the book: not an immediate leg. */
  readonly rests: boolean;
  readonly limitTicks: number;
  readonly placedNs: number;
}

export interface Firing {
  readonly tNs: number;
  /** Fills of the graph so far, its own included. */
  readonly at: number;
  /** Fills of the parent before the one that fired it. */
  readonly fillsBefore: number;
  /** The child's trigger mid then, quarter ticks. */
  readonly midQ: number;
  /** Filled notional of the parent then, in ticks·lots. */
  readonly notional: bigint;
}

export const terminalStatuses = ['filled', 'cancelled', 'expired', 'rejected', 'skipped'] as const;
export type Status = 'waiting' | 'active' | (typeof terminalStatuses)[number];

export interface TwinNode {
  readonly index: number;
  readonly spec: NodeSpec;
  status: Status;
  activatedNs: number;
  /** Trigger mid at its first order, quarter ticks. */
  arrivalMidQ: number;
  ceiling: number;
  /** How it will end once nothing of it is live. */
  stop: { readonly status: 'cancelled'; readonly reason: string } | null;
  reason: string;
  triggered: boolean;
  readonly fills: TwinFill[];
  /** What a net hedge bought back. */
  readonly back: TwinFill[];
  readonly children: TwinChild[];
  /** Fills of each parent when the last edge of a join of all fired: streaming starts there. */
  readonly joinedAtFills: Map<number, number>;
  /** What it was to do in all when it was activated, then as amended or released: of paced nodes. */
  totals: { readonly tNs: number; readonly lots: number }[];
}

export interface TwinEdge {
  readonly index: number;
  readonly spec: EdgeSpec;
  armed: boolean;
  dead: boolean;
  readonly firings: Firing[];
  /** Exits of its parent, whose fills lower what a net hedge follows. */
  closers: readonly TwinNode[];
}

export const isTerminal = (node: TwinNode): boolean => node.status !== 'waiting' && node.status !== 'active';
export const filledLots = (node: TwinNode): number => node.fills.reduce((sum, f) => sum + f.lots, 0);
export const liveLots = (node: TwinNode): number =>
  node.children.reduce((sum, c) => sum + (c.live && !c.back ? Math.max(c.lots, c.asked ?? 0) - c.filled : 0), 0);
export const hasLive = (node: TwinNode): boolean => node.children.some((c) => c.live);
export const notionalOf = (node: TwinNode): bigint =>
  node.fills.reduce((sum, f) => sum + BigInt(f.ticks) * BigInt(f.lots), 0n);

/** Sizes of lots, minimums and trade lots: what the page's words "lot", "smallest order" stand for. */
export class Sizes {
  readonly #universe: Universe;
  readonly #grids = new Map<NodeSpec, { readonly tradeLot: number; readonly smallest: number; readonly anywhere: number }>();
  constructor(universe: Universe) {
    this.#universe = universe;
  }

  #eligible(node: NodeSpec) {
    return this.#universe.listings.filter(
      (l) => l.instrument === node.instrument && (node.venues === null || node.venues.includes(l.venue)),
    );
  }

  lot1e8(node: NodeSpec): number {
    return this.#universe.instruments[node.instrument]?.lot1e8 ?? 1;
  }

  /** Value of lots at a price, 1e-9 USD. */
  usd1e9(node: NodeSpec, ticks: number, lots: number): bigint {
    const instrument = this.#universe.instruments[node.instrument];
    return (BigInt(ticks) * BigInt(instrument?.tick1e9 ?? 1) * BigInt(lots) * BigInt(instrument?.lot1e8 ?? 1)) / 100_000_000n;
  }

  dearestFeeE6(node: NodeSpec): number {
    return Math.max(...this.#eligible(node).map((l) => l.takerFeeE6));
  }

  #grid(node: NodeSpec) {
    const known = this.#grids.get(node);
    if (known !== undefined) return known;
    const eligible = this.#eligible(node);
    const tradeLot = Math.max(...eligible.map((l) => l.lotMultiple));
    const whole = (lots: number): number => Math.ceil(lots / tradeLot) * tradeLot;
    const minimums = eligible.map((l) => l.minLots);
    const grid = { tradeLot, smallest: whole(Math.min(...minimums)), anywhere: whole(Math.max(...minimums)) };
    this.#grids.set(node, grid);
    return grid;
  }

  /** The coarsest lot of its eligible venues, in lots of the instrument. */
  tradeLot(node: NodeSpec): number {
    return this.#grid(node).tradeLot;
  }

  /** The smallest order that any eligible venue takes, in lots, on the node's grid. */
  smallest(node: NodeSpec): number {
    return this.#grid(node).smallest;
  }

  /** An order that each of its venues takes, in lots. */
  takenAnywhere(node: NodeSpec): number {
    return this.#grid(node).anywhere;
  }

  /** F in 1e-8: cumulative fill minus fees charged in the base asset, over the fills from `first` on. */
  held1e8(node: TwinNode, first = 0): number {
    const fills = node.fills.slice(first);
    return fills.reduce((sum, f) => sum + f.lots * this.lot1e8(node.spec) - f.baseFee1e8, 0);
  }
}

export function emptyNodes(spec: GraphSpec): TwinNode[] {
  return spec.nodes.map((node, index) => ({
    index,
    spec: node,
    status: 'waiting',
    activatedNs: -1,
    arrivalMidQ: 0,
    ceiling: node.quantity.kind === 'fixed' ? node.quantity.lots : Infinity,
    stop: null,
    reason: '',
    triggered: false,
    fills: [],
    back: [],
    children: [],
    joinedAtFills: new Map<number, number>(),
    totals: [],
  }));
}

export function emptyEdges(spec: GraphSpec): TwinEdge[] {
  return spec.edges.map((edge, index) => ({ index, spec: edge, armed: false, dead: false, firings: [], closers: [] }));
}
