/**
 * An agent beside those of a venues' thread whose venues are quiet: it is the feed. Keeps one listing's venue alive and,
 * when its word says so, turns the listing's book stale and fresh so many times, each published.
 */
import type { Besides, Surroundings } from '../../src/main/threads/besides.js';
import { simulatedUniverse } from '../../src/main/simulated-venues.js';
import { FeedWriter } from '../../src/market/feed-writer.js';
import { must } from '../../src/base/assert.js';
import type { Agent } from '../../src/runtime/agent.js';
import { eventually } from './support.js';

const LISTING = 0;
const BIDS = [6_000_000, 1_000_000, 5_999_000, 1_000_000];
const ASKS = [6_001_000, 1_000_000, 6_002_000, 1_000_000];

/** Int32 words: batches asked for, batches done, changes of the batch. */
const ASKED = 0;
const DONE = 1;
const CHANGES = 2;

export class BookDrill {
  readonly besides: Besides;
  readonly #words = new Int32Array(new SharedArrayBuffer(16));

  constructor() {
    this.besides = { thread: 'venues', module: import.meta.url, data: this.#words.buffer };
  }

  /** So many changes, one after the other: the book is fresh after an odd number of all. */
  ask(changes: number): void {
    Atomics.store(this.#words, CHANGES, changes);
    Atomics.add(this.#words, ASKED, 1);
  }

  isDone(): boolean {
    return Atomics.load(this.#words, DONE) === Atomics.load(this.#words, ASKED);
  }

  change(changes: number): Promise<void> {
    this.ask(changes);
    return eventually('the book has changed', () => this.isDone());
  }
}

export function makeAgent(data: unknown, { memory, clock }: Surroundings): Agent {
  const words = new Int32Array(data as SharedArrayBuffer); // BookDrill's
  const { venue } = must(simulatedUniverse.listings[LISTING], 'listing');
  const feed = new FeedWriter(must(memory.market.groups[0], 'feeds'), (listing) => must(simulatedUniverse.listings[listing], 'listing').venue);
  let changes = 0;
  return {
    name: 'book drill',
    doWork: () => {
      const nowNs = clock.nowNs();
      feed.setNow(nowNs);
      feed.alive(venue);
      const asked = Atomics.load(words, ASKED);
      if (asked === Atomics.load(words, DONE)) return 0;
      for (let left = Atomics.load(words, CHANGES); left > 0; left--) {
        if (changes++ % 2 === 0) feed.snapshot(LISTING, nowNs, BIDS, ASKS);
        else feed.stale(LISTING, 'drill');
      }
      Atomics.store(words, DONE, asked);
      return 1;
    },
    nextDueNs: () => clock.nowNs() + 1e6,
  };
}
