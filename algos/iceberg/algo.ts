// iceberg: shows a slice at a limit price and posts the next when it has filled, until the target is done.
// config: 0 side (1 buy, -1 sell) · 1 target quantity _1e8 · 2 shown quantity _1e8 · 3 limit price _1e9
//         (0 = the touch at the time of each slice)
import { actions, BUY, LIMIT, POST_ONLY } from "../std/actions";
import { Algo } from "../std/algo";
import { config } from "../std/config";
import { floorTo, max64, min64 } from "../std/decimal";
import { Book, Fill, State } from "../std/views";

export class Iceberg extends Algo {
  private id: u64 = 0;
  private filled: i64 = 0;

  onBook(book: Book, state: State): void {
    if (!book.usable || (this.id != 0 && state.isOpen(this.id))) return;
    const side = config.int(0, 1) < 0 ? <i8>-1 : BUY;
    const rest = max64(config.int(1, 0) - this.filled, 0);
    const shown = <i64>floorTo(<u64>min64(rest, max64(config.int(2, 0), <i64>state.minQty)), state.lot);
    if (shown <= 0 || shown < <i64>state.minQty) return;
    const limit = <u64>config.int(3, 0);
    const px = limit != 0 ? limit : side == BUY ? book.bid(0).px : book.ask(0).px;
    const id = this.nextId();
    if (actions.order(id, side, limit != 0 ? LIMIT : POST_ONLY, px, shown)) this.id = id;
  }

  onFill(fill: Fill, state: State): void {
    this.filled += fill.qty < 0 ? -fill.qty : fill.qty;
  }

  onShutdown(state: State): void {
    if (state.isOpen(this.id)) actions.cancel(this.id);
  }
}

export function create(): Algo {
  return new Iceberg();
}
