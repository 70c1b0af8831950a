/** Runs a benchmark's roles in workers of the benchmark's own file; each role's answer is a plain value. */
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';

interface RoleData {
  readonly bench: string;
  readonly role: string;
  readonly args: unknown;
}

/** Starts one worker a role and waits for what they say, in the order of the roles. */
export function runWorkers<A, T>(url: string, bench: string, roles: readonly string[], args: A): Promise<T[]> {
  return Promise.all(roles.map((role) => new Promise<T>((resolve, reject) => {
    const worker = new Worker(new URL(url), { workerData: { bench, role, args } satisfies RoleData });
    worker.once('message', resolve);
    worker.once('error', reject);
  })));
}

/** In a worker of this benchmark: plays the role and says what it returns. */
export function playWorker<A, T>(bench: string, roles: Readonly<Record<string, (args: A) => T>>): void {
  const data = workerData as RoleData | null;
  if (isMainThread || data?.bench !== bench) return;
  const role = roles[data.role];
  if (role === undefined) throw new Error(`benchmark ${bench} has no role ${data.role}`);
  parentPort?.postMessage(role(data.args as A)); // made by runWorkers() of the same file
}
