// xhedge: a mesh pair. The instance labelled "maker" rests passively on its venue and tells the one labelled "hedger"
// what it holds; the hedger trades the opposite at once with IOCs on its own venue. The maker stops quoting while the
// quantity that it knows to be unhedged would pass its limit.
// config: 0 side of the maker (1 buy, -1 sell) · 1 target quantity _1e8 · 2 quote quantity _1e8 ·
//         3 most unhedged quantity _1e8 · 4 bps beyond the touch that a hedge may pay (5)
// Messages: i64 own position _1e8, after each fill and once a second, so that a lost one or a fresh peer is made up for.
import { actions, BUY, IOC, POST_ONLY } from "../std/actions";
import { Algo } from "../std/algo";
import { config } from "../std/config";
import { ceilTo, floorTo, max64, min64, shiftBps } from "../std/decimal";
import { mesh } from "../std/mesh";
import { Book, Fill, Reject, State } from "../std/views";

export class CrossHedge extends Algo {
  private id: u64 = 0;
  /** What the peer holds, as it said last: own position plus this is not hedged. */
  private peer: i64 = 0;
  /** The touch of the own venue, 0 = not seen. */
  private bid: u64 = 0;
  private ask: u64 = 0;

  onBook(book: Book, state: State): void {
    if (!book.usable) return;
    this.bid = book.bid(0).px;
    this.ask = book.ask(0).px;
    if (mesh.isSelf("maker")) this.make(state);
    else if (mesh.isSelf("hedger")) this.hedge(state);
  }

  private make(state: State): void {
    const side = config.int(0, 1) < 0 ? <i8>-1 : BUY;
    const room = max64(config.int(3, 0) - abs64(state.position + this.peer), 0);
    const touch = side == BUY ? this.bid : this.ask;
    const slot = this.id == 0 ? -1 : state.slotOf(this.id);
    if (slot >= 0 && state.order(slot).open) {
      const order = state.order(slot);
      if (!order.live) return;
      if (order.rest > room) actions.cancel(order.id);
      else if (order.px != touch) actions.amend(order.id, touch, 0);
      return;
    }
    const rest = max64(config.int(1, 0) - abs64(state.position), 0);
    const wanted = min64(min64(rest, max64(config.int(2, 0), <i64>state.minQty)), room);
    const qty = <i64>floorTo(<u64>wanted, state.lot);
    if (qty <= 0 || qty < <i64>state.minQty) return;
    const id = this.nextId();
    if (actions.order(id, side, POST_ONLY, touch, qty)) this.id = id;
  }

  private hedge(state: State): void {
    const unhedged = state.position + this.peer;
    if (unhedged == 0 || this.bid == 0 || (this.id != 0 && state.isOpen(this.id))) return;
    const sell = unhedged > 0;
    const qty = <i64>floorTo(<u64>abs64(unhedged), state.lot);
    if (qty <= 0 || qty < <i64>state.minQty) return;
    const reach = config.int(4, 5);
    const px = sell ? floorTo(shiftBps(this.bid, -reach), state.tick) : ceilTo(shiftBps(this.ask, reach), state.tick);
    const id = this.nextId();
    if (actions.order(id, sell ? <i8>-1 : BUY, IOC, px, qty)) this.id = id;
  }

  onFill(fill: Fill, state: State): void {
    this.tell(state.position);
  }

  onHeartbeat(state: State): void {
    this.tell(state.position);
  }

  private tell(position: i64): void {
    const peer = mesh.find(mesh.isSelf("maker") ? "hedger" : "maker");
    if (peer == 0) return;
    store<i64>(mesh.out(), position);
    mesh.send(peer, 8);
  }

  onMessage(from: u64, payload: usize, length: i32, state: State): void {
    if (length != 8) return;
    this.peer = load<i64>(payload);
    if (mesh.isSelf("hedger")) this.hedge(state);
  }

  onReject(reject: Reject): void {
    if (reject.orderId == this.id) this.id = 0;
  }

  onShutdown(state: State): void {
    if (this.id != 0 && state.isOpen(this.id)) actions.cancel(this.id);
  }
}

function abs64(value: i64): i64 {
  return value < 0 ? -value : value;
}

export function create(): Algo {
  return new CrossHedge();
}
