/**
 * A guest thread: instances of one account. It holds no keys and no sockets; what it knows is in the books, the rings
 * and what it was deployed with. Commands that are rare (deploy, configure) come by message, orders by ring.
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { BroadcastRing } from '../../memory/broadcast-ring-layout.js';
import type { Region } from '../../memory/region.js';
import type { SpscRing } from '../../memory/spsc-ring-layout.js';
import type { ConfigParam } from '../host/regions.js';
import type { LogLine } from '../host/log-book.js';
import type { RiskView } from '../host/state-writer.js';
import type { DeploymentStats } from '../host/stats.js';
import type { MeshLinks } from '../mesh/mesh-link.js';
import { int32View } from '../../memory/region.js';
import { publishInt32 } from '../../memory/words.js';
import { RefusalError, type Refusal } from '../refusal.js';
import { GuestHost, WATCH_THREAD, type GuestDeployment } from './guest-host.js';
import { ownThreadId } from './thread-time.js';

/** Engine time as a line over the machine's monotonic clock, which all threads share. */
export interface EngineClock {
  /** Engine time at `hrNs` of `process.hrtime`. */
  readonly atNs: number;
  readonly hrNs: bigint;
  readonly speed: number;
}

export interface GuestWorkerData {
  readonly orders: SpscRing;
  readonly actions: SpscRing;
  readonly watch: Region;
  readonly clock: EngineClock;
  readonly tapes: readonly BroadcastRing[];
  /** Passes without work before the thread sleeps a millisecond between passes; Infinity = spins. */
  readonly idlePasses: number;
}

export type GuestCommand =
  | { readonly kind: 'deploy'; readonly deployment: GuestDeployment }
  | { readonly kind: 'configure'; readonly number: number; readonly params: readonly ConfigParam[] }
  | { readonly kind: 'risk'; readonly number: number; readonly risk: RiskView }
  | { readonly kind: 'rewire'; readonly number: number; readonly links: MeshLinks }
  | { readonly kind: 'stats'; readonly number: number; readonly ticket: number };

export interface GuestLine {
  readonly number: number;
  readonly label: string;
  readonly line: LogLine;
}

export type GuestNotice =
  | { readonly kind: 'deployed'; readonly number: number; readonly refusal: Refusal | undefined }
  | { readonly kind: 'stats'; readonly ticket: number; readonly stats: DeploymentStats | undefined }
  | { readonly kind: 'tape'; readonly texts: ReadonlyMap<number, string> }
  | { readonly kind: 'logs'; readonly lines: readonly GuestLine[] };

const data = workerData as GuestWorkerData;
publishInt32(int32View(data.watch), WATCH_THREAD, ownThreadId());
const notify = (notice: GuestNotice): void => parentPort?.postMessage(notice);
let lines: GuestLine[] = [];
/** Of tapes, by deployment, since the last turn. */
let texts = new Map<number, string>();
const host = new GuestHost(
  data.orders, data.actions, data.watch, data.tapes, (number, label, line) => void lines.push({ number, label, line }),
  (number, line) => void texts.set(number, (texts.get(number) ?? '') + line),
);

const { clock } = data;
/** Engine time when this thread's `performance.now()` was 0. */
const originNs = clock.atNs + (Number(process.hrtime.bigint() - clock.hrNs) - performance.now() * 1e6) * clock.speed;
const nowNs = (): number => Math.floor(originNs + performance.now() * 1e6 * clock.speed);

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
  switch (command.kind) {
    case 'deploy': return notify({ kind: 'deployed', number: command.deployment.number, refusal: deploy(command.deployment) });
    case 'configure': return host.configure(command.number, command.params, nowNs());
    case 'rewire': return host.rewire(command.number, command.links);
    case 'risk': return host.riskChanged(command.number, command.risk, nowNs());
    case 'stats': return notify({ kind: 'stats', ticket: command.ticket, stats: host.stats(command.number) });
  }
});

/** Passes between two looks at the messages. */
const passesPerTurn = 256;
let idle = 0;

function turn(): void {
  for (let i = 0; i < passesPerTurn; i++) {
    idle = host.pass(nowNs()) > 0 ? 0 : idle + 1;
    if (idle > data.idlePasses) break;
  }
  if (lines.length > 0) {
    notify({ kind: 'logs', lines });
    lines = [];
  }
  if (texts.size > 0) {
    notify({ kind: 'tape', texts });
    texts = new Map();
  }
  if (idle > data.idlePasses) setTimeout(turn, 1);
  else setImmediate(turn);
}
turn();
