/**
 * Account frames to one socket, in order. What the client asked for at once (snapshots, replays) is handed over at
 * the pace it reads; what happens meanwhile queues behind it, up to 1 MiB, then the connection ends with 4008:
 * account events are never dropped.
 */
import { limits } from '../../base/limits.js';

/** Unread or queued bytes that end a connection. */
export const queuedBytesMax = 1024 * 1024;
/** Unread bytes at which handing over pauses. */
const PAUSE_BYTES = 256 * 1024;

export interface Wire<T extends string | Uint8Array> {
  unreadBytes(): number;
  send(frame: T): void;
  /** Frames handed over inside leave together. */
  cork(run: () => void): void;
  /** Too slow: 4008. */
  tooSlow(): void;
}

/** Frames waiting: some replays of all that is kept, not one for every request of a client that doesn't read. */
const waitingMax = 4 * limits.accountEventsKept;

/** @typeParam T text for JSON, bytes for binary frames; lengths are counted in its own units */
export class Outbox<T extends string | Uint8Array = string> {
  readonly #wire: Wire<T>;
  /** What happened is a frame (and counts); what was asked for is the way to write it. */
  #waiting: (T | (() => T))[] = [];
  #next = 0;
  #liveBytes = 0;
  #soon: T[] = [];
  #soonBytes = 0;
  #over = false;

  constructor(wire: Wire<T>) {
    this.#wire = wire;
  }

  /** Frames asked for: written when their turn comes, at the reader's pace. */
  bulk(frames: readonly (() => T)[]): void {
    this.#flush();
    if (this.#over) return;
    for (const frame of frames) this.#waiting.push(frame);
    if (this.#waiting.length - this.#next > waitingMax) this.#end();
    else this.pump();
  }

  /** As `live`, but what happens in one step of the engine leaves together, when the step is over: one write for all. */
  soon(frame: T): void {
    if (this.#over) return;
    if (this.#next < this.#waiting.length) return this.live(frame);
    this.#soon.push(frame);
    this.#soonBytes += frame.length;
    if (this.#soonBytes > PAUSE_BYTES) return this.#flush();
    if (this.#soon.length === 1) queueMicrotask(() => this.#flush());
    return undefined;
  }

  #flush(): void {
    if (this.#over || this.#soon.length === 0) return;
    const frames = this.#soon;
    this.#soon = [];
    this.#soonBytes = 0;
    this.#wire.cork(() => {
      for (const frame of frames) this.#wire.send(frame);
    });
    if (this.#liveBytes + this.#wire.unreadBytes() > queuedBytesMax) this.#end();
  }

  /** A frame of something that happened, at once; what was to leave soon goes before it. */
  live(frame: T): void {
    if (this.#over) return;
    if (this.#soon.length > 0) {
      this.#soon.push(frame);
      return this.#flush();
    }
    if (this.#next < this.#waiting.length) {
      this.#waiting.push(frame);
      this.#liveBytes += frame.length;
      this.pump();
    } else {
      this.#wire.send(frame);
    }
    if (this.#liveBytes + this.#wire.unreadBytes() > queuedBytesMax) this.#end();
  }

  /** Hands over what the socket takes; called again when it has drained. */
  pump(): void {
    if (this.#over || this.#next >= this.#waiting.length) return;
    this.#wire.cork(() => {
      while (this.#next < this.#waiting.length && this.#wire.unreadBytes() < PAUSE_BYTES) {
        const frame = this.#waiting[this.#next++];
        if (frame === undefined) continue;
        if (typeof frame !== 'function') this.#liveBytes = Math.max(0, this.#liveBytes - frame.length);
        this.#wire.send(typeof frame === 'function' ? frame() : frame);
      }
    });
    if (this.#next < this.#waiting.length) return;
    this.#waiting = [];
    this.#next = 0;
    this.#liveBytes = 0;
  }

  /** Nothing more: the socket is gone. */
  stop(): void {
    this.#over = true;
    this.#waiting = [];
    this.#soon = [];
    this.#next = 0;
  }

  #end(): void {
    this.stop();
    this.#wire.tooSlow();
  }
}
