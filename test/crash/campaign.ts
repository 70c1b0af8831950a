/** Kills an engine at seeded instants, again and again on one directory, then compares everybody's story. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, linkSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Prng } from '../../src/base/prng.js';
import type { Command } from '../../src/protocol/commands.js';
import { compare, type Comparison } from './compare.js';
import { EngineLife } from './engine-client.js';
import { crashGraph } from './graphs.js';

export interface CrashOptions {
  readonly kills: number;
  readonly seed: number;
  /** Longest time under load before a kill, ms. */
  readonly lifeMs: number;
  readonly keep: boolean;
  readonly log: (text: string) => void;
}

export interface CrashTally {
  readonly kills: number;
  readonly inRecovery: number;
  readonly underLoad: number;
  readonly atShutdown: number;
  readonly cleanEnds: number;
  readonly stopped: number;
  readonly acknowledged: number;
  readonly repeated: number;
  readonly comparison: Comparison;
  readonly folder: string;
}

type Kind = 'recovery' | 'load' | 'shutdown';

export async function crashCampaign(options: CrashOptions): Promise<CrashTally> {
  const folder = mkdtempSync(join(tmpdir(), 'legwork-crash-'));
  const venues = await startVenues(folder, options.seed);
  let passed = false;
  const run = new Run(folder, options);
  try {
    for (let kill = 0; kill < options.kills; kill++) await run.life(kill);
    await run.settle();
    const comparison = compare(run.directory, run.archive, join(folder, 'ledger.jsonl'), run);
    const tally = run.tally(comparison);
    passed = comparison.problems.length === 0;
    return tally;
  } finally {
    run.end();
    venues.kill('SIGKILL');
    if (passed && !options.keep) rmSync(folder, { recursive: true, force: true });
    else options.log(`kept: ${folder}`);
  }
}

export function startVenues(folder: string, seed: number): Promise<ChildProcess> {
  const child = spawn(
    process.execPath,
    [
      'dist/src/venues/remote/venue-process.js', '--socket', join(folder, 'venue.sock'),
      '--ledger', join(folder, 'ledger.jsonl'), '--seed', String(seed),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  return new Promise((resolve, reject) => {
    child.stdout?.once('data', () => resolve(child));
    child.once('exit', () => reject(new Error('the venue process ended at its start')));
  });
}

class Run {
  readonly directory: string;
  /** Keeps by hard link what snapshots prune, so that the whole story can be replayed. */
  readonly archive: string;
  readonly acknowledged = new Set<string>();
  readonly events = new Map<number, string>();
  readonly #folder: string;
  readonly #options: CrashOptions;
  readonly #prng: Prng;
  /** Submits without an answer, to be repeated. */
  readonly #unanswered = new Map<string, Command>();
  readonly #counts = { inRecovery: 0, underLoad: 0, atShutdown: 0, cleanEnds: 0, stopped: 0, repeated: 0 };
  #graphs = 0;
  #epoch = 0;
  #life: EngineLife | null = null;

  constructor(folder: string, options: CrashOptions) {
    this.#folder = folder;
    this.#options = options;
    this.#prng = new Prng(options.seed);
    this.directory = join(folder, 'data');
    this.archive = join(folder, 'whole');
    mkdirSync(join(this.archive, 'journal'), { recursive: true });
  }

  /** One life from spawn to kill. */
  async life(index: number): Promise<void> {
    const prng = this.#prng;
    const roll = prng.below(10);
    const kind: Kind = roll < 3 ? 'recovery' : roll < 8 ? 'load' : 'shutdown';
    const life = this.#start();
    if (kind === 'recovery') {
      await Promise.race([life.ended, sleep(prng.between(30, 400))]);
      this.#counts.inRecovery++;
    } else {
      await this.#until(life.ready, life, 'ready');
      this.#look(life);
      await this.#load(life, prng.between(5, this.#options.lifeMs));
      if (prng.chance(1, 6)) await this.#freeze(life);
      if (kind === 'shutdown') {
        life.child.kill('SIGTERM');
        await Promise.race([life.ended, sleep(prng.between(0, 400))]);
        this.#counts.atShutdown++;
      } else this.#counts.underLoad++;
    }
    life.child.kill('SIGKILL');
    const { code } = await life.ended;
    if (code === 0) this.#counts.cleanEnds++;
    else if (code !== null) throw new Error(`life ${index} ended by itself with ${code}: ${life.stderr}`);
    this.#keep();
    if (life.stderr !== '') throw new Error(`life ${index} complained: ${life.stderr}`);
  }

  /** A last life: kill switches off, everything cancelled, until nothing is open; then a clean end. */
  async settle(): Promise<void> {
    const life = this.#start();
    await this.#until(life.ready, life, 'ready');
    this.#look(life);
    this.#repeat(life);
    const deadline = Date.now() + 60_000;
    for (;;) {
      const status = await life.status();
      if (status.unprotected.length > 0) throw new Error(`unprotected: ${status.unprotected.join('; ')}`);
      if (status.open.length === 0 && this.#unanswered.size === 0) break;
      if (Date.now() > deadline) throw new Error(`never settles: ${status.open.join(' ')}`);
      for (const graphId of status.open) {
        life.command({ kind: 'cancel_graph', graphId, flatten: false }, () => undefined);
      }
      await sleep(100);
    }
    life.reconcile();
    await sleep(300);
    life.child.kill('SIGTERM');
    const { code } = await life.ended;
    this.#keep();
    if (code !== 0) throw new Error(`the last life ended with ${code}: ${life.stderr}`);
  }

  tally(comparison: Comparison): CrashTally {
    return {
      kills: this.#options.kills, ...this.#counts, acknowledged: this.acknowledged.size, comparison,
      folder: this.#folder,
    };
  }

  end(): void {
    this.#life?.child.kill('SIGKILL');
  }

  #start(): EngineLife {
    const life = new EngineLife(this.directory, join(this.#folder, 'venue.sock'), (line, event) => {
      const before = this.events.get(event.seq);
      if (before !== undefined && before !== line) throw new Error(`event ${event.seq} was told twice: ${before} and ${line}`);
      this.events.set(event.seq, line);
    });
    this.#life = life;
    return life;
  }

  #keep(): void {
    const from = join(this.directory, 'journal');
    if (!existsSync(from)) return;
    for (const name of readdirSync(from)) {
      if (!/^(segment-\d+\.lwj|snapshot-\d+\.lws)$/.test(name)) continue;
      const [here, there] = [join(from, name), join(this.archive, 'journal', name)];
      if (existsSync(there)) {
        if (statSync(there).ino === statSync(here).ino) continue;
        rmSync(there);
      }
      linkSync(here, there);
    }
  }

  #look(life: EngineLife): void {
    if (life.epoch <= this.#epoch) throw new Error(`epoch ${life.epoch} after ${this.#epoch}: client order ids repeat`);
    this.#epoch = life.epoch;
    if (life.unprotected.length > 0) throw new Error(`after recovery unprotected: ${life.unprotected.join('; ')}`);
  }

  async #until(what: Promise<void>, life: EngineLife, name: string): Promise<void> {
    const timer = new AbortController();
    const late = sleep(20_000, 'late', { signal: timer.signal }).catch(() => 'aborted');
    const first = await Promise.race([what.then(() => 'done'), life.ended.then(() => 'ended'), late]);
    timer.abort();
    if (first !== 'done') throw new Error(`waited for ${name}: ${first} ${life.stderr}`);
  }

  #repeat(life: EngineLife): void {
    for (const command of this.#unanswered.values()) {
      this.#counts.repeated++;
      this.#submit(life, command);
    }
  }

  async #load(life: EngineLife, ms: number): Promise<void> {
    this.#repeat(life);
    const until = Date.now() + ms;
    do {
      for (let i = this.#prng.between(1, 3); i > 0; i--) this.#wish(life);
      await sleep(this.#prng.between(1, 8));
    } while (Date.now() < until);
  }

  #wish(life: EngineLife): void {
    const roll = this.#prng.below(10);
    const known = [...this.acknowledged].slice(-20);
    if (roll < 7 || known.length === 0) {
      const graphId = `g${++this.#graphs}`;
      const graph = crashGraph(this.#prng, graphId);
      const command: Command = { kind: 'submit', graph, bodyHash: `h${graphId}`, repeatKey: '' };
      this.#unanswered.set(graphId, command);
      this.#submit(life, command);
      return;
    }
    const graphId = this.#prng.pick(known);
    if (roll < 9) life.command({ kind: 'cancel_graph', graphId, flatten: this.#prng.chance(1, 2) }, () => undefined);
    else life.command({ kind: this.#prng.chance(1, 2) ? 'pause_graph' : 'resume_graph', graphId }, () => undefined);
  }

  #submit(life: EngineLife, command: Command): void {
    if (command.kind !== 'submit') return;
    const { graphId } = command.graph;
    life.command(command, (reply) => {
      this.#unanswered.delete(graphId);
      if (reply.ok) this.acknowledged.add(graphId);
    });
  }

  async #freeze(life: EngineLife): Promise<void> {
    this.#counts.stopped++;
    life.child.kill('SIGSTOP');
    await sleep(this.#prng.between(10, 120));
    life.child.kill('SIGCONT');
    await sleep(this.#prng.between(0, 20));
  }
}
