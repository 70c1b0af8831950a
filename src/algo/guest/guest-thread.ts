import { Worker } from 'node:worker_threads';
import type { BroadcastRing } from '../../memory/broadcast-ring-layout.js';
import { allocateRegion, int32View, type Region } from '../../memory/region.js';
import { createSpscRing, type SpscRing } from '../../memory/spsc-ring-layout.js';
import { SpscRingReader } from '../../memory/spsc-ring-reader.js';
import { SpscRingWriter } from '../../memory/spsc-ring-writer.js';
import { observeInt32 } from '../../memory/words.js';
import type { LogLine } from '../host/log-book.js';
import type { ConfigParam } from '../host/regions.js';
import type { RiskView } from '../host/state-writer.js';
import { noStats, type DeploymentStats } from '../host/stats.js';
import type { CarriedPosition } from '../host/symbol-state.js';
import { runLimits } from '../limits.js';
import type { MeshLinks } from '../mesh/mesh-link.js';
import type { Refusal } from '../refusal.js';
import {
  ACTION_CELL_BYTES, deathOf, emptyActionCell, emptyOrderCell, ORDER_CELL_BYTES, orderCell, sendOrderCell, takeAction, type ActionCell, type OrderCell,
} from './cells.js';
import { WATCH_BYTES, WATCH_DEPLOYMENT, WATCH_STATE, WATCH_THREAD, type GuestDeployment } from './guest-host.js';
import { sharedBytes } from './shared-bytes.js';
import { threadCpuNs } from './thread-time.js';
import type { EngineClock, GuestCommand, GuestNotice, GuestWorkerData } from './guest.worker.js';

/** What the engine's side hears. Orders of a deployment that died or restarted must be cancelled. */
export interface GuestThreadListener {
  log(number: number, label: string, line: LogLine): void;
  /** The watchdog ended the thread inside this deployment: what of it ran there isn't started again. */
  killed(number: number): void;
  /** A sibling was started anew on a fresh thread: it lists no orders, so those it had must be cancelled. */
  restarted(number: number): void;
  /** Lines of a recorded deployment's tape. */
  tape?(number: number, text: string): void;
  /** Where the deployment's instances stand now, for the fresh ones. */
  carried?(number: number): readonly (readonly CarriedPosition[])[];
  /** The ways of its mesh, fresh from and to the instances that begin anew. */
  relinked?(number: number): MeshLinks | undefined;
}

export interface GuestThreadOptions {
  readonly clock: EngineClock;
  /** Trade tapes of the feeds, each once. */
  readonly tapes?: readonly BroadcastRing[];
  readonly idlePasses?: number;
  /** Cells of each ring, a power of two. */
  readonly ringCells?: number;
  readonly watchdogMs?: number;
  /** How long a thread was on a core, ns, -1 = unknown; `threadCpuNs` if not given. */
  readonly cpuNs?: (threadId: number) => number;
}

/** Of the watchdog's time a runaway has been on a core for so much at least, and nobody gets more than so many times of it. */
const RAN_SHARE = 0.75;
const PATIENCE = 10;

/**
 * The engine's handle of one guest thread. The watchdog looks every few milliseconds whether a callback still runs
 * since the look before; after `watchdogMs` it ends the thread and starts the siblings on a new one with new rings. A
 * thread that was hardly on a core meanwhile isn't to blame: it is ended when it doesn't come back for long.
 */
export class GuestThread {
  readonly #options: Required<GuestThreadOptions>;
  readonly #listener: GuestThreadListener;
  readonly #deployments = new Map<number, GuestDeployment>();
  readonly #waiting = new Map<number, (refusal: Refusal | undefined) => void>();
  readonly #asked = new Map<number, (stats: DeploymentStats) => void>();
  readonly #watchdog: NodeJS.Timeout;
  /** Cells for deployments that the thread hasn't made yet, and cells that found the ring full. */
  readonly #held = new Map<number, OrderCell[]>();
  readonly #backlog: OrderCell[] = [];
  /** Deaths that a thread told before it was ended. */
  readonly #kept: ActionCell[] = [];
  #worker!: Worker;
  #watch!: Int32Array;
  #orders!: SpscRingWriter;
  #actions!: SpscRingReader;
  #seenState = 0;
  #seenAtMs = 0;
  #seenCpuNs = -1;
  #nextNumber = 1;
  #nextTicket = 1;
  /** Threads ended by the watchdog or by an error of their own. */
  kills = 0;
  closed = false;

  constructor(listener: GuestThreadListener, options: GuestThreadOptions) {
    this.#listener = listener;
    this.#options = { idlePasses: 2_000, tapes: [], ringCells: 1_024, watchdogMs: runLimits.watchdogMs, cpuNs: threadCpuNs, ...options };
    this.#start();
    this.#watchdog = setInterval(() => this.#look(), Math.max(5, this.#options.watchdogMs / 8));
    this.#watchdog.unref();
  }

  /** Rises when the thread enters a module and when it leaves it: odd = inside. */
  entries(): number {
    return observeInt32(this.#watch, WATCH_STATE);
  }

  get size(): number {
    return this.#deployments.size;
  }

  /** @returns its number for the rings, and why it was refused, once known */
  deploy(given: Omit<GuestDeployment, 'number'>): { number: number; done: Promise<Refusal | undefined> } {
    const number = this.#nextNumber++;
    const deployment = { ...given, number, metered: sharedBytes(given.metered) };
    this.#deployments.set(number, deployment);
    const done = new Promise<Refusal | undefined>((resolve) => this.#waiting.set(number, resolve));
    // Only what waits for an answer keeps the process alive.
    this.#worker.ref();
    this.#held.set(number, []);
    this.#send({ kind: 'deploy', deployment });
    return { number, done };
  }

  configure(number: number, params: readonly ConfigParam[]): void {
    this.#respecify(number, { config: params });
    this.#send({ kind: 'configure', number, params });
  }

  riskChanged(number: number, risk: RiskView): void {
    this.#respecify(number, { risk });
    this.#send({ kind: 'risk', number, risk });
  }

  /** Instances of the deployment on other threads began anew. */
  rewire(number: number, links: MeshLinks): void {
    const deployment = this.#deployments.get(number);
    if (deployment === undefined) return;
    this.#deployments.set(number, { ...deployment, links });
    this.#send({ kind: 'rewire', number, links });
  }

  /** Counters as the thread has them; none when it was ended meanwhile. */
  stats(number: number): Promise<DeploymentStats> {
    const ticket = this.#nextTicket++;
    const done = new Promise<DeploymentStats>((resolve) => this.#asked.set(ticket, resolve));
    this.#worker.ref();
    this.#send({ kind: 'stats', number, ticket });
    return done;
  }

  /** After `orderCell.shutdown` was sent. */
  forget(number: number): void {
    this.#deployments.delete(number);
    this.#held.delete(number);
  }

  /**
   * What became of an order, a stop, a start. Kept and sent later while the ring is full or the deployment isn't made yet.
   */
  tell(cell: OrderCell): void {
    const deployment = this.#deployments.get(cell.deployment);
    if (deployment === undefined && cell.kind !== orderCell.shutdown) return;
    if (deployment !== undefined && (cell.kind === orderCell.stop || cell.kind === orderCell.start)) {
      this.#deployments.set(cell.deployment, { ...deployment, stopped: cell.kind === orderCell.stop });
    }
    const held = this.#held.get(cell.deployment);
    if (held === undefined && this.#backlog.length === 0 && sendOrderCell(this.#orders, cell)) return;
    (held ?? this.#backlog).push({ ...cell });
  }

  /** Takes the oldest action or end. @returns false: none waits */
  poll(out: ActionCell): boolean {
    this.#flush();
    const kept = this.#kept.shift();
    if (kept !== undefined) Object.assign(out, kept);
    else if (!takeAction(this.#actions, out)) return false;
    if (deathOf(out) !== undefined) this.#bury(out);
    return true;
  }

  async close(): Promise<void> {
    this.closed = true;
    clearInterval(this.#watchdog);
    await this.#worker.terminate();
  }

  #flush(): void {
    for (let cell = this.#backlog[0]; cell !== undefined && sendOrderCell(this.#orders, cell); cell = this.#backlog[0]) this.#backlog.shift();
  }

  #respecify(number: number, change: Partial<GuestDeployment['spec']>): void {
    const deployment = this.#deployments.get(number);
    if (deployment !== undefined) this.#deployments.set(number, { ...deployment, spec: { ...deployment.spec, ...change } });
  }

  #start(): void {
    const { ringCells, clock, idlePasses, tapes } = this.#options;
    const orders: SpscRing = createSpscRing(ringCells, ORDER_CELL_BYTES);
    const actions: SpscRing = createSpscRing(ringCells, ACTION_CELL_BYTES);
    const watch: Region = allocateRegion(WATCH_BYTES);
    this.#orders = new SpscRingWriter(orders);
    this.#actions = new SpscRingReader(actions);
    this.#watch = int32View(watch);
    const workerData: GuestWorkerData = { orders, actions, watch, clock, idlePasses, tapes };
    const worker = new Worker(new URL('./guest.worker.js', import.meta.url), {
      workerData, env: {}, resourceLimits: { maxOldGenerationSizeMb: 256 },
    });
    worker.on('message', (notice: GuestNotice) => this.#hear(notice));
    worker.on('error', () => {
      const inside = (observeInt32(this.#watch, WATCH_STATE) & 1) === 1;
      this.#replace(worker, inside ? observeInt32(this.#watch, WATCH_DEPLOYMENT) : undefined);
    });
    worker.unref();
    this.#worker = worker;
  }

  #hear(notice: GuestNotice): void {
    if (notice.kind === 'logs') {
      for (const { number, label, line } of notice.lines) this.#listener.log(number, label, line);
      return;
    }
    if (notice.kind === 'tape') {
      for (const [number, text] of notice.texts) this.#listener.tape?.(number, text);
      return;
    }
    if (notice.kind === 'stats') {
      this.#asked.get(notice.ticket)?.(notice.stats ?? noStats);
      this.#asked.delete(notice.ticket);
    } else {
      if (notice.refusal !== undefined) this.#deployments.delete(notice.number);
      this.#waiting.get(notice.number)?.(notice.refusal);
      this.#waiting.delete(notice.number);
      this.#backlog.push(...(this.#held.get(notice.number) ?? []));
      this.#held.delete(notice.number);
      if (notice.refusal === undefined && !this.#deployments.has(notice.number)) {
        // It was ended before it was made.
        this.#backlog.push({ ...emptyOrderCell(), kind: orderCell.shutdown, deployment: notice.number });
      }
      this.#flush();
    }
    if (this.#waiting.size === 0 && this.#asked.size === 0) this.#worker.unref();
  }

  #send(command: GuestCommand): void {
    this.#worker.postMessage(command);
  }

  /** An instance that died isn't started again with its siblings; nor is a deployment whose instances all died. */
  #bury(cell: ActionCell): void {
    const deployment = this.#deployments.get(cell.deployment);
    if (deployment === undefined) return;
    const dead = [...new Set([...(deployment.dead ?? []), cell.instance])];
    const { local, instances } = deployment.spec;
    if (dead.length === (local ?? instances).length) this.#deployments.delete(cell.deployment);
    else this.#deployments.set(cell.deployment, { ...deployment, dead });
  }

  #look(): void {
    const state = observeInt32(this.#watch, WATCH_STATE);
    const now = performance.now();
    if ((state & 1) === 0 || state !== this.#seenState) {
      this.#seenState = state;
      this.#seenAtMs = now;
      this.#seenCpuNs = (state & 1) === 0 ? -1 : this.#cpuNs();
      return;
    }
    const { watchdogMs } = this.#options;
    const tookMs = now - this.#seenAtMs;
    if (tookMs < watchdogMs) return;
    const ranMs = this.#seenCpuNs < 0 ? tookMs : (this.#cpuNs() - this.#seenCpuNs) / 1e6;
    if (ranMs < RAN_SHARE * watchdogMs && tookMs < PATIENCE * watchdogMs) return;
    this.#replace(this.#worker, observeInt32(this.#watch, WATCH_DEPLOYMENT));
  }

  #cpuNs(): number {
    return this.#options.cpuNs(observeInt32(this.#watch, WATCH_THREAD));
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
    this.#keepDeaths();
    this.#backlog.length = 0;
    for (const answer of this.#asked.values()) answer(noStats);
    this.#asked.clear();
    this.#start();
    if (this.#waiting.size > 0) this.#worker.ref();
    for (const [number, deployment] of this.#deployments) {
      const carried = this.#listener.carried?.(number);
      const links = this.#listener.relinked?.(number);
      const spec = carried === undefined ? deployment.spec : { ...deployment.spec, carried };
      const fresh = links === undefined ? deployment : { ...deployment, links };
      this.#deployments.set(number, fresh);
      this.#held.set(number, []);
      this.#send({ kind: 'deploy', deployment: { ...fresh, spec } });
    }
    if (culprit !== undefined) this.#listener.killed(culprit);
    for (const number of this.#deployments.keys()) this.#listener.restarted(number);
  }

  /** Actions of the ended thread are dropped with the orders they concern; who died in it stays dead. */
  #keepDeaths(): void {
    for (let cell = emptyActionCell(); takeAction(this.#actions, cell); cell = emptyActionCell()) {
      if (deathOf(cell) === undefined) continue;
      this.#kept.push(cell);
      this.#bury(cell);
    }
  }
}
