/** The gateway's deployments: upload, admission, start, stop, live config, replacement, end; kept over restarts. */
import { createHash } from 'node:crypto';
import { admit, type AdmittedModule } from '../algo/admission/admit.js';
import { Probe } from '../algo/admission/probe.js';
import type { Refusal } from '../algo/refusal.js';
import { RefusalError } from '../algo/refusal.js';
import type { AccountEvent } from '../protocol/effects.js';
import type { DeploymentDone, DeploymentEvent, DeploymentPatch, DeploymentPort, DeploymentUpload } from '../protocol/deployment-port.js';
import type { EnginePort } from '../protocol/engine-port.js';
import type { AccountId, Instrument } from '../protocol/universe.js';
import { DeploymentEntry } from './deployment-entry.js';
import type { DeploymentStore, StoredDeployment, StoredDeployments } from './deployment-store.js';
import { placeDeployment } from './deployment-place.js';
import { configParams } from './guests/config-params.js';
import type { GuestFactory } from './guests/guest-driver.js';
import type { RiskView } from '../algo/host/state-writer.js';
import type { Unit } from './guests/units.js';

/** Deployments an account may have at once: each holds up to 16 MiB of guest memory an instance. */
const deploymentsPerAccount = 64;
/** Modules of an account that are kept: the newest, and those of deployments and open graphs. */
const modulesPerAccount = 128;
/** Modules of an account that are checked at once: others' uploads wait behind them. */
const admissionsPerAccount = 4;
const NS = 1_000_000_000;

export interface DeploymentsParts {
  readonly engine: EnginePort;
  readonly guests: GuestFactory;
  readonly riskOf: (accountId: AccountId, instrument: Instrument, unit: Unit) => RiskView;
  /** Changes identity when the account's limits change. */
  readonly limitsOf: (accountId: AccountId) => object | null;
  /** Null: nothing survives the process. */
  readonly store: DeploymentStore | null;
  /** Modules that open graphs name: kept. */
  readonly named: () => ReadonlySet<string>;
  /** `modulesPerAccount` if not given. */
  readonly modulesKept?: number;
}

/** What an engine that was here before left: open graphs by id, fills by account. */
export interface Recovered {
  readonly openGraphs: readonly { readonly graphId: string; readonly accountId: AccountId }[];
  fills(accountId: AccountId): readonly AccountEvent[];
}

export class Deployments implements DeploymentPort {
  readonly #parts: DeploymentsParts;
  readonly #engine: EnginePort;
  readonly #entries = new Map<string, DeploymentEntry>();
  readonly #owners = new Map<string, Set<AccountId>>();
  readonly #listeners = new Set<(event: DeploymentEvent) => void>();
  readonly #probe = new Probe();
  /** Uploads and replacements under way, by account. */
  readonly #admitting = new Map<AccountId, number>();
  #nextNumber = 1;
  #nextSecondNs = NS;
  #unsaved = false;

  constructor(parts: DeploymentsParts) {
    this.#parts = parts;
    this.#engine = parts.engine;
    parts.engine.onAccountEvent((event) => this.#hear(event));
  }

  /** Deployments of the store go on as they were; orders of their earlier runs are cancelled. Before the first step. */
  recover(recovered: Recovered): void {
    const { store } = this.#parts;
    if (store === null) return;
    const stored = store.read();
    this.#nextNumber = stored.nextNumber;
    for (const [hash, owners] of Object.entries(stored.owners)) this.#owners.set(hash, new Set(owners));
    for (const row of stored.deployments) this.#restore(row, store, recovered);
    for (const { graphId, accountId } of recovered.openGraphs) {
      if (this.#entries.get(deploymentOf(graphId))?.accountId !== accountId) continue;
      this.#engine.command(accountId, { kind: 'cancel_graph', graphId, flatten: false }, () => {});
    }
    this.#save();
  }

  close(): void {
    this.#probe.close();
    this.#save();
  }

  onEvent(listener: (event: DeploymentEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** An uploaded module by its hash, for nodes of graphs of the account that uploaded it. */
  module(hash: string, accountId: AccountId): AdmittedModule | undefined {
    if (this.#owners.get(hash)?.has(accountId) !== true) return undefined;
    for (const { module } of this.#entries.values()) if (module?.hash === hash) return module;
    const kept = this.#parts.store?.module(hash);
    return kept === undefined || typeof kept === 'string' ? undefined : kept;
  }

  step(nowNs: number): number {
    const beat = nowNs >= this.#nextSecondNs;
    if (beat) this.#nextSecondNs = (Math.floor(nowNs / NS) + 1) * NS;
    let done = 0;
    for (const entry of this.#entries.values()) done += entry.step(nowNs, beat);
    if (beat && this.#unsaved) this.#keep(() => undefined, () => undefined);
    return done;
  }

  nextDueNs(): number {
    return this.#entries.size === 0 ? Infinity : this.#nextSecondNs;
  }

  upload(accountId: AccountId, upload: DeploymentUpload, done: DeploymentDone): void {
    const owned = [...this.#entries.values()].filter((entry) => entry.accountId === accountId).length;
    // Those that are being checked will be there, too.
    if (owned + this.#checking(accountId) >= deploymentsPerAccount) return done(conflict(`an account may have ${deploymentsPerAccount} deployments: undeploy one first`));
    if (upload.record === true && this.#parts.store === null) return done(invalid('/record', 'this engine has no data directory to record in'));
    const place = placeDeployment(this.#engine.universe, upload.symbols, upload.venues, upload.labels);
    if (typeof place === 'string') return done(invalid('/venues', place));
    let config;
    try {
      config = configParams(upload.configJson);
    } catch (error) {
      return done(invalid('/config', String(error)));
    }
    this.#admit(accountId, upload.wasm, upload.abi, done, (module) => {
      const number = this.#nextNumber++;
      const salt = createHash('sha256').update(`${this.#engine.baseNs()}:${accountId}:${number}`).digest('hex').slice(0, 12);
      const entry = this.#entry({
        id: `dep_${salt}${number}`, accountId, name: upload.name, hash: module.hash, symbols: place.instruments.map(({ symbol }) => symbol),
        instances: place.instances.map(({ label, venueName }) => ({ label, venue: venueName })), config, status: 'created', runs: 0, ...(upload.record === true ? { record: true } : {}),
        carried: [], seq: 0,
      }, module);
      this.#own(module, accountId, upload.abi);
      if (!upload.startImmediately) return this.#saved(entry, done);
      return this.#run(entry, done);
    });
  }

  list(accountId: AccountId, done: DeploymentDone): void {
    const deployments = [...this.#entries.values()].filter((entry) => entry.accountId === accountId).map((entry) => entry.view());
    done({ ok: true, body: { deployments } });
  }

  get(accountId: AccountId, deploymentId: string, done: DeploymentDone): void {
    this.#with(accountId, deploymentId, done, (entry) => done({ ok: true, body: entry.view() }));
  }

  patch(accountId: AccountId, deploymentId: string, patch: DeploymentPatch, done: DeploymentDone): void {
    this.#with(accountId, deploymentId, done, (entry) => {
      let config;
      try {
        config = patch.configJson === undefined ? undefined : configParams(patch.configJson);
      } catch (error) {
        return done(invalid('/config', String(error)));
      }
      if (patch.wasm === undefined) {
        entry.change(patch.name, config);
        return this.#saved(entry, done);
      }
      return this.#admit(accountId, patch.wasm, undefined, done, (module) => {
        if (this.#entries.get(entry.id) !== entry) return done(missing(entry.id));
        const wasRunning = entry.status === 'running';
        entry.change(patch.name, config);
        this.#own(module, accountId);
        entry.replace(module);
        return wasRunning ? this.#run(entry, done) : this.#saved(entry, done);
      });
    });
  }

  undeploy(accountId: AccountId, deploymentId: string, done: DeploymentDone): void {
    this.#with(accountId, deploymentId, done, (entry) => {
      entry.end();
      this.#entries.delete(entry.id);
      this.#keep(done, () => done({ ok: true, body: { deployment_id: entry.id, status: 'undeployed' } }));
    });
  }

  start(accountId: AccountId, deploymentId: string, done: DeploymentDone): void {
    this.#with(accountId, deploymentId, done, (entry) => (entry.resume() ? this.#saved(entry, done) : this.#run(entry, done)));
  }

  stop(accountId: AccountId, deploymentId: string, done: DeploymentDone): void {
    this.#with(accountId, deploymentId, done, (entry) => {
      entry.stop();
      this.#saved(entry, done);
    });
  }

  logs(accountId: AccountId, deploymentId: string, limit: number, done: DeploymentDone): void {
    this.#with(accountId, deploymentId, done, (entry) => done({ ok: true, body: { logs: entry.logs(limit) } }));
  }

  mesh(accountId: AccountId, deploymentId: string, done: DeploymentDone): void {
    this.#with(accountId, deploymentId, done, (entry) => void entry.mesh().then((body) => done({ ok: true, body })));
  }

  metrics(accountId: AccountId, deploymentId: string, done: DeploymentDone): void {
    this.#with(accountId, deploymentId, done, (entry) => void entry.metrics().then((body) => done({ ok: true, body })));
  }

  #hear(event: AccountEvent): void {
    const entry = this.#entries.get(deploymentOf(event.graphId));
    if (entry === undefined || entry.accountId !== event.accountId) return;
    entry.hear(event);
    if (event.channel === 'fills') this.#unsaved = true;
  }

  #checking(accountId: AccountId): number {
    return this.#admitting.get(accountId) ?? 0;
  }

  #admit(accountId: AccountId, wasm: Uint8Array, abi: string | undefined, done: DeploymentDone, then: (module: AdmittedModule) => void): void {
    if (this.#checking(accountId) >= admissionsPerAccount) {
      const message = `${admissionsPerAccount} modules of the account are being checked: wait for an answer`;
      return done({ ok: false, code: 'RATE_LIMITED', message });
    }
    this.#admitting.set(accountId, this.#checking(accountId) + 1);
    void admit(wasm, this.#probe, abi === undefined ? {} : { abi }).then((result) => {
      this.#admitting.set(accountId, this.#checking(accountId) - 1);
      return result.ok ? then(result.value) : done(refused(result.error));
    });
  }

  #with(accountId: AccountId, id: string, done: DeploymentDone, act: (entry: DeploymentEntry) => void): void {
    const entry = this.#entries.get(id);
    if (entry === undefined || entry.accountId !== accountId) return done(missing(id));
    return act(entry);
  }

  #entry(row: StoredDeployment, module: AdmittedModule | undefined): DeploymentEntry {
    const { engine, guests, riskOf, limitsOf, store } = this.#parts;
    const entry = new DeploymentEntry({
      engine, guests, riskOf, limitsOf, tell: (event) => this.#tell(event), tape: store === null ? null : (run) => store.tape(run),
    }, row, module);
    this.#entries.set(entry.id, entry);
    return entry;
  }

  #restore(row: StoredDeployment, store: DeploymentStore, recovered: Recovered): void {
    const module = store.module(row.hash);
    const entry = this.#entry(row, typeof module === 'string' ? undefined : module);
    const news = recovered.fills(row.accountId).filter((event) => event.seq > row.seq && deploymentOf(event.graphId) === row.id);
    if (typeof module === 'string') return entry.fail(module);
    return entry.recover(news);
  }

  #run(entry: DeploymentEntry, done: DeploymentDone): void {
    void entry.run().then(
      (refusal) => (refusal === undefined ? this.#saved(entry, done) : done(refused(refusal))),
      (error: unknown) => done(error instanceof RefusalError ? refused(error.toRefusal()) : conflict(String(error))),
    );
  }

  #own(module: AdmittedModule, accountId: AccountId, abi?: string): void {
    this.#parts.store?.putModule(module, abi);
    const owners = this.#owners.get(module.hash) ?? new Set();
    // Uploaded again it is the newest.
    this.#owners.delete(module.hash);
    this.#owners.set(module.hash, owners.add(accountId));
    this.#dropModules(accountId, module.hash);
  }

  /** Oldest first; the disk is everybody's. */
  #dropModules(accountId: AccountId, fresh: string): void {
    const owned = [...this.#owners].filter(([, owners]) => owners.has(accountId));
    const over = owned.length - (this.#parts.modulesKept ?? modulesPerAccount);
    if (over <= 0) return;
    const used = new Set([fresh, ...this.#parts.named(), ...[...this.#entries.values()].map((entry) => entry.hash)]);
    for (const [hash, owners] of owned.filter(([each]) => !used.has(each)).slice(0, over)) {
      owners.delete(accountId);
      if (owners.size > 0) continue;
      this.#owners.delete(hash);
      this.#parts.store?.removeModule(hash);
    }
  }

  #saved(entry: DeploymentEntry, done: DeploymentDone): void {
    const body = entry.view();
    this.#keep(done, () => done({ ok: true, body }));
  }

  /** It is answered once it is on disk. */
  #keep(done: DeploymentDone, then: () => void): void {
    this.#unsaved = false;
    const { store } = this.#parts;
    if (store === null) return then();
    return store.replace(this.#stored(), (problem) => (problem === null
      ? then()
      : done({ ok: false, code: 'SERVICE_UNAVAILABLE', message: `done, but not kept over a restart: ${problem.message}` })));
  }

  /** At the start and at the end: at once. */
  #save(): void {
    this.#parts.store?.write(this.#stored());
  }

  #stored(): StoredDeployments {
    return {
      nextNumber: this.#nextNumber, deployments: [...this.#entries.values()].map((entry) => entry.stored()),
      owners: Object.fromEntries([...this.#owners].map(([hash, owners]) => [hash, [...owners]])),
    };
  }

  #tell(event: DeploymentEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

/** Ids of deployments have no dash; their graphs are `<deployment>-<run>-…`. */
function deploymentOf(graphId: string): string {
  const dash = graphId.indexOf('-');
  return dash < 0 ? '' : graphId.slice(0, dash);
}

type Reply = Parameters<DeploymentDone>[0];

function missing(id: string): Reply {
  return { ok: false, code: 'NOT_FOUND', message: `no deployment "${id}"` };
}

function conflict(message: string): Reply {
  return { ok: false, code: 'CONFLICT', message };
}

function refused(refusal: Refusal): Reply {
  const message = `${refusal.code}: ${refusal.message}`;
  return { ok: false, code: 'VALIDATION_ERROR', message, details: [{ field: '/wasm_base64', message }] };
}

function invalid(field: string, message: string): Reply {
  return { ok: false, code: 'VALIDATION_ERROR', message: `${field}: ${message}`, details: [{ field, message }] };
}
