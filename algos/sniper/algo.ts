// sniper: waits, and takes with an IOC when the price is good enough and the spread tight enough.
// config: 0 side (1 buy, -1 sell) · 1 target quantity _1e8 · 2 worst price _1e9 (0 = any) ·
//         3 widest spread in bps (0 = any) · 4 most of the touch's size to take, percent (100)
import { actions, BUY, IOC } from "../std/actions";
import { Algo } from "../std/algo";
import { config } from "../std/config";
import { floorTo, max64, min64 } from "../std/decimal";
import { Book, State } from "../std/views";

export class Sniper extends Algo {
  private id: u64 = 0;

  onBook(book: Book, state: State): void {
    if (!book.usable || (this.id != 0 && state.isOpen(this.id))) return;
    const side = config.int(0, 1) < 0 ? <i8>-1 : BUY;
    const limit = <u64>config.int(2, 0);
    const level = side == BUY ? book.ask(0) : book.bid(0);
    if (limit != 0 && (side == BUY ? level.px > limit : level.px < limit)) return;
    const widest = config.int(3, 0);
    if (widest > 0 && book.spreadBps100 > <u64>(widest * 100)) return;
    const done = side == BUY ? state.position : -state.position;
    const share = <i64>(level.sz / 100) * config.int(4, 100);
    const wanted = min64(max64(config.int(1, 0) - done, 0), max64(share, <i64>state.minQty));
    const qty = <i64>floorTo(<u64>wanted, state.lot);
    if (qty <= 0 || qty < <i64>state.minQty) return;
    const id = this.nextId();
    if (actions.order(id, side, IOC, level.px, qty)) this.id = id;
  }
}

export function create(): Algo {
  return new Sniper();
}
