/**
 * One process per journal directory, robust to kill -9.
 *
 * The lock is a file `lock.<n>` that says who holds it; the highest n counts. To take it, a process writes its
 * identity to a file of its own and links that as `lock.<n+1>`: the link appears whole or not at all, and only
 * one process can make it. Then it looks again, and steps back if another living holder is there: each makes
 * its link before it looks, so of two that race at least one sees the other.
 */
import { linkSync, readFileSync, readdirSync, readlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { JournalLocked } from './journal-error.js';

const LOCK_NAME = /^lock\.(\d+)$/;

/** Enough to tell whether the process that wrote it lives: a pid alone is reused, and differs by container. */
export interface LockHolder {
  readonly pid: number;
  /** Clock ticks since boot when the process started; field 22 of /proc/<pid>/stat, '' where there is none. */
  readonly started: string;
  readonly bootId: string;
  readonly pidNamespace: string;
  readonly host: string;
}

export interface DirectoryLock {
  readonly path: string;
  release(): void;
}

/**
 * Takes the directory or refuses.
 * @param takeOver ignore a holder that can't be seen from here (another host or container); never one that lives
 * @throws JournalLocked
 */
export function lockDirectory(directory: string, takeOver = false): DirectoryLock {
  const me = identify();
  const draft = `${directory}/lock-draft.${me.pid}.${me.started}`;
  writeFileSync(draft, JSON.stringify(me));
  try {
    for (let attempt = 0; attempt < 8; attempt++) {
      const before = readLocks(directory);
      for (const lock of before) refuseIfHeld(directory, lock, me, takeOver);
      const number = 1 + before.reduce((most, lock) => Math.max(most, lock.number), 0);
      const path = `${directory}/lock.${number}`;
      if (!linked(draft, path)) continue;
      const others = readLocks(directory).filter((lock) => lock.number !== number);
      try {
        for (const lock of others) refuseIfHeld(directory, lock, me, takeOver);
      } catch (cause) {
        remove(path);
        throw cause;
      }
      for (const lock of others) remove(`${directory}/lock.${lock.number}`);
      return { path, release: () => remove(path) };
    }
  } finally {
    remove(draft);
  }
  throw new JournalLocked(`journal ${directory}: other processes keep taking the lock; see who starts them`);
}

interface FoundLock {
  readonly number: number;
  /** Undefined when the file went away or isn't readable as a lock. */
  readonly holder: LockHolder | undefined;
}

function refuseIfHeld(directory: string, lock: FoundLock, me: LockHolder, takeOver: boolean): void {
  const { holder } = lock;
  if (holder === undefined) return;
  const state = holderState(holder, me);
  if (state === 'dead' || (state === 'unseen' && takeOver)) return;
  const who = `process ${holder.pid} on ${holder.host}`;
  const way = state === 'alive'
    ? 'Stop it, or use another directory.'
    : `It can't be seen from here. If it is gone, remove ${directory}/lock.${lock.number}.`;
  throw new JournalLocked(`journal ${directory} is held by ${who}; one process per directory. ${way}`);
}

function holderState(holder: LockHolder, me: LockHolder): 'alive' | 'dead' | 'unseen' {
  if (holder.host !== me.host) return 'unseen';
  if (holder.bootId !== me.bootId) return 'dead';
  if (holder.pidNamespace !== me.pidNamespace) return 'unseen';
  if (holder.started === '') return signalReaches(holder.pid) ? 'alive' : 'dead';
  return startOf(holder.pid) === holder.started ? 'alive' : 'dead';
}

function signalReaches(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return cause instanceof Error && 'code' in cause && cause.code === 'EPERM';
  }
}

function readLocks(directory: string): FoundLock[] {
  return readdirSync(directory).flatMap((name) => {
    const digits = LOCK_NAME.exec(name)?.[1];
    return digits === undefined ? [] : [{ number: Number(digits), holder: readHolder(`${directory}/${name}`) }];
  });
}

function readHolder(path: string): LockHolder | undefined {
  const found = valueOf(textOf(path));
  if (typeof found !== 'object' || found === null) return undefined;
  const field = (name: string): string => String(name in found ? Reflect.get(found, name) : '');
  const pid = Number(field('pid'));
  if (!Number.isSafeInteger(pid) || pid < 1) return undefined;
  return {
    pid, started: field('started'), bootId: field('bootId'),
    pidNamespace: field('pidNamespace'), host: field('host'),
  };
}

/** A loss of power can leave the name without the text: nobody who wrote it lives then. */
function valueOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function identify(): LockHolder {
  return {
    pid: process.pid,
    started: startOf(process.pid),
    bootId: textOf('/proc/sys/kernel/random/boot_id').trim(),
    pidNamespace: linkOf('/proc/self/ns/pid'),
    host: hostname(),
  };
}

/** Start time of a process, '' if it is gone. A zombie is gone: its files are closed. */
function startOf(pid: number): string {
  const stat = textOf(`/proc/${pid}/stat`);
  // The command's name may hold blanks and brackets; the fields after it begin behind the last bracket.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? '' : (fields[19] ?? '');
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') return false;
    throw cause;
  }
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ENOENT')) throw cause;
  }
}
