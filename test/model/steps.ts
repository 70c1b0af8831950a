/** What a case is made of: its abstract steps, and an order as its venue has it. */
import type { AccountLimits } from '../../src/protocol/commands.js';
import type { VenueOrder } from '../../src/protocol/effects.js';

/** One abstract step. `pick` chooses among what is there (modulo), so that a shrunk list of steps still means something. */
export type Step =
  | { readonly kind: 'fill'; readonly pick: number; readonly eighths: number; readonly baseFee: number }
  | { readonly kind: 'lateFill'; readonly pick: number; readonly eighths: number }
  | { readonly kind: 'ack' | 'end' | 'confirm' | 'reject' | 'lose' | 'amended' | 'amendRefused'; readonly pick: number }
  | { readonly kind: 'mid'; readonly instrument: number; readonly delta: number }
  | { readonly kind: 'time'; readonly ms: number }
  | { readonly kind: 'cancelNode' | 'amend' | 'amendPrice'; readonly pick: number; readonly eighths: number }
  | { readonly kind: 'limits'; readonly maxLots: number | null }
  | { readonly kind: 'drop' | 'back'; readonly pick: number }
  | { readonly kind: 'kill'; readonly allowExits: boolean; readonly cancelOpen: boolean }
  | { readonly kind: 'cancelGraph' | 'pause' | 'resume' | 'killClear' };

export interface VenueSide {
  readonly order: VenueOrder;
  readonly node: number;
  /** As last amended. */
  lots: number;
  limitTicks: number;
  /** Asked for and not answered. */
  amend: { readonly lots: number; readonly ticks: number } | null;
  filled: number;
  acked: boolean;
  done: boolean;
  cancelAsked: boolean;
  refused: boolean;
}

/** The account's limits with one of lots an order. */
export const limitsOf = (maxLots: number | null): AccountLimits => ({
  maxOrderNotionalUsd1e9: null, maxOrderQty1e8: maxLots === null ? null : String(maxLots * 1_000_000), maxPositionUsd1e9: null,
  maxDailyLossUsd1e9: null, maxOrderRate: null, reduceOnly: false,
});
