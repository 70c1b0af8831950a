/**
 * Faults of a simulated venue: each has a name, a chance and a counter. Drawn under a seed (each kind from a
 * generator of its own, so that one kind's chance never shifts another's) or armed by a test.
 */
import { Prng } from '../../base/prng.js';

/** What each fault does. */
export const faults = {
  refuse: 'a new order is refused for a random passing reason',
  refuseLong: 'every new order is refused as busy for `durationNs`',
  delay: 'a message to the venue takes up to 3 s longer',
  ackLostLive: 'the acknowledgement is lost; the order lives',
  ackLostDropped: 'the order never arrived; no answer comes',
  ackLostFilled: 'the order fills at once; neither acknowledgement nor fills are reported',
  disconnect: 'the connection drops: reports on the way are lost, orders on the way arrive or do not',
  duplicateReport: 'a report comes twice',
  reorderReport: 'a report is overtaken by later ones',
  fillBeforeAck: 'the acknowledgement comes after what followed it',
  fillAfterCancelAck: 'a fill from before the cancel is reported after the cancel was confirmed',
  cancelRefusedFilled: 'the order fills as its cancel arrives: the cancel is refused, then the fill is reported',
  partialThenReject: 'a new order fills in part and is then refused',
  venueCancels: 'the venue cancels a resting order by itself',
  overfill: 'a fill is larger than what was open',
  execIdRepeated: 'the report of a fill comes again a little later under the same execution id',
  cumulativeBack: 'a fill reports a lower cumulative quantity than is true',
  averageMissing: 'a fill comes without its price',
  restartForgets: 'the venue restarts and forgets its open orders',
  acceptsTwice: 'a new order is accepted twice',
  twoFillsInOne: 'a fill is reported as two in one message',
  amendRacesFill: 'the order fills in part as its amend arrives',
  amendRefused: 'an amend is refused',
  staleBalance: 'a balance from before the last fill arrives after it',
  feedGap: 'a book message is lost',
  feedCrossed: 'a book message holds a bid above the best ask',
  feedCorrupt: 'the bytes of a book message are damaged',
  feedSilence: 'the feed says nothing for `durationNs`',
} as const;
export type FaultKind = keyof typeof faults;
export const faultKinds = Object.keys(faults) as readonly FaultKind[];

export interface FaultConfig {
  readonly seed: number;
  /** Chance per opportunity in millionths; absent = never. */
  readonly chanceE6: Readonly<Partial<Record<FaultKind, number>>>;
  /** No chance fault strikes from here on (healing phase); Infinity = never ends. */
  readonly untilNs: number;
  /** How long disconnects, silences and long refusals last, at least and at most. */
  readonly durationNs: readonly [number, number];
}

export const noFaults: FaultConfig = { seed: 0, chanceE6: {}, untilNs: 0, durationNs: [500_000_000, 3_000_000_000] };

interface Armed {
  readonly kind: FaultKind;
  readonly matches: (clientOrderId: string) => boolean;
}

export class FaultPlan {
  readonly #config: FaultConfig;
  readonly #prngs: ReadonlyMap<FaultKind, Prng>;
  readonly #durations: Prng;
  readonly #counts = new Map<FaultKind, number>();
  #armed: Armed[] = [];

  constructor(config: FaultConfig = noFaults) {
    this.#config = config;
    this.#prngs = new Map(faultKinds.map((kind, i) => [kind, new Prng(config.seed * 64 + i)]));
    this.#durations = new Prng(config.seed * 64 + 63);
  }

  /** The next `count` opportunities (of orders that match) get this fault for sure. */
  arm(kind: FaultKind, count = 1, matches: (clientOrderId: string) => boolean = () => true): void {
    for (let i = 0; i < count; i++) this.#armed.push({ kind, matches });
  }

  /** False when it can't strike now or later: for what costs something to find out before asking. */
  mayStrike(kind: FaultKind): boolean {
    return (this.#config.chanceE6[kind] ?? 0) > 0 || this.#armed.some((armed) => armed.kind === kind);
  }

  /** Whether the fault strikes at this opportunity; counts when it does. */
  strikes(kind: FaultKind, nowNs: number, clientOrderId = ''): boolean {
    const at = this.#armed.findIndex((armed) => armed.kind === kind && armed.matches(clientOrderId));
    if (at >= 0) {
      this.#armed = this.#armed.filter((_, i) => i !== at);
      return this.count(kind);
    }
    const chance = this.#config.chanceE6[kind] ?? 0;
    if (chance === 0 || nowNs >= this.#config.untilNs) return false;
    return this.#prngs.get(kind)?.chance(chance, 1_000_000) === true ? this.count(kind) : false;
  }

  durationNs(): number {
    const [least, most] = this.#config.durationNs;
    return least + this.#durations.below(1_000_001) * Math.floor((most - least) / 1_000_000);
  }

  /** How often each kind struck. */
  counts(): Readonly<Record<FaultKind, number>> {
    const rows = faultKinds.map((kind) => [kind, this.#counts.get(kind) ?? 0] as const);
    return Object.fromEntries(rows) as Record<FaultKind, number>;
  }

  /** A fault was made to happen by other means than a draw. */
  count(kind: FaultKind): true {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1);
    return true;
  }
}
