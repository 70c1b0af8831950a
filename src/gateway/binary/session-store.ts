/** Binary sessions by key and name; those without a connection are forgotten after an hour, or the oldest for room. */
import type { Principal } from '../auth/principal.js';
import type { GatewayContext } from '../context.js';
import { recall } from './recall.js';
import { BinarySession, idPrefixOf } from './session.js';

const KEPT_MS = 3_600_000;
/** Sessions kept in all. */
const sessionsMax = 1_000;

export class SessionStore {
  readonly #gateway: GatewayContext;
  readonly #sessions = new Map<string, BinarySession>();

  constructor(gateway: GatewayContext) {
    this.#gateway = gateway;
  }

  /**
   * The session of that name, made when there is none: then with what the engine still knows of it.
   * @param lastSeq the last server sequence that the client says it has
   */
  open(principal: Principal, name: string, lastSeq: number, done: (session: BinarySession, resumed: boolean) => void): void {
    const key = `${principal.keyId}\n${name}`;
    const known = this.#sessions.get(key);
    if (known !== undefined) return done(known, true);
    return recall(this.#gateway, principal.accountId, idPrefixOf(principal, name), (recalled) => {
      // Another connection may have been quicker.
      const quicker = this.#sessions.get(key);
      if (quicker !== undefined) return done(quicker, true);
      this.#makeRoom();
      const session = new BinarySession(this.#gateway, principal, name, recalled, lastSeq);
      this.#sessions.set(key, session);
      return done(session, false);
    });
  }

  #makeRoom(): void {
    const now = performance.now();
    let oldest: [string, BinarySession] | null = null;
    for (const entry of this.#sessions) {
      if (now - entry[1].leftAtMs > KEPT_MS) this.#drop(entry[0], entry[1]);
      else if (entry[1].leftAtMs < (oldest?.[1].leftAtMs ?? Infinity)) oldest = entry;
    }
    if (this.#sessions.size >= sessionsMax && oldest !== null) this.#drop(oldest[0], oldest[1]);
  }

  #drop(key: string, session: BinarySession): void {
    session.drop();
    this.#sessions.delete(key);
  }
}
