import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { err, ok, type Result } from '../../base/result.js';
import { profileFromEntries, sha256, type AdmittedModule } from './admit.js';

/** Raised with every change of what the meter injects: modules metered by another version are not used. */
export const meterVersion = 1;

interface Manifest {
  readonly hash: string;
  readonly meteredHash: string;
  readonly meterVersion: number;
  readonly entries: readonly string[];
  readonly abi?: string;
}

/**
 * Admitted modules on disk by the hash of what was uploaded. Both files are verified at each read, so that what runs
 * is what was admitted.
 */
export class ModuleStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  put(module: AdmittedModule, abi?: string): void {
    const manifest: Manifest = {
      hash: module.hash, meteredHash: sha256(module.metered), meterVersion, entries: module.entries,
      ...(abi === undefined ? {} : { abi }),
    };
    this.#write(`${module.hash}.wasm`, module.original);
    this.#write(`${module.hash}.metered.wasm`, module.metered);
    this.#write(`${module.hash}.json`, new TextEncoder().encode(JSON.stringify(manifest)));
  }

  /** The module, or why it can't be used; then upload it again. */
  get(hash: string): Result<AdmittedModule, 'unknown' | 'changed' | 'other meter'> {
    if (!/^[0-9a-f]{64}$/.test(hash) || !existsSync(this.#path(`${hash}.json`))) return err('unknown');
    const manifest = JSON.parse(readFileSync(this.#path(`${hash}.json`), 'utf8')) as Manifest;
    const original = Uint8Array.from(readFileSync(this.#path(`${hash}.wasm`)));
    const metered = Uint8Array.from(readFileSync(this.#path(`${hash}.metered.wasm`)));
    if (manifest.meterVersion !== meterVersion) return err('other meter');
    const profile = profileFromEntries(manifest.entries, manifest.abi);
    const pinned = sha256(original) === hash && sha256(metered) === manifest.meteredHash;
    if (!pinned || profile === undefined) return err('changed');
    return ok({ hash, original, metered, profile, entries: manifest.entries });
  }

  remove(hash: string): void {
    if (!/^[0-9a-f]{64}$/.test(hash)) return;
    // The manifest first: without it the others are nothing.
    for (const name of [`${hash}.json`, `${hash}.wasm`, `${hash}.metered.wasm`]) rmSync(this.#path(name), { force: true });
  }

  hashes(): string[] {
    const names = readdirSync(this.#folder).filter((name) => name.endsWith('.json'));
    return names.map((name) => name.slice(0, -'.json'.length)).sort();
  }

  #path(name: string): string {
    return join(this.#folder, name);
  }

  /** A crash leaves a whole file or none. */
  #write(name: string, bytes: Uint8Array): void {
    const temporary = this.#path(`${name}.tmp`);
    writeFileSync(temporary, bytes);
    renameSync(temporary, this.#path(name));
  }
}
