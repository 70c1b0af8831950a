/**
 * What crosses between the engine thread and a guest thread, as cells of float64 words: every value is a safe integer.
 * Engine → guest: what became of orders, pauses. Guest → engine: actions and ends. Books and prints never cross:
 * the guest thread reads the shared ones itself.
 */
import type { SpscRingReader } from '../../memory/spsc-ring-reader.js';
import type { SpscRingWriter } from '../../memory/spsc-ring-writer.js';
import { plainReadFloat64, plainWriteFloat64 } from '../../memory/words.js';
import { emptyAction, type GuestAction } from '../host/actions.js';
import type { DeathReason, PauseReason } from '../host/instance.js';

export const ORDER_CELL_BYTES = 96;
export const ACTION_CELL_BYTES = 128;

/** Kinds of engine → guest cells. */
export const orderCell = {
  acked: 1, filled: 2, rejected: 3, amendRejected: 4, amended: 5, done: 6, stop: 8, start: 9, shutdown: 10,
} as const;
export type OrderCellKind = (typeof orderCell)[keyof typeof orderCell];

/** One engine → guest cell. Fields that a kind doesn't use are 0. */
export interface OrderCell {
  kind: number;
  /** The number that `GuestThread.deploy` gave. */
  deployment: number;
  instance: number;
  symbol: number;
  /** `GuestAction.ref` of the order. */
  ref: number;
  priceTicks: number;
  lots: number;
  side: number;
  /** abi.REJECT_CODE_*. */
  code: number;
  tNs: number;
}

export function emptyOrderCell(): OrderCell {
  return { kind: 0, deployment: 0, instance: 0, symbol: 0, ref: 0, priceTicks: 0, lots: 0, side: 0, code: 0, tNs: 0 };
}

/** @returns false when the ring is full: the caller keeps the cell and tries again. Publishes. */
export function sendOrderCell(ring: SpscRingWriter, cell: OrderCell): boolean {
  const at = ring.claim();
  if (at < 0) return false;
  const words = ring.float64;
  const i = at >> 3;
  plainWriteFloat64(words, i, cell.kind);
  plainWriteFloat64(words, i + 1, cell.deployment);
  plainWriteFloat64(words, i + 2, cell.instance);
  plainWriteFloat64(words, i + 3, cell.symbol);
  plainWriteFloat64(words, i + 4, cell.ref);
  plainWriteFloat64(words, i + 5, cell.priceTicks);
  plainWriteFloat64(words, i + 6, cell.lots);
  plainWriteFloat64(words, i + 7, cell.side);
  plainWriteFloat64(words, i + 8, cell.code);
  plainWriteFloat64(words, i + 9, cell.tNs);
  ring.commit();
  ring.publish();
  return true;
}

export function takeOrderCell(ring: SpscRingReader, out: OrderCell): boolean {
  const at = ring.peek();
  if (at < 0) return false;
  const words = ring.float64;
  const i = at >> 3;
  out.kind = plainReadFloat64(words, i);
  out.deployment = plainReadFloat64(words, i + 1);
  out.instance = plainReadFloat64(words, i + 2);
  out.symbol = plainReadFloat64(words, i + 3);
  out.ref = plainReadFloat64(words, i + 4);
  out.priceTicks = plainReadFloat64(words, i + 5);
  out.lots = plainReadFloat64(words, i + 6);
  out.side = plainReadFloat64(words, i + 7);
  out.code = plainReadFloat64(words, i + 8);
  out.tNs = plainReadFloat64(words, i + 9);
  ring.advance();
  ring.release();
  return true;
}

/** A guest → engine cell: an action, or an end (`death` set, the action's fields 0). */
export interface ActionCell extends GuestAction {
  deployment: number;
  instance: number;
  /** Engine time at which the guest thread took the action. */
  tNs: number;
  /** Index into `deathReasons`, or PAUSE plus one into `pauseReasons`; -1 = an action. */
  death: number;
}

export const deathReasons: readonly DeathReason[] = ['TRAP', 'OUT_OF_FUEL', 'CALL_DEPTH', 'BAD_ACTIONS', 'WATCHDOG'];
export const pauseReasons: readonly PauseReason[] = ['DAILY_LOSS_LIMIT', 'POSITION_LIMIT'];
const PAUSE = 100;

/** Why an instance died, from its cell; undefined for an action or a pause. */
export function deathOf(cell: ActionCell): DeathReason | undefined {
  return deathReasons[cell.death];
}

/** Why the host paused it; undefined for an action or a death. */
export function pauseOf(cell: ActionCell): PauseReason | undefined {
  return pauseReasons[cell.death - PAUSE];
}

/** @returns false when the ring is full */
export function sendAction(ring: SpscRingWriter, action: GuestAction, deployment: number, instance: number, tNs: number): boolean {
  const at = ring.claim();
  if (at < 0) return false;
  const words = ring.float64;
  const i = at >> 3;
  plainWriteFloat64(words, i, deployment);
  plainWriteFloat64(words, i + 1, instance);
  plainWriteFloat64(words, i + 2, tNs);
  plainWriteFloat64(words, i + 3, action.kind);
  plainWriteFloat64(words, i + 4, action.idHigh);
  plainWriteFloat64(words, i + 5, action.idLow);
  plainWriteFloat64(words, i + 6, action.ref);
  plainWriteFloat64(words, i + 7, action.symbol);
  plainWriteFloat64(words, i + 8, action.venueId);
  plainWriteFloat64(words, i + 9, action.side);
  plainWriteFloat64(words, i + 10, action.orderType);
  plainWriteFloat64(words, i + 11, action.priceTicks);
  plainWriteFloat64(words, i + 12, action.qtyLots);
  plainWriteFloat64(words, i + 13, action.policy);
  plainWriteFloat64(words, i + 14, action.ttlMs);
  plainWriteFloat64(words, i + 15, -1);
  ring.commit();
  ring.publish();
  return true;
}

/** A death or a pause. @returns false when the ring is full */
export function sendEnd(
  ring: SpscRingWriter, reason: DeathReason | PauseReason, deployment: number, instance: number, tNs: number,
): boolean {
  const at = ring.claim();
  if (at < 0) return false;
  const words = ring.float64;
  const i = at >> 3;
  for (let k = 3; k < 15; k++) plainWriteFloat64(words, i + k, 0);
  plainWriteFloat64(words, i, deployment);
  plainWriteFloat64(words, i + 1, instance);
  plainWriteFloat64(words, i + 2, tNs);
  const pause = pauseReasons.indexOf(reason as PauseReason);
  plainWriteFloat64(words, i + 15, pause >= 0 ? PAUSE + pause : deathReasons.indexOf(reason as DeathReason));
  ring.commit();
  ring.publish();
  return true;
}

export function emptyActionCell(): ActionCell {
  return { ...emptyAction(), deployment: 0, instance: 0, tNs: 0, death: -1 };
}

export function takeAction(ring: SpscRingReader, out: ActionCell): boolean {
  const at = ring.peek();
  if (at < 0) return false;
  const words = ring.float64;
  const i = at >> 3;
  out.deployment = plainReadFloat64(words, i);
  out.instance = plainReadFloat64(words, i + 1);
  out.tNs = plainReadFloat64(words, i + 2);
  out.kind = plainReadFloat64(words, i + 3);
  out.idHigh = plainReadFloat64(words, i + 4);
  out.idLow = plainReadFloat64(words, i + 5);
  out.ref = plainReadFloat64(words, i + 6);
  out.symbol = plainReadFloat64(words, i + 7);
  out.venueId = plainReadFloat64(words, i + 8);
  out.side = plainReadFloat64(words, i + 9);
  out.orderType = plainReadFloat64(words, i + 10);
  out.priceTicks = plainReadFloat64(words, i + 11);
  out.qtyLots = plainReadFloat64(words, i + 12);
  out.policy = plainReadFloat64(words, i + 13);
  out.ttlMs = plainReadFloat64(words, i + 14);
  out.death = plainReadFloat64(words, i + 15);
  ring.advance();
  ring.release();
  return true;
}
