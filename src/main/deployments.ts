/** The gateway's deployments on the fused topology: upload, admission, start, stop, live config, replacement, end. */
import { createHash } from 'node:crypto';
import { admit, type AdmittedModule } from '../algo/admission/admit.js';
import { Probe } from '../algo/admission/probe.js';
import type { ConfigParam } from '../algo/host/regions.js';
import { RefusalError, type Refusal } from '../algo/refusal.js';
import type { AccountEvent } from '../protocol/effects.js';
import type { DeploymentDone, DeploymentPatch, DeploymentPort, DeploymentUpload } from '../protocol/deployment-port.js';
import type { EnginePort } from '../protocol/engine-port.js';
import type { AccountId, Instrument } from '../protocol/universe.js';
import { RunningDeployment } from './running-deployment.js';

interface Entry {
  readonly id: string;
  readonly accountId: AccountId;
  name: string;
  module: AdmittedModule;
  readonly instruments: readonly Instrument[];
  readonly instances: readonly { readonly label: string; readonly venue: number; readonly venueName: string }[];
  config: readonly ConfigParam[];
  running: RunningDeployment | undefined;
  status: 'created' | 'running' | 'stopped' | 'dead';
}

/** Deployments an account may have at once: each holds up to 16 MiB of guest memory an instance. */
const deploymentsPerAccount = 64;
const NS = 1_000_000_000;

export class Deployments implements DeploymentPort {
  readonly #engine: EnginePort;
  readonly #entries = new Map<string, Entry>();
  readonly #probe = new Probe();
  #nextNumber = 1;
  #nextSecondNs = NS;

  constructor(engine: EnginePort) {
    this.#engine = engine;
    engine.onAccountEvent((event) => this.#hear(event));
  }

  close(): void {
    this.#probe.close();
  }

  /** An uploaded module by its hash, for nodes of graphs. */
  module(hash: string): AdmittedModule | undefined {
    for (const { module } of this.#entries.values()) if (module.hash === hash) return module;
    return undefined;
  }

  step(nowNs: number): number {
    const beat = nowNs >= this.#nextSecondNs;
    if (beat) this.#nextSecondNs = (Math.floor(nowNs / NS) + 1) * NS;
    let done = 0;
    for (const entry of this.#entries.values()) {
      const { running } = entry;
      if (running === undefined) continue;
      done += running.step(nowNs, beat);
      if (running.guests.instances.every(({ status }) => status === 'dead')) entry.status = 'dead';
    }
    return done;
  }

  nextDueNs(): number {
    return this.#entries.size === 0 ? Infinity : this.#nextSecondNs;
  }

  upload(accountId: AccountId, upload: DeploymentUpload, done: DeploymentDone): void {
    const owned = [...this.#entries.values()].filter((entry) => entry.accountId === accountId);
    if (owned.length >= deploymentsPerAccount) {
      return done({ ok: false, code: 'CONFLICT', message: `an account may have ${deploymentsPerAccount} deployments: undeploy one first` });
    }
    const placed = this.#place(upload);
    if (typeof placed === 'string') return done(invalid('/venues', placed));
    let config: ConfigParam[];
    try {
      config = parameters(upload.configJson);
    } catch (error) {
      return done(invalid('/config', String(error)));
    }
    void admit(upload.wasm, this.#probe).then((result) => {
      if (!result.ok) return done(refused(result.error));
      const number = this.#nextNumber++;
      const salt = createHash('sha256').update(`${this.#engine.baseNs()}:${accountId}:${number}`).digest('hex').slice(0, 12);
      const entry: Entry = {
        id: `dep_${salt}${number}`, accountId, name: upload.name, module: result.value, config, ...placed, running: undefined, status: 'created',
      };
      this.#entries.set(entry.id, entry);
      if (!upload.startImmediately) return done({ ok: true, body: view(entry) });
      return this.#run(entry, done);
    });
  }

  list(accountId: AccountId, done: DeploymentDone): void {
    const deployments = [...this.#entries.values()].filter((entry) => entry.accountId === accountId).map(view);
    done({ ok: true, body: { deployments } });
  }

  get(accountId: AccountId, deploymentId: string, done: DeploymentDone): void {
    this.#with(accountId, deploymentId, done, (entry) => done({ ok: true, body: view(entry) }));
  }

  patch(accountId: AccountId, deploymentId: string, patch: DeploymentPatch, done: DeploymentDone): void {
    this.#with(accountId, deploymentId, done, (entry) => {
      if (patch.name !== undefined) entry.name = patch.name;
      if (patch.configJson !== undefined) {
        try {
          entry.config = parameters(patch.configJson);
        } catch (error) {
          return done(invalid('/config', String(error)));
        }
        entry.running?.guests.configure(entry.config, this.#engine.nowNs());
      }
      if (patch.wasm === undefined) return done({ ok: true, body: view(entry) });
      return void admit(patch.wasm, this.#probe).then((result) => {
        if (!result.ok) return done(refused(result.error));
        entry.running?.shutdown();
        entry.module = result.value;
        const wasRunning = entry.status === 'running';
        entry.running = undefined;
        if (!wasRunning) return done({ ok: true, body: view(entry) });
        return this.#run(entry, done);
      });
    });
  }

  undeploy(accountId: AccountId, deploymentId: string, done: DeploymentDone): void {
    this.#with(accountId, deploymentId, done, (entry) => {
      entry.running?.shutdown();
      this.#entries.delete(entry.id);
      done({ ok: true, body: { deployment_id: entry.id, status: 'undeployed' } });
    });
  }

  start(accountId: AccountId, deploymentId: string, done: DeploymentDone): void {
    this.#with(accountId, deploymentId, done, (entry) => {
      if (entry.running === undefined || entry.status === 'dead') return this.#run(entry, done);
      entry.running.guests.start();
      entry.status = 'running';
      return done({ ok: true, body: view(entry) });
    });
  }

  stop(accountId: AccountId, deploymentId: string, done: DeploymentDone): void {
    this.#with(accountId, deploymentId, done, (entry) => {
      entry.running?.guests.stop();
      if (entry.status === 'running') entry.status = 'stopped';
      done({ ok: true, body: view(entry) });
    });
  }

  logs(accountId: AccountId, deploymentId: string, limit: number, done: DeploymentDone): void {
    this.#with(accountId, deploymentId, done, (entry) => {
      const base = this.#engine.baseNs();
      const lines = (entry.running?.guests.instances ?? []).flatMap((instance) =>
        instance.logs.last(limit).map(({ tNs, level, text }) => ({ label: instance.spec.label, level, text, tNs })));
      lines.sort((a, b) => a.tNs - b.tNs);
      const logs = lines.slice(-limit).map(({ tNs, ...line }) => ({ ts_ns: base + BigInt(tNs), ...line }));
      done({ ok: true, body: { logs } });
    });
  }

  mesh(accountId: AccountId, deploymentId: string, done: DeploymentDone): void {
    this.#with(accountId, deploymentId, done, (entry) => {
      const guests = entry.running?.guests;
      const instances = (guests?.instances ?? []).map(({ spec, status, queue, badSends }) => ({
        label: spec.label, mesh_id: spec.meshId, status, waiting: queue.waiting, dropped: queue.dropped, bad_sends: badSends,
      }));
      done({ ok: true, body: { instances, messages: guests?.messages ?? 0 } });
    });
  }

  metrics(accountId: AccountId, deploymentId: string, done: DeploymentDone): void {
    this.#with(accountId, deploymentId, done, (entry) => {
      const { running } = entry;
      const instances = (running?.guests.instances ?? []).map((instance) => ({
        label: instance.spec.label, status: instance.status, callbacks: instance.callbacks, memory_bytes: instance.memoryBytes,
        log_lines_dropped: instance.logs.dropped, cancels_ignored: instance.cancelsIgnored,
        positions_1e8: instance.symbols.map(({ spec, positionLots }) => ({ symbol: spec.name, qty_1e8: Math.round(positionLots * spec.lot1e8) })),
      }));
      done({
        ok: true,
        body: {
          instances, fills: running?.fills ?? 0, rejects: running?.rejects ?? 0, open_orders: running?.openOrders ?? 0, deaths: running?.deaths ?? [],
        },
      });
    });
  }

  #hear(event: AccountEvent): void {
    for (const entry of this.#entries.values()) {
      if (event.accountId === entry.accountId && event.graphId.startsWith(entry.id)) entry.running?.hear(event);
    }
  }

  #with(accountId: AccountId, id: string, done: DeploymentDone, act: (entry: Entry) => void): void {
    const entry = this.#entries.get(id);
    if (entry === undefined || entry.accountId !== accountId) return done({ ok: false, code: 'NOT_FOUND', message: `no deployment "${id}"` });
    return act(entry);
  }

  #run(entry: Entry, done: DeploymentDone): void {
    const { id, accountId, instruments, instances, config } = entry;
    try {
      entry.running = new RunningDeployment(
        {
          id: `${id}-${this.#nextNumber++}`, accountId, universe: this.#engine.universe, baseNs: this.#engine.baseNs(), books: this.#engine.books,
          instruments, instances, config,
          command: (command, refuse) => this.#engine.command(accountId, command, (reply) => {
            if (!reply.ok) refuse(reply.code);
          }),
        },
        entry.module,
      );
      entry.status = 'running';
      done({ ok: true, body: view(entry) });
    } catch (error) {
      if (!(error instanceof RefusalError)) throw error;
      entry.status = 'dead';
      done(refused(error.toRefusal()));
    }
  }

  /** Which instances: one a venue, all venues that list every symbol when none is named. */
  #place(upload: DeploymentUpload): Pick<Entry, 'instruments' | 'instances'> | string {
    const { universe } = this.#engine;
    const instruments = universe.instruments.filter((instrument) => upload.symbols.includes(instrument.symbol));
    const lists = (venue: number): boolean => instruments.every((instrument) =>
      instrument.listings.some((id) => universe.listings[id]?.venue === venue));
    const venues = upload.venues === null
      ? universe.venues.filter(({ id }) => lists(id))
      : upload.venues.flatMap((name) => universe.venues.filter((venue) => venue.name === name));
    if (instruments.length !== new Set(upload.symbols).size) return 'a symbol is unknown';
    if (venues.length === 0 || (upload.venues !== null && venues.length !== upload.venues.length)) return 'a venue is unknown';
    if (!venues.every(({ id }) => lists(id))) return 'every venue must list every symbol';
    const labels = upload.labels ?? venues.map((venue, i) => (venues.length === 1 && i === 0 ? 'main' : venue.name));
    if (labels.length !== venues.length || new Set(labels).size !== labels.length) return 'labels must be unique, one a venue';
    if (labels.some((label) => label.length === 0 || Buffer.byteLength(label) > 32)) return 'a label has 1 to 32 bytes';
    return { instruments, instances: venues.map(({ id, name }, i) => ({ label: labels[i] ?? '', venue: id, venueName: name })) };
  }
}

function view(entry: Entry): Record<string, unknown> {
  const { id, name, status, module, instruments, instances, running } = entry;
  const paused = (running?.guests.instances ?? []).flatMap(({ pauseReason }) => pauseReason ?? []);
  const reasons = [...(running?.deaths ?? []), ...paused];
  return {
    deployment_id: id, name, status, symbols: instruments.map(({ symbol }) => symbol), size_bytes: module.original.length, hash: module.hash,
    abi: module.profile.name, edges: instances.map(({ label, venueName }) => ({ label, venue: venueName })),
    ...(reasons.length === 0 ? {} : { pause_reason: reasons.join('; ') }),
  };
}

function refused(refusal: Refusal): Parameters<DeploymentDone>[0] {
  return { ok: false, code: 'VALIDATION_ERROR', message: `${refusal.code}: ${refusal.message}`, details: [{ field: '/wasm_base64', message: `${refusal.code}: ${refusal.message}` }] };
}

function invalid(field: string, message: string): Parameters<DeploymentDone>[0] {
  return { ok: false, code: 'VALIDATION_ERROR', message: `${field}: ${message}`, details: [{ field, message }] };
}

/** By place: an array as given, an object's values in order. */
function parameters(json: string | null): ConfigParam[] {
  const given = json === null ? [] : (JSON.parse(json) as unknown);
  const values: unknown[] = Array.isArray(given) ? given : Object.values(given as object);
  return values.slice(0, 32).map((value): ConfigParam => {
    if (typeof value === 'boolean') return { type: 'bool', value };
    const number = Number(value);
    if (!Number.isFinite(number)) throw new RangeError(`${JSON.stringify(value)} is no number or boolean`);
    return { type: Number.isInteger(number) ? 'int' : 'float', value: number };
  });
}
