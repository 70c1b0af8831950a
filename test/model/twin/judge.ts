/** What must hold of the children that are live now, whatever led there: invariants 1 to 3, caps, pauses, pacing. */
import { filledLots, hasLive, liveLots, type TwinChild, type TwinNode } from './history.js';
import { judgeMoney, lotsLeft, moneyOf } from './money.js';
import { heldLots } from './net.js';
import type { Twin } from './twin.js';

export function judgeLive(twin: Twin): string[] {
  if (twin.reopened) return twin.nodes.flatMap((node) => judgePosition(twin, node));
  return twin.nodes.flatMap((node) => [
    ...judgeMoney(node, twin.sizes, twin.lateFills), ...judgeReleased(twin, node), ...judgeHeld(twin, node), ...judgePaced(twin, node), ...judgePosition(twin, node),
  ]);
}

const open = (c: TwinChild): number => Math.max(0, (c.asked ?? c.lots) - c.filled);
/** Live quantity that nobody is calling back. */
const kept = (node: TwinNode): number => node.children.reduce((sum, c) => sum + (c.live && !c.back && !c.cancelAsked ? open(c) : 0), 0);

function judgeReleased(twin: Twin, node: TwinNode): string[] {
  const used = heldLots(node) + kept(node);
  const released = twin.released(node);
  const overfill = node.children.reduce((sum, c) => sum + Math.max(0, c.filled - c.lots), 0);
  const where = node.spec.nodeId;
  const problems: string[] = [];
  // A decrease under way is answered before the next one.
  const shrinks = node.children.some((c) => c.live && c.asked !== null && c.asked < c.lots);
  // What was filled when an amend or a late fill made the release smaller stays filled.
  if (kept(node) > 0 && !shrinks && used > released + overfill) problems.push(`${where}: live + filled ${used} exceeds released ${released}`);
  if (hasLive(node) && node.status !== 'active') problems.push(`${where}: live child while ${node.status}`);
  return problems;
}

/** A pause cancels what opening nodes have live; a hedge then keeps its protected part only. */
function judgeHeld(twin: Twin, node: TwinNode): string[] {
  if (!twin.paused && !twin.stoppedByFailure) return [];
  const { kind } = twin.role(node);
  const where = node.spec.nodeId;
  if (kind === 'opening' && twin.pauseCancels && kept(node) > 0) return [`${where}: ${kept(node)} live while paused`];
  const most = Math.min(twin.released(node), twin.exposed(node));
  if (kind === 'hedge' && (twin.pauseCancels || twin.stoppedByFailure) && kept(node) > Math.max(0, most - heldLots(node))) {
    return [`${where}: ${kept(node)} live while paused, ${most} protected, ${filledLots(node)} filled`];
  }
  return [];
}

/** A paced limit order that rests: in its last slice everything carried is in the market, unless a slice is full at 2x. */
function judgePaced(twin: Twin, node: TwinNode): string[] {
  const pacing = node.spec.pacing;
  const where = node.spec.nodeId;
  // What protects goes on in its last slice, and is capped.
  if (pacing === null || twin.role(node).kind !== 'opening' || node.status !== 'active' || node.stop !== null || !twin.mayAct(node)) return [];
  const endNs = node.activatedNs + pacing.slices * pacing.intervalNs;
  if (twin.nowNs >= endNs && !hasLive(node)) return [`${where}: its last slice's time is over, nothing is live, and it goes on`];
  const resting = node.spec.orderType === 'limit' && node.spec.tif === 'gtc' && pacing.carry === 'next';
  const last = twin.nowNs > endNs - pacing.intervalNs && twin.nowNs < endNs;
  const live = node.children.filter((c) => c.live);
  if (!resting || !last || live.length === 0 || twin.wasHeld || node.totals.length > 1) return [];
  // What comes back from an immediate leg is rested next.
  if (live.some((c) => c.cancelAsked || !c.rests)) return [];
  // A slice takes twice its plan at most.
  const since = node.children.filter((c) => c.placedNs >= endNs - pacing.intervalNs);
  // A venue that refuses is left out for a while.
  if (since.some((c) => c.refused)) return [];
  const room = 2 * Math.floor(twin.whole(node) / pacing.slices) - since.reduce((sum, c) => sum + c.filled, 0);
  const left = Math.min(room, twin.whole(node) - filledLots(node));
  if (liveLots(node) >= left - twin.sizes.smallest(node.spec)) return [];
  return [`${where}: ${left} lots left in the last slice, only ${liveLots(node)} of them live`];
}

/** What exits of some P have live, explicit sizes aside, is within the position of these P. */
function judgePosition(twin: Twin, exit: TwinNode): string[] {
  if (!twin.capped(exit)) return [];
  const ps = twin.role(exit).ps;
  const among = (n: TwinNode): boolean => twin.role(n).kind === 'exit' && twin.role(n).ps.some((p) => ps.includes(p));
  // What an exit of explicit size sells lowers the position under the others: their orders are then being cancelled.
  const explicit = twin.nodes.some((n) => among(n) && twin.into(n).some((e) => e.spec.sizing.kind === 'fixed'));
  // So does one that no cap holds.
  const free = twin.nodes.some((n) => among(n) && !twin.capped(n));
  // So does one that closes other P as well.
  const shared = twin.nodes.some((n) => among(n) && !twin.role(n).ps.every((p) => ps.includes(p)));
  const liveOf = (n: TwinNode): number => Math.max(0, (explicit || free || shared || twin.lateFills ? kept(n) : liveLots(n)) - twin.explicitLeft(n));
  const within = twin.nodes.filter((n) => twin.capped(n) && among(n) && twin.role(n).ps.every((p) => ps.includes(p)));
  const live = within.reduce((sum, n) => sum + liveOf(n) * twin.sizes.lot1e8(n.spec), 0);
  if (live <= Math.max(0, twin.position1e8(exit))) return [];
  return [`${exit.spec.nodeId}: exits have ${live} live, position is ${twin.position1e8(exit)} (1e-8)`];
}

/** A position whose exits have all ended though nobody cancelled them: what a late fill brought must be closed too. */
export function judgeOpen(twin: Twin): string[] {
  return twin.nodes.flatMap((p) => {
    const exits = twin.nodes.filter((n) => twin.capped(n) && twin.role(n).ps.includes(p.index));
    if (!twin.filledLate.has(p.index)) return [];
    // Exits of several P close what all of them hold: their sum is what they see. An oco group may cancel its own.
    if (exits.length === 0 || exits.some((n) => twin.cancelledByUser.has(n.index) || twin.role(n).ps.length > 1 || twin.inOco(n))) return [];
    const least = Math.max(...exits.map((n) => twin.sizes.takenAnywhere(n.spec) * twin.sizes.lot1e8(n.spec)));
    // What is sized by itself or by a part of its parent closes what it says and no more.
    const sized = (n: TwinNode): boolean => twin.into(n).every((e) => {
      const { sizing, from } = e.spec;
      return sizing.kind !== 'none' && (sizing.kind !== 'parent_filled_qty' || from !== p.index);
    });
    const able = exits.some((n) => !sized(n) && n.ceiling - filledLots(n) >= twin.sizes.takenAnywhere(n.spec));
    const open1e8 = twin.position1e8(exits[0] ?? p);
    return able && open1e8 >= least ? [`${p.spec.nodeId}: ${open1e8} (1e-8) filled late and left open`] : [];
  });
}

/** Lots that a node could send now and has not: nothing holds it back, and no order of it is live. */
export function idleLots(twin: Twin, node: TwinNode): number {
  const patient = node.spec.orderType === 'market' || node.spec.tif === 'gtc';
  if (node.status !== 'active' || node.stop !== null || !twin.mayAct(node) || node.spec.pacing !== null || !patient) return 0;
  const { kind, ps } = twin.role(node);
  if (hasLive(node)) return 0;
  if (moneyOf(node.spec) !== null) return node.children.length === 0 ? 0 : lotsLeft(node, twin.sizes, twin.midsQ.get(node.spec.instrument) ?? 0);
  const left = twin.released(node) - heldLots(node);
  if (kind === 'opening') return left;
  if (kind === 'hedge') return twin.protectedLeft(node);
  if (!node.triggered || !twin.capped(node)) return 0;
  const peers = twin.nodes.filter((n) => twin.role(n).kind === 'exit' && twin.role(n).ps.some((p) => ps.includes(p)));
  const live = peers.reduce((sum, n) => sum + liveLots(n), 0);
  // Others that were triggered may claim it.
  const rivals = peers.some((n) => n !== node && n.status === 'active' && n.triggered);
  const position = Math.floor(twin.position1e8(node) / twin.sizes.lot1e8(node.spec)) - live;
  return rivals ? 0 : Math.min(left, position);
}
