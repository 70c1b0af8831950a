/**
 * Simulated matching alone: 1,000 resting orders, then 82 % amends, 9 % new, 6 % cancels, 3 % iocs.
 *
 *   this thread ── submit/amend/remove ──▶ Matching (recorded book of 1,000 levels a side)
 *
 * The answer is checked: fills and open quantity must add up to what was sent, less what was cancelled.
 */
import { assert, must } from '../../src/base/assert.js';
import { RunningHash } from '../../src/base/hash.js';
import { Prng } from '../../src/base/prng.js';
import { MarketKind, newMarketMessage, pushLevel } from '../../src/market/replay-source.js';
import { VenueReason } from '../../src/protocol/events.js';
import { Matching } from '../../src/venues/sim/matching.js';
import type { SimOrder } from '../../src/venues/sim/sim-order.js';

export interface MatchingResult {
  readonly operations: number;
  readonly operationsPerSecond: number;
  readonly fills: number;
  readonly resting: number;
  /** Of every fill in order: the same on every machine for one seed. */
  readonly checksum: string;
}

const restingTarget = 1_000;
const mid = 6_180_000;
const levels = 1_000;
/** New and amended prices are within this many ticks of the touch, so that a few match. */
const band = 400;

class Run {
  readonly live: SimOrder[] = [];
  readonly #at = new Map<SimOrder, number>();
  readonly #hash = new RunningHash();
  readonly #prng: Prng;
  readonly #matching: Matching;
  #ids = 0;
  fills = 0;
  levelCalls = 0;
  filledLots = 0;

  constructor(seed: number) {
    this.#prng = new Prng(seed);
    this.#matching = new Matching({
      fill: (order, ticks, lots) => {
        this.fills++;
        this.filledLots += lots;
        this.#hash.integer(ticks);
        this.#hash.integer(lots);
        if (order.openLots === 0) this.#ended(order, 'filled');
      },
      end: (order, state) => {
        order.openLots = 0;
        this.#ended(order, state);
      },
      level: () => {
        this.levelCalls++;
      },
      reduceRoom: (order) => order.openLots,
    });
    const book = newMarketMessage();
    book.kind = MarketKind.snapshot;
    for (let i = 0; i < levels; i++) {
      pushLevel(book, 'bids', mid - 1 - i, 1_000_000);
      pushLevel(book, 'asks', mid + 1 + i, 1_000_000);
    }
    this.#matching.market(book);
  }

  get checksum(): string {
    return this.#hash.hex();
  }

  step(): void {
    const draw = this.#prng.below(100);
    if (this.live.length < restingTarget || draw < 9) this.place('gtc', -1);
    else if (draw < 15) this.#cancel();
    else if (draw < 18) this.place('ioc', 5);
    else this.#amend();
    // As many cancels as new orders would leave the book growing: it is held at its size.
    if (this.live.length > restingTarget) this.#cancel();
  }

  place(tif: 'gtc' | 'ioc', reach: number): void {
    const side = this.#prng.chance(1, 2) ? 1 : -1;
    const ticks = tif === 'ioc' ? mid + side * reach : mid - side * this.#prng.between(2, band);
    const lots = this.#prng.between(1, 20) * 10;
    const order: SimOrder = {
      clientOrderId: 'bench', venueOrderId: String(this.#ids++), accountId: this.#prng.below(50), listing: 0, side, tif,
      reduceOnly: false, createdNs: 0, lots, limitTicks: ticks, cumLots: 0, openLots: lots, state: 'live', endedNs: -1,
      endReason: VenueReason.none, previous: null, next: null, isResting: false, ahead: 0, reserved: 0, muted: false,
      fills: [],
    };
    this.#at.set(order, this.live.length);
    this.live.push(order);
    this.#matching.submit(order);
  }

  #amend(): void {
    const order = this.#prng.pick(this.live);
    const ticks = this.#prng.chance(1, 2) ? order.limitTicks : mid - order.side * this.#prng.between(2, band);
    this.#matching.amend(order, order.cumLots + this.#prng.between(1, 20) * 10, ticks);
  }

  #cancel(): void {
    const order = this.#prng.pick(this.live);
    this.#matching.remove(order);
    order.openLots = 0;
    this.#ended(order, 'cancelled');
  }

  #ended(order: SimOrder, state: SimOrder['state']): void {
    order.state = state;
    const at = this.#at.get(order);
    const last = this.live.pop();
    if (at === undefined || last === undefined) return;
    this.#at.delete(order);
    if (last === order) return;
    this.live[at] = last;
    this.#at.set(last, at);
  }
}

/** Runs `operations` after a warm-up of a tenth of them. */
export function benchMatching(operations = 1_000_000, seed = 1): MatchingResult {
  const run = new Run(seed);
  for (let i = 0; i < restingTarget + operations / 10; i++) run.step();
  const fillsBefore = run.fills;
  const started = process.hrtime.bigint();
  for (let i = 0; i < operations; i++) run.step();
  const ns = Number(process.hrtime.bigint() - started);
  assert(run.live.every((order) => order.openLots > 0 && order.state === 'live'), 'every resting order is open');
  assert(must(run.live[0], 'a resting order').openLots > 0 && run.fills > fillsBefore, 'some orders matched');
  return {
    operations,
    operationsPerSecond: Math.round((operations / ns) * 1e9),
    fills: run.fills - fillsBefore,
    resting: run.live.length,
    checksum: run.checksum,
  };
}
