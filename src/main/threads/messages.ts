/** Types of the records between the main and the engine thread, and the values in them. */
import type { KillState, Reply } from '../../protocol/commands.js';
import type { DeploymentPatch, DeploymentReply, DeploymentUpload } from '../../protocol/deployment-port.js';
import type { Query, QueryReply } from '../../protocol/engine-port.js';
import type { AccountId } from '../../protocol/universe.js';

/** Main → engine, beside the journal's record type of commands, which is below 0x1000. */
export const ASK = 0x1001;
export const DEPLOY = 0x1002;
/** Engine → main. */
export const REPLY = 0x2001;
export const ANSWER = 0x2002;
export const ACCOUNT = 0x2003;
export const ALERT = 0x2004;
export const DEPLOYED = 0x2005;
export const DEPLOYMENT_EVENT = 0x2006;

export interface Asked {
  readonly id: number;
  readonly accountId: AccountId;
  readonly query: Query;
}

/** A call of the deployment port. */
export type DeploymentCall =
  | { readonly method: 'upload'; readonly upload: DeploymentUpload }
  | { readonly method: 'list' }
  | { readonly method: 'get' | 'undeploy' | 'start' | 'stop' | 'mesh' | 'metrics'; readonly deploymentId: string }
  | { readonly method: 'patch'; readonly deploymentId: string; readonly patch: DeploymentPatch }
  | { readonly method: 'logs'; readonly deploymentId: string; readonly limit: number };

export interface Deployed {
  readonly id: number;
  readonly accountId: AccountId;
  readonly call: DeploymentCall;
}

export interface DeploymentAnswered {
  readonly id: number;
  readonly reply: DeploymentReply;
}

export interface Replied {
  readonly id: number;
  readonly reply: Reply;
}

export interface Answered {
  readonly id: number;
  readonly reply: QueryReply;
}

/** What the engine thread tells once, off the order path, by message. */
export type EngineSaid =
  | {
      readonly kind: 'ready';
      readonly baseNs: bigint;
      readonly epoch: number;
      readonly events: number;
      readonly notes: readonly string[];
      readonly offsetNs: number;
      /** Kill switches that stand: of an earlier life. */
      readonly kills: readonly KillState[];
    }
  /** A background snapshot failed; it is tried again. */
  | { readonly kind: 'snapshot_failed'; readonly why: string }
  /** It has let the journal go; what was left open. */
  | { readonly kind: 'closed'; readonly openWork: readonly string[] }
  /** It can't go on; `exitCode` as of the process. */
  | { readonly kind: 'failed'; readonly message: string; readonly exitCode: number };
