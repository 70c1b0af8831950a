/** Open sockets by the key that opened them, so that a key's end closes them at once. */
import type { Principal } from './principal.js';

export interface Session {
  readonly principal: Principal;
  /** Ends the socket with a WebSocket close code and a reason for people. */
  close(code: number, reason: string): void;
}

/** Sockets one key may hold open. */
export const sessionsPerKeyMax = 1_000;

export class Sessions {
  readonly #byKey = new Map<string, Set<Session>>();
  #size = 0;
  #next = 1;

  get size(): number {
    return this.#size;
  }

  /** A number for a socket's log lines. */
  nextId(): number {
    return this.#next++;
  }

  /** False when the key holds its most already. */
  add(session: Session): boolean {
    const { keyId } = session.principal;
    let mine = this.#byKey.get(keyId);
    if (mine === undefined) this.#byKey.set(keyId, (mine = new Set()));
    if (mine.size >= sessionsPerKeyMax) return false;
    mine.add(session);
    this.#size++;
    return true;
  }

  remove(session: Session): void {
    const mine = this.#byKey.get(session.principal.keyId);
    if (mine?.delete(session) !== true) return;
    this.#size--;
    if (mine.size === 0) this.#byKey.delete(session.principal.keyId);
  }

  /** 4001: the key ended. */
  closeKey(keyId: string): void {
    for (const session of [...(this.#byKey.get(keyId) ?? [])]) session.close(4001, 'the key ended');
  }

  /** 1001: going away. */
  closeAll(): void {
    for (const mine of [...this.#byKey.values()]) for (const session of [...mine]) session.close(1001, 'shutting down');
  }
}
