/** Backtests of accounts, one at a time on a thread of a pool, so that trading keeps its core. Kept in memory only. */
import { fileURLToPath } from 'node:url';
import { MessageChannel } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { admit, type AdmittedModule } from '../../algo/admission/admit.js';
import { Probe } from '../../algo/admission/probe.js';
import { allocateRegion, int32View } from '../../memory/region.js';
import { publishInt32 } from '../../memory/words.js';
import type { BacktestOrder, BacktestPort } from '../../protocol/backtest-port.js';
import type { DeploymentDone } from '../../protocol/deployment-port.js';
import type { AccountId, Universe } from '../../protocol/universe.js';
import { placeDeployment } from '../deployment-place.js';
import { configParams } from '../guests/config-params.js';
import { CANCEL_WORD, type BacktestJob, type BacktestOutput } from './backtest-worker.js';

export interface BacktestJobsParts {
  readonly universe: Universe;
  /** A built-in's name or the hash of a module that the account may use. */
  readonly module: (name: string, accountId: AccountId) => AdmittedModule | undefined;
  /** Longest that one may take of the thread's time; `wallMsMost` if not given. */
  readonly wallMs?: number;
}

interface Job {
  readonly id: string;
  readonly accountId: AccountId;
  readonly name: string;
  status: 'queued' | 'running' | 'done' | 'cancelled' | 'failed';
  progress: number;
  output: BacktestOutput | undefined;
  error: string | undefined;
  readonly stop: Int32Array;
}

type Work = BacktestJob extends infer Each ? (Each extends BacktestJob ? Omit<Each, 'progress' | 'cancel' | 'wallMs'> : never) : never;

/** Unfinished ones an account may have, and finished ones kept. */
const unfinishedPerAccount = 4;
const keptPerAccount = 32;
/** Of one: those of others wait for the thread. */
const wallMsMost = 600_000;

export class BacktestJobs implements BacktestPort {
  readonly #parts: BacktestJobsParts;
  readonly #probe = new Probe();
  readonly #jobs = new Map<string, Job>();
  /** Asked for and not jobs yet: their modules are being checked. */
  readonly #preparing = new Map<AccountId, number>();
  #pool: Piscina<BacktestJob, BacktestOutput> | null = null;
  #nextNumber = 1;

  constructor(parts: BacktestJobsParts) {
    this.#parts = parts;
  }

  submit(accountId: AccountId, order: BacktestOrder, done: DeploymentDone): void {
    const preparing = this.#preparing.get(accountId) ?? 0;
    const unfinished = [...this.#jobs.values()].filter((job) => job.accountId === accountId && (job.status === 'queued' || job.status === 'running'));
    if (unfinished.length + preparing >= unfinishedPerAccount) {
      return done({ ok: false, code: 'CONFLICT', message: `an account may have ${unfinishedPerAccount} unfinished backtests: wait or cancel one` });
    }
    this.#preparing.set(accountId, preparing + 1);
    void this.#work(accountId, order).then((work) => {
      this.#preparing.set(accountId, (this.#preparing.get(accountId) ?? 1) - 1);
      if ('field' in work) return done({ ok: false, code: 'VALIDATION_ERROR', message: `${work.field}: ${work.message}`, details: [work] });
      const region = allocateRegion(64);
      const job: Job = {
        id: `bt_${this.#nextNumber++}`, accountId, name: order.name, status: 'queued', progress: 0, output: undefined, error: undefined,
        stop: int32View(region),
      };
      this.#jobs.set(job.id, job);
      this.#forgetOld(accountId);
      this.#start(job, work, region);
      return done({ ok: true, body: view(job) });
    });
  }

  list(accountId: AccountId, done: DeploymentDone): void {
    const backtests = [...this.#jobs.values()].filter((job) => job.accountId === accountId).map(view).reverse();
    done({ ok: true, body: { backtests } });
  }

  get(accountId: AccountId, id: string, done: DeploymentDone): void {
    this.#with(accountId, id, done, (job) => {
      const { output, error } = job;
      done({
        ok: true,
        body: {
          ...view(job), ...(error === undefined ? {} : { error }),
          ...(output === undefined ? {} : { report: JSON.parse(output.json) as unknown, logs: output.logs }),
        },
      });
    });
  }

  cancel(accountId: AccountId, id: string, done: DeploymentDone): void {
    this.#with(accountId, id, done, (job) => {
      publishInt32(job.stop, CANCEL_WORD, 1);
      if (job.status === 'queued') job.status = 'cancelled';
      done({ ok: true, body: view(job) });
    });
  }

  render(accountId: AccountId, id: string, format: 'text' | 'svg', done: DeploymentDone): void {
    this.#with(accountId, id, done, (job) => {
      if (job.output !== undefined) return done({ ok: true, body: { backtest_id: job.id, format, content: job.output[format] } });
      return done({ ok: false, code: 'CONFLICT', message: `the backtest is ${job.status}: there is no report${job.error === undefined ? ' yet' : `: ${job.error}`}` });
    });
  }

  async close(): Promise<void> {
    for (const { stop } of this.#jobs.values()) publishInt32(stop, CANCEL_WORD, 1);
    this.#probe.close();
    await this.#pool?.destroy();
    this.#pool = null;
  }

  /** What to run, or what is wrong with the order. */
  async #work(accountId: AccountId, order: BacktestOrder): Promise<Work | { readonly field: string; readonly message: string }> {
    const { name, seed, seconds, subject } = order;
    if (subject.kind === 'graph') return { kind: 'graph', name, seed, seconds, document: subject.document };
    const place = placeDeployment(this.#parts.universe, [order.symbol], order.venues, order.labels);
    if (typeof place === 'string') return { field: '/venues', message: place };
    let config;
    try {
      config = configParams(order.configJson);
    } catch (error) {
      return { field: '/config', message: String(error) };
    }
    let module = subject.kind === 'algo' ? this.#parts.module(subject.algo, accountId) : undefined;
    if (subject.kind === 'wasm') {
      const admitted = await admit(subject.wasm, this.#probe);
      if (!admitted.ok) return { field: '/wasm_base64', message: `${admitted.error.code}: ${admitted.error.message}` };
      module = admitted.value;
    }
    if (module === undefined) return { field: '/algo', message: 'expected the name of a built-in or the hash of a module you uploaded' };
    const instances = place.instances.map(({ label, venueName }) => ({ label, venue: venueName }));
    return { kind: 'module', name, seed, seconds, module, symbol: order.symbol, instances, config };
  }

  #start(job: Job, work: Work, cancel: BacktestJob['cancel']): void {
    this.#pool ??= new Piscina<BacktestJob, BacktestOutput>({
      filename: fileURLToPath(new URL('./backtest-worker.js', import.meta.url)), name: 'runBacktest', minThreads: 0, maxThreads: 1,
      idleTimeout: 60_000, resourceLimits: { maxOldGenerationSizeMb: 2_048 },
    });
    const { port1, port2 } = new MessageChannel();
    port1.on('message', (share: number) => {
      if (job.status === 'queued') job.status = 'running';
      job.progress = Math.max(job.progress, share);
    });
    port1.unref();
    void this.#pool.run({ ...work, wallMs: this.#parts.wallMs ?? wallMsMost, progress: port2, cancel }, { transferList: [port2] }).then(
      (output) => {
        job.output = output;
        job.status = output.cancelled ? 'cancelled' : 'done';
        if (!output.cancelled) job.progress = 1;
      },
      (error: unknown) => {
        job.status = 'failed';
        job.error = error instanceof Error ? error.message : String(error);
      },
    ).finally(() => port1.close());
  }

  #forgetOld(accountId: AccountId): void {
    const over = [...this.#jobs.values()].filter((job) => job.accountId === accountId && job.status !== 'queued' && job.status !== 'running');
    for (const job of over.slice(0, Math.max(0, over.length - keptPerAccount))) this.#jobs.delete(job.id);
  }

  #with(accountId: AccountId, id: string, done: DeploymentDone, act: (job: Job) => void): void {
    const job = this.#jobs.get(id);
    if (job === undefined || job.accountId !== accountId) return done({ ok: false, code: 'NOT_FOUND', message: `no backtest "${id}"` });
    return act(job);
  }
}

function view({ id, name, status, progress }: Job): Record<string, unknown> {
  return { backtest_id: id, name, status, progress };
}
