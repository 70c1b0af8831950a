import { must } from '../../src/base/assert.js';
import { Prng } from '../../src/base/prng.js';
import { FeedWriter } from '../../src/market/feed-writer.js';
import { carveMarket, type SharedMarket } from '../../src/market/shared-market.js';
import { createSeqlockRecord, type SeqlockRecord } from '../../src/memory/seqlock-layout.js';
import { SeqlockReader } from '../../src/memory/seqlock-reader.js';
import { SeqlockWriter } from '../../src/memory/seqlock-writer.js';
import { MarketView } from '../../src/scheduler/market-view.js';
import { emptyQuotes } from '../../src/scheduler/samples.js';
import { buildUniverse } from '../../src/venues/sim/universe.js';
import { Tally, accept, forbid, type Observed, type Race } from './outcomes.js';
import { Stall, playRole, runRoles } from './threads.js';

interface Args {
  readonly market: SharedMarket;
  /** Number of the last round that is written, and of the last one that was looked at. */
  readonly written: SeqlockRecord;
  readonly looked: SeqlockRecord;
  readonly count: number;
}

const universe = buildUniverse();

export const feedBoardRace: Race = {
  name: 'feed board: one to three listings change a round while the reader looks all the time',
  outcomes: {
    seen: accept('every listing of the round was found by its change'),
    missed: forbid('a listing changed and no look said so'),
  },
  short: 2_000,
  long: 2_000_000,
  run: (count) => {
    const market = carveMarket(universe, [universe.venues.map(({ id }) => id)], { windowTicks: 2 ** 12, sparseCells: 64 });
    return runRoles(import.meta.url, 'feed-board', ['writer', 'reader'], {
      market, written: createSeqlockRecord(1), looked: createSeqlockRecord(1), count,
    });
  },
};

/** Listings of a round: the same to both ends. */
function changesOf(prng: Prng): number[] {
  return Array.from({ length: prng.between(1, 3) }, () => prng.below(universe.listings.length));
}

function say(record: SeqlockWriter, round: number): void {
  record.begin();
  record.set(0, round);
  record.end();
}

function write({ market, written, looked, count }: Args): Observed {
  const feed = new FeedWriter(must(market.groups[0], 'feeds'), (id) => must(universe.listings[id], 'listing').venue);
  const out = new SeqlockWriter(written);
  const back = new SeqlockReader(looked);
  const word = new Float64Array(1);
  const prng = new Prng(1);
  const stall = new Stall();
  for (let round = 1; round <= count; round++) {
    for (const listing of changesOf(prng)) feed.mark(listing, round, round);
    say(out, round);
    while (!back.read(word) || word[0] !== round) stall.waiting('the reader looks');
    stall.progress();
  }
  return {};
}

function read({ market, written, looked, count }: Args): Observed {
  const view = new MarketView(universe, market);
  const quotes = universe.instruments.map((instrument) => emptyQuotes(universe, instrument));
  const seen = new Float64Array(universe.listings.length);
  const back = new SeqlockWriter(looked);
  const from = new SeqlockReader(written);
  const word = new Float64Array(1);
  const expected = new Float64Array(universe.listings.length);
  const prng = new Prng(1);
  const tally = new Tally();
  const stall = new Stall();
  const look = (): void => {
    for (const instrument of view.takeDirty()) {
      for (const quote of must(quotes[instrument], 'quotes')) {
        view.quoteInto(quote.listing, 0, quote);
        seen[quote.listing] = quote.markTicks;
      }
    }
  };
  for (let round = 1; round <= count; round++) {
    while (!from.read(word) || word[0] !== round) {
      look();
      stall.waiting('the writer writes');
    }
    stall.progress();
    look();
    for (const listing of changesOf(prng)) expected[listing] = round;
    tally.add(expected.every((mark, listing) => mark === seen[listing]) ? 'seen' : 'missed');
    say(back, round);
  }
  return tally.observed();
}

playRole<Args>('feed-board', { writer: write, reader: read });
