/**
 * An edge before anything happened to it, and how an edge is laid out (see new-node.ts). `Edge` (state.ts) is what
 * everybody else sees.
 */
import { assert } from '../../base/assert.js';
import type { Wide } from '../../base/wide.js';
import type { TriggerSpec } from '../../protocol/graph-spec.js';
import type { Edge, EdgeState, Graph } from '../state.js';
import type { Timer } from '../timers.js';
import type { EdgeTerms } from './terms.js';

/** What edges that only wait never need. */
export interface EdgeRest {
  firedAtNs: number;
  firedCount: number;
  firedPriceQ: number;
  released: number;
  baseLots: number;
  baseFee1e8: number;
  notional: Wide | null;
  heldSinceAtNs: number;
}

function newRest(): EdgeRest {
  return { firedAtNs: -1, firedCount: 0, firedPriceQ: 0, released: 0, baseLots: 0, baseFee1e8: 0, notional: null, heldSinceAtNs: -1 };
}

/** Read where there is none yet. */
export const EDGE_REST_AT_FIRST: Readonly<EdgeRest> = Object.freeze(newRest());

export class CompactEdge implements Edge {
  // See new-node.ts.
  declare graph: Graph;
  declare index: number;
  declare spec: EdgeTerms;
  declare edgeId: string;
  declare from: number;
  declare to: number;
  declare state: EdgeState;
  declare armedAtNs: number;
  /** The one figure of its trigger: the level, or what a timeout waits. */
  declare figure: number;
  declare heapPos: number;
  declare heapKey: number;
  declare timer: Timer | null;
  /** Null: all as at first. */
  declare rest: EdgeRest | null;

  constructor(graph: Graph, index: number, edgeId: string, from: number, to: number, figure: number, spec: EdgeTerms) {
    this.graph = graph;
    this.index = index;
    this.spec = spec;
    this.edgeId = edgeId;
    this.from = from;
    this.to = to;
    this.state = 'idle';
    this.armedAtNs = -1;
    this.figure = figure;
    this.heapPos = -1;
    this.heapKey = -1;
    this.timer = null;
    this.rest = null;
  }

  get level(): number { return this.figure; }
  set level(value: number) { this.figure = value; }
  get afterNs(): number { return this.figure; }

  get firedAtNs(): number { return (this.rest ?? EDGE_REST_AT_FIRST).firedAtNs; }
  set firedAtNs(value: number) { if (value !== this.firedAtNs) ownRest(this).firedAtNs = value; }
  get firedCount(): number { return (this.rest ?? EDGE_REST_AT_FIRST).firedCount; }
  set firedCount(value: number) { if (value !== this.firedCount) ownRest(this).firedCount = value; }
  get firedPriceQ(): number { return (this.rest ?? EDGE_REST_AT_FIRST).firedPriceQ; }
  set firedPriceQ(value: number) { if (value !== this.firedPriceQ) ownRest(this).firedPriceQ = value; }
  get released(): number { return (this.rest ?? EDGE_REST_AT_FIRST).released; }
  set released(value: number) { if (value !== this.released) ownRest(this).released = value; }
  get baseLots(): number { return (this.rest ?? EDGE_REST_AT_FIRST).baseLots; }
  set baseLots(value: number) { if (value !== this.baseLots) ownRest(this).baseLots = value; }
  get baseFee1e8(): number { return (this.rest ?? EDGE_REST_AT_FIRST).baseFee1e8; }
  set baseFee1e8(value: number) { if (value !== this.baseFee1e8) ownRest(this).baseFee1e8 = value; }
  get notional(): Wide | null { return (this.rest ?? EDGE_REST_AT_FIRST).notional; }
  set notional(value: Wide | null) { if (value !== this.notional) ownRest(this).notional = value; }
  get heldSinceAtNs(): number { return (this.rest ?? EDGE_REST_AT_FIRST).heldSinceAtNs; }
  set heldSinceAtNs(value: number) { if (value !== this.heldSinceAtNs) ownRest(this).heldSinceAtNs = value; }
}

function ownRest(edge: CompactEdge): EdgeRest {
  edge.rest ??= newRest();
  return edge.rest;
}

/** The figure of a trigger that `edgeTerms` leaves out; NaN = it has none, or it is to be found out. */
export function figureOf(trigger: TriggerSpec): number {
  assert(trigger.kind !== 'on_timeout' || trigger.afterNs >= 0, 'a time to wait is not negative');
  if (trigger.kind === 'on_timeout') return trigger.afterNs;
  return trigger.kind === 'on_price' && trigger.level.kind === 'absolute' ? trigger.level.quarterTicks : NaN;
}

/** An edge to be filled in by who reads it back. */
export function blankEdge(): CompactEdge {
  return new CompactEdge(...([null, 0, '', 0, 0, 0, null] as unknown as ConstructorParameters<typeof CompactEdge>));
}

/** See `keepSmallFiguresUnboxed` in new-node.ts. */
function keepSmallFiguresUnboxed(edge: CompactEdge): void {
  const fields = edge as unknown as Record<'armedAtNs' | 'figure', number | null>; // nobody sees this edge
  fields.armedAtNs = fields.figure = null;
}

keepSmallFiguresUnboxed(blankEdge());
