/**
 * How long a thread has been on a core: the watchdog must not end a module for what the machine did to it. Linux says it;
 * elsewhere nobody knows, and the wall clock decides alone.
 */
import { readFileSync, readlinkSync } from 'node:fs';

/** The system's number of the calling thread; 0 = unknown. */
export function ownThreadId(): number {
  try {
    return Number(/\/task\/(\d+)$/.exec(readlinkSync('/proc/thread-self'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** Nanoseconds on a core of a thread of this process since it began, some ms behind; -1 = unknown. */
export function threadCpuNs(threadId: number): number {
  if (threadId === 0) return -1;
  try {
    const ns = Number(readFileSync(`/proc/self/task/${threadId}/schedstat`, 'latin1').split(' ')[0]);
    return Number.isFinite(ns) ? ns : -1;
  } catch {
    return -1;
  }
}
