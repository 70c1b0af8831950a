/**
 * An engine whose venues run in a process of their own and whose orders survive its own: data directory, recovery,
 * remote venue connections and the fused topology, put together.
 *
 * Order of a start: snapshot + tail → state; venues count as lost until each has said what it holds (open orders,
 * fills, balances); what was on the way is unknown until then; only what a reconciled venue allows is sent anew.
 */
import type { CoreState } from '../core/state.js';
import type { Universe } from '../protocol/universe.js';
import { History } from '../scheduler/history.js';
import { createTelemetry, TraceFinder } from '../telemetry/shared-telemetry.js';
import { answerQuery, healthOf } from './answers.js';
import { WallClock } from './clock.js';
import { configHashOf, openDataDirectory, type OpenedDirectory } from './data-directory.js';
import { resumeTime } from './engine-time.js';
import { FusedEngine } from './fused-engine.js';
import { pureCore } from './pure-core.js';
import { connectRemoteVenues } from './remote-venues.js';

export interface RemoteEngineOptions {
  readonly directory: string;
  /** Unix socket of the venue process. */
  readonly socketPath: string;
  readonly universe: Universe;
  readonly accounts: readonly string[];
  readonly durability: 'process' | 'power';
  /** Bytes of a journal segment; 64 MiB if not given. */
  readonly segmentBytes?: number;
  /** Records between background snapshots. */
  readonly snapshotEvery?: number;
  /** Bytes of segments that stay though snapshots don't need them. */
  readonly keepBytes?: number;
  /** Told why a background snapshot failed. */
  readonly snapshotFailed?: (why: string) => void;
  readonly seed: number;
  /** What becomes of orders at a venue that nobody here knows, besides an alert; cancelled if not given. */
  readonly unknownOrders?: 'cancel' | 'keep';
}

export interface RemoteEngine {
  readonly engine: FusedEngine<CoreState>;
  readonly directory: OpenedDirectory;
  /** Every reachable venue has been reconciled. */
  isReady(): boolean;
  /** Stops working, writes a snapshot and lets the directory go. */
  close(): Promise<void>;
}

/** @throws JournalLocked, JournalCorruption, JournalFailure; their messages name file, place and way out */
export async function openRemoteEngine(options: RemoteEngineOptions): Promise<RemoteEngine> {
  const { universe, accounts } = options;
  const history = new History(accounts.length);
  const { segmentBytes, snapshotEvery, snapshotFailed, keepBytes } = options;
  const directory = await openDataDirectory({
    directory: options.directory, durability: options.durability, configHash: configHashOf(universe, accounts), history,
    ...(segmentBytes === undefined ? {} : { segmentBytes }),
    ...(snapshotEvery === undefined ? {} : { snapshotEvery }),
    ...(keepBytes === undefined ? {} : { keepBytes }),
    ...(snapshotFailed === undefined ? {} : { snapshotFailed }),
  });
  const { recovered, epoch, log } = directory;
  const { baseNs, nowNs } = resumeTime(recovered, 1, BigInt(Date.now()) * 1_000_000n);
  const telemetry = createTelemetry(process.hrtime.bigint(), ['engine']);
  const stamps = new TraceFinder(telemetry);
  const engine = new FusedEngine<CoreState>({
    core: pureCore, universe, accounts, baseNs, epoch, seed: options.seed, log, recovered, history,
    clock: new WallClock(1, nowNs), telemetry,
    ...(options.unknownOrders === undefined ? {} : { unknownOrders: options.unknownOrders }),
    connect: (sink, feed) => connectRemoteVenues({ universe, path: options.socketPath, baseNs, sink, feed }),
    endedCut: (state) => state.kept.cut,
    answer: (of, accountId, query) =>
      answerQuery({ ...sourceOf(of), stamps, snapshots: () => log.health() }, accountId, query),
  });
  return {
    engine,
    directory,
    isReady: () => healthOf(sourceOf(engine)).ready,
    close: () => {
      engine.stop();
      return directory.close(engine.scheduler.state);
    },
  };
}

function sourceOf(engine: FusedEngine<CoreState>): Parameters<typeof answerQuery>[0] {
  return {
    state: engine.scheduler.state, history: engine.history, market: engine.market, startedNs: engine.startedNs,
    nowNs: () => engine.nowNs(),
  };
}
