// peg: keeps one post-only order at the touch of its own venue until the target quantity has filled.
// config: 0 side (1 buy, -1 sell) · 1 target quantity _1e8 · 2 offset from the touch in ticks (0 = at it) ·
//         3 ticks that the touch must move before the order follows (1)
import { actions, BUY, POST_ONLY } from "../std/actions";
import { Algo } from "../std/algo";
import { config } from "../std/config";
import { floorTo, max64 } from "../std/decimal";
import { Book, State } from "../std/views";

export class Peg extends Algo {
  private id: u64 = 0;

  onBook(book: Book, state: State): void {
    if (!book.usable) return;
    const side = config.int(0, 1) < 0 ? <i8>-1 : BUY;
    const target = config.int(1, 0);
    const done = side == BUY ? state.position : -state.position;
    const tick = max64(<i64>state.tick, 1);
    const offset = config.int(2, 0) * tick;
    const touch = side == BUY ? <i64>book.bid(0).px - offset : <i64>book.ask(0).px + offset;
    const slot = this.id == 0 ? -1 : state.slotOf(this.id);
    if (slot >= 0 && state.order(slot).open) {
      const order = state.order(slot);
      if (!order.live) return;
      const away = <i64>order.px - touch;
      if ((away < 0 ? -away : away) >= max64(config.int(3, 1), 1) * tick) actions.amend(order.id, <u64>touch, 0);
      return;
    }
    const rest = <i64>floorTo(<u64>max64(target - done, 0), state.lot);
    if (rest <= 0 || rest < <i64>state.minQty) return;
    const id = this.nextId();
    if (actions.order(id, side, POST_ONLY, <u64>touch, rest)) this.id = id;
  }

  onShutdown(state: State): void {
    if (state.isOpen(this.id)) actions.cancel(this.id);
  }
}

export function create(): Algo {
  return new Peg();
}
