import * as abi from '../abi/layouts.generated.js';
import type { AbiProfile } from '../abi/profiles.js';
import type { GuestMemory } from './guest-memory.js';

/** One action of a guest as plain numbers, reused: copy what you keep. */
export interface GuestAction {
  /** abi.ACTION_KIND_*: 0 new, 1 cancel, 2 amend, 3 intent. */
  kind: number;
  idHigh: number;
  idLow: number;
  /** The host's number of the order it makes or concerns; 0 = none. */
  ref: number;
  /** Index into the deployment's symbols. */
  symbol: number;
  /** abi venue id; 0 = the deployment's own venue. */
  venueId: number;
  /** 1 buy, -1 sell; 0 on cancels and amends. */
  side: number;
  /** abi.ORDER_TYPE_*. */
  orderType: number;
  /** New, intent: limit, 0 on a market order. Amend: 0 = unchanged. */
  priceTicks: number;
  /** New, intent: quantity. Amend: new total including what has filled, 0 = unchanged. */
  qtyLots: number;
  /** Intent: abi.INTENT_POLICY_* and time to live, 0 = none. */
  policy: number;
  ttlMs: number;
}

export function emptyAction(): GuestAction {
  return {
    kind: 0, idHigh: 0, idLow: 0, ref: 0, symbol: 0, venueId: 0, side: 0, orderType: 0, priceTicks: 0, qtyLots: 0,
    policy: 0, ttlMs: 0,
  };
}

/** An entry as the guest left it, numbers still in wire units. */
export interface RawAction {
  kind: number;
  idHigh: number;
  idLow: number;
  pxHigh: number;
  pxLow: number;
  /** The signed quantity's halves; high is signed. */
  qtyHigh: number;
  qtyLow: number;
  side: number;
  orderType: number;
  venueId: number;
  poolIdx: number;
  symbolIdx: number;
  ttlMs: number;
}

/**
 * Takes a guest's actions: first copies the whole block out of guest memory, then looks at the copy only.
 * Allocates: never after construction.
 */
export class ActionReader {
  readonly #copy = new Uint8Array(abi.WASM_ACTIONS_SIZE);
  readonly #words = new Uint32Array(this.#copy.buffer);
  readonly entry: RawAction = {
    kind: 0, idHigh: 0, idLow: 0, pxHigh: 0, pxLow: 0, qtyHigh: 0, qtyLow: 0, side: 0, orderType: 0, venueId: 0,
    poolIdx: 0, symbolIdx: 0, ttlMs: 0,
  };

  /** Number of entries, or why the block is bad. @param pointer as returned; 0 = no actions */
  take(memory: GuestMemory, pointer: number): number | 'outside memory' | 'count above 16' {
    const at = pointer >>> 0;
    if (at === 0) return 0;
    if (at + abi.WASM_ACTIONS_SIZE > memory.bytes) return 'outside memory';
    const count = memory.u8[at] ?? 0;
    const rest = (memory.u8[at + 1] ?? 0) | (memory.u8[at + 2] ?? 0) | (memory.u8[at + 3] ?? 0);
    if (rest !== 0 || count > abi.MAX_ACTIONS) return 'count above 16';
    const bytes = abi.WASM_ACTIONS_ACTIONS + count * abi.ACTION_SIZE;
    for (let i = 0; i < bytes; i++) this.#copy[i] = memory.u8[at + i] ?? 0;
    return count;
  }

  /** Reads the i-th entry of the copy into `entry`. */
  read(i: number, profile: AbiProfile): RawAction {
    const at = abi.WASM_ACTIONS_ACTIONS + i * abi.ACTION_SIZE;
    const word = at >> 2;
    const { entry } = this;
    const copy = this.#copy;
    const words = this.#words;
    entry.idLow = words[word] ?? 0;
    entry.idHigh = words[word + 1] ?? 0;
    entry.pxLow = words[word + 2] ?? 0;
    entry.pxHigh = words[word + 3] ?? 0;
    entry.qtyLow = words[word + 4] ?? 0;
    entry.qtyHigh = (words[word + 5] ?? 0) | 0;
    entry.side = ((copy[at + abi.ACTION_SIDE] ?? 0) << 24) >> 24;
    entry.kind = copy[at + abi.ACTION_IS_CANCEL] ?? 0;
    entry.orderType = copy[at + abi.ACTION_ORDER_TYPE] ?? 0;
    entry.venueId = profile.actionVenue ? (copy[at + abi.ACTION_VENUE_ID] ?? 0) : 0;
    entry.poolIdx = profile.wideAction ? (copy[at + abi.ACTION_POOL_IDX] ?? 0) : 0;
    entry.symbolIdx = profile.wideAction ? (copy[at + abi.ACTION_SYMBOL_IDX] ?? 0) : 0;
    entry.ttlMs = profile.wideAction ? (copy[at + 30] ?? 0) | ((copy[at + 31] ?? 0) << 8) : 0;
    return entry;
  }
}

/** Wire units that a value may be off a multiple and still be that multiple: clients truncate. */
const TOLERANCE = 2;
const SAFE_HIGH = 2 ** 21;

/**
 * A non-negative 64-bit value divided by the scale of a tick or lot: the multiple it is within 2 units of, else -1.
 */
export function toMultiple(high: number, low: number, scale: number): number {
  if (high < 0) return -1;
  if (high >= SAFE_HIGH) return wideMultiple(high, low, scale);
  const value = high * 2 ** 32 + low;
  const multiple = Math.round(value / scale);
  return Math.abs(value - multiple * scale) <= Math.min(TOLERANCE, scale / 2 - 0.5) ? multiple : -1;
}

function wideMultiple(high: number, low: number, scale: number): number {
  const value = (BigInt(high) << 32n) | BigInt(low);
  const step = BigInt(scale);
  const multiple = (value + step / 2n) / step;
  const off = value - multiple * step;
  const near = off <= BigInt(TOLERANCE) && off >= BigInt(-TOLERANCE);
  return near && multiple <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(multiple) : -1;
}
