/**
 * Orders that rest (gtc, post_only) by listing, so that a plan finds the account's own on the other side without a walk
 * past every immediate order on its way. Made from the venues' lists when first wanted: nothing of it is state.
 */
import { assert, must } from '../../base/assert.js';
import type { Child, CoreState } from '../state.js';

const NONE: readonly Child[] = [];

export function rests(child: Child): boolean {
  return child.tif === 'gtc' || child.tif === 'post_only';
}

/** The account's resting orders at a listing on the other side of `side`, in the order of the venue's list. */
export function ownOpposite(state: CoreState, accountId: number, listing: number, side: number): readonly Child[] {
  const there = (state.scratch.resting ?? index(state))[listing];
  if (there === undefined || there.size === 0) return NONE;
  assert(side === 1 || side === -1, 'an order buys or sells');
  const own: Child[] = [];
  for (const child of there) if (child.side !== side && child.node.graph.accountId === accountId) own.push(child);
  return own.length > 1 ? own.sort((a, b) => a.livePos - b.livePos) : own;
}

/** The child has just been listed at its venue. */
export function listResting(state: CoreState, child: Child): void {
  const { resting } = state.scratch;
  assert(child.livePos >= 0, 'what is listed is live');
  if (resting !== null && rests(child)) add(resting, child);
}

/** The child has ended. */
export function unlistResting(state: CoreState, child: Child): void {
  const { resting } = state.scratch;
  assert(child.doneAtNs !== -1, 'what leaves the list is over');
  if (resting === null || !rests(child)) return;
  assert(child.venue < state.venues.length, 'an order rests at a venue');
  const known = must(resting[child.listing], 'resting orders of a listing').delete(child);
  assert(known, 'an order that rested is listed');
}

function index(state: CoreState): Set<Child>[] {
  const resting: Set<Child>[] = state.universe.listings.map(() => new Set());
  for (const venue of state.venues) for (const child of venue.live) if (rests(child)) add(resting, child);
  assert(state.scratch.resting === null, 'the index is made once');
  state.scratch.resting = resting;
  return resting;
}

function add(resting: Set<Child>[], child: Child): void {
  (resting[child.listing] ??= new Set()).add(child);
}
