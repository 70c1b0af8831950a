/**
 * How the gateway speaks to the algo host about deployments. Narrow on purpose: bytes and names in, wire-shaped
 * answers out. `done` is called once, later or at once. Every call names the account: what one owns doesn't exist
 * for another (NOT_FOUND).
 */
import type { AccountId } from './universe.js';

export interface DeploymentUpload {
  readonly name: string;
  readonly wasm: Uint8Array;
  readonly symbols: readonly string[];
  readonly startImmediately: boolean;
  /** Null: every venue that lists the symbols. */
  readonly venues: readonly string[] | null;
  /** One a venue, for meshes; null = none. */
  readonly labels: readonly string[] | null;
  /** Configuration as JSON text; null = none. */
  readonly configJson: string | null;
  /** The version of the guest ABI where exports don't tell, e.g. "0.3.0". */
  readonly abi?: string;
  /** Every callback's input and every action go to a tape in the data directory. */
  readonly record?: boolean;
}

export interface DeploymentPatch {
  readonly name?: string;
  /** Live configuration through the config region. */
  readonly configJson?: string;
  /** Hot replacement. */
  readonly wasm?: Uint8Array;
}

/** `code` is of the error registry; `details` name the admission rules broken (422). */
export type DeploymentReply =
  | { readonly ok: true; readonly body: unknown }
  | {
      readonly ok: false;
      readonly code: string;
      readonly message: string;
      readonly details?: readonly { readonly field: string; readonly message: string }[];
    };

/** What a deployment did or became, for the streams `traces:<id>` and `deployment:<id>`; `data` is the wire shape. */
export interface DeploymentEvent {
  readonly channel: 'traces' | 'deployment';
  readonly accountId: AccountId;
  readonly deploymentId: string;
  readonly data: unknown;
}

export type DeploymentDone = (reply: DeploymentReply) => void;

export interface DeploymentPort {
  /** Answers `{deployment_id: "dep_…", name, status, symbols, size_bytes, edges}`. */
  upload(accountId: AccountId, upload: DeploymentUpload, done: DeploymentDone): void;
  /** `{deployments: [...]}` */
  list(accountId: AccountId, done: DeploymentDone): void;
  get(accountId: AccountId, deploymentId: string, done: DeploymentDone): void;
  patch(accountId: AccountId, deploymentId: string, patch: DeploymentPatch, done: DeploymentDone): void;
  /** Shutdown callback, then everything cancelled. */
  undeploy(accountId: AccountId, deploymentId: string, done: DeploymentDone): void;
  start(accountId: AccountId, deploymentId: string, done: DeploymentDone): void;
  /** Orders and instance stay. */
  stop(accountId: AccountId, deploymentId: string, done: DeploymentDone): void;
  /** `{logs: [...]}`, newest last. @param limit 1..1000 */
  logs(accountId: AccountId, deploymentId: string, limit: number, done: DeploymentDone): void;
  mesh(accountId: AccountId, deploymentId: string, done: DeploymentDone): void;
  metrics(accountId: AccountId, deploymentId: string, done: DeploymentDone): void;
  /** Returns the way to stop. */
  onEvent(listener: (event: DeploymentEvent) => void): () => void;
}
