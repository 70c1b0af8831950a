/**
 * A node before anything happened to it, and how a node is laid out: very many wait, so what few of them ever need is
 * made when it is first needed. `Node` (state.ts) is what everybody else sees.
 */
import { assert } from '../../base/assert.js';
import type { Gone, Graph, Node, NodeRun, Pace, Role } from '../state.js';
import type { NodeStatus } from './node-table.js';
import { NONE } from './index-list.js';
import type { NodeTerms } from './terms.js';

/** Bits of `CompactNode.flags`. */
const TRIGGERED = 1;
const LOOK_DUE = 2;
const ALGO_DEAD = 4;
const GROUP_CANCELLED = 8;
const MUST_RUN = 16;
const UNCAPPED = 32;
const STOPPED = 64;
const DIRTY = 128;
const SUPERSEDED = 256;

/** What a node has to do with others of its graph beside its edges; never changed, replaced as a whole. */
export interface Relations {
  readonly ps: readonly number[];
  readonly peers: readonly number[];
  readonly exits: readonly number[];
  readonly hedges: readonly number[];
  readonly groups: readonly number[];
}

/** Of every node that has to do with nobody. */
export const NO_RELATIONS: Relations = Object.freeze({ ps: NONE, peers: NONE, exits: NONE, hedges: NONE, groups: NONE });

/** What most waiting nodes never need. */
export interface NodeRest {
  reason: string;
  reopened: number;
  stopReason: string;
  askedPosition: number;
  gone: Gone[] | null;
  saidStatus: string;
  saidFilled: number;
  expireAtNs: string | null;
  container: Node | null;
  sliceIndex: number;
  planLots: number;
  pace: Pace | null;
}

function newRest(): NodeRest {
  return {
    reason: '', reopened: 0, stopReason: '', askedPosition: 0, gone: null, saidStatus: 'waiting', saidFilled: 0, expireAtNs: null, container: null,
    sliceIndex: 0, planLots: 0, pace: null,
  };
}

/** Read where there is none yet. */
export const REST_AT_FIRST: Readonly<NodeRest> = Object.freeze(newRest());

export class CompactNode implements Node {
  // Declared only, written by the constructor in this order: engines define initialised fields one by one, which is slow.
  declare graph: Graph;
  declare index: number;
  declare spec: NodeTerms;
  declare nodeId: string;
  declare status: NodeStatus;
  declare role: Role;
  declare ceiling: number;
  declare limitTicks: number;
  declare released: number;
  declare filled: number;
  declare inEdges: readonly number[];
  declare outEdges: readonly number[];
  declare relations: Relations;
  declare flags: number;
  declare order: number;
  /** Null: all as at first. */
  declare rest: NodeRest | null;
  declare run: NodeRun | null;

  constructor(graph: Graph, index: number, nodeId: string, limitTicks: number, spec: NodeTerms) {
    this.graph = graph;
    this.index = index;
    this.spec = spec;
    this.nodeId = nodeId;
    this.status = 'waiting';
    this.role = 'opening';
    this.ceiling = spec.quantity.kind === 'fixed' ? spec.quantity.lots : Infinity;
    this.limitTicks = limitTicks;
    this.released = 0;
    this.filled = 0;
    this.inEdges = NONE;
    this.outEdges = NONE;
    this.relations = NO_RELATIONS;
    this.flags = 0;
    this.order = 0;
    this.rest = null;
    this.run = null;
  }

  get ps(): readonly number[] { return this.relations.ps; }
  set ps(ps: readonly number[]) { if (ps !== this.relations.ps) this.relations = { ...this.relations, ps }; }
  get peers(): readonly number[] { return this.relations.peers; }
  set peers(peers: readonly number[]) { if (peers !== this.relations.peers) this.relations = { ...this.relations, peers }; }
  get exits(): readonly number[] { return this.relations.exits; }
  set exits(exits: readonly number[]) { if (exits !== this.relations.exits) this.relations = { ...this.relations, exits }; }
  get hedges(): readonly number[] { return this.relations.hedges; }
  set hedges(hedges: readonly number[]) { if (hedges !== this.relations.hedges) this.relations = { ...this.relations, hedges }; }
  get groups(): readonly number[] { return this.relations.groups; }
  set groups(groups: readonly number[]) { if (groups !== this.relations.groups) this.relations = { ...this.relations, groups }; }

  get triggered(): 0 | 1 { return bit(this.flags, TRIGGERED); }
  set triggered(on: 0 | 1) { this.flags = withBit(this.flags, TRIGGERED, on); }
  get lookDue(): 0 | 1 { return bit(this.flags, LOOK_DUE); }
  set lookDue(on: 0 | 1) { this.flags = withBit(this.flags, LOOK_DUE, on); }
  get algoDead(): 0 | 1 { return bit(this.flags, ALGO_DEAD); }
  set algoDead(on: 0 | 1) { this.flags = withBit(this.flags, ALGO_DEAD, on); }
  get groupCancelled(): 0 | 1 { return bit(this.flags, GROUP_CANCELLED); }
  set groupCancelled(on: 0 | 1) { this.flags = withBit(this.flags, GROUP_CANCELLED, on); }
  get mustRun(): 0 | 1 { return bit(this.flags, MUST_RUN); }
  set mustRun(on: 0 | 1) { this.flags = withBit(this.flags, MUST_RUN, on); }
  get uncapped(): 0 | 1 { return bit(this.flags, UNCAPPED); }
  set uncapped(on: 0 | 1) { this.flags = withBit(this.flags, UNCAPPED, on); }
  get stopped(): 0 | 1 { return bit(this.flags, STOPPED); }
  set stopped(on: 0 | 1) { this.flags = withBit(this.flags, STOPPED, on); }
  get dirty(): 0 | 1 { return bit(this.flags, DIRTY); }
  set dirty(on: 0 | 1) { this.flags = withBit(this.flags, DIRTY, on); }
  get superseded(): 0 | 1 { return bit(this.flags, SUPERSEDED); }
  set superseded(on: 0 | 1) { this.flags = withBit(this.flags, SUPERSEDED, on); }

  get reason(): string { return (this.rest ?? REST_AT_FIRST).reason; }
  set reason(value: string) { if (value !== this.reason) ownRest(this).reason = value; }
  get reopened(): number { return (this.rest ?? REST_AT_FIRST).reopened; }
  set reopened(value: number) { if (value !== this.reopened) ownRest(this).reopened = value; }
  get stopReason(): string { return (this.rest ?? REST_AT_FIRST).stopReason; }
  set stopReason(value: string) { if (value !== this.stopReason) ownRest(this).stopReason = value; }
  get askedPosition(): number { return (this.rest ?? REST_AT_FIRST).askedPosition; }
  set askedPosition(value: number) { if (value !== this.askedPosition) ownRest(this).askedPosition = value; }
  get gone(): Gone[] | null { return (this.rest ?? REST_AT_FIRST).gone; }
  set gone(value: Gone[] | null) { if (value !== this.gone) ownRest(this).gone = value; }
  get saidStatus(): string { return (this.rest ?? REST_AT_FIRST).saidStatus; }
  set saidStatus(value: string) { if (value !== this.saidStatus) ownRest(this).saidStatus = value; }
  get saidFilled(): number { return (this.rest ?? REST_AT_FIRST).saidFilled; }
  set saidFilled(value: number) { if (value !== this.saidFilled) ownRest(this).saidFilled = value; }
  get expireAtNs(): string | null { return (this.rest ?? REST_AT_FIRST).expireAtNs; }
  set expireAtNs(value: string | null) { if (value !== this.expireAtNs) ownRest(this).expireAtNs = value; }
  get container(): Node | null { return (this.rest ?? REST_AT_FIRST).container; }
  set container(value: Node | null) { if (value !== this.container) ownRest(this).container = value; }
  get sliceIndex(): number { return (this.rest ?? REST_AT_FIRST).sliceIndex; }
  set sliceIndex(value: number) { if (value !== this.sliceIndex) ownRest(this).sliceIndex = value; }
  get planLots(): number { return (this.rest ?? REST_AT_FIRST).planLots; }
  set planLots(value: number) { if (value !== this.planLots) ownRest(this).planLots = value; }
  get pace(): Pace | null { return (this.rest ?? REST_AT_FIRST).pace; }
  set pace(value: Pace | null) { if (value !== this.pace) ownRest(this).pace = value; }
}

function bit(flags: number, mask: number): 0 | 1 {
  return (flags & mask) === 0 ? 0 : 1;
}

function withBit(flags: number, mask: number, on: 0 | 1): number {
  return on === 1 ? flags | mask : flags & ~mask;
}

function ownRest(node: CompactNode): NodeRest {
  node.rest ??= newRest();
  return node.rest;
}

/** A node to be filled in by who reads it back. */
export function blankNode(): CompactNode {
  return new CompactNode(...([null, 0, '', 0, { quantity: { kind: 'from_edge' } }] as unknown as ConstructorParameters<typeof CompactNode>));
}

/** @param limitTicks 0 = none */
export function newNode(graph: Graph, index: number, nodeId: string, limitTicks: number, spec: NodeTerms): CompactNode {
  return new CompactNode(graph, index, nodeId, limitTicks, spec);
}

/** A node of its own with the same values; what they refer to is shared. */
export function copyNode(node: Node): CompactNode {
  const copy = newNode(node.graph, node.index, node.nodeId, node.limitTicks, node.spec);
  Object.assign(copy, node);
  if (copy.rest !== null) copy.rest = { ...copy.rest };
  assert(copy.graph === node.graph && copy.filled === node.filled, 'a copy says the same');
  return copy;
}

/**
 * Engines box a figure that is not a small integer. A field that has held something else than a number keeps small
 * integers unboxed beside it, else one large figure anywhere would box that field in every node: 16 bytes each.
 */
function keepSmallFiguresUnboxed(node: CompactNode): void {
  const fields = node as unknown as Record<'ceiling' | 'limitTicks' | 'released' | 'filled', number | null>; // nobody sees this node
  for (const field of ['ceiling', 'limitTicks', 'released', 'filled'] as const) fields[field] = null;
}

keepSmallFiguresUnboxed(blankNode());
