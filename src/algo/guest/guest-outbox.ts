/**
 * What a guest thread tells the engine, in order. When the ring is full new orders are refused at once; cancels, amends and
 * ends wait here and go first: an instance's end must arrive, or its orders would rest for ever.
 * Allocates: while the ring is full.
 */
import type { SpscRing } from '../../memory/spsc-ring-layout.js';
import { SpscRingWriter } from '../../memory/spsc-ring-writer.js';
import * as abi from '../abi/layouts.generated.js';
import type { GuestAction } from '../host/actions.js';
import type { DeathReason, PauseReason } from '../host/instance.js';
import { sendAction, sendEnd } from './cells.js';

/** Cancels and amends that wait at most; ends always do, one an instance. */
const WAITING_MOST = 4_096;

export class GuestOutbox {
  readonly #ring: SpscRingWriter;
  readonly #waiting: (() => boolean)[] = [];
  /** Cancels and amends that found too many waiting. */
  dropped = 0;

  constructor(ring: SpscRing) {
    this.#ring = new SpscRingWriter(ring);
  }

  /** @returns false: a new order that there is no room for */
  act(action: GuestAction, deployment: number, place: number, tNs: number): boolean {
    if (this.#waiting.length === 0 && sendAction(this.#ring, action, deployment, place, tNs)) return true;
    if (action.kind === abi.ACTION_KIND_NEW || action.kind === abi.ACTION_KIND_INTENT) return false;
    if (this.#waiting.length >= WAITING_MOST) {
      this.dropped++;
      return true;
    }
    const copy = { ...action };
    this.#waiting.push(() => sendAction(this.#ring, copy, deployment, place, tNs));
    return true;
  }

  end(reason: DeathReason | PauseReason, deployment: number, place: number, tNs: number): void {
    const send = (): boolean => sendEnd(this.#ring, reason, deployment, place, tNs);
    if (this.#waiting.length > 0 || !send()) this.#waiting.push(send);
  }

  /** Sends what waits, as far as there is room. */
  flush(): void {
    while (this.#waiting[0]?.() === true) this.#waiting.shift();
  }
}
