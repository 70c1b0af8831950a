// maker: a post-only quote on each side around the microprice, shifted against the inventory (skew), wider when the
// spread regime is wide; no quote on the side that would pass the inventory limit.
// config: 0 quote quantity _1e8 · 1 half spread in bps (5) · 2 inventory limit _1e8 · 3 skew at the limit in bps (5) ·
//         4 bps that the wanted price must differ before a quote moves (1)
import { actions, BUY, POST_ONLY, SELL } from "../std/actions";
import { Algo } from "../std/algo";
import { config } from "../std/config";
import { ceilTo, floorTo, max64, shiftBps } from "../std/decimal";
import { Book, features, State } from "../std/views";

export class Maker extends Algo {
  private bidId: u64 = 0;
  private askId: u64 = 0;

  onBook(book: Book, state: State): void {
    if (!book.usable) return;
    const micro = features.microprice();
    const fair = micro == 0 ? book.mid : micro;
    const limit = max64(config.int(2, 0), 1);
    const skew = state.position * config.int(3, 5) / limit;
    let half = max64(config.int(1, 5), 0);
    if (features.spreadRegime() >= 2) half *= 2;
    const qty = <i64>floorTo(<u64>max64(config.int(0, 0), 0), state.lot);
    if (qty <= 0 || qty < <i64>state.minQty) return;
    let bid = floorTo(shiftBps(fair, -half - skew), state.tick);
    let ask = ceilTo(shiftBps(fair, half - skew), state.tick);
    // Never through the touch: a post-only order that crosses is refused.
    if (bid >= book.ask(0).px) bid = book.bid(0).px;
    if (ask <= book.bid(0).px) ask = book.ask(0).px;
    this.bidId = this.quote(state, this.bidId, BUY, bid, state.position + qty <= limit ? qty : 0);
    this.askId = this.quote(state, this.askId, SELL, ask, state.position - qty >= -limit ? qty : 0);
  }

  /** Places, moves or pulls one side's quote; the id of the quote now. */
  private quote(state: State, id: u64, side: i8, px: u64, qty: i64): u64 {
    const slot = id == 0 ? -1 : state.slotOf(id);
    if (slot >= 0 && state.order(slot).open) {
      const order = state.order(slot);
      if (!order.live) return id;
      const away = order.px > px ? order.px - px : px - order.px;
      if (qty == 0) actions.cancel(id);
      else if (away * 10000 >= <u64>max64(config.int(4, 1), 1) * px) actions.amend(id, px, 0);
      return id;
    }
    if (qty == 0) return 0;
    const fresh = this.nextId();
    return actions.order(fresh, side, POST_ONLY, px, qty) ? fresh : 0;
  }

  onShutdown(state: State): void {
    if (state.isOpen(this.bidId)) actions.cancel(this.bidId);
    if (state.isOpen(this.askId)) actions.cancel(this.askId);
  }
}

export function create(): Algo {
  return new Maker();
}
