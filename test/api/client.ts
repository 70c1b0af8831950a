/** A small HTTP client for tests that holds every answer against the published document, and a raw socket for what no client would send. */
import { connect } from 'node:net';
import { request } from 'node:http';
import { Agent } from 'node:http';
import { pino } from 'pino';
import { startGateway, type Gateway, type GatewayOptions } from '../../src/gateway/gateway.js';
import { FakeEngine } from './fake-engine.js';
import { judge } from './judge.js';

export interface Got {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** The parsed body; undefined when it is not JSON. */
  readonly json: unknown;
}

export class Client {
  readonly #port: number;
  readonly #key: string | null;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 4 });

  constructor(port: number, key: string | null) {
    this.#port = port;
    this.#key = key;
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Got> {
    return this.send('GET', path, undefined, headers);
  }

  post(path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Got> {
    return this.send('POST', path, body === undefined ? undefined : JSON.stringify(body), headers);
  }

  delete(path: string): Promise<Got> {
    return this.send('DELETE', path);
  }

  send(method: string, path: string, body?: string | Buffer, headers: Record<string, string> = {}): Promise<Got> {
    return new Promise((resolve, reject) => {
      const all: Record<string, string | number> = { 'Content-Type': 'application/json', ...headers };
      if (this.#key !== null) all['Authorization'] ??= `Bearer ${this.#key}`;
      if (body !== undefined) all['Content-Length'] = Buffer.byteLength(body);
      const sent = request(
        { host: '127.0.0.1', port: this.#port, method, path, headers: all, agent: this.#agent },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () => {
            const text = Buffer.concat(chunks).toString('utf8');
            const got = { status: response.statusCode ?? 0, headers: response.headers, text, json: parsed(text) };
            try {
              judge(method, path, got, body?.toString('latin1'));
              resolve(got);
            } catch (problem) {
              reject(problem as Error);
            }
          });
          response.on('error', reject);
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** A member of an answer by path, for assertions. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let here = value;
  for (const part of path) here = (here as Record<string | number, unknown> | null | undefined)?.[part];
  return here;
}

/** Sends bytes; resolves with what came back once `until` appears. Without it, sends its end too and waits for the other's. */
export function raw(port: number, parts: readonly (string | Buffer)[], until?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      for (const part of parts) socket.write(part);
      if (until === undefined) socket.end();
    });
    let text = '';
    const deadline = setTimeout(() => {
      socket.destroy();
      reject(new Error(`no end after 15 s; so far: ${JSON.stringify(text.slice(0, 400))}`));
    }, 15_000);
    const end = (): void => {
      clearTimeout(deadline);
      socket.destroy();
      resolve(text);
    };
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      if (until !== undefined && text.includes(until)) end();
    });
    socket.on('close', end);
    socket.on('error', end);
  });
}

export interface Rig {
  readonly engine: FakeEngine;
  readonly gateway: Gateway;
  readonly key: string;
  readonly client: Client;
  clientFor(key: string | null): Client;
  close(): Promise<void>;
}

/** A gateway over the fake engine on a free port. */
export async function rig(options: Partial<GatewayOptions> = {}): Promise<Rig> {
  const engine = new FakeEngine();
  const gateway = await startGateway({
    port: engine, listenPort: 0, dataDir: null, admin: null, log: pino({ level: 'silent' }), drainMs: 2_000, ...options,
  });
  const key = gateway.makeTestKey();
  const clients: Client[] = [];
  const clientFor = (own: string | null): Client => {
    const made = new Client(gateway.listenPort, own);
    clients.push(made);
    return made;
  };
  return {
    engine,
    gateway,
    key,
    client: clientFor(key),
    clientFor,
    close: async () => {
      for (const client of clients) client.close();
      await gateway.close();
    },
  };
}
