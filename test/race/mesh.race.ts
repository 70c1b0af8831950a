import { MeshEnd } from '../../src/algo/mesh/mesh-end.js';
import { createLinks, type MeshLinks } from '../../src/algo/mesh/mesh-link.js';
import { Tally, accept, forbid, type Observed, type Race } from './outcomes.js';
import { Stall, playRole, runRoles } from './threads.js';

interface Args {
  readonly links: MeshLinks;
  readonly count: number;
}

const SENDERS = 2;
const RECEIVER = SENDERS;
/** The receiver stops and starts again after so many messages. */
const STOP_EVERY = 5_000;

/** Message n of a sender: the number, then bytes that follow from it. */
function lengthOf(n: number): number {
  return 8 + ((n * 7) % 249);
}

export const meshRace: Race = {
  name: 'mesh: two senders on threads of their own, a receiver that stops and starts',
  outcomes: {
    'newer,whole': accept('of its sender a later message than the one before, with all its bytes'),
    'newer,torn': forbid('saw the number without the payload'),
    'older,whole': forbid('a message twice, or out of its sender\'s order'),
    'older,torn': forbid('a cell reused before it was taken'),
    'waited,0': accept('a stop and a start that threw away what waited'),
    'waited,1': forbid('more taken than were sent'),
    'crowded,0': accept('at most 1,024 wait, and one more for the other sender'),
    'crowded,1': forbid('more wait than the queue holds'),
    'lost,0': accept('what was accepted was taken, thrown away by a stop, or still waits'),
    'lost,1': forbid('a message that its sender saw accepted is nowhere, or one came from nowhere'),
  },
  short: 100_000,
  long: 10_000_000,
  run: async (count) => {
    const links = createLinks(SENDERS + 1);
    const { accepted = 0, taken = 0, ...seen } = await runRoles(import.meta.url, 'mesh', ['first', 'second', 'receiver'], { links, count });
    const rest = new MeshEnd(links, [RECEIVER]).setOpen(RECEIVER, false);
    return { ...seen, [accepted === taken + rest ? 'lost,0' : 'lost,1']: 1 };
  },
};

function send(place: number, { links, count }: Args): Observed {
  const end = new MeshEnd(links, [place]);
  const bytes = new Uint8Array(256);
  const words = new DataView(bytes.buffer);
  const told = new Uint8Array(256);
  const stall = new Stall();
  let accepted = 0;
  for (let n = 1; n <= count; ) {
    const length = lengthOf(n);
    words.setFloat64(0, n);
    for (let i = 8; i < length; i++) bytes[i] = (n + i) & 0xff;
    if (end.send(place, RECEIVER, bytes, 0, length)) {
      accepted++;
      stall.progress();
    } else stall.waiting('the receiver is full or stopped');
    n++;
  }
  // The last word, until it is answered.
  for (words.setFloat64(0, 0); end.take(place, false, told, 0).from !== RECEIVER; stall.waiting('the receiver does not say goodbye')) {
    if (end.send(place, RECEIVER, bytes, 0, 8)) accepted++;
  }
  return { accepted };
}

function receive({ links }: Args): Observed {
  const end = new MeshEnd(links, [RECEIVER]);
  const tally = new Tally();
  const stall = new Stall();
  const target = new Uint8Array(256);
  const words = new DataView(target.buffer);
  const last = new Float64Array(SENDERS);
  const gone = new Set<number>();
  let good = 0;
  let heard = 0;
  let taken = 0;
  let crowded = 0;
  while (gone.size < SENDERS) {
    if (end.waiting(RECEIVER) > 1_024 + SENDERS - 1) crowded = 1;
    const { from, length } = end.take(RECEIVER, false, target, 0);
    if (from < 0) {
      stall.waiting('nothing comes');
      continue;
    }
    stall.progress();
    taken++;
    const n = words.getFloat64(0);
    if (n === 0) {
      if (!gone.has(from)) end.send(RECEIVER, from, target, 0, 8);
      gone.add(from);
      continue;
    }
    let whole = length === lengthOf(n);
    for (let i = 8; i < length; i++) if (target[i] !== ((n + i) & 0xff)) whole = false;
    const newer = n > (last[from] ?? 0);
    last[from] = n;
    if (whole && newer) good++;
    else tally.add(`${newer ? 'newer' : 'older'},${whole ? 'whole' : 'torn'}`);
    if (++heard % STOP_EVERY !== 0) continue;
    taken += end.setOpen(RECEIVER, false);
    taken += end.setOpen(RECEIVER, true);
    if (end.waiting(RECEIVER) < 0) tally.add('waited,1');
    tally.add('waited,0');
  }
  tally.add(`crowded,${crowded}`);
  tally.add('newer,whole', good);
  return { ...tally.observed(), taken };
}

playRole<Args>('mesh', { first: (args) => send(0, args), second: (args) => send(1, args), receiver: receive });
