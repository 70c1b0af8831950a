import { createDoorbell } from '../../src/memory/doorbell-layout.js';
import { DoorbellRinger, DoorbellSleeper } from '../../src/memory/doorbell.js';
import type { Region } from '../../src/memory/region.js';
import { createSpscRing, type SpscRing } from '../../src/memory/spsc-ring-layout.js';
import { SpscRingReader } from '../../src/memory/spsc-ring-reader.js';
import { SpscRingWriter } from '../../src/memory/spsc-ring-writer.js';
import { Tally, accept, forbid, type Observed, type Race } from './outcomes.js';
import { Stall, playRole, runRoles } from './threads.js';

interface Args {
  readonly there: SpscRing;
  readonly back: SpscRing;
  readonly bell: Region;
  readonly count: number;
}

/** Far longer than any round: a sleep that ends by it missed its bell. */
const SLEEP_MS = 10_000;

export const doorbellRace: Race = {
  name: 'doorbell: one message a time to a thread that sleeps',
  outcomes: {
    'found before sleeping': accept('the second look saw the message'),
    'rung awake': accept('slept and was woken'),
    'slept through': forbid('a wake-up was lost'),
    'woken for nothing': accept('a ring came late, after the message had been taken; nothing is lost'),
  },
  short: 5_000,
  long: 1_000_000,
  run: (count) => runRoles(import.meta.url, 'doorbell', ['ringer', 'sleeper'], {
    there: createSpscRing(8, 8), back: createSpscRing(8, 8), bell: createDoorbell(), count,
  }),
};

function ring({ there, back, bell, count }: Args): Observed {
  const writer = new SpscRingWriter(there);
  const reader = new SpscRingReader(back);
  const ringer = new DoorbellRinger(bell);
  const stall = new Stall();
  for (let n = 0; n < count; n++) {
    writer.claim();
    writer.commit();
    writer.publish();
    ringer.ring();
    while (reader.peek() < 0) stall.waiting('the answer');
    stall.progress();
    reader.advance();
    reader.release();
    for (let pause = 0; pause < (n * 37) % 2000; pause++) reader.peek(); // meets the sleeper at every stage
  }
  return {};
}

function sleep({ there, back, bell, count }: Args): Observed {
  const reader = new SpscRingReader(there);
  const writer = new SpscRingWriter(back);
  const sleeper = new DoorbellSleeper(bell);
  const tally = new Tally();
  for (let n = 0; n < count; ) {
    if (reader.peek() < 0) {
      sleeper.announce(n % 2 === 0); // a bell wakes either way, news() only one of them
      if (reader.peek() >= 0) {
        sleeper.stayAwake();
        tally.add('found before sleeping');
      } else {
        const rung = sleeper.sleep(SLEEP_MS);
        tally.add(!rung ? 'slept through' : reader.peek() >= 0 ? 'rung awake' : 'woken for nothing');
      }
      continue;
    }
    reader.advance();
    reader.release();
    writer.claim();
    writer.commit();
    writer.publish();
    n++;
  }
  return tally.observed();
}

playRole<Args>('doorbell', { ringer: ring, sleeper: sleep });
