import { createMessageRing, type MessageRing } from '../../src/memory/message-ring-layout.js';
import { MessageRingReader } from '../../src/memory/message-ring-reader.js';
import { MessageRingWriter } from '../../src/memory/message-ring-writer.js';
import { Tally, accept, forbid, type Observed, type Race } from './outcomes.js';
import { Stall, playRole, runRoles } from './threads.js';

interface Args {
  readonly ring: MessageRing;
  readonly count: number;
}

/** Every length from 8 to 120, so that laps end everywhere. */
function lengthOf(n: number): number {
  return 8 + ((n * 7) % 113);
}

export const messageRingRace: Race = {
  name: 'message ring: records of 8 to 120 bytes',
  outcomes: {
    'next,whole': accept('the next record with its length, type and bytes'),
    'next,torn': forbid('saw tail without the bytes'),
    'other,whole': forbid('a record lost or twice'),
    'other,torn': forbid('bytes of another lap'),
  },
  short: 300_000,
  long: 30_000_000,
  run: (count) => runRoles(import.meta.url, 'message', ['writer', 'reader'], { ring: createMessageRing(8192), count }),
};

function write({ ring, count }: Args): Observed {
  const writer = new MessageRingWriter(ring);
  const stall = new Stall();
  for (let n = 0; n < count; ) {
    const length = lengthOf(n);
    const at = writer.claim(n & 0xff, length);
    if (at < 0) {
      writer.publish();
      stall.waiting('the ring is full');
      continue;
    }
    stall.progress();
    writer.float64[at >> 3] = n;
    for (let i = 8; i < length; i++) writer.uint8[at + i] = (n + i) & 0xff;
    writer.commit();
    if (++n % 3 === 0) writer.publish();
  }
  writer.publish();
  return {};
}

function read({ ring, count }: Args): Observed {
  const reader = new MessageRingReader(ring);
  const tally = new Tally();
  const stall = new Stall();
  let good = 0;
  for (let n = 0; n < count; ) {
    const at = reader.peek();
    if (at < 0) {
      stall.waiting('the ring is empty');
      continue;
    }
    stall.progress();
    const length = lengthOf(n);
    let whole = reader.length === length && reader.type === (n & 0xff);
    for (let i = 8; i < length; i++) if (reader.uint8[at + i] !== ((n + i) & 0xff)) whole = false;
    const next = reader.float64[at >> 3] === n;
    reader.advance();
    reader.release();
    if (whole && next) good++;
    else tally.add(`${next ? 'next' : 'other'},${whole ? 'whole' : 'torn'}`);
    n++;
  }
  tally.add('next,whole', good);
  return tally.observed();
}

playRole<Args>('message', { writer: write, reader: read });
