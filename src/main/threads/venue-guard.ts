/**
 * The last look before an order leaves: the kill board. Also knows what is live at the venues of this thread, so that
 * it can cancel without the engine thread when the board says so.
 */
import type { CounterWriter } from '../../memory/counters.js';
import { ReportKind, type ReportEvent } from '../../protocol/events.js';
import type { AccountId, VenueId } from '../../protocol/universe.js';
import { ORDERS_CANCELLED, ORDERS_HALTED, ORDERS_SENT } from '../engine-figures.js';
import { KILL_CANCEL, KILL_EXITS, KILL_OPENING, type GraphMark, type KillBoardReader } from './kill-board.js';

interface LiveOrder {
  readonly venue: VenueId;
  readonly accountId: AccountId;
  readonly isExit: boolean;
  readonly graph: GraphMark;
}

export type CancelOrder = (venue: VenueId, accountId: AccountId, clientOrderId: string) => void;

const terminal: ReadonlySet<number> = new Set([ReportKind.reject, ReportKind.cancelled, ReportKind.expired, ReportKind.notFound]);

export class VenueGuard {
  readonly #board: KillBoardReader;
  readonly #cancel: CancelOrder;
  readonly #counters: CounterWriter;
  readonly #live = new Map<string, LiveOrder>();
  #seen = 0;

  /** @param counters of the thread (`venueCounters`) */
  constructor(board: KillBoardReader, cancel: CancelOrder, counters: CounterWriter) {
    this.#board = board;
    this.#cancel = cancel;
    this.#counters = counters;
    this.#seen = board.changes();
  }

  /** False: a kill switch covers it, nothing may be sent. */
  mayPlace(venue: VenueId, accountId: AccountId, clientOrderId: string, isExit: boolean, { low, high }: GraphMark): boolean {
    const order: LiveOrder = { venue, accountId, isExit, graph: { low, high } };
    if (this.#isCovered(order, 0)) {
      this.#counters.add(ORDERS_HALTED);
      return false;
    }
    this.#counters.add(ORDERS_SENT);
    this.#live.set(clientOrderId, order);
    return true;
  }

  /** An order of an earlier life, until its venue says that it is done or not there. */
  know(venue: VenueId, accountId: AccountId, clientOrderId: string, isExit: boolean, { low, high }: GraphMark): void {
    this.#live.set(clientOrderId, { venue, accountId, isExit, graph: { low, high } });
  }

  /** False: a kill switch covers the order, it may not be made larger or dearer. */
  mayAmend(clientOrderId: string): boolean {
    const order = this.#live.get(clientOrderId);
    if (order === undefined || !this.#isCovered(order, 0)) return true;
    this.#counters.add(ORDERS_HALTED);
    return false;
  }

  heard(event: ReportEvent): void {
    const isDone = terminal.has(event.kind) || (event.kind === ReportKind.fill && event.openLots === 0);
    if (isDone) this.#live.delete(event.clientOrderId);
  }

  /** Cancels what the board says, when it has changed. Returns how many. */
  look(): number {
    const changes = this.#board.changes();
    if (changes === this.#seen) return 0;
    this.#seen = changes;
    let done = 0;
    for (const [clientOrderId, order] of this.#live) {
      if (!this.#isCovered(order, KILL_CANCEL)) continue;
      this.#cancel(order.venue, order.accountId, clientOrderId);
      this.#counters.add(ORDERS_CANCELLED);
      done++;
    }
    return done;
  }

  /** @param also bits that must stand besides */
  #isCovered({ venue, accountId, isExit, graph }: LiveOrder, also: number): boolean {
    const wanted = also | (isExit ? KILL_EXITS : KILL_OPENING);
    return (this.#board.bitsOf(venue, accountId, graph) & wanted) === wanted;
  }
}
