/**
 * A thread's end of a mesh: the instances that run here send to and take from every other, here or elsewhere.
 *
 * Each ordered pair has a link of its own (mesh-link.ts), so that every ring has one writer and one reader whichever
 * threads the two run on, and what a pair says stays in order. Between two instances of one thread it is the same ring.
 *
 * A queue of 1,024 a receiver: a sender adds up what waits in all of the receiver's links. Two threads that both see the
 * last place both take it: at most one message more for each other sender.
 * Open from the start: what is sent before the receiver is made waits for it. Stopped or dead: its links are not open, what is sent is dropped; what waited is thrown away when it closes and,
 * for a message that passed it by, when it opens again.
 * Allocates: never per message.   Race table: test/race/mesh.race.ts
 */
import { SpscRingReader } from '../../memory/spsc-ring-reader.js';
import { SpscRingWriter } from '../../memory/spsc-ring-writer.js';
import { int32View } from '../../memory/region.js';
import { observeInt32, plainReadInt32, plainWriteInt32, publishInt32 } from '../../memory/words.js';
import { runLimits } from '../limits.js';
import { LINK_DROPPED, LINK_OPEN, LINK_SENT, LINK_TAKEN, MESSAGE_BYTES, type MeshLink, type MeshLinks } from './mesh-link.js';

/** A message as `take` gives it. */
export interface TakenMessage {
  /** Place of the sender; -1 = none. */
  from: number;
  length: number;
}

class Outbound {
  readonly link: MeshLink;
  readonly counts: Int32Array;
  readonly writer: SpscRingWriter;

  constructor(link: MeshLink) {
    this.link = link;
    this.counts = int32View(link.counts);
    this.writer = new SpscRingWriter(link.ring);
  }
}

class Inbound {
  readonly link: MeshLink;
  readonly counts: Int32Array;
  readonly reader: SpscRingReader;

  constructor(link: MeshLink) {
    this.link = link;
    this.counts = int32View(link.counts);
    this.reader = new SpscRingReader(link.ring);
  }

  /** A cell was read: it is the sender's again, and counted. */
  taken(): void {
    this.reader.advance();
    this.reader.release();
    publishInt32(this.counts, LINK_TAKEN, (plainReadInt32(this.counts, LINK_TAKEN) + 1) | 0);
  }
}

export class MeshEnd {
  readonly #local: ReadonlySet<number>;
  readonly #size: number;
  #out: (Outbound | null)[][] = [];
  /** By receiver, then sender. */
  #in: (Inbound | null)[][] = [];
  /** Counts of every link, by receiver, then sender: what waits for a receiver. */
  #counts: (Int32Array | null)[][] = [];
  /** Links that were replaced while messages waited in them: read out first. */
  readonly #rest: { readonly to: number; readonly from: number; readonly inbound: Inbound }[] = [];
  /** By receiver: the sender that was heard last, so that none is starved. */
  readonly #turn: number[];
  readonly #message: TakenMessage = { from: -1, length: 0 };

  /** @param local places of the instances that run on this thread */
  constructor(links: MeshLinks, local: readonly number[]) {
    this.#local = new Set(local);
    this.#size = links.length;
    this.#turn = links.map(() => 0);
    this.rewire(links);
  }

  /** Takes fresh links where they differ; what waits in a replaced one is still delivered. Receivers that were open stay open. */
  rewire(links: MeshLinks): void {
    const before = this.#in;
    const kept = this.#out;
    const places = links.map((_, place) => place);
    this.#counts = places.map((to) => places.map((from) => {
      const link = links[from]?.[to] ?? null;
      return link === null ? null : int32View(link.counts);
    }));
    this.#out = places.map((from) => places.map((to) => {
      const link = this.#local.has(from) ? (links[from]?.[to] ?? null) : null;
      const old = kept[from]?.[to] ?? null;
      return link === null ? null : old?.link === link ? old : new Outbound(link);
    }));
    this.#in = places.map((to) => places.map((from) => this.#inbound(links, before, to, from)));
  }

  #inbound(links: MeshLinks, before: readonly (readonly (Inbound | null)[])[], to: number, from: number): Inbound | null {
    const link = this.#local.has(to) ? (links[from]?.[to] ?? null) : null;
    const old = before[to]?.[from] ?? null;
    if (link === null || old?.link === link) return link === null ? null : old;
    const inbound = new Inbound(link);
    if (old === null) return inbound;
    if (old.reader.peek() >= 0) this.#rest.push({ to, from, inbound: old });
    if (observeInt32(old.counts, LINK_OPEN) === 0) close(inbound);
    return inbound;
  }

  /** From now on messages to it are taken, or dropped; those that wait are thrown away. @returns how many waited */
  setOpen(to: number, isOpen: boolean): number {
    let thrown = 0;
    for (const inbound of this.#in[to] ?? []) {
      if (inbound === null) continue;
      thrown += close(inbound);
      if (isOpen) publishInt32(inbound.counts, LINK_OPEN, 1);
    }
    for (let i = this.#rest.length - 1; i >= 0; i--) if (this.#rest[i]?.to === to) this.#rest.splice(i, 1);
    return thrown;
  }

  /** Copies at most 256 bytes. @returns false: the receiver is not open, or full, which is counted */
  send(from: number, to: number, bytes: Uint8Array, at: number, length: number): boolean {
    const out = this.#out[from]?.[to] ?? null;
    if (out === null || observeInt32(out.counts, LINK_OPEN) === 0) return false;
    const cell = this.waiting(to) < runLimits.messageQueue ? out.writer.claim() : -1;
    if (cell < 0) {
      publishInt32(out.counts, LINK_DROPPED, (plainReadInt32(out.counts, LINK_DROPPED) + 1) | 0);
      return false;
    }
    const { writer, counts } = out;
    plainWriteInt32(writer.int32, cell >> 2, length);
    writer.uint8.set(bytes.subarray(at, at + length), cell + MESSAGE_BYTES);
    // Counted before it can be taken, so that taken never passes sent.
    publishInt32(counts, LINK_SENT, (plainReadInt32(counts, LINK_SENT) + 1) | 0);
    writer.commit();
    writer.publish();
    return true;
  }

  /**
   * Copies the next message for `to` into `target` and frees its cell. Senders take turns; each one's messages come in order.
   * @param here true: of senders of this thread only; false: of the others only
   * @returns reused; from -1 = none waits
   */
  take(to: number, here: boolean, target: Uint8Array, at: number): TakenMessage {
    const message = this.#message;
    message.from = -1;
    const row = this.#in[to];
    if (row === undefined) return message;
    if (!here && this.#rest.length > 0 && this.#takeRest(to, target, at)) return message;
    const turn = this.#turn[to] ?? 0;
    for (let i = 1; i <= this.#size; i++) {
      const from = (turn + i) % this.#size;
      const inbound = row[from];
      if (inbound === null || inbound === undefined || this.#local.has(from) !== here || inbound.reader.peek() < 0) continue;
      this.#turn[to] = from;
      this.#copy(inbound, from, target, at);
      return message;
    }
    return message;
  }

  /** Something waits here that an instance of another thread sent. */
  hasFromElsewhere(): boolean {
    if (this.#rest.length > 0) return true;
    for (const to of this.#local) {
      const row = this.#in[to];
      if (row === undefined) continue;
      for (let from = 0; from < row.length; from++) {
        const inbound = row[from];
        if (inbound !== null && inbound !== undefined && !this.#local.has(from) && inbound.reader.peek() >= 0) return true;
      }
    }
    return false;
  }

  /** Messages that wait for a receiver, in all of its links. */
  waiting(to: number): number {
    const row = this.#counts[to];
    let sum = 0;
    if (row === undefined) return 0;
    for (let from = 0; from < row.length; from++) {
      const counts = row[from];
      if (counts !== null && counts !== undefined) sum += (observeInt32(counts, LINK_SENT) - observeInt32(counts, LINK_TAKEN)) | 0;
    }
    return sum;
  }

  /** Messages to a receiver that found it full. */
  dropped(to: number): number {
    return (this.#counts[to] ?? []).reduce((sum, counts) => sum + (counts === null ? 0 : observeInt32(counts, LINK_DROPPED)), 0);
  }

  #takeRest(to: number, target: Uint8Array, at: number): boolean {
    for (let i = 0; i < this.#rest.length; i++) {
      const rest = this.#rest[i];
      if (rest?.to !== to) continue;
      if (rest.inbound.reader.peek() >= 0) {
        this.#copy(rest.inbound, rest.from, target, at);
        return true;
      }
      this.#rest.splice(i--, 1);
    }
    return false;
  }

  #copy(inbound: Inbound, from: number, target: Uint8Array, at: number): void {
    const { reader } = inbound;
    const cell = reader.peek();
    const length = plainReadInt32(reader.int32, cell >> 2);
    for (let i = 0; i < length; i++) target[at + i] = reader.uint8[cell + MESSAGE_BYTES + i] as number; // inside the cell
    inbound.taken();
    this.#message.from = from;
    this.#message.length = length;
  }
}

/** @returns how many messages were thrown away */
function close(inbound: Inbound): number {
  publishInt32(inbound.counts, LINK_OPEN, 0);
  let thrown = 0;
  for (; inbound.reader.peek() >= 0; thrown++) inbound.taken();
  return thrown;
}

/** The engine's side: the thread of the receiver is ended and it doesn't begin anew; nothing is taken for it any more. */
export function closeLinks(links: MeshLinks, to: number): void {
  for (const row of links) {
    const link = row[to];
    if (link !== null && link !== undefined) publishInt32(int32View(link.counts), LINK_OPEN, 0);
  }
}
