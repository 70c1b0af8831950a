// The exports that the host calls; the same file for every algo. Your code is in ./algo.
import { actions } from "../std/actions";
import { Algo } from "../std/algo";
import { Book, Fill, Reject, State } from "../std/views";
import { create } from "./algo";

let made: Algo | null = null;
function self(): Algo {
  let it = made;
  if (it == null) {
    it = create();
    made = it;
  }
  actions.clear();
  return it;
}

export function algo_alloc(size: i32): usize {
  return heap.alloc(size);
}
export function algo_on_book_v3(book: usize, state: usize): usize {
  self().onBook(changetype<Book>(book), changetype<State>(state));
  return actions.address();
}
export function algo_on_nbbo(nbbo: usize, books: usize, state: usize): usize {
  self().onNbbo(nbbo, books, changetype<State>(state));
  return actions.address();
}
export function algo_on_message(from: u64, payload: usize, length: i32, state: usize): usize {
  self().onMessage(from, payload, length, changetype<State>(state));
  return actions.address();
}
export function algo_on_heartbeat(state: usize): usize {
  self().onHeartbeat(changetype<State>(state));
  return actions.address();
}
export function algo_on_fill(fill: usize, state: usize): void {
  self().onFill(changetype<Fill>(fill), changetype<State>(state));
}
export function algo_on_reject(reject: usize): void {
  self().onReject(changetype<Reject>(reject));
}
export function algo_on_shutdown(state: usize): usize {
  self().onShutdown(changetype<State>(state));
  return actions.address();
}
