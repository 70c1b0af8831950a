/** What every route and stream may use; made once by `startGateway`. No globals. */
import type { Logger } from 'pino';
import type { BacktestPort } from '../protocol/backtest-port.js';
import type { DeploymentPort } from '../protocol/deployment-port.js';
import type { Resolver } from '../protocol/document/resolver.js';
import type { EnginePort } from '../protocol/engine-port.js';
import type { AccountEvents } from './account-events.js';
import type { CredentialVault } from './auth/credential-vault.js';
import type { KeyStore } from './auth/key-store.js';
import type { RateLimiter } from './auth/rate-limit.js';
import type { Sessions } from './auth/sessions.js';
import type { Tickets } from './auth/tickets.js';
import type { HttpMetrics } from './server/metrics.js';
import type { Sockets } from './server/sockets.js';
import type { SandboxSettings } from './sandbox-settings.js';
import type { Lost } from './orders/lost.js';
import type { Names } from './names.js';
import type { Route } from './server/route.js';

export interface GatewayContext {
  readonly port: EnginePort;
  readonly names: Names;
  readonly resolver: Resolver;
  readonly deployments: DeploymentPort | null;
  readonly backtests: BacktestPort | null;
  readonly keys: KeyStore;
  readonly vault: CredentialVault;
  readonly tickets: Tickets;
  readonly sessions: Sessions;
  readonly sockets: Sockets;
  readonly events: AccountEvents;
  readonly accountRate: RateLimiter;
  /** Failed authentications by address. */
  readonly addressRate: RateLimiter;
  readonly lost: Lost;
  readonly sandbox: SandboxSettings;
  readonly metrics: HttpMetrics;
  readonly log: Logger;
  readonly version: string;
  /** What an acknowledgement survives: nothing, the end of the process, loss of power. */
  readonly durability: 'memory' | 'process' | 'power';
  /** The whole table, for the OpenAPI document. */
  readonly routes: readonly Route[];
  /** True once shutdown began: no new orders. */
  draining(): boolean;
  /** Seconds since start. */
  uptimeSecs(): number;
}
