// xhedge: a mesh pair. The instance labelled "maker" rests passively on its venue and tells the one labelled "hedger"
// what has filled; the hedger trades the opposite at once with IOCs on its own venue. The maker stops quoting while the
// quantity that it knows to be unhedged would pass its limit.
// config: 0 side of the maker (1 buy, -1 sell) · 1 target quantity _1e8 · 2 quote quantity _1e8 ·
//         3 most unhedged quantity _1e8 · 4 bps beyond the touch that a hedge may pay (5)
// Messages: u8 kind (1 fill of the maker, 2 fill of the hedger), i64 signed quantity _1e8 at byte 8; 16 bytes.
import { actions, BUY, IOC, POST_ONLY } from "../std/actions";
import { Algo } from "../std/algo";
import { config } from "../std/config";
import { ceilTo, floorTo, max64, min64, shiftBps } from "../std/decimal";
import { mesh } from "../std/mesh";
import { Book, Fill, Reject, State } from "../std/views";

export class CrossHedge extends Algo {
  private id: u64 = 0;
  /** Signed: what the pair has bought and not sold again, as this side knows it. */
  private unhedged: i64 = 0;
  private filled: i64 = 0;

  onBook(book: Book, state: State): void {
    if (!book.usable) return;
    if (mesh.isSelf("maker")) this.make(book, state);
    else if (mesh.isSelf("hedger")) this.hedge(book, state);
  }

  private make(book: Book, state: State): void {
    const side = config.int(0, 1) < 0 ? <i8>-1 : BUY;
    const open = this.unhedged < 0 ? -this.unhedged : this.unhedged;
    const room = max64(config.int(3, 0) - open, 0);
    const touch = side == BUY ? book.bid(0).px : book.ask(0).px;
    const slot = this.id == 0 ? -1 : state.slotOf(this.id);
    if (slot >= 0 && state.order(slot).open) {
      const order = state.order(slot);
      if (!order.live) return;
      if (order.rest > room) actions.cancel(order.id);
      else if (order.px != touch) actions.amend(order.id, touch, 0);
      return;
    }
    const rest = max64(config.int(1, 0) - this.filled, 0);
    const wanted = min64(min64(rest, max64(config.int(2, 0), <i64>state.minQty)), room);
    const qty = <i64>floorTo(<u64>wanted, state.lot);
    if (qty <= 0 || qty < <i64>state.minQty) return;
    const id = this.nextId();
    if (actions.order(id, side, POST_ONLY, touch, qty)) this.id = id;
  }

  private hedge(book: Book, state: State): void {
    if (this.unhedged == 0 || (this.id != 0 && state.isOpen(this.id))) return;
    const sell = this.unhedged > 0;
    const amount = <u64>(sell ? this.unhedged : -this.unhedged);
    const qty = <i64>floorTo(amount, state.lot);
    if (qty <= 0 || qty < <i64>state.minQty) return;
    const reach = config.int(4, 5);
    const px = sell ? floorTo(shiftBps(book.bid(0).px, -reach), state.tick) : ceilTo(shiftBps(book.ask(0).px, reach), state.tick);
    const id = this.nextId();
    if (actions.order(id, sell ? <i8>-1 : BUY, IOC, px, qty)) this.id = id;
  }

  onFill(fill: Fill, state: State): void {
    this.unhedged += fill.qty;
    const making = mesh.isSelf("maker");
    if (making) this.filled += fill.qty < 0 ? -fill.qty : fill.qty;
    const peer = mesh.find(making ? "hedger" : "maker");
    if (peer == 0) return;
    const out = mesh.out();
    store<u64>(out, making ? 1 : 2);
    store<i64>(out, fill.qty, 8);
    mesh.send(peer, 16);
  }

  onMessage(from: u64, payload: usize, length: i32, state: State): void {
    if (length == 16) this.unhedged += load<i64>(payload, 8);
  }

  onReject(reject: Reject): void {
    if (reject.orderId == this.id) this.id = 0;
  }

  onShutdown(state: State): void {
    if (this.id != 0 && state.isOpen(this.id)) actions.cancel(this.id);
  }
}

export function create(): Algo {
  return new CrossHedge();
}
