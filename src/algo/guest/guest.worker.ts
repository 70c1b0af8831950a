/**
 * A guest thread: instances of one account. It holds no keys and no sockets; what it knows is in the books, the rings
 * and what it was deployed with. Commands that are rare (deploy, configure) come by message, orders by ring.
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { Region } from '../../memory/region.js';
import type { SpscRing } from '../../memory/spsc-ring-layout.js';
import type { ConfigParam } from '../host/regions.js';
import type { LogLine } from '../host/log-book.js';
import { RefusalError, type Refusal } from '../refusal.js';
import { GuestHost, type GuestDeployment } from './guest-host.js';

export interface GuestWorkerData {
  readonly orders: SpscRing;
  readonly actions: SpscRing;
  readonly watch: Region;
  /** Unix time of engine time 0, ms. */
  readonly originMs: number;
  /** Passes without work before the thread sleeps a millisecond between passes; Infinity = spins. */
  readonly idlePasses: number;
}

export type GuestCommand =
  | { readonly kind: 'deploy'; readonly deployment: GuestDeployment }
  | { readonly kind: 'configure'; readonly number: number; readonly params: readonly ConfigParam[] };

export type GuestNotice =
  | { readonly kind: 'deployed'; readonly number: number; readonly refusal: Refusal | undefined }
  | { readonly kind: 'log'; readonly number: number; readonly label: string; readonly line: LogLine };

const data = workerData as GuestWorkerData;
const notify = (notice: GuestNotice): void => parentPort?.postMessage(notice);
const host = new GuestHost(data.orders, data.actions, data.watch, (number, label, line) => {
  notify({ kind: 'log', number, label, line });
});
const nowNs = (): number => Math.floor((performance.timeOrigin - data.originMs + performance.now()) * 1e6);

function deploy(deployment: GuestDeployment): Refusal | undefined {
  try {
    host.deploy(deployment);
    return undefined;
  } catch (error) {
    if (error instanceof RefusalError) return error.toRefusal();
    return { code: 'INSTANTIATE', message: String(error) };
  }
}

parentPort?.on('message', (command: GuestCommand) => {
  if (command.kind === 'configure') return host.configure(command.number, command.params, nowNs());
  return notify({ kind: 'deployed', number: command.deployment.number, refusal: deploy(command.deployment) });
});

/** Passes between two looks at the messages. */
const passesPerTurn = 256;
let idle = 0;

function turn(): void {
  for (let i = 0; i < passesPerTurn; i++) {
    idle = host.pass(nowNs()) > 0 ? 0 : idle + 1;
    if (idle > data.idlePasses) break;
  }
  if (idle > data.idlePasses) setTimeout(turn, 1);
  else setImmediate(turn);
}
turn();
