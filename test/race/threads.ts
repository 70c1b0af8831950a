/** Runs the roles of a race in real workers of the race's own file, and collects what they observed. */
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import type { Observed } from './outcomes.js';

interface RoleData {
  readonly race: string;
  readonly role: string;
  readonly args: unknown;
}

/** No progress for so long means a deadlock: the role throws instead of spinning for ever. */
const STALL_MS = 30_000;

/** Starts one worker a role and adds up what they tell. */
export async function runRoles(url: string, race: string, roles: readonly string[], args: unknown): Promise<Observed> {
  const told = await Promise.all(roles.map((role) => runRole(url, { race, role, args })));
  const sum: Record<string, number> = {};
  for (const part of told) for (const [key, count] of Object.entries(part)) sum[key] = (sum[key] ?? 0) + count;
  return sum;
}

function runRole(url: string, data: RoleData): Promise<Observed> {
  return new Promise((resolve, reject) => {
    let told: Observed = {};
    const worker = new Worker(new URL(url), { workerData: data });
    worker.on('message', (message: Observed) => {
      told = message;
    });
    worker.on('error', reject);
    worker.on('exit', (code) => (code === 0 ? resolve(told) : reject(new Error(`${data.role} ended with ${code}`))));
  });
}

/** In a worker of this race: runs the role's function. On the main thread: nothing. */
export function playRole<T>(race: string, roles: Readonly<Record<string, (args: T) => Observed>>): void {
  const data = workerData as RoleData | null;
  if (isMainThread || data?.race !== race) return;
  const role = roles[data.role];
  if (role === undefined) throw new Error(`race ${race} has no role ${data.role}`);
  parentPort?.postMessage(role(data.args as T)); // made by the same file's runRoles()
}

/** Call in every loop that waits for the other thread. */
export class Stall {
  #since = 0;
  #looks = 0;

  progress(): void {
    this.#looks = 0;
    this.#since = 0;
  }

  waiting(what: string): void {
    if (++this.#looks % 65_536 !== 0) return;
    const now = performance.now();
    if (this.#since === 0) this.#since = now;
    if (now - this.#since > STALL_MS) throw new Error(`no progress for ${STALL_MS} ms while ${what}`);
  }
}
