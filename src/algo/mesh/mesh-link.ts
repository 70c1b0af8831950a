/** Bytes of the way from one instance of a mesh to another; the promise is in mesh-end.ts. */
import type { LayoutDescription } from '../../memory/layout.js';
import { allocateRegion, int32View, LINE_BYTES, type Region } from '../../memory/region.js';
import { createSpscRing, type SpscRing } from '../../memory/spsc-ring-layout.js';
import { publishInt32 } from '../../memory/words.js';
import { MAX_MESSAGE_SIZE } from '../abi/layouts.generated.js';
import { runLimits } from '../limits.js';

// Words of the counts.
export const LINK_SENT = 0;
export const LINK_DROPPED = 1;
export const LINK_TAKEN = LINE_BYTES >> 2;
export const LINK_OPEN = LINK_TAKEN + 1;
export const LINK_COUNT_BYTES = 2 * LINE_BYTES;

/** A cell's payload: the length, then the bytes. */
export const MESSAGE_BYTES = 8;
const CELL_BYTES = MESSAGE_BYTES + MAX_MESSAGE_SIZE;

/** One direction of one pair, a plain value: crosses threads. */
export interface MeshLink {
  readonly counts: Region;
  readonly ring: SpscRing;
}

/** All links of a mesh by sender, then receiver, as places of the deployment; null from one to itself. */
export type MeshLinks = readonly (readonly (MeshLink | null)[])[];

/** Open: what is sent before the receiver is made waits for it. */
export function createLink(): MeshLink {
  const counts = allocateRegion(LINK_COUNT_BYTES);
  publishInt32(int32View(counts), LINK_OPEN, 1);
  return { counts, ring: createSpscRing(runLimits.messageQueue, CELL_BYTES) };
}

export function createLinks(size: number): MeshLinks {
  return Array.from({ length: size }, (_, from) => Array.from({ length: size }, (_, to) => (from === to ? null : createLink())));
}

/** The same mesh with fresh links from and to some instances: those that begin anew on another thread. */
export function relink(links: MeshLinks, fresh: ReadonlySet<number>): MeshLinks {
  return links.map((row, from) => row.map((link, to) => (link !== null && (fresh.has(from) || fresh.has(to)) ? createLink() : link)));
}

export const meshLinkLayout: LayoutDescription = {
  name: 'Counts of a mesh link',
  file: 'src/algo/mesh/mesh-link.ts',
  purpose: 'Messages from one instance of a deployment to another, beside their ring of fixed cells (1,024 of 264 bytes: length, payload).',
  writer: 'sent, dropped: the sender\'s guest thread. Taken, open: the receiver\'s; open also the engine\'s side once that thread is ended',
  reader: 'every sender to the same receiver: sent − taken over its links is what waits; the receiver\'s thread for its figures',
  size: '256',
  limits: 'With 1,024 waiting over all its links a receiver gets no more: the newest is dropped and counted. Not open: dropped. ' +
    'A thread that is ended leaves its links to be replaced by fresh ones: nobody writes where it may still write.',
  fields: [
    { at: 0, bytes: 4, name: 'sent', order: 'publish', note: 'messages put into the ring, modulo 2^32; before the cell is published' },
    { at: 4, bytes: 4, name: 'dropped', order: 'publish', note: 'messages that found the receiver full' },
    { at: LINE_BYTES, bytes: 4, name: 'taken', order: 'publish', note: 'messages taken out or thrown away, modulo 2^32; after their cells were released' },
    { at: LINE_BYTES + 4, bytes: 4, name: 'open', order: 'publish', note: '1 from the start, 0 while the receiver is stopped or dead' },
  ],
};
