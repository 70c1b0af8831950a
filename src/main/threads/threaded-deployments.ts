/** The deployment port on the main thread, for modules whose host is the engine thread. Off the order path. */
import type {
  DeploymentDone, DeploymentEvent, DeploymentPatch, DeploymentPort, DeploymentReply, DeploymentUpload,
} from '../../protocol/deployment-port.js';
import type { AccountId } from '../../protocol/universe.js';
import type { DeploymentCall, DeploymentAnswered } from './messages.js';

export type SendCall = (id: number, accountId: AccountId, call: DeploymentCall) => void;

export class ThreadedDeployments implements DeploymentPort {
  readonly #send: SendCall;
  /** Null while the engine thread works. */
  readonly #trouble: () => string | null;
  readonly #waiting = new Map<number, DeploymentDone>();
  readonly #listeners = new Set<(event: DeploymentEvent) => void>();
  #ended: string | null = null;
  #nextId = 1;

  constructor(send: SendCall, trouble: () => string | null) {
    this.#send = send;
    this.#trouble = trouble;
  }

  upload(accountId: AccountId, upload: DeploymentUpload, done: DeploymentDone): void {
    this.#call(accountId, { method: 'upload', upload }, done);
  }

  list(accountId: AccountId, done: DeploymentDone): void {
    this.#call(accountId, { method: 'list' }, done);
  }

  get(accountId: AccountId, deploymentId: string, done: DeploymentDone): void {
    this.#call(accountId, { method: 'get', deploymentId }, done);
  }

  patch(accountId: AccountId, deploymentId: string, patch: DeploymentPatch, done: DeploymentDone): void {
    this.#call(accountId, { method: 'patch', deploymentId, patch }, done);
  }

  undeploy(accountId: AccountId, deploymentId: string, done: DeploymentDone): void {
    this.#call(accountId, { method: 'undeploy', deploymentId }, done);
  }

  start(accountId: AccountId, deploymentId: string, done: DeploymentDone): void {
    this.#call(accountId, { method: 'start', deploymentId }, done);
  }

  stop(accountId: AccountId, deploymentId: string, done: DeploymentDone): void {
    this.#call(accountId, { method: 'stop', deploymentId }, done);
  }

  logs(accountId: AccountId, deploymentId: string, limit: number, done: DeploymentDone): void {
    this.#call(accountId, { method: 'logs', deploymentId, limit }, done);
  }

  mesh(accountId: AccountId, deploymentId: string, done: DeploymentDone): void {
    this.#call(accountId, { method: 'mesh', deploymentId }, done);
  }

  metrics(accountId: AccountId, deploymentId: string, done: DeploymentDone): void {
    this.#call(accountId, { method: 'metrics', deploymentId }, done);
  }

  onEvent(listener: (event: DeploymentEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  answered({ id, reply }: DeploymentAnswered): void {
    const done = this.#waiting.get(id);
    this.#waiting.delete(id);
    done?.(reply);
  }

  happened(event: DeploymentEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  /** Nobody gets an answer any more. @param isOver nothing is taken from now on */
  abandon(why: string, isOver: boolean): void {
    if (isOver) this.#ended = why;
    for (const done of this.#waiting.values()) done(unavailable(why));
    this.#waiting.clear();
  }

  #call(accountId: AccountId, call: DeploymentCall, done: DeploymentDone): void {
    const trouble = this.#ended ?? this.#trouble();
    if (trouble !== null) return done(unavailable(trouble));
    const id = this.#nextId++;
    this.#waiting.set(id, done);
    return this.#send(id, accountId, call);
  }
}

/** Carries out a call where the modules are. */
export function callDeployments(port: DeploymentPort, accountId: AccountId, call: DeploymentCall, done: DeploymentDone): void {
  switch (call.method) {
    case 'upload': return port.upload(accountId, call.upload, done);
    case 'list': return port.list(accountId, done);
    case 'patch': return port.patch(accountId, call.deploymentId, call.patch, done);
    case 'logs': return port.logs(accountId, call.deploymentId, call.limit, done);
    default: return port[call.method](accountId, call.deploymentId, done);
  }
}

function unavailable(why: string): DeploymentReply {
  return { ok: false, code: 'SERVICE_UNAVAILABLE', message: why };
}
