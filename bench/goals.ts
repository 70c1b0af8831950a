/** What the project set out to reach, which row says whether it did, and why where it did not. */
import { figure } from './support/print.js';
import { ratioOf, type Row } from './support/row.js';

export interface Goal {
  readonly area: string;
  readonly what: string;
  readonly bench: string;
  /** Part of the row's text. */
  readonly row: string;
  /** What is judged: the figure itself, or its ratio to the floor of the same run. */
  readonly of: 'value' | 'ratio';
  readonly most?: number;
  readonly least?: number;
  /** Why it is not reached, shown only then. */
  readonly reason: string;
}

const FLAT = 'a third is garbage collection (ended graphs stay whole for a day), the rest flat: driving nodes, building the ' +
  'graph, reports, each a few percent; a tick alone takes a few hundred ns, so the 30 % of orders and reports decide';
const ORDER = 'of an order that fills the engine\'s thread spends three tenths on garbage collection (6 KB of each stay), as much on the ' +
  'core, a sixth on its seven event frames, a sixth on the simulated venue; replay and load generator share the two cores. Before one ' +
  'acknowledgement at a time most is the core\'s admission, with cold caches';
const TAIL = 'a collection of young objects stops the thread for 4 ms each 640 orders; with node --max-semi-space-size=2 for 0.7 ms each 45, ' +
  'at a tenth of the throughput';
const SHARED = 'not explained by a profile yet; the spread of its row says how much the run was disturbed';

export const goals: readonly Goal[] = [
  { area: 'core', what: 'apply on the mix, first aim', bench: 'core', row: 'apply, mix', of: 'value', least: 500_000, reason: FLAT },
  { area: 'core', what: 'apply on the mix', bench: 'core', row: 'apply, mix', of: 'value', least: 1_000_000, reason: FLAT },
  { area: 'core', what: 'tick beside many armed price edges ÷ beside 1,000', bench: 'core', row: 'armed price edges', of: 'ratio', most: 1.2, reason: SHARED },
  { area: 'core', what: 'tick beside many timers ÷ beside 1,000', bench: 'core', row: 'armed timer edges', of: 'ratio', most: 1.2, reason: SHARED },
  {
    area: 'core', what: 'bytes of an idle node', bench: 'core', row: 'bytes of an idle node with its price', of: 'value', most: 600,
    reason: 'with quick parameters graphs, level heaps and timers are few: what grows in steps weighs more a node',
  },
  {
    area: 'core', what: 'heap after many one-node graphs, MiB grown', bench: 'core', row: 'heap after', of: 'value', most: 8,
    reason: 'with quick parameters the room for ended graphs is not full when measuring begins',
  },
  {
    area: 'simulated venue', what: 'matching operations a second', bench: 'matching', row: 'simulated venue', of: 'value', least: 500_000,
    reason: 'each operation goes through a recorded book of 1,000 levels and the queue model',
  },
  { area: 'journal', what: '`process` append + commit ÷ bare writeSync', bench: 'journal', row: 'process: append + commit p50', of: 'ratio', most: 3, reason: SHARED },
  { area: 'journal', what: '`memory` append + commit, ns', bench: 'journal', row: 'memory: append', of: 'value', most: 1_000, reason: SHARED },
  { area: 'journal', what: '`power` p50 ÷ bare write + fdatasync', bench: 'journal', row: 'power: append + commit p50', of: 'ratio', most: 3, reason: SHARED },
  { area: 'journal', what: '`power` p99 ÷ bare write + fdatasync', bench: 'journal', row: 'power: append + commit p99', of: 'ratio', most: 10, reason: SHARED },
  {
    area: 'journal', what: '`process`: growth of frame → order ÷ bare writeSync', bench: 'durable-tick', row: '`process`: frame', of: 'ratio', most: 3,
    reason: 'the encoding of the `memory` row, then the write itself (by subtraction, not by a profile)',
  },
  {
    area: 'journal', what: '`memory`: growth of frame → order, ns', bench: 'durable-tick', row: '`memory`: frame', of: 'value', most: 1_000,
    reason: 'sample and books of a decision are encoded and summed before its orders leave, with cold code and caches',
  },
  {
    area: 'journal', what: '`power` at 1,000 orders/s, p50 ÷ bare write + fdatasync', bench: 'durable-tick', row: 'acknowledged p50', of: 'ratio', most: 3,
    reason: SHARED,
  },
  {
    area: 'journal', what: '`power` at 1,000 orders/s, p99 ÷ bare write + fdatasync', bench: 'durable-tick', row: 'acknowledged p99', of: 'ratio', most: 10,
    reason: SHARED,
  },
  {
    area: 'journal', what: 'MB a day with 1,000 open graphs', bench: 'journal-volume', row: 'none follows', of: 'value', most: 1_000,
    reason: 'what is written was decided on',
  },
  {
    area: 'journal', what: 'MB a day with 1,000 open graphs, 10 % pegging', bench: 'journal-volume', row: 'in slices', of: 'value', most: 1_000,
    reason: 'executions and re-prices decide: about 16 bytes each, 27 for the frame of their commit',
  },
  {
    area: 'recovery', what: 'start on 1,000,000 records without a snapshot, s', bench: 'recovery', row: 'without a snapshot', of: 'value', most: 5,
    reason: 'the core\'s apply decides, see the row of its mix',
  },
  {
    area: 'recovery', what: 'start on a snapshot and 100,000 records, s', bench: 'recovery', row: 'start on a snapshot', of: 'value', most: 1,
    reason: 'the snapshot holds the ended graphs of the last day beside the open ones; the core\'s apply decides the rest',
  },
  {
    area: 'recovery', what: 'verified replay, records/s', bench: 'recovery', row: 'verified replay', of: 'value', least: 400_000,
    reason: 'the core\'s apply decides, see the row of its mix',
  },
  {
    area: 'recovery', what: 'longest stop for a snapshot of 10,000 open graphs, ms', bench: 'snapshot-pause', row: 'snapshotted', of: 'value', most: 5,
    reason: 'a write of the engine waits while the thread beside syncs the same segment; the thread competes for the cores',
  },
  {
    area: 'memory', what: 'ring hop p50 ÷ bare spin hop', bench: 'shared-memory', row: '16 cells p50', of: 'ratio', most: 1.15,
    reason: 'a cell is written and read besides; other work on the two cores',
  },
  {
    area: 'memory', what: 'ring hop p99 ÷ bare spin hop', bench: 'shared-memory', row: '16 cells p99', of: 'ratio', most: 1.3,
    reason: 'as its median',
  },
  {
    area: 'memory', what: 'ring throughput, 64-byte cells, M/s', bench: 'shared-memory', row: 'ring throughput, two threads', of: 'value', least: 50,
    reason: 'two spinning threads need two free cores',
  },
  {
    area: 'market', what: 'book read, 10 levels, quiet, ns', bench: 'shared-memory', row: 'quiet p50', of: 'value', most: 60,
    reason: 'two ordered looks at the lock are calls of some 8 ns each in V8, the rest is the copy',
  },
  {
    area: 'market', what: 'book read while written ÷ quiet', bench: 'shared-memory', row: 'while written', of: 'ratio', most: 3, reason: SHARED,
  },
  {
    area: 'market', what: 'depth frame → book p50 ÷ bare ladder', bench: 'shared-memory', row: 'BTCUSDT depth frame', of: 'ratio', most: 2, reason: SHARED,
  },
  {
    area: 'engine', what: 'frame → order bytes, `fused`, p50 ns', bench: 'tick-to-order', row: 'a frame) p50', of: 'value', most: 2_500,
    reason: 'the decision: two passes of the core (fire and ask, then plan), some sixty functions once each, none above 10 %; see the profile below',
  },
  {
    area: 'engine', what: 'frame → order bytes, `fused`, p99 ns', bench: 'tick-to-order', row: 'a frame) p99', of: 'value', most: 15_000,
    reason: 'garbage collection, and other work on the machine: the tail here is far above what the code does',
  },
  {
    area: 'engine', what: 'frame → order bytes p50 ÷ bare ladder on the same frames', bench: 'tick-to-order', row: 'a frame) p50', of: 'ratio', most: 3.5,
    reason: 'as its median',
  },
  {
    area: 'engine', what: 'frame → order bytes p99 ÷ bare ladder on the same frames', bench: 'tick-to-order', row: 'a frame) p99', of: 'ratio', most: 3,
    reason: 'as its p99',
  },
  {
    area: 'engine', what: 'frame → order bytes, `threads` ÷ `fused`, p50 (+0.5 µs of 2.5)', bench: 'tick-threads', row: 'a frame) p50', of: 'ratio', most: 1.2,
    reason: 'another core looks at the book and the order comes back from it: two hand-overs, which need two free cores',
  },
  {
    area: 'engine', what: 'an order\'s signature by HMAC-SHA256, ns', bench: 'micro', row: 'the signature', of: 'value', most: 2_500, reason: SHARED,
  },
  {
    area: 'engine', what: 'replay through the engine, events/s', bench: 'replay', row: 'plain', of: 'value', least: 10_000_000,
    reason: 'a level is set on two ladders (the venue\'s and the engine\'s), the rest is what each of 24,000 instants costs besides; the repeats of the last run lie far apart (its row)',
  },
  {
    area: 'engine', what: 'replay with the TWAP example, events/s', bench: 'replay', row: 'TWAP', of: 'value', least: 8_000_000, reason: 'as plain',
  },
  {
    area: 'gateway', what: 'HTTP order → 201 ÷ bare JSON echo, p50', bench: 'http-order', row: 'order → 201 p50', of: 'ratio', most: 1.5,
    reason: 'engine, simulated venues, replay and load generator share two cores with the server; a plan and the answer\'s view come on top of the echo',
  },
  {
    area: 'gateway', what: 'HTTP orders a second', bench: 'http-order', row: 'orders on 8', of: 'value', least: 8_000, reason: 'as the latency',
  },
  { area: 'gateway', what: 'binary order → ack ÷ bare binary echo, p50', bench: 'binary-order', row: 'order → ack p50', of: 'ratio', most: 1.3, reason: ORDER },
  { area: 'gateway', what: 'binary orders a second', bench: 'binary-order', row: 'orders on one', of: 'value', least: 20_000, reason: ORDER },
  {
    area: 'gateway', what: 'HTTP, half that load: p99 ÷ p50', bench: 'http-order', row: 'order → 201 p99 at half', of: 'ratio', most: 5, reason: TAIL,
  },
  {
    area: 'gateway', what: 'binary, half that load: p99 ÷ p50', bench: 'binary-order', row: 'order → ack p99 at half', of: 'ratio', most: 5, reason: TAIL,
  },
  { area: 'gateway', what: 'NewOrder verified and read, p50 ns', bench: 'binary', row: 'NewOrder: verify and read p50', of: 'value', most: 150, reason: SHARED },
  { area: 'gateway', what: 'acknowledgement patched, p50 ns', bench: 'binary', row: 'Ack: patch p50', of: 'value', most: 150, reason: SHARED },
  { area: 'algo', what: 'metering, median of six, %', bench: 'algo', row: 'metering, median', of: 'value', most: 50, reason: SHARED },
  {
    area: 'algo', what: 'host callback beside the guest, ns', bench: 'algo', row: 'callback of the host', of: 'value', most: 250, reason: SHARED,
  },
  { area: 'algo', what: '200 idle instances, MB', bench: 'algo', row: '200 idle instances', of: 'value', most: 300, reason: SHARED },
  {
    area: 'algo', what: 'book version → on_book called, over the bare hop, spinning, p50 ns', bench: 'algo-threads', row: 'over the bare hops there and back, p50', of: 'value', most: 500,
    reason: 'two spinning threads need two free cores',
  },
  {
    area: 'algo', what: 'frame → book → module → risk → order bytes, p50 ns', bench: 'algo-to-order', row: 'p50', of: 'value', most: 4_000,
    reason: 'of some 10 µs the frame takes 1.7, features, module and its host 2.9, the core\'s decision 4.5, all cold between orders',
  },
  { area: 'algo', what: 'a trap → a fresh instance, ms', bench: 'algo-threads', row: 'a trap', of: 'value', most: 250, reason: SHARED },
  { area: 'algo', what: 'a runaway ended by fuel, ms', bench: 'algo-threads', row: 'ended by its fuel', of: 'value', most: 10, reason: SHARED },
  { area: 'algo', what: 'a runaway ended by the watchdog, ms', bench: 'algo-threads', row: 'by the watchdog', of: 'value', most: 100, reason: SHARED },
  { area: 'algo', what: 'its sibling acts again, ms', bench: 'algo-threads', row: 'its sibling', of: 'value', most: 250, reason: SHARED },
  {
    area: 'algo', what: 'backtest, callbacks a second', bench: 'algo-threads', row: 'backtest of the maker', of: 'value', least: 300_000,
    reason: 'the recordings hold 28 prints and 10 books of 30 changes for each second, so that a callback waits for three events of the simulated market',
  },
];

/** A Markdown table: goal, measured, reached or not and why. A goal without its row is said to be unmeasured. */
export function goalTable(rows: readonly Row[]): string[] {
  const lines = ['| area | what | goal | measured | reached |', '|---|---|---|---|---|'];
  for (const goal of goals) {
    const row = rows.find((one) => one.bench === goal.bench && one.what.includes(goal.row));
    const value = row === undefined ? Number.NaN : goal.of === 'ratio' ? (ratioOf(row) ?? Number.NaN) : row.value;
    const wanted = [goal.most === undefined ? '' : `≤ ${bound(goal.most)}`, goal.least === undefined ? '' : `≥ ${bound(goal.least)}`];
    const verdict = !Number.isFinite(value) ? 'not measured in this run' : reached(goal, value) ? 'yes' : `no: ${goal.reason}`;
    lines.push(`| ${goal.area} | ${goal.what} | ${wanted.join('')} | ${figure(value)} | ${verdict} |`);
  }
  return lines;
}

export function reached(goal: Goal, value: number): boolean {
  return value <= (goal.most ?? Infinity) && value >= (goal.least ?? -Infinity);
}

function bound(value: number): string {
  return value.toLocaleString('en-US');
}
