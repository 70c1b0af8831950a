/**
 * Binary sessions by key and name. Those without a connection are forgotten after an hour, or the account's own oldest
 * for room: what one account does makes another's sessions no shorter.
 */
import type { AccountId } from '../../protocol/universe.js';
import type { Principal } from '../auth/principal.js';
import type { GatewayContext } from '../context.js';
import { ApiError } from '../server/api-error.js';
import { recall } from './recall.js';
import { BinarySession, idPrefixOf } from './session.js';

const KEPT_MS = 3_600_000;
/** Sessions kept an account: each event of the account is kept in each of them, and that is the engine's thread. */
export const sessionsPerAccountMax = 64;

export class SessionStore {
  readonly #gateway: GatewayContext;
  readonly #accounts = new Map<AccountId, Map<string, BinarySession>>();

  constructor(gateway: GatewayContext) {
    this.#gateway = gateway;
  }

  /**
   * The session of that name, made when there is none: then with what the engine still knows of it.
   * @param lastSeq the last server sequence that the client says it has
   * @throws ApiError RATE_LIMITED when the account has its most and all are connected
   */
  open(principal: Principal, name: string, lastSeq: number, done: (session: BinarySession, resumed: boolean) => void): void {
    const key = `${principal.keyId}\n${name}`;
    const mine = this.#of(principal.accountId);
    const known = mine.get(key);
    if (known !== undefined) return done(known, true);
    makeRoom(mine);
    return recall(this.#gateway, principal.accountId, idPrefixOf(principal, name), (recalled) => {
      // Another connection may have been quicker.
      const quicker = mine.get(key);
      if (quicker !== undefined) return done(quicker, true);
      const session = new BinarySession(this.#gateway, principal, name, recalled, lastSeq);
      mine.set(key, session);
      return done(session, false);
    });
  }

  #of(accountId: AccountId): Map<string, BinarySession> {
    let mine = this.#accounts.get(accountId);
    if (mine === undefined) this.#accounts.set(accountId, (mine = new Map()));
    return mine;
  }
}

function makeRoom(mine: Map<string, BinarySession>): void {
  const now = performance.now();
  let oldest: [string, BinarySession] | null = null;
  for (const entry of mine) {
    if (now - entry[1].leftAtMs > KEPT_MS) drop(mine, entry);
    else if (entry[1].leftAtMs < (oldest?.[1].leftAtMs ?? Infinity)) oldest = entry;
  }
  if (mine.size < sessionsPerAccountMax) return;
  if (oldest === null) {
    throw new ApiError('RATE_LIMITED', `an account has at most ${sessionsPerAccountMax} binary sessions, and all are connected`, { retryAfter: 1 });
  }
  drop(mine, oldest);
}

function drop(mine: Map<string, BinarySession>, [key, session]: [string, BinarySession]): void {
  session.drop();
  mine.delete(key);
}
