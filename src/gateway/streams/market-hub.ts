/**
 * Prices and books to many sockets, encoded once. A timer looks at the version of each instrument somebody follows;
 * what changed is written once and published to the library's topic of that channel. Prices never queue: a socket
 * with too much unread leaves its topics and gets the present state when it has read.
 *
 *   every 5 ms   prices of instruments whose version moved
 *   every 25 ms  books of instruments whose version moved; slow readers are taken off their topics
 *   every 500 ms all of them: a venue that goes stale publishes nothing
 */
import type { BookAccess } from '../../protocol/engine-port.js';
import { stringifyExact } from '../../protocol/json/stringify.js';
import type { Instrument } from '../../protocol/universe.js';
import type { MarketFeed } from './channels.js';
import { bookData, bookLevelsMax, pricesData } from './market-frames.js';

export const pricesEveryMs = 5;
const TICKS_PER_BOOK = 5;
const TICKS_PER_SWEEP = 100;
/** Unread bytes of a socket from which it gets no more prices until it has read. */
export const lagBytes = 64 * 1024;

/** The market side of one socket. */
export interface MarketReader {
  unreadBytes(): number;
  join(topic: string): void;
  leave(topic: string): void;
  sendMarket(frame: string): void;
}

export interface MarketSource {
  readonly books: BookAccess;
  nowNs(): number;
  baseNs(): bigint;
  /** To everyone who joined the topic. */
  publish(topic: string, frame: string): void;
}

interface Feed {
  readonly name: string;
  readonly kind: MarketFeed;
  readonly instrument: Instrument;
  readonly readers: Set<MarketReader>;
  version: number;
  /** The last frame's members but its time. */
  last: string;
}

export class MarketHub {
  readonly #source: MarketSource;
  readonly #feeds = new Map<string, Feed>();
  readonly #lagging = new Map<MarketReader, Set<Feed>>();
  #timer: NodeJS.Timeout | null = null;
  #ticks = 0;

  constructor(source: MarketSource) {
    this.#source = source;
  }

  /** Feeds that somebody follows. */
  get size(): number {
    return this.#feeds.size;
  }

  /** Sends the present state, then every change. */
  follow(reader: MarketReader, kind: MarketFeed, instrument: Instrument): void {
    const name = `${kind}:${instrument.symbol}`;
    let feed = this.#feeds.get(name);
    if (feed === undefined) {
      feed = { name, kind, instrument, readers: new Set(), version: -1, last: '' };
      this.#feeds.set(name, feed);
    }
    // Everybody else hears of it too if it changed: the text that comparisons go by must be what all have.
    this.#look(feed);
    feed.readers.add(reader);
    reader.sendMarket(this.#frame(feed));
    if (this.#lagging.has(reader)) this.#lagging.get(reader)?.add(feed);
    else reader.join(name);
    this.#timer ??= setInterval(() => this.tick(), pricesEveryMs).unref();
  }

  unfollow(reader: MarketReader, name: string): void {
    const feed = this.#feeds.get(name);
    if (feed?.readers.delete(reader) !== true) return;
    this.#lagging.get(reader)?.delete(feed);
    reader.leave(name);
    this.#drop(feed);
  }

  /** The socket is gone; its topics went with it. */
  forget(reader: MarketReader): void {
    this.#lagging.delete(reader);
    for (const feed of [...this.#feeds.values()]) if (feed.readers.delete(reader)) this.#drop(feed);
  }

  /** The socket has read: what it missed is one frame a channel. */
  drained(reader: MarketReader): void {
    const missed = this.#lagging.get(reader);
    if (missed === undefined || reader.unreadBytes() > lagBytes / 2) return;
    this.#lagging.delete(reader);
    for (const feed of missed) {
      reader.sendMarket(this.#frame(feed));
      reader.join(feed.name);
    }
  }

  /** One turn of the timer. */
  tick(): void {
    this.#ticks++;
    const sweep = this.#ticks % TICKS_PER_SWEEP === 0;
    const books = this.#ticks % TICKS_PER_BOOK === 0;
    if (books) this.#takeOffSlow();
    for (const feed of this.#feeds.values()) {
      if (feed.kind === 'book' && !books) continue;
      if (!sweep && this.#source.books.version(feed.instrument.id) === feed.version) continue;
      this.#look(feed);
    }
  }

  #look(feed: Feed): void {
    const { books } = this.#source;
    // Before the read: a change during it is then seen by the next turn.
    feed.version = books.version(feed.instrument.id);
    const views = books.books(feed.instrument.id, feed.kind === 'book' ? bookLevelsMax : 1);
    const data = feed.kind === 'book' ? bookData(feed.instrument, views) : pricesData(feed.instrument, views);
    const text = stringifyExact(data);
    if (text === feed.last) return;
    feed.last = text;
    if (feed.readers.size > 0) this.#source.publish(feed.name, this.#frame(feed));
  }

  #frame(feed: Feed): string {
    const tsNs = this.#source.baseNs() + BigInt(this.#source.nowNs());
    return `{"channel":"${feed.name}","data":${feed.last.slice(0, -1)},"ts_ns":${tsNs}}}`;
  }

  #takeOffSlow(): void {
    const looked = new Set<MarketReader>();
    for (const feed of this.#feeds.values()) {
      for (const reader of feed.readers) {
        if (looked.has(reader) || this.#lagging.has(reader)) continue;
        looked.add(reader);
        if (reader.unreadBytes() > lagBytes) this.#lag(reader);
      }
    }
  }

  #lag(reader: MarketReader): void {
    const missed = new Set<Feed>();
    for (const feed of this.#feeds.values()) {
      if (!feed.readers.has(reader)) continue;
      missed.add(feed);
      reader.leave(feed.name);
    }
    this.#lagging.set(reader, missed);
  }

  #drop(feed: Feed): void {
    if (feed.readers.size > 0) return;
    this.#feeds.delete(feed.name);
    if (this.#feeds.size > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }
}
