/** The front door, put together: one call starts it, `close` ends it. No globals. */
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { pino, type Logger } from 'pino';
import type { BacktestPort } from '../protocol/backtest-port.js';
import type { DeploymentPort } from '../protocol/deployment-port.js';
import { Resolver } from '../protocol/document/resolver.js';
import type { EnginePort } from '../protocol/engine-port.js';
import { AccountEvents } from './account-events.js';
import { CredentialVault, masterKeysFromFile, parseMasterKeys, type MasterKeys } from './auth/credential-vault.js';
import { KeyStore } from './auth/key-store.js';
import { scopes, type Scope } from './auth/principal.js';
import { RateLimiter, type RatePlan } from './auth/rate-limit.js';
import { Sessions } from './auth/sessions.js';
import { Tickets } from './auth/tickets.js';
import type { GatewayContext } from './context.js';
import { Names } from './names.js';
import { Lost } from './orders/lost.js';
import { routeTable } from './routes/table.js';
import { SandboxSettings } from './sandbox-settings.js';
import { startAdmin, type Admin, type AdminAddress } from './server/admin.js';
import { serveHttp } from './server/serve.js';
import { HttpMetrics } from './server/metrics.js';
import { Sockets, socketsPerAddressMax } from './server/sockets.js';
import { createApp, listen, type App, type TlsFiles } from './server/uws.js';

export interface GatewayOptions {
  readonly port: EnginePort;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 50052; 0 lets the system choose. */
  readonly listenPort?: number;
  /** Where keys, credentials and settings live; null keeps them in memory. */
  readonly dataDir: string | null;
  readonly version?: string;
  /** Of the engine's journal, named in acknowledgements. Default `memory`: there is none. */
  readonly durability?: 'memory' | 'process' | 'power';
  readonly deployments?: DeploymentPort | null;
  readonly backtests?: BacktestPort | null;
  /** Default unlimited (local use); hosted default is 50 qps, burst 100. */
  readonly rate?: RatePlan;
  /** Failed authentications by address. Default 5 a second, burst 50. */
  readonly addressRate?: RatePlan;
  /** Streams, event streams and binary connections that one address may hold open. Default 5,000. */
  readonly socketsPerAddress?: number;
  readonly tls?: TlsFiles | null;
  /** Null: no admin address. Default 127.0.0.1 on a free port. */
  readonly admin?: AdminAddress | null;
  /** Keys for credentials at rest, or what fetches them at start. Default: LEGWORK_CREDENTIAL_KEY, else a key file in the data directory. */
  readonly credentialKeys?: MasterKeys | (() => MasterKeys);
  readonly log?: Logger;
  /** Other doors on the same server (streams, binary order entry); mounted before the HTTP routes. */
  readonly mount?: readonly ((app: App, context: GatewayContext) => void)[];
  /** How long `close` waits for open answers, ms. Default 5,000. */
  readonly drainMs?: number;
}

export interface TestKeyOptions {
  /** Default: the first account. */
  readonly account?: string;
  readonly scopes?: readonly Scope[];
  readonly venues?: readonly string[] | null;
  readonly instruments?: readonly string[] | null;
}

export interface Gateway {
  /** `http://127.0.0.1:50052` */
  readonly address: string;
  readonly listenPort: number;
  /** Address of metrics and health for operators; null when there is none. */
  readonly adminAddress: string | null;
  readonly context: GatewayContext;
  /** A fresh key that forces sandbox and ends with the process. Its text is returned this once. */
  makeTestKey(options?: TestKeyOptions): string;
  /** No new orders and no new connections from now on; open answers are finished; then everything ends. */
  close(): Promise<void>;
}

/** Plan of hosted use (wire.md): token bucket per account. */
export const hostedRate: RatePlan = { qps: 50, burst: 100 };
export const unlimitedRate: RatePlan = { qps: null, burst: 0 };

/** Rejects when the address is taken or a store can't be read. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const host = options.host ?? '127.0.0.1';
  const state = { draining: false };
  const context = makeContext(options, () => state.draining);
  const app = createApp(options.tls ?? null);
  for (const mount of options.mount ?? []) mount(app, context);
  const doors = serveHttp(app, context);
  const listening = await listen(app, host, options.listenPort ?? 50_052);
  let admin: Admin | null = null;
  try {
    if (options.admin !== null) admin = await startAdmin(options.admin ?? { host: '127.0.0.1', port: 0 }, context);
  } catch (problem) {
    app.close();
    throw problem;
  }
  context.keys.onEnd((keyId) => {
    context.tickets.drop(keyId);
    context.sessions.closeKey(keyId);
  });
  const scheme = options.tls ? 'https' : 'http';
  return {
    address: `${scheme}://${host.includes(':') ? `[${host}]` : host}:${listening.port}`,
    listenPort: listening.port,
    adminAddress: admin?.address ?? null,
    context,
    makeTestKey: (wanted = {}) => {
      const input = {
        name: 'test key made at start',
        accountName: wanted.account ?? options.port.accounts[0] ?? '',
        test: true,
        scopes: wanted.scopes ?? scopes,
        venues: wanted.venues ?? null,
        instruments: wanted.instruments ?? null,
      };
      return context.keys.create(input, true).raw;
    },
    close: async () => {
      state.draining = true;
      listening.stopListening();
      await doors.idle(options.drainMs ?? 5_000);
      context.sessions.closeAll();
      context.events.close();
      admin?.close();
      app.close();
    },
  };
}

function makeContext(options: GatewayOptions, draining: () => boolean): GatewayContext {
  const { port, dataDir } = options;
  const path = (name: string): string | null => (dataDir === null ? null : join(dataDir, name));
  const nowMs = (): number => performance.now();
  const wallNs = (): bigint => BigInt(Date.now()) * 1_000_000n;
  const started = performance.now();
  const metrics = new HttpMetrics();
  return {
    port,
    names: new Names(port.universe),
    resolver: new Resolver(port.universe),
    deployments: options.deployments ?? null,
    backtests: options.backtests ?? null,
    keys: new KeyStore(path('api-keys.json'), port.accounts, wallNs),
    vault: new CredentialVault(path('credentials.json'), masterKeys(options), wallNs),
    tickets: new Tickets(nowMs),
    sessions: new Sessions(),
    events: new AccountEvents(port),
    accountRate: new RateLimiter(options.rate ?? unlimitedRate, 100_000, nowMs),
    addressRate: new RateLimiter(options.addressRate ?? { qps: 5, burst: 50 }, 100_000, nowMs),
    lost: new Lost(nowMs),
    sandbox: new SandboxSettings(path('sandbox.json')),
    metrics,
    sockets: new Sockets(metrics, options.socketsPerAddress ?? socketsPerAddressMax),
    log: options.log ?? pino({ name: 'legwork', level: process.env['LEGWORK_LOG'] ?? 'warn' }),
    version: options.version ?? '0.1.0',
    durability: options.durability ?? 'memory',
    routes: routeTable,
    draining,
    uptimeSecs: () => (performance.now() - started) / 1000,
  };
}

/** As configured, else from the environment, else from the data directory, else for this process only. */
function masterKeys({ credentialKeys: own, dataDir }: GatewayOptions): MasterKeys {
  if (own !== undefined) return typeof own === 'function' ? own() : own;
  const given = process.env['LEGWORK_CREDENTIAL_KEY'];
  if (given !== undefined && given !== '') return parseMasterKeys(given);
  if (dataDir !== null) return masterKeysFromFile(join(dataDir, 'credential.key'));
  return new Map([[1, randomBytes(32)]]);
}
