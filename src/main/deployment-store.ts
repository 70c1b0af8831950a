/**
 * Deployments on disk: `deployments.json` (who runs what, with which parameters, and where its position stands) and
 * `modules/` by hash. The file is replaced as a whole; a deployment is there before its upload is answered.
 */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, statSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { TapeFile, type TapesRoom } from './tape-file.js';
import type { AdmittedModule } from '../algo/admission/admit.js';
import { ModuleStore } from '../algo/admission/module-store.js';
import type { ConfigParam } from '../algo/host/regions.js';
import type { CarriedPosition } from '../algo/host/symbol-state.js';
import type { AccountId } from '../protocol/universe.js';

export type DeploymentStatus = 'created' | 'running' | 'stopped' | 'paused' | 'dead';

export interface StoredDeployment {
  readonly id: string;
  readonly accountId: AccountId;
  readonly name: string;
  readonly hash: string;
  readonly symbols: readonly string[];
  readonly instances: readonly { readonly label: string; readonly venue: string }[];
  readonly config: readonly ConfigParam[];
  readonly status: DeploymentStatus;
  /** Each run writes a tape. */
  readonly record?: boolean;
  /** Runs so far: the next one's orders have other names. */
  readonly runs: number;
  /** Positions with all fills up to the account event `seq`. */
  readonly carried: readonly (readonly CarriedPosition[])[];
  readonly seq: number;
}

export interface StoredDeployments {
  readonly nextNumber: number;
  readonly deployments: readonly StoredDeployment[];
  /** Accounts that uploaded a module, by hash: their graphs may name it. */
  readonly owners: Readonly<Record<string, readonly AccountId[]>>;
}

/** Of all tapes: whoever records must not fill the disk that the journal is on. */
const tapesBytes = 4 * 2 ** 30;
const nothing: StoredDeployments = { nextNumber: 1, deployments: [], owners: {} };

export class DeploymentStore {
  readonly #path: string;
  readonly #modules: ModuleStore;
  readonly #tapes: string;
  readonly #tapesMost: number;
  readonly #room: TapesRoom = { left: 0 };
  #next: { readonly text: string; readonly asked: readonly ((problem: Error | null) => void)[] } | null = null;
  #isWriting = false;
  #writes = 0;

  /** @param folder made when it isn't there. @param tapesMost bytes of all tapes together */
  constructor(folder: string, tapesMost: number = tapesBytes) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#path = join(folder, 'deployments.json');
    this.#modules = new ModuleStore(join(folder, 'modules'));
    this.#tapes = join(folder, 'tapes');
    this.#tapesMost = tapesMost;
    mkdirSync(this.#tapes, { recursive: true, mode: 0o700 });
  }

  /** @throws Error naming the file when it can't be read */
  read(): StoredDeployments {
    if (!existsSync(this.#path)) return nothing;
    try {
      return JSON.parse(readFileSync(this.#path, 'utf8'), revive) as StoredDeployments;
    } catch (problem) {
      throw new Error(`${this.#path}: not readable as JSON; restore it from a backup or move it away`, { cause: problem });
    }
  }

  /** Synced before it returns. */
  write(all: StoredDeployments): void {
    this.#writes++;
    const beside = `${this.#path}.new`;
    const file = openSync(beside, 'w', 0o600);
    try {
      writeSync(file, textOf(all));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(beside, this.#path);
  }

  /**
   * As `write`, behind the engine's back: nobody waits for the disk but who asked. Those who ask while it is
   * written share the next one. @param done once it is synced, or with why it could not be
   */
  replace(all: StoredDeployments, done: (problem: Error | null) => void): void {
    this.#next = { text: textOf(all), asked: [...(this.#next?.asked ?? []), done] };
    if (!this.#isWriting) void this.#writeNext();
  }

  async #writeNext(): Promise<void> {
    this.#isWriting = true;
    for (let next = this.#next; next !== null; next = this.#next) {
      this.#next = null;
      const problem = await this.#written(next.text);
      for (const done of next.asked) done(problem);
    }
    this.#isWriting = false;
  }

  async #written(text: string): Promise<Error | null> {
    const beside = `${this.#path}.next`;
    const writes = this.#writes;
    try {
      const file = await open(beside, 'w', 0o600);
      try {
        await file.writeFile(text);
        await file.sync();
      } finally {
        await file.close();
      }
      // What was written at once meanwhile is newer.
      if (writes === this.#writes) renameSync(beside, this.#path);
      return null;
    } catch (problem) {
      return problem instanceof Error ? problem : new Error(String(problem));
    }
  }

  putModule(module: AdmittedModule, abi?: string): void {
    if (abi !== undefined || !this.#modules.get(module.hash).ok) this.#modules.put(module, abi);
  }

  removeModule(hash: string): void {
    this.#modules.remove(hash);
  }

  /** Where the tape of a run is written; replay it by `npm run algo -- replay FILE`. @returns null: all tapes together hold what they may */
  tape(run: string): TapeFile | null {
    const held = readdirSync(this.#tapes).reduce((sum, name) => sum + statSync(join(this.#tapes, name)).size, 0);
    this.#room.left = this.#tapesMost - held;
    return this.#room.left <= 0 ? null : new TapeFile(join(this.#tapes, `${run}.tape`), this.#room);
  }

  /** The module, or why it can't be used any more. */
  module(hash: string): AdmittedModule | string {
    const found = this.#modules.get(hash);
    return found.ok ? found.value : `its module ${hash} is ${found.error} in the store: upload it again`;
  }
}

function textOf(all: StoredDeployments): string {
  return `${JSON.stringify({ version: 1, ...all }, plain, 1)}\n`;
}

function plain(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value;
}

function revive(_: string, value: unknown): unknown {
  return typeof value === 'string' && /^-?\d+n$/.test(value) ? BigInt(value.slice(0, -1)) : value;
}
