/** The market module: what TypeScript may call. Memory is imported and shared; there is no heap and no data segment. */
import {
  BASE_TICK, BID_FLOOR, ASK_CEILING, FRAME, RESULT_APPLIED, SCAN_ASKS, SCAN_BIDS, SCAN_EVENT_MS, SCAN_FIRST_ID, SCAN_LAST_ID,
  SCAN_PREVIOUS_ID, SCAN_RECEIVED,
} from './layout';
import { applyChanges } from './apply';
import { clear, close, open } from './ladder';
import { scanFrame } from './scan';

export { scanFrame } from './scan';
export { applyChanges, applySnapshot, markStale, touch } from './apply';
export { changeLevels, replaceLevels } from './replay';

/** Once, before anybody else knows the region. */
export function initBook(book: usize): void {
  store<f64>(book, 0, BASE_TICK);
  open(book);
  clear();
  close();
  store<f64>(book, 0, BID_FLOOR);
  store<f64>(book, Infinity, ASK_CEILING);
}

/** Scans the frame in the scratch, received at SCAN_RECEIVED, and applies it when it is a depth update. */
export function applyFrame(book: usize, scratch: usize, length: i32): i32 {
  store<u64>(scratch + <usize>length, 0, FRAME);
  store<u64>(scratch + <usize>length, 0, FRAME + 8);
  const result = scanFrame(book, scratch, length);
  if (result != RESULT_APPLIED) return result;
  return applyChanges(
    book, scratch, load<i32>(scratch, SCAN_BIDS), load<i32>(scratch, SCAN_ASKS), load<f64>(scratch, SCAN_FIRST_ID),
    load<f64>(scratch, SCAN_LAST_ID), load<f64>(scratch, SCAN_PREVIOUS_ID), load<f64>(scratch, SCAN_EVENT_MS) * 1000,
    load<f64>(scratch, SCAN_RECEIVED),
  );
}
