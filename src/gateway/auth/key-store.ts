/**
 * API keys. Only the SHA-256 of a key is kept: it is 256 random bits, so a slow hash would protect nothing more.
 * Looked up by the hash's text and then compared in constant time.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { AccountId } from '../../protocol/universe.js';
import { JsonFile } from './json-file.js';
import { sha256 } from './sha256.js';
import { scopes, type Principal, type Scope } from './principal.js';

interface StoredKey {
  readonly id: string;
  readonly name: string;
  readonly accountName: string;
  readonly test: boolean;
  readonly scopes: readonly Scope[];
  readonly venues: readonly string[] | null;
  readonly instruments: readonly string[] | null;
  readonly createdNs: string;
  /** Hex of the SHA-256 of the raw key. */
  readonly hash: string;
}

/** A key as answers show it. */
export interface KeyView {
  readonly key_id: string;
  readonly name: string;
  readonly account: string;
  readonly test: boolean;
  readonly scopes: readonly Scope[];
  readonly venues: readonly string[] | null;
  readonly instruments: readonly string[] | null;
  readonly created_ns: bigint;
}

export interface NewKey {
  readonly name: string;
  readonly accountName: string;
  readonly test: boolean;
  readonly scopes: readonly Scope[];
  readonly venues: readonly string[] | null;
  readonly instruments: readonly string[] | null;
}

interface Entry {
  readonly stored: StoredKey;
  readonly digest: Buffer;
  readonly principal: Principal;
  /** Not written to the file: ends with the process. */
  readonly passing: boolean;
}

/** Most keys an account may have. */
export const keysPerAccountMax = 1_000;

const RAW = /^lw_(live|test)_[A-Za-z0-9_-]{43}$/;

export class KeyStore {
  readonly #file: JsonFile;
  readonly #accounts: readonly string[];
  readonly #wallNs: () => bigint;
  readonly #byHash = new Map<string, Entry>();
  readonly #listeners = new Set<(keyId: string) => void>();

  /** @param path null keeps keys in memory only */
  constructor(path: string | null, accounts: readonly string[], wallNs: () => bigint) {
    this.#file = new JsonFile(path);
    this.#accounts = accounts;
    this.#wallNs = wallNs;
    const stored = this.#file.read() as { readonly keys: readonly StoredKey[] } | null;
    for (const key of stored?.keys ?? []) this.#put(key, false);
  }

  /** Who a raw key belongs to, or null. */
  authenticate(raw: string): Principal | null {
    if (!RAW.test(raw)) return null;
    const hash = sha256(raw, 'hex');
    const entry = this.#byHash.get(hash);
    return entry !== undefined && timingSafeEqual(entry.digest, Buffer.from(hash, 'hex')) ? entry.principal : null;
  }

  /**
   * Makes a key; the raw text is returned this once.
   * @param passing true: never written to the file, so it ends with the process
   */
  create(input: NewKey, passing = false): { raw: string; view: KeyView } {
    const raw = `lw_${input.test ? 'test' : 'live'}_${randomBytes(32).toString('base64url')}`;
    const hash = sha256(raw, 'hex');
    const stored: StoredKey = {
      ...input,
      id: `key_${randomBytes(8).toString('hex')}`,
      createdNs: this.#wallNs().toString(),
      hash,
    };
    this.#put(stored, passing);
    this.#save();
    return { raw, view: view(stored) };
  }

  list(account: AccountId): KeyView[] {
    return this.#of(account).map((entry) => view(entry.stored));
  }

  count(account: AccountId): number {
    return this.#of(account).length;
  }

  /** A new raw key with the same id and rights; the old one stops working at once. Null: no such key. */
  rotate(account: AccountId, keyId: string): { raw: string; view: KeyView } | null {
    const entry = this.#of(account).find((candidate) => candidate.stored.id === keyId);
    if (entry === undefined) return null;
    const raw = `lw_${entry.stored.test ? 'test' : 'live'}_${randomBytes(32).toString('base64url')}`;
    const stored = { ...entry.stored, hash: sha256(raw, 'hex') };
    this.#byHash.delete(entry.stored.hash);
    this.#put(stored, entry.passing);
    this.#save();
    this.#tell(keyId);
    return { raw, view: view(stored) };
  }

  /** False: no such key. */
  revoke(account: AccountId, keyId: string): boolean {
    const entry = this.#of(account).find((candidate) => candidate.stored.id === keyId);
    if (entry === undefined) return false;
    this.#byHash.delete(entry.stored.hash);
    this.#save();
    this.#tell(keyId);
    return true;
  }

  /** Called with the id of each key that stops working, before `rotate` or `revoke` returns. */
  onEnd(listener: (keyId: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(keyId: string): void {
    for (const listener of this.#listeners) listener(keyId);
  }

  #of(account: AccountId): Entry[] {
    return [...this.#byHash.values()].filter((entry) => entry.principal.accountId === account);
  }

  #put(stored: StoredKey, passing: boolean): void {
    const accountId = this.#accounts.indexOf(stored.accountName);
    if (accountId < 0) {
      const wayOut = 'configure it or remove the key from the file';
      throw new Error(`key ${stored.id}: account "${stored.accountName}" is not configured; ${wayOut}`);
    }
    this.#byHash.set(stored.hash, {
      stored,
      passing,
      digest: Buffer.from(stored.hash, 'hex'),
      principal: {
        keyId: stored.id,
        accountId,
        accountName: stored.accountName,
        test: stored.test,
        scopes: stored.scopes.filter((scope) => scopes.includes(scope)),
        venues: stored.venues,
        instruments: stored.instruments,
      },
    });
  }

  #save(): void {
    const kept = [...this.#byHash.values()].filter((entry) => !entry.passing);
    this.#file.write({ version: 1, keys: kept.map((entry) => entry.stored) });
  }
}

function view(key: StoredKey): KeyView {
  return {
    key_id: key.id,
    name: key.name,
    account: key.accountName,
    test: key.test,
    scopes: key.scopes,
    venues: key.venues,
    instruments: key.instruments,
    created_ns: BigInt(key.createdNs),
  };
}
