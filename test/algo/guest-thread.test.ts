import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACTION_KIND_CANCEL, ACTION_KIND_NEW } from '../../src/algo/abi/layouts.generated.js';
import { checkAndMeter, type AdmittedModule } from '../../src/algo/admission/admit.js';
import { ACTION_CELL_BYTES, deathOf, emptyActionCell, emptyOrderCell, ORDER_CELL_BYTES, orderCell, takeAction } from '../../src/algo/guest/cells.js';
import { GuestOutbox } from '../../src/algo/guest/guest-outbox.js';
import { emptyAction } from '../../src/algo/host/actions.js';
import { GuestHost, WATCH_BYTES } from '../../src/algo/guest/guest-host.js';
import { GuestThread, type GuestThreadListener } from '../../src/algo/guest/guest-thread.js';
import { sharedBytes } from '../../src/algo/guest/shared-bytes.js';
import { ownThreadId, threadCpuNs } from '../../src/algo/guest/thread-time.js';
import type { DeploymentSpec } from '../../src/algo/host/deployment.js';
import { must } from '../../src/base/assert.js';
import type { BookPlace } from '../../src/market/book-layout.js';
import type { FeedBoard } from '../../src/market/feed-board-layout.js';
import { FeedWriter } from '../../src/market/feed-writer.js';
import { carveMarket } from '../../src/market/shared-market.js';
import { allocateRegion } from '../../src/memory/region.js';
import { createSpscRing } from '../../src/memory/spsc-ring-layout.js';
import { SpscRingReader } from '../../src/memory/spsc-ring-reader.js';
import { buildUniverse } from '../../src/venues/sim/universe.js';
import { BR0, END, i32, LOOP, onBook } from './guest-builder.js';
import { admitted, BINANCE, ints, spec } from './support.js';

const shape = { windowTicks: 2 ** 12, sparseCells: 2 ** 10 };
const universe = buildUniverse();
const LISTING = 0;
const hrNs = process.hrtime.bigint();
const nowNs = (): number => 1e9 + Number(process.hrtime.bigint() - hrNs);

/** A shared book that this test writes. */
function sharedBook(): { place: BookPlace; board: FeedBoard; quote: (bid: number, ask: number) => void } {
  const market = carveMarket(universe, [universe.venues.map(({ id }) => id)], shape);
  const feeds = must(market.groups[0], 'feeds');
  const writer = new FeedWriter(feeds, (listing) => universe.listings[listing]?.venue ?? 0);
  const quote = (bid: number, ask: number): void => {
    writer.setNow(nowNs());
    writer.snapshot(LISTING, 0, [bid, 5], [ask, 5]);
  };
  return { place: must(feeds.books.books[feeds.listings.indexOf(LISTING)], 'book').place, board: feeds.board, quote };
}

function hostile(): AdmittedModule {
  const result = checkAndMeter(onBook([...LOOP, ...BR0, END, ...i32(0)]));
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

async function until(what: string, condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!condition()) {
    assert.ok(Date.now() < deadline, `waited 20 s for ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function given(module: AdmittedModule, { place, board }: { place: BookPlace; board: FeedBoard }, overrides: Partial<DeploymentSpec>) {
  return {
    spec: spec(overrides), hash: module.hash, metered: module.metered, profile: module.profile,
    books: [{ place, board, venueId: BINANCE, symbol: 0, tickUnit: 1, lotUnit: 1, listing: LISTING, venue: universe.listings[LISTING]?.venue ?? 0 }],
  };
}

test('a thread trades on a shared book; the watchdog ends it for a runaway and its sibling starts anew', async () => {
  const heard: string[] = [];
  const listener: GuestThreadListener = {
    log: () => {},
    killed: (number) => void heard.push(`killed ${number}`),
    restarted: (number) => void heard.push(`restarted ${number}`),
  };
  // Longer than in production: on a busy machine an innocent thread may wait for a core.
  const shared = sharedBook();
  const { quote } = shared;
  const thread = new GuestThread(listener, { clock: { atNs: 1e9, hrNs, speed: 1 }, idlePasses: 50, watchdogMs: 250 });
  try {
    const config = ints(1, 100_000, 0, 1);
    const peg = thread.deploy(given(admitted('dist/algos/peg.wasm'), shared, { config }));
    assert.equal(await peg.done, undefined);
    quote(1_000, 1_010);
    const cell = emptyActionCell();
    await until('the first order', () => thread.poll(cell));
    assert.deepEqual(
      [cell.deployment, cell.instance, cell.kind, cell.priceTicks, cell.qtyLots, cell.ref, deathOf(cell)],
      [peg.number, 0, ACTION_KIND_NEW, 1_000, 10, 1, undefined],
    );
    thread.tell({ ...emptyOrderCell(), kind: orderCell.acked, deployment: peg.number, ref: 1 });

    // A tenth of its fuel would stop it; with all of it the watchdog has to.
    const runaway = thread.deploy(given(hostile(), shared, { fuel: 2 ** 30 - 1 }));
    assert.equal(await runaway.done, undefined);
    quote(1_001, 1_010);
    await until('the watchdog', () => heard.length === 2);
    assert.deepEqual(heard, [`killed ${runaway.number}`, `restarted ${peg.number}`]);
    assert.equal(thread.kills, 1);
    await until('an order of the restarted sibling', () => thread.poll(cell) && cell.ref === 1 && cell.priceTicks === 1_001);

    const small = thread.deploy(given(hostile(), shared, {}));
    assert.equal(await small.done, undefined);
    quote(1_002, 1_010);
    await until('its death by fuel', () => thread.poll(cell) && deathOf(cell) === 'OUT_OF_FUEL');
    assert.equal(cell.deployment, small.number);
    assert.equal(thread.kills, 1, 'fuel stops it without the watchdog');
  } finally {
    await thread.close();
  }
});

test('a thread that hardly got a core is given time, a runaway is not, and nobody is waited for without end', async () => {
  const shared = sharedBook();
  const watchdogMs = 40;
  const endsAfter = async (cpuNs?: (threadId: number) => number): Promise<number> => {
    let killed = 0;
    const listener: GuestThreadListener = { log: () => {}, killed: () => void killed++, restarted: () => {} };
    const thread = new GuestThread(listener, { clock: { atNs: 1e9, hrNs, speed: 1 }, idlePasses: 50, watchdogMs, ...(cpuNs === undefined ? {} : { cpuNs }) });
    try {
      const runaway = thread.deploy(given(hostile(), shared, { fuel: 2 ** 30 - 1 }));
      assert.equal(await runaway.done, undefined);
      shared.quote(1_001, 1_010);
      await until('it to run', () => (thread.entries() & 1) === 1);
      const started = performance.now();
      await until('the watchdog', () => killed === 1);
      return performance.now() - started;
    } finally {
      await thread.close();
    }
  };
  assert.ok(await endsAfter(() => 5e9) > 8 * watchdogMs, 'it seems to stand still');
  // Asked when it is seen inside, and once more when its time is over; making the deployment may be seen too.
  let unknown = 0;
  await endsAfter(() => (unknown++, -1));
  assert.ok(unknown <= 4, `nothing is known of it: asked ${unknown} times`);
  let asked = 0;
  await endsAfter(() => 1e9 * asked++);
  assert.ok(asked <= 6, `it runs: asked ${asked} times`);
  const threadId = ownThreadId();
  if (threadId === 0) return;
  const before = threadCpuNs(threadId);
  await until('this thread to have worked', () => threadCpuNs(threadId) > before);
});

test('modules of a thread share its memory: who takes more than there is ends, and one that does not fit is refused', () => {
  const shared = sharedBook();
  const orders = createSpscRing(64, ORDER_CELL_BYTES);
  const actions = createSpscRing(64, ACTION_CELL_BYTES);
  const reader = new SpscRingReader(actions);
  const logged: string[] = [];
  const host = new GuestHost(orders, actions, allocateRegion(WATCH_BYTES), [], (_, __, line) => void logged.push(line.text), undefined, 4 << 20);
  // A page more with each book.
  const grows = checkAndMeter(onBook([...i32(1), 0x40, 0, 0x1a, ...i32(0)]));
  assert.ok(grows.ok);
  host.deploy({ ...given(admitted('dist/algos/peg.wasm'), shared, { config: ints(1, 100_000, 0, 1) }), number: 1 });
  host.deploy({ ...given(grows.value, shared, {}), number: 2 });
  const cell = emptyActionCell();
  let death: string | undefined;
  for (let n = 0; n < 100 && death === undefined; n++) {
    shared.quote(1_000 + n, 1_010 + n);
    host.pass(nowNs());
    while (takeAction(reader, cell)) if (deathOf(cell) !== undefined) death = `${cell.deployment} ${deathOf(cell)}`;
  }
  assert.equal(death, '2 TRAP');
  assert.ok(logged.some((text) => /may hold 4194304 bytes/.test(text)), logged.join());
  assert.throws(() => host.deploy({ ...given(grows.value, shared, {}), number: 3 }), /may hold 4194304 bytes, with this one/);
  const calls = (): number => host.stats(1)?.instances[0]?.callbacks ?? 0;
  const before = calls();
  shared.quote(2_000, 2_010);
  host.pass(nowNs());
  assert.equal(calls(), before + 1, 'the other goes on');
});

test('the end of an instance and its cancels arrive though a flood of its orders filled the ring', () => {
  // Why this test? They were dropped with the ring full: the orders of a module that died then rested on.
  const ring = createSpscRing(4, ACTION_CELL_BYTES);
  const out = new GuestOutbox(ring);
  const reader = new SpscRingReader(ring);
  const action = { ...emptyAction(), kind: ACTION_KIND_NEW };
  for (let ref = 1; ref <= 4; ref++) assert.ok(out.act({ ...action, ref }, 1, 0, ref));
  assert.equal(out.act({ ...action, ref: 5 }, 1, 0, 5), false, 'a new order is refused');
  assert.ok(out.act({ ...action, kind: ACTION_KIND_CANCEL, ref: 1 }, 1, 0, 6));
  out.end('TRAP', 1, 0, 7);
  const cell = emptyActionCell();
  assert.ok(takeAction(reader, cell) && takeAction(reader, cell));
  assert.equal(out.act({ ...action, ref: 8 }, 1, 0, 8), false, 'nothing overtakes what waits');
  out.flush();
  const rest: string[] = [];
  while (takeAction(reader, cell)) rest.push(deathOf(cell) ?? `${cell.kind} ${cell.ref}`);
  assert.deepEqual(rest, [`${ACTION_KIND_NEW} 3`, `${ACTION_KIND_NEW} 4`, `${ACTION_KIND_CANCEL} 1`, 'TRAP']);
});

test('the bytes of a module are shared once: a fresh thread for sixty siblings copies none of them', () => {
  // Why this test? Each end of a thread copied every sibling's module on the engine's thread, up to 6 MB each.
  const { metered } = admitted('dist/algos/peg.wasm');
  const shared = sharedBytes(metered);
  assert.equal(sharedBytes(metered), shared);
  assert.deepEqual([...shared], [...metered]);
  assert.equal(structuredClone(shared).buffer instanceof SharedArrayBuffer, true, 'a message carries the place, not the bytes');
});
