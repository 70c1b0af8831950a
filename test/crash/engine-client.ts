/**
 * The client of an engine process: submits graphs, remembers which were acknowledged and every account event it was
 * told. After a crash it repeats what it got no answer for, as a client would.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Command, Reply } from '../../src/protocol/commands.js';
import type { AccountEvent } from '../../src/protocol/effects.js';

export type Asked =
  | { readonly op: 'command'; readonly id: number; readonly command: Command }
  | { readonly op: 'status'; readonly id: number }
  | { readonly op: 'history'; readonly id: number }
  | { readonly op: 'reconcile' };

export interface Status {
  readonly op: 'status';
  readonly id: number;
  readonly open: readonly string[];
  readonly seq: number;
  readonly unprotected: readonly string[];
  /** Nodes that wait for nothing. */
  readonly stuck: readonly string[];
  /** Graphs that a person paused. */
  readonly paused: readonly string[];
  readonly hash: string;
}

export type Said =
  | { readonly op: 'opened'; readonly epoch: number; readonly events: number; readonly notes: readonly string[] }
  | { readonly op: 'ready'; readonly unprotected: readonly string[] }
  | { readonly op: 'failed'; readonly cancelled: number }
  | { readonly op: 'reply'; readonly id: number; readonly reply: Reply }
  | { readonly op: 'event'; readonly event: AccountEvent }
  /** What can be resumed, oldest first. */
  | { readonly op: 'history'; readonly id: number; readonly events: readonly AccountEvent[] }
  | Status;

/** One life of the engine. */
export class EngineLife {
  readonly child: ChildProcess;
  /** What it said last about itself. */
  epoch = 0;
  replayed = 0;
  isReady = false;
  unprotected: readonly string[] = [];
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  readonly #waiting = new Map<number, (said: Said) => void>();
  #nextId = 1;
  #onReady: () => void = () => undefined;
  readonly ready: Promise<void>;
  stderr = '';
  /** Opening orders it asked to be cancelled when it failed; -1 = it did not fail. */
  cancelled = -1;

  /** @param flags Node's own, before the program @param more the program's */
  constructor(
    directory: string, socket: string, onEvent: (line: string, event: AccountEvent) => void,
    flags: readonly string[] = [], env: Readonly<Record<string, string>> = {}, more: readonly string[] = [],
  ) {
    this.child = spawn(
      process.execPath,
      [...flags, 'dist/test/crash/engine-process.js', '--directory', directory, '--socket', socket, ...more],
      { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...env } },
    );
    this.ready = new Promise((resolve) => {
      this.#onReady = resolve;
    });
    this.ended = new Promise((resolve) => {
      this.child.once('close', (code, signal) => resolve({ code, signal }));
    });
    this.child.stdin?.on('error', () => undefined);
    this.child.stderr?.on('data', (text) => {
      this.stderr += String(text);
    });
    if (this.child.stdout !== null) {
      createInterface({ input: this.child.stdout }).on('line', (line) => this.#hear(line, onEvent));
    }
  }

  command(command: Command, done: (reply: Reply) => void): void {
    const id = this.#nextId++;
    this.#waiting.set(id, (said) => {
      if (said.op === 'reply') done(said.reply);
    });
    this.#ask({ op: 'command', id, command });
  }

  status(): Promise<Status> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, (said) => {
        if (said.op === 'status') resolve(said);
      });
      void this.ended.then(() => reject(new Error(`the engine ended while asked: ${this.stderr}`)));
      this.#ask({ op: 'status', id });
    });
  }

  /** All events that a client could resume, as lines. */
  history(): Promise<readonly AccountEvent[]> {
    const id = this.#nextId++;
    return new Promise((resolve) => {
      this.#waiting.set(id, (said) => {
        if (said.op === 'history') resolve(said.events);
      });
      this.#ask({ op: 'history', id });
    });
  }

  reconcile(): void {
    this.#ask({ op: 'reconcile' });
  }

  #ask(asked: Asked): void {
    this.child.stdin?.write(`${JSON.stringify(asked)}\n`);
  }

  #hear(line: string, onEvent: (line: string, event: AccountEvent) => void): void {
    let said: Said;
    try {
      said = JSON.parse(line) as Said;
    } catch {
      // Cut off by the end of the process: never said.
      return;
    }
    if (said.op === 'event') return onEvent(line, said.event);
    if (said.op === 'opened') {
      this.epoch = said.epoch;
      this.replayed = said.events;
    } else if (said.op === 'ready') {
      this.isReady = true;
      this.unprotected = said.unprotected;
      this.#onReady();
    } else if (said.op === 'failed') {
      this.cancelled = said.cancelled;
    } else {
      const waiting = this.#waiting.get(said.id);
      this.#waiting.delete(said.id);
      waiting?.(said);
    }
  }
}
