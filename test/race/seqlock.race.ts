import { createSeqlockRecord, type SeqlockRecord } from '../../src/memory/seqlock-layout.js';
import { SeqlockReader } from '../../src/memory/seqlock-reader.js';
import { SeqlockWriter } from '../../src/memory/seqlock-writer.js';
import { Tally, accept, forbid, type Observed, type Race } from './outcomes.js';
import { Stall, playRole, runRoles } from './threads.js';

interface Args {
  readonly record: SeqlockRecord;
  readonly done: SeqlockRecord;
  readonly count: number;
}

export const seqlockRace: Race = {
  name: 'record under a sequence lock: 8 doubles of one write',
  outcomes: {
    'same or later,whole': accept('one write, as old as the last one or newer'),
    'same or later,torn': forbid('words of two writes'),
    'earlier,whole': forbid('went back in time'),
    'earlier,torn': forbid('words of two writes'),
    'gave up': accept('the writer was taken off its core inside the lock'),
  },
  short: 1_000_000,
  long: 30_000_000,
  run: (count) => runRoles(import.meta.url, 'seqlock', ['writer', 'reader'], {
    record: createSeqlockRecord(8), done: createSeqlockRecord(1), count,
  }),
};

function write({ record, done }: Args): Observed {
  const writer = new SeqlockWriter(record);
  const finished = new SeqlockReader(done);
  for (let n = 1; finished.version() === 0; n++) {
    writer.begin();
    for (let word = 0; word < 8; word++) writer.set(word, n * 8 + word);
    writer.end();
    for (let pause = 0; pause < (n & 63); pause++) finished.version();
  }
  return {};
}

function read({ record, done, count }: Args): Observed {
  const reader = new SeqlockReader(record);
  const tally = new Tally();
  const stall = new Stall();
  const out = new Float64Array(8);
  while (reader.version() < 2) stall.waiting('the first write');
  let last = 0;
  let good = 0;
  for (let n = 0; n < count; n++) {
    if (!reader.read(out)) {
      tally.add('gave up');
      continue;
    }
    const first = out[0] ?? NaN;
    let whole = first % 8 === 0;
    for (let word = 1; word < 8; word++) if (out[word] !== first + word) whole = false;
    if (whole && first >= last) good++;
    else tally.add(`${first >= last ? 'same or later' : 'earlier'},${whole ? 'whole' : 'torn'}`);
    last = first;
  }
  tally.add('same or later,whole', good);
  const finished = new SeqlockWriter(done);
  finished.begin();
  finished.end();
  return tally.observed();
}

playRole<Args>('seqlock', { writer: write, reader: read });
