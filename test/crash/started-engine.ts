/** `legwork start --data DIR` as a user runs it, for tests: a process with its HTTP interface. */
import { type ChildProcess, spawn } from 'node:child_process';
import { StreamClient } from '../api/stream-client.js';
import { Client, type Got } from '../api/client.js';

export class StartedEngine {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  readonly #banner: Promise<string>;
  stdout = '';
  stderr = '';
  port = 0;
  key = '';
  #client: Client | null = null;

  private constructor(directory: string, env: Readonly<Record<string, string>>, more: readonly string[]) {
    this.child = spawn(
      process.execPath, ['dist/src/cli/legwork.js', 'start', '--port', '0', '--data', directory, ...more],
      { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } },
    );
    this.child.stderr?.on('data', (text) => {
      this.stderr += String(text);
    });
    this.ended = new Promise((resolve) => {
      this.child.once('close', (code) => resolve(code));
    });
    this.#banner = new Promise((resolve, reject) => {
      this.child.stdout?.on('data', (text) => {
        this.stdout += String(text);
        if (this.stdout.includes('reference:')) resolve(this.stdout);
      });
      void this.ended.then((code) => reject(new Error(`ended at its start with ${code}: ${this.stderr}`)));
    });
  }

  /** Resolves once it is ready for orders. @param more options */
  static async start(
    directory: string, env: Readonly<Record<string, string>> = {}, more: readonly string[] = [],
  ): Promise<StartedEngine> {
    const engine = new StartedEngine(directory, env, more);
    const banner = await engine.#banner;
    engine.port = Number(/127\.0\.0\.1:(\d+)/.exec(banner)?.[1]);
    engine.key = /test key: (\S+)/.exec(banner)?.[1] ?? '';
    await engine.eventually('/v1/health/ready', (got) => got.status === 200);
    return engine;
  }

  get client(): Client {
    this.#client ??= new Client(this.port, this.key);
    return this.#client;
  }

  /** Asks again until the answer satisfies; throws after a minute with what came last. */
  async eventually(path: string, satisfies: (got: Got) => boolean): Promise<Got> {
    const deadline = Date.now() + 60_000;
    for (;;) {
      const got = await this.client.get(path);
      if (satisfies(got)) return got;
      if (Date.now() > deadline) throw new Error(`GET ${path} did not come true in a minute: ${got.text.slice(0, 600)}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  stream(): Promise<StreamClient> {
    return StreamClient.open(this.port, this.key);
  }

  /** SIGKILL, or SIGTERM for a clean end; resolves with the exit code. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    this.#client?.close();
    this.child.kill(signal);
    return this.ended;
  }
}
