/** A gateway over the real engine on the simulated venues, on the wall clock, ready to trade. */
import { pino } from 'pino';
import { startGateway, type Gateway, type GatewayOptions } from '../../src/gateway/gateway.js';
import type { RunningEngine, TopologyName } from '../../src/main/running-engine.js';
import { openEngine } from '../../src/main/topology.js';
import { Client, type Got } from './client.js';

/** For machines with much else to do. */
const DEADLINE_MS = 60_000;

export interface SimRig {
  readonly engine: RunningEngine;
  readonly gateway: Gateway;
  readonly key: string;
  readonly client: Client;
  clientFor(key: string): Client;
  /** Asks again until the answer satisfies; throws after DEADLINE_MS with what came last. */
  eventually(path: string, satisfies: (got: Got) => boolean): Promise<Got>;
  close(): Promise<void>;
}

export async function simRig(options: Partial<GatewayOptions> = {}, topology: TopologyName = 'fused'): Promise<SimRig> {
  const engine = await openEngine({
    topology, clock: 'wall', speed: 1, seed: 1, dataDir: null, accounts: ['main', 'other'], tracing: false, log: () => undefined,
  });
  engine.run();
  const gateway = await startGateway({
    port: engine.port, deployments: engine.deployments, listenPort: 0, dataDir: null, log: pino({ level: 'silent' }),
    drainMs: 2_000, ...options,
  });
  const key = gateway.makeTestKey();
  const clients: Client[] = [];
  const clientFor = (own: string): Client => {
    const made = new Client(gateway.listenPort, own);
    clients.push(made);
    return made;
  };
  const client = clientFor(key);
  const eventually = async (path: string, satisfies: (got: Got) => boolean): Promise<Got> => {
    const deadline = Date.now() + DEADLINE_MS;
    for (;;) {
      const got = await client.get(path);
      if (satisfies(got)) return got;
      if (Date.now() > deadline) throw new Error(`GET ${path} did not come true in ${DEADLINE_MS} ms: ${got.text.slice(0, 600)}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  const close = async (): Promise<void> => {
    for (const each of clients) each.close();
    await gateway.close();
    await engine.stop();
  };
  try {
    await eventually('/v1/health/ready', (got) => got.status === 200);
  } catch (error) {
    await close();
    throw error;
  }
  return { engine, gateway, key, client, clientFor, eventually, close };
}
