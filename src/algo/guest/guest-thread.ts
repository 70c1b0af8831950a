import { Worker } from 'node:worker_threads';
import { allocateRegion, int32View, type Region } from '../../memory/region.js';
import { createSpscRing, type SpscRing } from '../../memory/spsc-ring-layout.js';
import { SpscRingReader } from '../../memory/spsc-ring-reader.js';
import { SpscRingWriter } from '../../memory/spsc-ring-writer.js';
import { observeInt32 } from '../../memory/words.js';
import { emptyAction } from '../host/actions.js';
import type { LogLine } from '../host/log-book.js';
import type { ConfigParam } from '../host/regions.js';
import { runLimits } from '../limits.js';
import type { Refusal } from '../refusal.js';
import {
  ACTION_CELL_BYTES, deathReasons, ORDER_CELL_BYTES, sendOrderCell, takeAction, type ActionCell, type OrderCell,
} from './cells.js';
import { WATCH_BYTES, WATCH_DEPLOYMENT, WATCH_STATE, type GuestDeployment } from './guest-host.js';
import type { GuestCommand, GuestNotice, GuestWorkerData } from './guest.worker.js';

/** What the engine's side hears. Orders of a deployment that died or restarted must be cancelled. */
export interface GuestThreadListener {
  log(number: number, label: string, line: LogLine): void;
  /** The watchdog ended the thread inside this deployment: it isn't started again. */
  killed(number: number): void;
  /** A sibling was started anew on a fresh thread: it lists no orders, so those it had must be cancelled. */
  restarted(number: number): void;
}

export interface GuestThreadOptions {
  readonly originMs: number;
  readonly idlePasses?: number;
  /** Cells of each ring, a power of two. */
  readonly ringCells?: number;
  readonly watchdogMs?: number;
}

/**
 * The engine's handle of one guest thread. The watchdog looks every few milliseconds whether a callback still runs
 * since the look before; after `watchdogMs` it ends the thread and starts the siblings on a new one with new rings.
 */
export class GuestThread {
  readonly #options: Required<GuestThreadOptions>;
  readonly #listener: GuestThreadListener;
  readonly #deployments = new Map<number, GuestDeployment>();
  readonly #waiting = new Map<number, (refusal: Refusal | undefined) => void>();
  readonly #watchdog: NodeJS.Timeout;
  #worker!: Worker;
  #watch!: Int32Array;
  #orders!: SpscRingWriter;
  #actions!: SpscRingReader;
  #seenState = 0;
  #seenAtMs = 0;
  #nextNumber = 1;
  /** Threads ended by the watchdog. */
  kills = 0;
  closed = false;

  constructor(listener: GuestThreadListener, options: GuestThreadOptions) {
    this.#listener = listener;
    this.#options = { idlePasses: 2_000, ringCells: 1_024, watchdogMs: runLimits.watchdogMs, ...options };
    this.#start();
    this.#watchdog = setInterval(() => this.#look(), Math.max(5, this.#options.watchdogMs / 8));
    this.#watchdog.unref();
  }

  /** @returns its number for the rings, and why it was refused, once known */
  deploy(given: Omit<GuestDeployment, 'number'>): { number: number; done: Promise<Refusal | undefined> } {
    const number = this.#nextNumber++;
    const deployment = { ...given, number };
    this.#deployments.set(number, deployment);
    const done = new Promise<Refusal | undefined>((resolve) => this.#waiting.set(number, resolve));
    // Only a deployment that waits for its answer keeps the process alive.
    this.#worker.ref();
    this.#send({ kind: 'deploy', deployment });
    return { number, done };
  }

  configure(number: number, params: readonly ConfigParam[]): void {
    const deployment = this.#deployments.get(number);
    if (deployment === undefined) return;
    this.#deployments.set(number, { ...deployment, spec: { ...deployment.spec, config: params } });
    this.#send({ kind: 'configure', number, params });
  }

  /** After `orderCell.shutdown` was sent and its actions were taken. */
  forget(number: number): void {
    this.#deployments.delete(number);
  }

  /** @returns false when the ring is full: keep it and try again after the next poll */
  tell(cell: OrderCell): boolean {
    return sendOrderCell(this.#orders, cell);
  }

  /** Takes the oldest action or end. @returns false: none waits */
  poll(out: ActionCell): boolean {
    if (!takeAction(this.#actions, out)) return false;
    if (out.death >= 0) this.#forgetWhenAllDead(out);
    return true;
  }

  async close(): Promise<void> {
    this.closed = true;
    clearInterval(this.#watchdog);
    await this.#worker.terminate();
  }

  #start(): void {
    const { ringCells, originMs, idlePasses } = this.#options;
    const orders: SpscRing = createSpscRing(ringCells, ORDER_CELL_BYTES);
    const actions: SpscRing = createSpscRing(ringCells, ACTION_CELL_BYTES);
    const watch: Region = allocateRegion(WATCH_BYTES);
    this.#orders = new SpscRingWriter(orders);
    this.#actions = new SpscRingReader(actions);
    this.#watch = int32View(watch);
    const workerData: GuestWorkerData = { orders, actions, watch, originMs, idlePasses };
    const worker = new Worker(new URL('./guest.worker.js', import.meta.url), {
      workerData, env: {}, resourceLimits: { maxOldGenerationSizeMb: 256 },
    });
    worker.on('message', (notice: GuestNotice) => this.#hear(notice));
    worker.on('error', () => this.#replace(worker, undefined));
    worker.unref();
    this.#worker = worker;
  }

  #hear(notice: GuestNotice): void {
    if (notice.kind === 'log') return this.#listener.log(notice.number, notice.label, notice.line);
    if (notice.refusal !== undefined) this.#deployments.delete(notice.number);
    this.#waiting.get(notice.number)?.(notice.refusal);
    this.#waiting.delete(notice.number);
    if (this.#waiting.size === 0) this.#worker.unref();
  }

  #send(command: GuestCommand): void {
    this.#worker.postMessage(command);
  }

  /** A module whose instances are all dead isn't started again with its siblings. */
  #forgetWhenAllDead(cell: ActionCell): void {
    const deployment = this.#deployments.get(cell.deployment);
    if (deployment?.spec.instances.length === 1) this.#deployments.delete(cell.deployment);
  }

  #look(): void {
    const state = observeInt32(this.#watch, WATCH_STATE);
    const now = performance.now();
    if ((state & 1) === 0 || state !== this.#seenState) {
      this.#seenState = state;
      this.#seenAtMs = now;
      return;
    }
    if (now - this.#seenAtMs < this.#options.watchdogMs) return;
    this.#replace(this.#worker, observeInt32(this.#watch, WATCH_DEPLOYMENT));
  }

  /** Ends the thread and starts the deployments but the culprit on a new one. */
  #replace(worker: Worker, culprit: number | undefined): void {
    if (worker !== this.#worker || this.closed) return;
    this.kills++;
    worker.removeAllListeners();
    void worker.terminate();
    if (culprit !== undefined) {
      this.#deployments.delete(culprit);
      this.#waiting.get(culprit)?.({ code: 'PROBE_TIME', message: 'the watchdog ended it while it was started' });
      this.#waiting.delete(culprit);
    }
    this.#start();
    for (const deployment of this.#deployments.values()) this.#send({ kind: 'deploy', deployment });
    if (culprit !== undefined) this.#listener.killed(culprit);
    for (const number of this.#deployments.keys()) this.#listener.restarted(number);
  }
}

export function emptyActionCell(): ActionCell {
  return { ...emptyAction(), deployment: 0, instance: 0, tNs: 0, death: -1 };
}

/** Why an instance died, from its cell; undefined for an action. */
export function deathOf(cell: ActionCell): (typeof deathReasons)[number] | undefined {
  return deathReasons[cell.death];
}
