// What you extend. Override what you need; call `actions`, `log`, `config`, `mesh` from any callback (no actions from
// onFill and onReject: the host takes none there).
import { Book, Fill, Reject, State } from "./views";

export abstract class Algo {
  private lastId: u64 = 0;

  /** An order id never used before by this instance. */
  nextId(): u64 {
    return ++this.lastId;
  }
  /** Each new state of your own venue's book. */
  onBook(book: Book, state: State): void {}
  /** Each change of the venues' best prices; only in deployments over several venues. */
  onNbbo(nbbo: usize, books: usize, state: State): void {}
  /** A message from a mesh peer, at most 256 bytes. */
  onMessage(from: u64, payload: usize, length: i32, state: State): void {}
  /** Once a second. */
  onHeartbeat(state: State): void {}
  /** State already shows the fill. */
  onFill(fill: Fill, state: State): void {}
  onReject(reject: Reject): void {}
  /** Once, last: only cancels are carried out. */
  onShutdown(state: State): void {}
}
