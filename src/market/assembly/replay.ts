/**
 * The ladder without locks, sequence rules and top: a simulated venue's own picture of the recorded market, read by the
 * thread that writes it. Levels that the sparse cells can't hold are dropped and counted, as in a published book.
 */
import { CHANGES, LEVEL_BYTES } from './layout';
import { clear, close, follow, mustFollow, open, place, setAsk, setBid, trueBestAsk, trueBestBid } from './ladder';

/** Applies the scratch's changes: `bids` of them, then `asks`. */
export function changeLevels(book: usize, scratch: usize, bids: i32, asks: i32): void {
  open(book);
  setLevels(scratch, bids, asks);
}

/** Replaces everything by the scratch's levels, best first a side. */
export function replaceLevels(book: usize, scratch: usize, bids: i32, asks: i32): void {
  open(book);
  clear();
  const changes = scratch + CHANGES;
  const bid = bids > 0 ? <i64>load<f64>(changes) : 0;
  const ask = asks > 0 ? <i64>load<f64>(changes + ((<usize>bids) << 4)) : 0;
  place(bid == 0 ? ask : ask == 0 ? bid : bid + ((ask - bid) >> 1));
  setLevels(scratch, bids, asks);
}

function setLevels(scratch: usize, bids: i32, asks: i32): void {
  let at = scratch + CHANGES;
  const middle = at + ((<usize>bids) << 4);
  for (; at < middle; at += LEVEL_BYTES) setBid(<i64>load<f64>(at), load<f64>(at, 8));
  const end = middle + ((<usize>asks) << 4);
  for (; at < end; at += LEVEL_BYTES) setAsk(<i64>load<f64>(at), load<f64>(at, 8));
  if (mustFollow()) follow(trueBestBid(), trueBestAsk());
  close();
}
