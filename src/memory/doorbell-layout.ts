/** Bytes of a doorbell; the promise is in doorbell.ts. */
import type { LayoutDescription } from './layout.js';
import { LINE_BYTES, allocateRegion, type Region } from './region.js';

export const DOORBELL_STATE = 0;
export const DOORBELL_BYTES = LINE_BYTES;
export const AWAKE = 0;
export const ASLEEP = 1;
/** Asleep, and not to be woken for news: nobody there waits for any. */
export const ASLEEP_TO_NEWS = 2;

/** A doorbell with a buffer of its own. */
export function createDoorbell(): Region {
  return allocateRegion(DOORBELL_BYTES);
}

export const doorbellLayout: LayoutDescription = {
  name: 'Doorbell',
  file: 'src/memory/doorbell-layout.ts',
  purpose: 'Wakes a thread that found nothing to do.',
  writer: 'the sleeper says that it sleeps; any ringer takes that back and wakes it',
  reader: 'both',
  size: `${DOORBELL_BYTES}`,
  limits: 'Rung only while the sleeper sleeps: a busy thread costs its ringers one load.',
  fields: [{ at: DOORBELL_STATE, bytes: 4, name: 'state', order: 'publish', note: '0 awake, 1 asleep, 2 asleep to news; waited on' }],
};
