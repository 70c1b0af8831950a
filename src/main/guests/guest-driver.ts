/**
 * What drives the instances of one module for the engine, wherever they run: in the engine's thread where runs must
 * repeat (virtual time), on a thread of their account where they trade live. Units are the guest's own ticks and lots.
 */
import type { AdmittedModule } from '../../algo/admission/admit.js';
import type { OrderCell } from '../../algo/guest/cells.js';
import type { GuestAction } from '../../algo/host/actions.js';
import type { DeploymentSpec } from '../../algo/host/deployment.js';
import type { DeathReason, PauseReason } from '../../algo/host/instance.js';
import type { LogLine } from '../../algo/host/log-book.js';
import type { PositionLedger } from '../../algo/host/position-ledger.js';
import type { ConfigParam } from '../../algo/host/regions.js';
import type { RiskView } from '../../algo/host/state-writer.js';
import type { DeploymentStats } from '../../algo/host/stats.js';
import type { Refusal } from '../../algo/refusal.js';
import type { AccountId, Listing } from '../../protocol/universe.js';

/** A listing that instances trade or see. */
export interface GuestMarket {
  readonly listing: Listing;
  /** Index into the deployment's symbols. */
  readonly symbol: number;
  /** abi id of the venue. */
  readonly abiId: number;
  /** Instrument ticks of one guest tick, lots of one guest lot. */
  readonly tickUnit: number;
  readonly lotUnit: number;
}

/** Nobody of these may call back into the driver but by `tell`. `instance` is its place in the spec. */
export interface GuestListener {
  act(instance: number, action: GuestAction): void;
  log(label: string, line: LogLine): void;
  died(instance: number, reason: DeathReason, detail: string): void;
  paused(instance: number, reason: PauseReason): void;
  /** These instances are fresh ones that list no orders: those they had must be cancelled, their refs begin anew. */
  restarted(instances: readonly number[]): void;
  /** Lines of a tape; given: everything is recorded. */
  tape?(text: string): void;
}

export interface GuestParts {
  readonly accountId: AccountId;
  readonly spec: DeploymentSpec;
  readonly module: AdmittedModule;
  readonly markets: readonly GuestMarket[];
  readonly listener: GuestListener;
}

/** What `tell` needs: the rest of a cell is 0. */
export type OrderNews = Partial<OrderCell> & Pick<OrderCell, 'kind' | 'instance' | 'symbol' | 'ref' | 'tNs'>;

export interface GuestDriver {
  /** Undefined once the instances run, else why they can't. */
  readonly started: Promise<Refusal | undefined>;
  /** Positions by the fills told, kept on the engine's side. */
  readonly ledger: PositionLedger;
  tell(news: OrderNews): void;
  configure(params: readonly ConfigParam[], tNs: number): void;
  riskChanged(risk: RiskView, tNs: number): void;
  start(tNs: number): void;
  stop(tNs: number): void;
  /** Looks at the books, hands on what was told. @param beat a second of engine time began */
  step(nowNs: number, beat: boolean): number;
  /** The shutdown callback; only its cancels are carried out, then nothing comes from it any more. */
  shutdown(nowNs: number): void;
  stats(): Promise<DeploymentStats>;
}

/** @throws RefusalError where instances are made at once */
export interface GuestFactory {
  make(parts: GuestParts): GuestDriver;
  /** What threads did since the last call. */
  step(nowNs: number): number;
  /** Threads that the watchdog ended. */
  readonly kills: number;
  close(): void;
}
