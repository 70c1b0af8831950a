import { fork, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { probeLimits } from '../limits.js';
import type { RefusalCode } from '../refusal.js';
import type { ProbeAnswer, ProbeJob } from './probe.child.js';

const script = fileURLToPath(new URL('./probe.child.js', import.meta.url));
/** Functions are compiled at once, so that what is slow to compile is seen here. */
const flags = [`--max-old-space-size=${probeLimits.heapMegabytes}`, '--no-wasm-lazy-compilation'];
const linuxPageBytes = 4_096;

type Done = (answer: Omit<ProbeAnswer, 'id'>) => void;

/**
 * Checks, meters, compiles and instantiates modules in a child process with limits on time and memory, one at a time. A child that
 * breaks a limit is ended and replaced with the next job; a good one is kept until `close`.
 */
export class Probe {
  #child: ChildProcess | undefined;
  #queue: { job: Omit<ProbeJob, 'id'>; done: Done }[] = [];
  #current: { id: number; done: Done; timer: NodeJS.Timeout; poll: NodeJS.Timeout } | undefined;
  #nextId = 1;
  /** Children started so far: how often a module took one down, plus one. */
  children = 0;

  run(job: Omit<ProbeJob, 'id'>): Promise<Omit<ProbeAnswer, 'id'>> {
    return new Promise((done) => {
      this.#queue.push({ job, done });
      this.#next();
    });
  }

  close(): void {
    this.#child?.removeAllListeners();
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
  }

  #next(): void {
    if (this.#current !== undefined) return;
    const entry = this.#queue.shift();
    if (entry === undefined) return;
    const id = this.#nextId++;
    const child = this.#child ?? this.#start();
    const timer = setTimeout(
      () => this.#end('PROBE_TIME', `checking and compiling took more than ${probeLimits.wallMs} ms`),
      probeLimits.wallMs,
    );
    const poll = setInterval(() => this.#checkMemory(child.pid ?? 0), probeLimits.pollMs);
    this.#current = { id, done: entry.done, timer, poll };
    child.send({ ...entry.job, id } satisfies ProbeJob);
  }

  #start(): ChildProcess {
    const child = fork(script, [], { serialization: 'advanced', execArgv: flags, env: {}, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    this.children++;
    this.#child = child;
    child.on('message', (answer: ProbeAnswer) => {
      if (answer.id === this.#current?.id) this.#finish(answer);
    });
    child.on('exit', (code, signal) => {
      if (this.#child !== child) return;
      this.#child = undefined;
      this.#finish(refused('PROBE_CRASH', `the compiling process ended with ${signal ?? code}`));
    });
    child.on('error', () => this.#end('PROBE_CRASH', 'the compiling process could not be reached'));
    // An idle child must not keep the engine's process alive.
    child.unref();
    child.channel?.unref();
    return child;
  }

  /** Linux only: elsewhere the limits on heap, pages and table entries have to do. */
  #checkMemory(pid: number): void {
    let pages = 0;
    try {
      pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
    } catch {
      return;
    }
    if (pages * linuxPageBytes > probeLimits.residentBytes) {
      this.#end('PROBE_MEMORY', `compiling took more than ${probeLimits.residentBytes} bytes of memory`);
    }
  }

  #end(code: RefusalCode, message: string): void {
    this.close();
    this.#finish(refused(code, message));
  }

  #finish(answer: Omit<ProbeAnswer, 'id'>): void {
    const current = this.#current;
    if (current === undefined) return;
    clearTimeout(current.timer);
    clearInterval(current.poll);
    this.#current = undefined;
    current.done(answer);
    this.#next();
  }
}

function refused(code: RefusalCode, message: string): Omit<ProbeAnswer, 'id'> {
  return { refusal: { code, message }, admitted: undefined };
}
