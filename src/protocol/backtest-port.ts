/**
 * How the gateway speaks to the pool that runs backtests. Wire-shaped answers; `done` is called once, later or at once.
 * Every call names the account: what one owns doesn't exist for another (NOT_FOUND).
 */
import type { DeploymentDone } from './deployment-port.js';
import type { AccountId } from './universe.js';

export type BacktestSubject =
  /** A built-in's name or the hash of a module that the account uploaded. */
  | { readonly kind: 'algo'; readonly algo: string }
  | { readonly kind: 'wasm'; readonly wasm: Uint8Array }
  /** An order document as POST /v1/orders takes it. */
  | { readonly kind: 'graph'; readonly document: string };

export interface BacktestOrder {
  readonly name: string;
  readonly subject: BacktestSubject;
  /** Modules: the instrument and one instance a venue; null labels: made from the venues. */
  readonly symbol: string;
  readonly venues: readonly string[];
  readonly labels: readonly string[] | null;
  readonly configJson: string | null;
  readonly seconds: number;
  readonly seed: number;
}

export interface BacktestPort {
  /** Answers `{backtest_id, name, status: queued, progress: 0}`. */
  submit(accountId: AccountId, order: BacktestOrder, done: DeploymentDone): void;
  /** `{backtests: [...]}`, newest first. */
  list(accountId: AccountId, done: DeploymentDone): void;
  /** `{backtest_id, name, status: queued|running|done|cancelled|failed, progress, report?, logs?, error?}` */
  get(accountId: AccountId, backtestId: string, done: DeploymentDone): void;
  cancel(accountId: AccountId, backtestId: string, done: DeploymentDone): void;
  /** `{backtest_id, format, content}`: the report as text or as an SVG that stands alone; CONFLICT before it is done. */
  render(accountId: AccountId, backtestId: string, format: 'text' | 'svg', done: DeploymentDone): void;
}
