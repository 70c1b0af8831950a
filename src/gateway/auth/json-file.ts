/** A small store as one JSON file, replaced atomically: written beside, synced, renamed. Mode 0600. */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

export class JsonFile {
  readonly #path: string | null;

  /** @param path null keeps nothing */
  constructor(path: string | null) {
    this.#path = path;
  }

  /** The value written last, or null when there is none. Throws on a file that is not JSON. */
  read(): unknown {
    if (this.#path === null || !existsSync(this.#path)) return null;
    try {
      return JSON.parse(readFileSync(this.#path, 'utf8')) as unknown;
    } catch (problem) {
      throw new Error(`${this.#path}: not readable as JSON; restore it from a backup or move it away`, {
        cause: problem,
      });
    }
  }

  write(value: unknown): void {
    if (this.#path === null) return;
    mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
    const beside = `${this.#path}.new`;
    const file = openSync(beside, 'w', 0o600);
    try {
      writeSync(file, `${JSON.stringify(value, null, 1)}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(beside, this.#path);
  }
}
