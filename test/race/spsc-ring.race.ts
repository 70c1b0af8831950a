import { createSpscRing, type SpscRing } from '../../src/memory/spsc-ring-layout.js';
import { SpscRingReader } from '../../src/memory/spsc-ring-reader.js';
import { SpscRingWriter } from '../../src/memory/spsc-ring-writer.js';
import { Tally, accept, forbid, type Observed, type Race } from './outcomes.js';
import { Stall, playRole, runRoles } from './threads.js';

interface Args {
  readonly ring: SpscRing;
  readonly count: number;
}

const WORDS = 7;

export const spscRingRace: Race = {
  name: 'spsc ring: cells of one line (number and 56 bytes), published in batches of 1 to 7',
  outcomes: {
    'next,whole': accept('the next cell with all its words'),
    'next,torn': forbid('saw the number without the payload'),
    'repeated,whole': forbid('a cell twice'),
    'skipped,whole': forbid('a cell lost'),
    'repeated,torn': forbid('a freed cell read, or one reused too early'),
    'skipped,torn': forbid('a cell reused before it was released'),
  },
  short: 1_000_000,
  long: 100_000_000,
  run: (count) => runRoles(import.meta.url, 'spsc', ['writer', 'reader'], { ring: createSpscRing(1024, 8 * WORDS), count }),
};

function write({ ring, count }: Args): Observed {
  const writer = new SpscRingWriter(ring);
  const stall = new Stall();
  for (let n = 0; n < count; ) {
    const at = writer.claim();
    if (at < 0) {
      writer.publish();
      stall.waiting('the ring is full');
      continue;
    }
    stall.progress();
    for (let word = 0; word < WORDS; word++) writer.float64[(at >> 3) + word] = n * 8 + word;
    writer.commit();
    if (++n % (1 + (n & 7)) === 0) writer.publish();
  }
  writer.publish();
  return {};
}

function read({ ring, count }: Args): Observed {
  const reader = new SpscRingReader(ring);
  const tally = new Tally();
  const stall = new Stall();
  let expected = 0;
  let good = 0;
  while (expected < count) {
    const at = reader.peek();
    if (at < 0) {
      reader.release();
      stall.waiting('the ring is empty');
      continue;
    }
    stall.progress();
    const first = reader.float64[at >> 3] ?? NaN;
    let whole = true;
    for (let word = 1; word < WORDS; word++) if (reader.float64[(at >> 3) + word] !== first + word) whole = false;
    reader.advance();
    if (expected % 5 === 0) reader.release();
    if (whole && first === expected * 8) good++;
    else tally.add(`${first === expected * 8 ? 'next' : first < expected * 8 ? 'repeated' : 'skipped'},${whole ? 'whole' : 'torn'}`);
    expected++;
  }
  reader.release();
  tally.add('next,whole', good);
  return tally.observed();
}

playRole<Args>('spsc', { writer: write, reader: read });
