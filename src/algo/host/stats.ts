import type { Deployment } from './deployment.js';
import type { AlgoInstance, PauseReason } from './instance.js';

/** Counters of one instance, plain values: may cross threads. */
export interface InstanceStats {
  /** In the deployment's list of instances. */
  readonly place: number;
  readonly label: string;
  readonly meshId: number;
  readonly status: AlgoInstance['status'];
  readonly pauseReason: PauseReason | undefined;
  readonly callbacks: number;
  readonly memoryBytes: number;
  readonly logLinesDropped: number;
  readonly logRangesBad: number;
  readonly cancelsIgnored: number;
  readonly badSends: number;
  readonly messagesWaiting: number;
  readonly messagesDropped: number;
}

export interface DeploymentStats {
  readonly messages: number;
  readonly instances: readonly InstanceStats[];
}

export const noStats: DeploymentStats = { messages: 0, instances: [] };

/** Of parts on several threads, in the order of their places. */
export function joinStats(parts: readonly DeploymentStats[]): DeploymentStats {
  return {
    messages: parts.reduce((sum, { messages }) => sum + messages, 0),
    instances: parts.flatMap(({ instances }) => instances).sort((a, b) => a.place - b.place),
  };
}

export function statsOf(deployment: Deployment): DeploymentStats {
  return {
    messages: deployment.messages,
    instances: deployment.instances.map((instance) => ({
      place: instance.spec.place, label: instance.spec.label, meshId: instance.spec.meshId, status: instance.status, pauseReason: instance.pauseReason,
      callbacks: instance.callbacks, memoryBytes: instance.memoryBytes, logLinesDropped: instance.logs.dropped,
      logRangesBad: instance.logs.badRanges, cancelsIgnored: instance.cancelsIgnored, badSends: instance.badSends,
      messagesWaiting: deployment.mesh?.waiting(instance.spec.place) ?? 0, messagesDropped: deployment.mesh?.dropped(instance.spec.place) ?? 0,
    })),
  };
}
