/** Every race. */
import { bookRace } from './book.race.js';
import { broadcastRingRace } from './broadcast-ring.race.js';
import { doorbellRace } from './doorbell.race.js';
import { feedBoardRace } from './feed-board.race.js';
import { meshRace } from './mesh.race.js';
import { messageRingRace } from './message-ring.race.js';
import type { Race } from './outcomes.js';
import { seqlockRace } from './seqlock.race.js';
import { spscRingRace } from './spsc-ring.race.js';

export const races: readonly Race[] = [
  spscRingRace, messageRingRace, meshRace, broadcastRingRace, seqlockRace, doorbellRace, feedBoardRace, bookRace,
];
