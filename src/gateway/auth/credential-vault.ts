/**
 * Venue credentials at rest: AES-256-GCM with a fresh 96-bit nonce each, authenticated with account, venue and key
 * version, so that a record moved to another account or venue does not open. Secrets leave only through `open`,
 * which the composition root hands to the venue threads.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { JsonFile } from './json-file.js';

export interface Credentials {
  readonly api_key: string;
  readonly api_secret: string;
  readonly passphrase?: string;
  readonly extra_json?: unknown;
}

interface Sealed {
  readonly account: string;
  readonly venue: string;
  readonly version: number;
  readonly updatedNs: string;
  readonly nonce: string;
  readonly tag: string;
  readonly data: string;
}

/** Master keys by version; the highest seals, the others still open. 32 bytes each. */
export type MasterKeys = ReadonlyMap<number, Buffer>;

const KEY_BYTES = 32;

/**
 * Keys from text: `version:hex` a line, or one bare hex key (version 1).
 * @throws when a key is not 64 hexadecimal digits
 */
export function parseMasterKeys(text: string): MasterKeys {
  const keys = new Map<number, Buffer>();
  for (const line of text.split(/[\s,]+/).filter((part) => part !== '')) {
    const match = /^(?:(\d{1,9}):)?([0-9a-fA-F]{64})$/.exec(line);
    if (match === null) throw new Error('credential key: expected 64 hexadecimal digits, optionally after "version:"');
    keys.set(Number(match[1] ?? '1'), Buffer.from(match[2] ?? '', 'hex'));
  }
  if (keys.size === 0) throw new Error('credential key: none given');
  return keys;
}

/** Reads a key file, which only its owner may read; makes one where there is none. */
export function masterKeysFromFile(path: string): MasterKeys {
  if (!existsSync(path)) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, `1:${randomBytes(KEY_BYTES).toString('hex')}\n`, { mode: 0o600, flag: 'wx' });
  }
  const mode = statSync(path).mode & 0o777;
  if ((mode & 0o077) !== 0) {
    throw new Error(`${path}: mode is 0${mode.toString(8)}, but only its owner may read it; run chmod 600`);
  }
  return parseMasterKeys(readFileSync(path, 'utf8'));
}

export class CredentialVault {
  readonly #file: JsonFile;
  readonly #keys: MasterKeys;
  readonly #current: number;
  readonly #wallNs: () => bigint;
  readonly #sealed = new Map<string, Sealed>();

  constructor(path: string | null, keys: MasterKeys, wallNs: () => bigint) {
    this.#file = new JsonFile(path);
    this.#keys = keys;
    this.#current = Math.max(...keys.keys());
    this.#wallNs = wallNs;
    const stored = this.#file.read() as { readonly credentials: readonly Sealed[] } | null;
    for (const sealed of stored?.credentials ?? []) this.#sealed.set(slot(sealed.account, sealed.venue), sealed);
    this.#resealOld();
  }

  put(account: string, venue: string, credentials: Credentials): void {
    this.#sealed.set(slot(account, venue), this.#seal(account, venue, JSON.stringify(credentials)));
    this.#save();
  }

  /** False when there were none. */
  remove(account: string, venue: string): boolean {
    const had = this.#sealed.delete(slot(account, venue));
    if (had) this.#save();
    return had;
  }

  /** What may be shown: never the secrets. */
  list(account: string): { venue: string; key_version: number; updated_ns: bigint }[] {
    return [...this.#sealed.values()]
      .filter((sealed) => sealed.account === account)
      .map((sealed) => ({ venue: sealed.venue, key_version: sealed.version, updated_ns: BigInt(sealed.updatedNs) }));
  }

  has(account: string, venue: string): boolean {
    return this.#sealed.has(slot(account, venue));
  }

  /** The secrets, for the venue's own thread. Null: none stored. Throws when the record was tampered with. */
  open(account: string, venue: string): Credentials | null {
    const sealed = this.#sealed.get(slot(account, venue));
    return sealed === undefined ? null : (JSON.parse(this.#unseal(sealed)) as Credentials);
  }

  #seal(account: string, venue: string, text: string): Sealed {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.#key(this.#current), nonce);
    cipher.setAAD(aad(account, venue, this.#current));
    const data = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return {
      account,
      venue,
      version: this.#current,
      updatedNs: this.#wallNs().toString(),
      nonce: nonce.toString('base64'),
      tag: cipher.getAuthTag().toString('base64'),
      data: data.toString('base64'),
    };
  }

  #unseal(sealed: Sealed): string {
    const nonce = Buffer.from(sealed.nonce, 'base64');
    const decipher = createDecipheriv('aes-256-gcm', this.#key(sealed.version), nonce, { authTagLength: 16 });
    decipher.setAAD(aad(sealed.account, sealed.venue, sealed.version));
    decipher.setAuthTag(Buffer.from(sealed.tag, 'base64'));
    return Buffer.concat([decipher.update(Buffer.from(sealed.data, 'base64')), decipher.final()]).toString('utf8');
  }

  /** Rotation: a new highest version seals everything again at start. */
  #resealOld(): void {
    const old = [...this.#sealed.values()].filter((sealed) => sealed.version !== this.#current);
    for (const sealed of old) {
      const again = this.#seal(sealed.account, sealed.venue, this.#unseal(sealed));
      this.#sealed.set(slot(sealed.account, sealed.venue), { ...again, updatedNs: sealed.updatedNs });
    }
    if (old.length > 0) this.#save();
  }

  #key(version: number): Buffer {
    const key = this.#keys.get(version);
    if (key === undefined) throw new Error(`credential key: version ${version} is missing; add it to the key file`);
    return key;
  }

  #save(): void {
    this.#file.write({ version: 1, credentials: [...this.#sealed.values()] });
  }
}

const slot = (account: string, venue: string): string => `${account}\n${venue}`;

function aad(account: string, venue: string, version: number): Buffer {
  return Buffer.from(`legwork credentials\n${account}\n${venue}\n${version}`);
}
