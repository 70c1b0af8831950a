/** One deployment of an account: what it is, the run that works for it now, what it said. */
import { must } from '../base/assert.js';
import type { AdmittedModule } from '../algo/admission/admit.js';
import type { LogLine } from '../algo/host/log-book.js';
import type { ConfigParam } from '../algo/host/regions.js';
import type { RiskView } from '../algo/host/state-writer.js';
import { noStats, type DeploymentStats } from '../algo/host/stats.js';
import { runLimits } from '../algo/limits.js';
import { RefusalError, type Refusal } from '../algo/refusal.js';
import type { AccountEvent } from '../protocol/effects.js';
import type { DeploymentEvent } from '../protocol/deployment-port.js';
import type { EnginePort } from '../protocol/engine-port.js';
import type { AccountId, Instrument } from '../protocol/universe.js';
import { placeDeployment, type DeploymentPlace } from './deployment-place.js';
import type { DeploymentStatus, StoredDeployment } from './deployment-store.js';
import type { TapeFile } from './tape-file.js';
import type { GuestFactory } from './guests/guest-driver.js';
import { unitOf, type Unit } from './guests/units.js';
import { RunningDeployment } from './running-deployment.js';

export interface EntryParts {
  readonly engine: EnginePort;
  readonly guests: GuestFactory;
  readonly riskOf: (accountId: AccountId, instrument: Instrument, unit: Unit) => RiskView;
  readonly limitsOf: (accountId: AccountId) => object | null;
  readonly tell: (event: DeploymentEvent) => void;
  /** Null: nothing can be recorded. */
  readonly tape: ((run: string) => TapeFile | null) | null;
}

export class DeploymentEntry {
  readonly id: string;
  readonly accountId: AccountId;
  status: DeploymentStatus;
  module: AdmittedModule | undefined;
  readonly #parts: EntryParts;
  readonly #place: DeploymentPlace;
  #name: string;
  #hash: string;
  #config: readonly ConfigParam[];
  #runs: number;
  #carried: StoredDeployment['carried'];
  #seq: number;
  #running: RunningDeployment | undefined;
  #limits: object | null;
  #failure: string | undefined;
  #logs: { readonly label: string; readonly line: LogLine }[] = [];
  readonly #record: boolean;
  #tape: TapeFile | null = null;
  #toldStatus = '';

  constructor(parts: EntryParts, row: StoredDeployment, module: AdmittedModule | undefined) {
    this.#parts = parts;
    this.id = row.id;
    this.accountId = row.accountId;
    this.status = row.status;
    this.module = module;
    this.#name = row.name;
    this.#hash = row.hash;
    this.#config = row.config;
    this.#runs = row.runs;
    this.#record = row.record === true;
    this.#carried = row.carried;
    this.#seq = row.seq;
    this.#limits = parts.limitsOf(row.accountId);
    const place = placeDeployment(
      parts.engine.universe, row.symbols, row.instances.map(({ venue }) => venue), row.instances.map(({ label }) => label),
    );
    if (typeof place === 'string') throw new Error(`deployment ${row.id}: ${place}`);
    this.#place = place;
  }

  get hash(): string {
    return this.#hash;
  }

  /** A fresh run. @returns why it can't, undefined once it works */
  async run(): Promise<Refusal | undefined> {
    const running = this.#begin();
    const refusal = await running.driver.started;
    if (refusal === undefined) return undefined;
    this.#refuse(refusal);
    return refusal;
  }

  /** After a restart: as it was before, with the fills that its checkpoint didn't have. */
  recover(news: readonly AccountEvent[]): void {
    const was = this.status;
    if (was === 'created' || was === 'dead') return;
    try {
      const running = this.#begin();
      if (was !== 'running') running.stop();
      this.status = was;
      for (const event of news) this.hear(event);
      void running.driver.started.then((refusal) => refusal !== undefined && this.#refuse(refusal));
      this.#note(`started anew with the engine as run ${this.#runs}; orders of the run before are cancelled`);
    } catch (error) {
      this.fail(String(error));
    }
  }

  fail(why: string): void {
    this.status = 'dead';
    this.#failure = why;
    this.#note(why);
    this.#changed();
  }

  /** @returns false: it has no live run, a fresh one must be made */
  resume(): boolean {
    if (this.#running === undefined || this.#running.isDead) return false;
    this.#running.start();
    this.status = 'running';
    this.#changed();
    return true;
  }

  /** No more callbacks and orders; what rests stays. */
  stop(): void {
    this.#running?.stop();
    if (this.status === 'running' || this.status === 'paused') this.status = 'stopped';
    this.#changed();
  }

  change(name: string | undefined, config: readonly ConfigParam[] | undefined): void {
    this.#name = name ?? this.#name;
    if (config === undefined) return;
    this.#config = config;
    this.#running?.driver.configure(config, this.#parts.engine.nowNs());
  }

  /** The run of the old module ends; positions stay for the next one. */
  replace(module: AdmittedModule): void {
    this.end();
    this.module = module;
    this.#hash = module.hash;
    this.#failure = undefined;
    if (this.status !== 'stopped') this.status = 'created';
  }

  /** Shutdown callback, then everything of it is cancelled. */
  end(): void {
    this.#checkpoint();
    this.#running?.shutdown();
    this.#running = undefined;
    this.#tape?.close();
    this.#tape = null;
  }

  hear(event: AccountEvent): void {
    this.#running?.hear(event);
    if (event.channel === 'fills') this.#seq = Math.max(this.#seq, event.seq);
  }

  step(nowNs: number, beat: boolean): number {
    const running = this.#running;
    if (running === undefined) return 0;
    const done = running.step(nowNs, beat);
    if (beat) this.#followLimits(running, nowNs);
    return done;
  }

  stored(): StoredDeployment {
    this.#checkpoint();
    return {
      id: this.id, accountId: this.accountId, name: this.#name, hash: this.#hash,
      symbols: this.#place.instruments.map(({ symbol }) => symbol),
      instances: this.#place.instances.map(({ label, venueName }) => ({ label, venue: venueName })), config: this.#config,
      status: this.status, ...(this.#record ? { record: true } : {}), runs: this.#runs, carried: this.#carried, seq: this.#seq,
    };
  }

  view(): Record<string, unknown> {
    const { instruments, instances } = this.#place;
    const reasons = [...(this.#running?.deaths ?? []), ...new Set(this.#running?.pauses.values() ?? [])];
    if (this.#failure !== undefined) reasons.push(this.#failure);
    return {
      deployment_id: this.id, name: this.#name, status: this.status, symbols: instruments.map(({ symbol }) => symbol),
      size_bytes: this.module?.original.length ?? 0, hash: this.#hash, abi: this.module?.profile.name ?? null,
      edges: instances.map(({ label, venueName }) => ({ label, venue: venueName })),
      ...(reasons.length === 0 ? {} : { pause_reason: reasons.join('; ') }),
    };
  }

  /** Newest last. */
  logs(limit: number): unknown[] {
    const base = this.#parts.engine.baseNs();
    return this.#logs.slice(-limit).map(({ label, line }) => ({ ts_ns: base + BigInt(line.tNs), label, level: line.level, text: line.text }));
  }

  async mesh(): Promise<unknown> {
    const stats = await this.#stats();
    return {
      instances: stats.instances.map((row) => ({
        label: row.label, mesh_id: row.meshId, status: row.status, waiting: row.messagesWaiting, dropped: row.messagesDropped,
        bad_sends: row.badSends,
      })),
      messages: stats.messages,
    };
  }

  async metrics(): Promise<unknown> {
    const stats = await this.#stats();
    const running = this.#running;
    const instances = stats.instances.map((row) => ({
      label: row.label, status: row.status, callbacks: row.callbacks, memory_bytes: row.memoryBytes, log_lines_dropped: row.logLinesDropped,
      log_ranges_bad: row.logRangesBad, cancels_ignored: row.cancelsIgnored, positions_1e8: this.#positions(row.place),
    }));
    return {
      instances, fills: running?.fills ?? 0, rejects: running?.rejects ?? 0, open_orders: running?.openOrders ?? 0,
      restarts: running?.restarts ?? 0, runs: this.#runs, deaths: running?.deaths ?? [],
    };
  }

  #positions(instance: number): unknown[] {
    return this.#place.instruments.map(({ symbol, lot1e8 }, i) => {
      const lots = this.#running?.driver.ledger.positionLots(instance, i) ?? 0;
      const realized = this.#running?.driver.ledger.realized1e9(instance, i) ?? 0;
      return { symbol, qty_1e8: Math.round(lots * (this.#running?.lotUnit(i) ?? 1) * lot1e8), realized_pnl_1e9: realized };
    });
  }

  #stats(): Promise<DeploymentStats> {
    return this.#running === undefined || this.#running.isDead ? Promise.resolve(noStats) : this.#running.driver.stats();
  }

  #begin(): RunningDeployment {
    this.end();
    const { engine, guests } = this.#parts;
    const { instruments, instances } = this.#place;
    if (this.module === undefined) throw new RefusalError('INSTANTIATE', 'its module is not there any more: upload it again');
    const run = `${this.id}-${++this.#runs}`;
    this.#tape = this.#record ? (this.#parts.tape?.(run) ?? null) : null;
    if (this.#record && this.#tape === null) this.#note('this run is not recorded: the tapes hold what they may; take some away');
    const running = new RunningDeployment(
      {
        id: run, accountId: this.accountId, universe: engine.universe, baseNs: engine.baseNs(), guests,
        instruments, instances, config: this.#config, risk: this.#risk(),
        carried: this.#carried.length === instances.length ? this.#carried : undefined,
        command: (command, refuse) => engine.command(this.accountId, command, (reply) => {
          if (!reply.ok) refuse(reply.code);
        }),
        listener: {
          log: (label, line) => this.#log(label, line),
          trace: (label, tNs, kind, data) => this.#trace(label, tNs, { kind, ...data }),
          changed: () => this.#judge(),
          ...(this.#tape === null ? {} : { tape: (text: string) => this.#tape?.append(text) }),
        },
        nowNs: () => engine.nowNs(), books: engine.books,
      },
      this.module,
    );
    this.#running = running;
    this.#failure = undefined;
    this.status = 'running';
    this.#changed();
    return running;
  }

  /** A position limit is one number in lots: with several symbols the core's own holds alone. */
  #risk(): RiskView {
    const { engine } = this.#parts;
    const instrument = must(this.#place.instruments[0], 'a symbol');
    const venues = new Set(this.#place.instances.map(({ venue }) => venue));
    const listings = instrument.listings.map((id) => must(engine.universe.listings[id], 'listing')).filter((row) => venues.has(row.venue));
    const risk = this.#parts.riskOf(this.accountId, instrument, unitOf(listings));
    return this.#place.instruments.length === 1 ? risk : { ...risk, maxPositionLots: 0 };
  }

  #followLimits(running: RunningDeployment, nowNs: number): void {
    const limits = this.#parts.limitsOf(this.accountId);
    if (limits === this.#limits) return;
    this.#limits = limits;
    running.driver.riskChanged(this.#risk(), nowNs);
  }

  #refuse(refusal: Refusal): void {
    this.fail(`${refusal.code}: ${refusal.message}`);
    this.#running = undefined;
  }

  /** Its status after a death, a pause or a restart. */
  #judge(): void {
    const running = this.#running;
    if (running === undefined) return;
    if (running.isDead) this.status = 'dead';
    else if (this.status === 'running' && running.pauses.size + running.deaths.length >= this.#place.instances.length) this.status = 'paused';
    this.#changed();
  }

  #checkpoint(): void {
    if (this.#running === undefined) return;
    this.#running.flush(this.#parts.engine.nowNs());
    this.#carried = this.#running.driver.ledger.carried();
  }

  #note(text: string): void {
    this.#log('', { tNs: this.#parts.engine.nowNs(), level: 2, text });
  }

  #log(label: string, line: LogLine): void {
    this.#logs.push({ label, line });
    if (this.#logs.length >= 2 * runLimits.logLinesKept) this.#logs = this.#logs.slice(-runLimits.logLinesKept);
    this.#trace(label, line.tNs, { kind: 'log', level: line.level, text: line.text });
  }

  #trace(label: string, tNs: number, data: Readonly<Record<string, unknown>>): void {
    const ts = this.#parts.engine.baseNs() + BigInt(tNs);
    this.#parts.tell({ channel: 'traces', accountId: this.accountId, deploymentId: this.id, data: { ts_ns: ts, label, ...data } });
  }

  #changed(): void {
    const view = this.view();
    const text = JSON.stringify(view);
    if (text === this.#toldStatus) return;
    this.#toldStatus = text;
    this.#parts.tell({ channel: 'deployment', accountId: this.accountId, deploymentId: this.id, data: view });
  }
}
