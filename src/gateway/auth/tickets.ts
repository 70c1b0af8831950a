/** Tickets for browsers, which can't set a header on a WebSocket: 30 s, single use, bound to the key that asked. */
import { randomBytes } from 'node:crypto';
import type { Principal } from './principal.js';

const LIFE_MS = 30_000;
const OPEN_MAX = 10_000;

export class Tickets {
  readonly #nowMs: () => number;
  readonly #open = new Map<string, { principal: Principal; untilMs: number }>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  issue(principal: Principal): string {
    const now = this.#nowMs();
    for (const [ticket, entry] of this.#open) {
      if (entry.untilMs > now && this.#open.size < OPEN_MAX) break;
      this.#open.delete(ticket);
    }
    const ticket = `wst_${randomBytes(24).toString('base64url')}`;
    this.#open.set(ticket, { principal, untilMs: now + LIFE_MS });
    return ticket;
  }

  /** Who it was made for; null when unknown, used or late. A ticket works once. */
  redeem(ticket: string): Principal | null {
    const entry = this.#open.get(ticket);
    this.#open.delete(ticket);
    return entry !== undefined && entry.untilMs > this.#nowMs() ? entry.principal : null;
  }

  /** Forgets what a key that ended had asked for. */
  drop(keyId: string): void {
    for (const [ticket, entry] of this.#open) if (entry.principal.keyId === keyId) this.#open.delete(ticket);
  }
}
