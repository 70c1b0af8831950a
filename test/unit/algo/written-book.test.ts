import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as abi from '../../../src/algo/abi/layouts.generated.js';
import { BookTop, LEVELS, WrittenBook, type Scale } from '../../../src/algo/host/book-top.js';
import { GuestMemory, TimeBase } from '../../../src/algo/host/guest-memory.js';
import { Prng } from '../../../src/base/prng.js';

const AT = 1_024;
const scales: readonly Scale[] = [{ tick1e9: 10_000_000, lot1e8: 10_000 }, { tick1e9: 1_000_000_000, lot1e8: 100_000_000 }];

const most = (1n << 63n) - 1n;
const clipped = (value: bigint): bigint => (value > most ? most : value);

/** The whole book from scratch, by BigInt. */
function naive(top: BookTop, scale: Scale): bigint[] {
  const side = (ticks: Float64Array, lots: Float64Array, count: number): bigint[] =>
    Array.from({ length: LEVELS }, (_, i) => (i >= count ? [0n, 0n] : [
      clipped(BigInt(ticks[i] ?? 0) * BigInt(scale.tick1e9)), clipped(BigInt(lots[i] ?? 0) * BigInt(scale.lot1e8)),
    ])).flat();
  return [...side(top.bidTicks, top.bidLots, top.bidCount), ...side(top.askTicks, top.askLots, top.askCount)];
}

function change(top: BookTop, random: Prng): void {
  for (const [ticks, lots] of [[top.bidTicks, top.bidLots], [top.askTicks, top.askLots]] as const) {
    for (let n = random.below(4); n > 0; n--) {
      const i = random.below(LEVELS);
      ticks[i] = random.chance(1, 20) ? 2 ** 45 + random.below(1_000) : random.between(1, 10_000_000);
      lots[i] = random.chance(1, 20) ? 2 ** 40 + random.below(1_000) : random.below(1_000_000);
    }
  }
  if (random.chance(1, 5)) top.bidCount = random.below(LEVELS + 1);
  if (random.chance(1, 5)) top.askCount = random.below(LEVELS + 1);
}

test('a book written by its changes is the book written whole, seed 5', () => {
  const random = new Prng(5);
  const wasm = new WebAssembly.Memory({ initial: 1 });
  const memory = new GuestMemory(wasm);
  const words = new BigUint64Array(wasm.buffer);
  // What a guest's heap may hold before.
  words.fill(0xdead_beefn);
  const written = new WrittenBook();
  const top = new BookTop();
  for (let n = 0; n < 2_000; n++) {
    change(top, random);
    top.recvNs = n;
    const scale = scales[random.chance(1, 50) ? 1 : 0] ?? scales[0];
    assert.ok(scale !== undefined);
    written.write(memory, AT, top, scale, 7, new TimeBase(1n << 40n));
    assert.deepEqual([...words.subarray(AT / 8, AT / 8 + 4 * LEVELS)], naive(top, scale), `book ${n}`);
    assert.deepEqual([memory.u8[AT + abi.L2_BOOK_BID_CT], memory.u8[AT + abi.L2_BOOK_ASK_CT]], [top.bidCount, top.askCount]);
    assert.equal(words[(AT + abi.L2_BOOK_RECV_NS) / 8], (1n << 40n) + BigInt(n));
  }
});
