/** Bytes of a small record under a sequence lock; the promise is in seqlock-writer.ts. */
import type { LayoutDescription } from './layout.js';
import { LINE_BYTES, allocateRegion, type Region } from './region.js';

export const SEQLOCK_LOCK = 0;
export const SEQLOCK_WORDS = LINE_BYTES;

export interface SeqlockRecord {
  readonly region: Region;
  /** Doubles in the record. */
  readonly words: number;
}

export function seqlockBytes(words: number): number {
  return SEQLOCK_WORDS + words * 8;
}

/** A record with a buffer of its own. */
export function createSeqlockRecord(words: number): SeqlockRecord {
  return { words, region: allocateRegion(seqlockBytes(words)) };
}

export const seqlockLayout: LayoutDescription = {
  name: 'Record under a sequence lock',
  file: 'src/memory/seqlock-layout.ts',
  purpose: 'The latest state of something small: a status, a trace. Old states are overwritten.',
  writer: 'one thread, never waits',
  reader: 'any number; tries again when it met the writer',
  size: '128 + words × 8',
  limits: 'A reader gives up after 64 torn copies or 20,000 looks and says so. Writer dead while writing: readers give up.',
  fields: [
    { at: SEQLOCK_LOCK, bytes: 4, name: 'lock', order: 'publish', note: 'odd while the record changes' },
    { at: SEQLOCK_WORDS, bytes: 'words × 8', name: 'record', order: 'plain', note: 'doubles; belongs together if the lock is the same even number before and after' },
  ],
};
