/**
 * A deployment's tape: what its instances were shown, in order, and what they did about it, a JSON array a line. The
 * instances depend on nothing else, so that `replay-tape.ts` with the same module must come to the same actions.
 *
 *   ["start", {hash, profile, spec}]     fresh instances: the first line, and again after a restart of their thread
 *   ["book", tNs, venue, symbol, recvNs, bids, asks]       ["trade", tNs, venue, symbol, ticks, lots, side]
 *   ["order", tNs, kind, instance, symbol, ref, ticks, lots, side, code]     ["settle", tNs]     ["beat", tNs]
 *   ["fresh", tNs, venue, isFresh]   ["config", tNs, params]   ["risk", tNs, risk]   ["run"] ["stop"] ["dead", instance] ["kill", instance, reason, text] ["shutdown", tNs]
 *   ["act", instance, action…]   ["died", instance, reason]   ["paused", instance, reason]        outputs
 *   ["full"]     the bound was reached: nothing more is recorded
 */
import type { OrderCell } from '../guest/cells.js';
import type { GuestAction } from '../host/actions.js';
import type { BookTop } from '../host/book-top.js';
import { runLimits } from '../limits.js';

export type TapeLine = readonly [string, ...unknown[]];

/** bigint as digits and an n, as in `{"baseNs":"1723161600000000000n"}`. */
export function tapeText(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? `${each}n` : each));
}

export function tapeValue(text: string): unknown {
  return JSON.parse(text, (_, each: unknown) => (typeof each === 'string' && /^-?\d+n$/.test(each) ? BigInt(each.slice(0, -1)) : each));
}

export function bookLine(venueId: number, symbol: number, top: BookTop, tNs: number): TapeLine {
  return ['book', tNs, venueId, symbol, top.recvNs, top.pairs(1), top.pairs(-1)];
}

export function orderLine({ tNs, kind, instance, symbol, ref, priceTicks, lots, side, code }: OrderCell): TapeLine {
  return ['order', tNs, kind, instance, symbol, ref, priceTicks, lots, side, code];
}

export function actLine(instance: number, action: GuestAction): TapeLine {
  const { kind, idHigh, idLow, ref, symbol, venueId, side, orderType, priceTicks, qtyLots, policy, ttlMs } = action;
  return ['act', instance, kind, idHigh, idLow, ref, symbol, venueId, side, orderType, priceTicks, qtyLots, policy, ttlMs];
}

export class TapeWriter {
  readonly #out: (line: string) => void;
  #left: number = runLimits.tapeBytes;

  /** @param out takes each line with its end */
  constructor(out: (line: string) => void) {
    this.#out = out;
  }

  write(line: TapeLine): void {
    if (this.#left <= 0) return;
    const text = `${tapeText(line)}\n`;
    this.#left -= text.length;
    this.#out(this.#left > 0 ? text : '["full"]\n');
  }
}
