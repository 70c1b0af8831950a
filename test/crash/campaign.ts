/** Kills an engine at seeded instants, again and again on one directory, then compares everybody's story. */
import { type ChildProcess, spawn } from 'node:child_process';
import { type FSWatcher, linkSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, watch } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { must } from '../../src/base/assert.js';
import { limits } from '../../src/base/limits.js';
import { Prng } from '../../src/base/prng.js';
import type { Command } from '../../src/protocol/commands.js';
import type { AccountEvent } from '../../src/protocol/effects.js';
import { compare, type Comparison } from './compare.js';
import { EngineLife } from './engine-client.js';
import { crashGraph } from './graphs.js';

export interface CrashOptions {
  readonly kills: number;
  readonly seed: number;
  /** Longest time under load before a kill, ms. */
  readonly lifeMs: number;
  /** Most account events that a life waits for after that. */
  readonly lifeEvents: number;
  readonly keep: boolean;
  readonly log: (text: string) => void;
}

interface Counts {
  inRecovery: number;
  underLoad: number;
  atShutdown: number;
  /** Within milliseconds of a new segment, of a background snapshot's begin. */
  atSegment: number;
  atSnapshot: number;
  cleanEnds: number;
  /** Frozen with SIGSTOP for a while. */
  stopped: number;
  /** Lives that synced before they acknowledged. */
  power: number;
  repeated: number;
  /** Account events that the last life could still tell. */
  resumed: number;
}

export interface CrashTally extends Readonly<Counts> {
  readonly kills: number;
  readonly acknowledged: number;
  readonly comparison: Comparison;
  readonly folder: string;
}

type Kind = 'recovery' | 'load' | 'shutdown' | 'segment' | 'snapshot';

/** Of any ten lives, in an order of the seed's. */
const kinds: readonly Kind[] = [
  'recovery', 'recovery', 'recovery', 'load', 'load', 'shutdown', 'segment', 'segment', 'snapshot', 'snapshot',
];

/** The name that appears in the journal's directory when it begins. */
const beginsWith = { segment: /^segment-\d+\.lwj$/, snapshot: /^snapshot-next\.tmp$/ } as const;
/** Submits without an answer at a time. */
const UNANSWERED_MOST = 30;
/** Longest wait under load for what a life waits for, in longest lives. */
const BEGIN_LIVES = 10;
/** A start takes a second; a machine that is busy with other things may take far longer. */
const READY_MS = 120_000;
/** A node that waits for nothing for so long is stuck; what was due meanwhile has long happened. */
const STUCK_MS = 8_000;

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

export function startVenues(folder: string, seed: number, more: readonly string[] = []): Promise<ChildProcess> {
  const child = spawn(
    process.execPath,
    [
      'dist/src/venues/remote/venue-process.js', '--socket', join(folder, 'venue.sock'),
      '--ledger', join(folder, 'ledger.jsonl'), '--seed', String(seed), '--guarded', ...more,
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
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
  readonly #counts: Counts = {
    inRecovery: 0, underLoad: 0, atShutdown: 0, atSegment: 0, atSnapshot: 0, cleanEnds: 0, stopped: 0, power: 0,
    repeated: 0, resumed: 0,
  };
  readonly #watcher: FSWatcher;
  /** Told each name in the journal's directory that something happened to. */
  #onName: (name: string) => void = () => undefined;
  /** What is left of the present ten. */
  #kinds: Kind[] = [];
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
    mkdirSync(join(this.directory, 'journal'), { recursive: true });
    this.#watcher = watch(join(this.directory, 'journal'), (_event, name) => {
      if (name === null) return;
      if (beginsWith.segment.test(name)) this.#keep();
      this.#onName(name);
    });
  }

  /** One life from spawn to kill. */
  async life(index: number): Promise<void> {
    const prng = this.#prng;
    if (this.#kinds.length === 0) this.#kinds = [...kinds];
    const kind = must(this.#kinds.splice(prng.below(this.#kinds.length), 1)[0], 'kind');
    const life = this.#start();
    if (kind === 'recovery') {
      await Promise.race([life.ended, sleep(prng.between(30, 400))]);
      this.#counts.inRecovery++;
    } else {
      await this.#until(life.ready, life, 'ready');
      this.#look(life);
      if (kind === 'segment' || kind === 'snapshot') await this.#loadUntil(life, kind);
      else await this.#load(life, prng.between(5, this.#options.lifeMs));
      if (prng.chance(1, 6)) await this.#freeze(life);
      if (kind === 'shutdown') {
        life.child.kill('SIGTERM');
        await Promise.race([life.ended, sleep(prng.between(0, 400))]);
        this.#counts.atShutdown++;
      } else if (kind === 'load') this.#counts.underLoad++;
    }
    life.child.kill('SIGKILL');
    const { code } = await life.ended;
    if (code === 0) this.#counts.cleanEnds++;
    else if (code !== null) throw new Error(`life ${index} ended by itself with ${code}: ${life.stderr}`);
    this.#keep();
    if (life.stderr !== '') throw new Error(`life ${index} complained: ${life.stderr}`);
  }

  /**
   * A last life. What people paused goes on; nothing may be left that waits for nothing. Then everything is cancelled
   * until nothing is open, and the end is a clean one.
   */
  async settle(): Promise<void> {
    const life = this.#start();
    await this.#until(life.ready, life, 'ready');
    this.#look(life);
    this.#repeat(life);
    await this.#heal(life);
    const deadline = Date.now() + 120_000;
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
    await this.#resume(life);
    life.reconcile();
    await sleep(300);
    life.child.kill('SIGTERM');
    const { code } = await life.ended;
    this.#keep();
    if (code !== 0) throw new Error(`the last life ended with ${code}: ${life.stderr}`);
  }

  /** What a client can resume over all those lives has no gap and is what it was told. */
  async #resume(life: EngineLife): Promise<void> {
    const kept = await life.history();
    const first = kept[0]?.seq ?? 1;
    if (first !== 1 && kept.length < limits.accountEventsKept) throw new Error(`only events from ${first} on can be resumed`);
    kept.forEach(({ seq, data }, index) => {
      if (seq !== first + index) throw new Error(`event ${first + index} can't be resumed: ${seq} comes`);
      const line = this.events.get(seq);
      if (line === undefined) return;
      const told = (JSON.parse(line) as { readonly event: AccountEvent }).event.data;
      if (JSON.stringify(told) !== JSON.stringify(data)) throw new Error(`event ${seq} is resumed as ${JSON.stringify(data)}, was told as ${line}`);
    });
    this.#counts.resumed += kept.length;
  }

  /** Until nobody waits for nothing: a node said to be stuck again and again is. */
  async #heal(life: EngineLife): Promise<void> {
    const since = new Map<string, number>();
    let quiet = 0;
    while (quiet < 3) {
      const { stuck, paused, unprotected } = await life.status();
      if (unprotected.length > 0) throw new Error(`after healing unprotected: ${unprotected.join('; ')}`);
      for (const graphId of paused) life.command({ kind: 'resume_graph', graphId }, () => undefined);
      // The text after the node's name tells how long: not part of who it is.
      const names = stuck.map((line) => line.split(' ', 1)[0] ?? line);
      for (const name of since.keys()) if (!names.includes(name)) since.delete(name);
      for (const name of names) if (!since.has(name)) since.set(name, Date.now());
      const oldest = Math.min(Infinity, ...since.values());
      if (Date.now() - oldest > STUCK_MS) throw new Error(`stuck: ${stuck.join('; ')}`);
      quiet = stuck.length === 0 && paused.length === 0 && this.#unanswered.size === 0 ? quiet + 1 : 0;
      await sleep(100);
    }
  }

  tally(comparison: Comparison): CrashTally {
    return {
      kills: this.#options.kills, ...this.#counts, acknowledged: this.acknowledged.size, comparison,
      folder: this.#folder,
    };
  }

  end(): void {
    this.#watcher.close();
    this.#life?.child.kill('SIGKILL');
  }

  #start(): EngineLife {
    const power = this.#prng.chance(1, 2);
    if (power) this.#counts.power++;
    const hear = (line: string, event: AccountEvent): void => {
      const before = this.events.get(event.seq);
      if (before !== undefined && before !== line) throw new Error(`event ${event.seq} was told twice: ${before} and ${line}`);
      this.events.set(event.seq, line);
    };
    const life = new EngineLife(
      this.directory, join(this.#folder, 'venue.sock'), hear, [], {}, ['--durability', power ? 'power' : 'process'],
    );
    this.#life = life;
    return life;
  }

  /** Before they are pruned, which comes two snapshots later. */
  #keep(): void {
    const from = join(this.directory, 'journal');
    for (const name of readdirSync(from)) {
      if (!/^(segment-\d+\.lwj|snapshot-\d+\.lws)$/.test(name)) continue;
      const [here, there] = [join(from, name), join(this.archive, 'journal', name)];
      const inode = statSync(here, { throwIfNoEntry: false })?.ino;
      const kept = statSync(there, { throwIfNoEntry: false })?.ino;
      if (inode === undefined || inode === kept) continue;
      // A snapshot named again after a kill in between, or a number reused by a file of another life.
      rmSync(there, { force: true });
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
    const late = sleep(READY_MS, 'late', { signal: timer.signal }).catch(() => 'aborted');
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

  /** For some time, and until some things happened: on a busy machine time alone would mean little load. */
  async #load(life: EngineLife, ms: number): Promise<void> {
    this.#repeat(life);
    const started = Date.now();
    const heard = this.events.size + this.#prng.between(0, this.#options.lifeEvents);
    do {
      for (let i = this.#prng.between(1, 3); i > 0; i--) this.#wish(life);
      await sleep(this.#prng.between(1, 8));
    } while (Date.now() < started + ms || (this.events.size < heard && Date.now() < started + ms + BEGIN_LIVES * this.#options.lifeMs));
  }

  /** Load until a segment or a snapshot begins, then a moment more: the kill hits while it is being made. */
  async #loadUntil(life: EngineLife, kind: 'segment' | 'snapshot'): Promise<void> {
    let begun = false;
    this.#onName = (name) => {
      if (beginsWith[kind].test(name)) begun = true;
    };
    this.#repeat(life);
    const until = Date.now() + BEGIN_LIVES * this.#options.lifeMs;
    while (!begun && Date.now() < until) {
      this.#wish(life);
      await sleep(1);
    }
    this.#onName = () => undefined;
    if (begun) this.#counts[kind === 'segment' ? 'atSegment' : 'atSnapshot']++;
    else this.#counts.underLoad++;
    // A snapshot of a small state takes some tens of milliseconds, a change of segment one.
    await sleep(this.#prng.between(0, kind === 'segment' ? 3 : 30));
  }

  #wish(life: EngineLife): void {
    // A client waits for answers too: a slow machine would only pile them up.
    if (this.#unanswered.size >= UNANSWERED_MOST) return;
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
