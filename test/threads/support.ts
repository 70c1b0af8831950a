/** An engine on threads with a cheap market, for tests: commands as promises, waiting with a deadline. */
import assert from 'node:assert/strict';
import { must } from '../../src/base/assert.js';
import type { EngineFailure, RunningEngine } from '../../src/main/running-engine.js';
import { simulatedUniverse } from '../../src/main/simulated-venues.js';
import type { Besides } from '../../src/main/threads/besides.js';
import { ThreadsEngine, type ThreadsOptions } from '../../src/main/threads/threads-engine.js';
import type { Command, Reply } from '../../src/protocol/commands.js';
import { normaliseOrder } from '../../src/protocol/document/order-body.js';
import { Resolver } from '../../src/protocol/document/resolver.js';
import type { Query } from '../../src/protocol/engine-port.js';
import type { AccountId } from '../../src/protocol/universe.js';
import { DRILL_HANG, DRILL_NONE } from './drill.js';

/** For machines with much else to do. */
const DEADLINE_MS = 60_000;
const resolver = new Resolver(simulatedUniverse);
let submitted = 0;

/** Word of a drill beside one thread. */
export class Drill {
  readonly besides: Besides;
  readonly #words = new Int32Array(new SharedArrayBuffer(8));

  constructor(thread: string) {
    this.besides = { thread, module: new URL('./drill.js', import.meta.url).href, data: this.#words.buffer };
  }

  order(what: number): void {
    Atomics.store(this.#words, 0, what);
  }

  /** Makes the thread hang; true from then on. */
  hang(): Promise<void> {
    this.order(DRILL_HANG);
    return eventually('the thread hangs', () => Atomics.load(this.#words, 1) === 1);
  }

  end(): void {
    this.order(DRILL_NONE);
    Atomics.notify(this.#words, 0);
  }
}

export interface ThreadsRig {
  readonly engine: ThreadsEngine;
  readonly logged: string[];
  readonly failure: Promise<EngineFailure>;
  command(command: Command, accountId?: AccountId): Promise<Reply>;
  submit(document: Record<string, unknown>, accountId?: AccountId): Promise<Reply>;
  ask(query: Query): Promise<unknown>;
}

export async function threadsRig(options: Partial<ThreadsOptions> = {}): Promise<ThreadsRig> {
  const logged: string[] = [];
  const engine = await ThreadsEngine.open({
    accounts: ['main'], seed: 1, speed: 1, dataDir: null, durability: 'process', tracing: false, idle: 'backoff', venueThreads: 1,
    market: 'generated', stuckAfterMs: 60_000, log: (text) => logged.push(text), ...options,
  });
  const failure = new Promise<EngineFailure>((resolve) => engine.onFailure(resolve));
  engine.run();
  const command = (what: Command, accountId = 0): Promise<Reply> => new Promise((resolve) => engine.port.command(accountId, what, resolve));
  const rig: ThreadsRig = {
    engine, logged, failure, command,
    submit: (document, accountId = 0) => command(submitCommand(document, accountId), accountId),
    ask: (query) => new Promise((resolve, reject) => engine.port.query(0, query, (reply) => {
      if (reply.ok) resolve(reply.body);
      else reject(new Error(`${reply.code}: ${reply.message}`));
    })),
  };
  if (options.market !== 'quiet') await eventually('prices', () => pricesEverywhere(engine));
  await eventually('ready', async () => (await rig.ask({ kind: 'health' }) as { ready: boolean }).ready);
  return rig;
}

export function pricesEverywhere(engine: RunningEngine): boolean {
  return simulatedUniverse.instruments.every(({ id }) => engine.port.books.books(id, 1).every(({ fresh }) => fresh));
}

export function submitCommand(document: Record<string, unknown>, accountId: AccountId = 0): Extract<Command, { kind: 'submit' }> {
  const made = normaliseOrder(document, { resolver, accountId, newGraphId: `t${++submitted}`, forceSandbox: true });
  assert.ok(made.ok, JSON.stringify(made));
  return { kind: 'submit', graph: made.graph, bodyHash: made.bodyHash, repeatKey: '' };
}

/** Asks again, a few ms apart, until it is true. */
export async function eventually(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!(await holds())) {
    assert.ok(performance.now() < deadline, `${what}: not within ${DEADLINE_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A counter of a venues' thread. */
export function counter(engine: ThreadsEngine, name: string): number {
  const found = new RegExp(`^legwork_${name}_total\\{thread="venues"\\} (\\d+)$`, 'm').exec(engine.port.metricsText());
  return Number(must(found?.[1], `counter ${name}`));
}

export function status(body: unknown): string {
  return String((body as { readonly status?: unknown }).status);
}
