/** Bytes of the heartbeats; the promise is in heartbeat.ts. */
import type { LayoutDescription } from '../memory/layout.js';
import { LINE_BYTES, allocateRegion, type Region } from '../memory/region.js';

/** One line a thread. */
export const BEAT_MS = 0;
export const BEAT_STATE = 4;
export const BEAT_STOP = 8;

export const THREAD_NEW = 0;
export const THREAD_RUNNING = 1;
export const THREAD_CLOSED = 2;
export const THREAD_FAILED = 3;

export interface Heartbeats {
  readonly region: Region;
  /** Names of the threads (or of the agents on them), in the order of their lines. */
  readonly names: readonly string[];
}

export function heartbeatBytes(count: number): number {
  return count * LINE_BYTES;
}

export function createHeartbeats(names: readonly string[]): Heartbeats {
  return { names, region: allocateRegion(heartbeatBytes(names.length)) };
}

export const heartbeatLayout: LayoutDescription = {
  name: 'Heartbeats',
  file: 'src/runtime/heartbeat-layout.ts',
  purpose: 'Whether a thread lives, and the wish that it stops.',
  writer: 'the thread itself; the stop word: whoever ends the engine',
  reader: 'the watchdog on the main thread',
  size: 'threads × 128',
  limits: 'A thread that stops beating is reported with its age.',
  fields: [
    { at: BEAT_MS, bytes: 4, name: 'beat', order: 'publish', note: 'engine time in ms, modulo 2^32, at the last round' },
    { at: BEAT_STATE, bytes: 4, name: 'state', order: 'publish', note: '0 new, 1 running, 2 closed, 3 failed' },
    { at: BEAT_STOP, bytes: 4, name: 'stop', order: 'publish', note: '1: end after this round' },
  ],
};
