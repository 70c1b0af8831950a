import { createBroadcastRing, type BroadcastRing } from '../../src/memory/broadcast-ring-layout.js';
import { BroadcastRingReader, LAPPED, RECEIVED } from '../../src/memory/broadcast-ring-reader.js';
import { BroadcastRingWriter } from '../../src/memory/broadcast-ring-writer.js';
import { createSeqlockRecord, type SeqlockRecord } from '../../src/memory/seqlock-layout.js';
import { SeqlockReader } from '../../src/memory/seqlock-reader.js';
import { SeqlockWriter } from '../../src/memory/seqlock-writer.js';
import { Tally, accept, forbid, type Observed, type Race } from './outcomes.js';
import { Stall, playRole, runRoles } from './threads.js';

interface Args {
  readonly ring: BroadcastRing;
  /** The reader says that it has joined. */
  readonly joined: SeqlockRecord;
  readonly count: number;
}

const LAST = 2;

export const broadcastRingRace: Race = {
  name: 'broadcast ring: a small one, so that the reader is overtaken often',
  outcomes: {
    'next,whole': accept('the record after the last one'),
    'after a lap,whole': accept('overtaken, told so, and goes on at a later record'),
    'told lapped': accept('the writer was a lap ahead'),
    'lost counted right': accept('received and lost make up everything written'),
    'lost counted wrong': forbid('records vanished without being counted'),
    'next,torn': forbid('bytes of two records'),
    'after a lap,torn': forbid('bytes of two records'),
    'gap,whole': forbid('records lost without being told'),
    'gap,torn': forbid('bytes of two records'),
  },
  short: 1_000_000,
  long: 50_000_000,
  run: (count) => runRoles(import.meta.url, 'broadcast', ['writer', 'reader'], {
    ring: createBroadcastRing(4096), joined: createSeqlockRecord(1), count,
  }),
};

function write({ ring, joined, count }: Args): Observed {
  const writer = new BroadcastRingWriter(ring);
  const gate = new SeqlockReader(joined);
  const stall = new Stall();
  while (gate.version() === 0) stall.waiting('the reader joins');
  for (let n = 0; n < count; n++) {
    const words = 1 + (n % 12);
    const at = writer.begin(n === count - 1 ? LAST : 1, words * 8);
    for (let word = 0; word < words; word++) writer.float64[(at >> 3) + word] = n + word / 16;
    writer.end();
  }
  return {};
}

function read({ ring, joined, count }: Args): Observed {
  const reader = new BroadcastRingReader(ring);
  const gate = new SeqlockWriter(joined);
  const tally = new Tally();
  const stall = new Stall();
  let expected = 0;
  let received = 0;
  let first = -1;
  let lapped = false;
  gate.begin();
  gate.end();
  for (;;) {
    const got = reader.receive();
    if (got === LAPPED) {
      tally.add('told lapped');
      lapped = true;
      continue;
    }
    if (got !== RECEIVED) {
      stall.waiting('nothing is written');
      continue;
    }
    stall.progress();
    received++;
    const n = reader.sequence;
    if (first < 0) first = n;
    let whole = reader.length === (1 + (n % 12)) * 8;
    for (let word = 0; word < 1 + (n % 12); word++) if (reader.float64[word] !== n + word / 16) whole = false;
    const place = n === expected ? 'next' : lapped && n > expected ? 'after a lap' : 'gap';
    tally.add(`${place},${whole ? 'whole' : 'torn'}`);
    lapped = false;
    expected = n + 1;
    if (reader.type === LAST) break;
  }
  tally.add(first + received + reader.lost === count ? 'lost counted right' : 'lost counted wrong');
  return tally.observed();
}

playRole<Args>('broadcast', { writer: write, reader: read });
