import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as abi from '../../../src/algo/abi/layouts.generated.js';
import { BookTop, BookWriter, LEVELS, type Scale } from '../../../src/algo/host/book-top.js';
import { GuestMemory, TimeBase } from '../../../src/algo/host/guest-memory.js';
import { Prng } from '../../../src/base/prng.js';

const AT = 1_024;
const scales: readonly Scale[] = [{ tick1e9: 10_000_000, lot1e8: 10_000 }, { tick1e9: 1_000_000_000, lot1e8: 100_000_000 }];

const most = (1n << 63n) - 1n;
const clipped = (value: bigint): bigint => (value > most ? most : value);

/** The whole book from scratch, by BigInt. */
function naive(top: BookTop, scale: Scale): bigint[] {
  const side = (pairs: readonly number[]): bigint[] => Array.from({ length: 2 * LEVELS }, (_, i) =>
    (i >= pairs.length ? 0n : clipped(BigInt(pairs[i] ?? 0) * BigInt((i & 1) === 0 ? scale.tick1e9 : scale.lot1e8))));
  return [...side(top.pairs(1)), ...side(top.pairs(-1))];
}

function change(top: BookTop, random: Prng): void {
  for (const side of [1, -1] as const) {
    for (let n = random.below(4); n > 0; n--) {
      const i = random.below(LEVELS);
      const ticks = random.chance(1, 100) ? 2 ** 45 + random.below(1_000) : random.between(1, 10_000_000);
      const lots = random.chance(1, 100) ? 2 ** 40 + random.below(1_000) : random.below(1_000_000);
      if (side > 0) top.setBid(i, ticks, lots);
      else top.setAsk(i, ticks, lots);
    }
  }
  if (random.chance(1, 5)) top.bidCount = random.below(LEVELS + 1);
  if (random.chance(1, 5)) top.askCount = random.below(LEVELS + 1);
}

test('books of all sizes and counts over one another stand in guest memory as they are, seed 5', () => {
  const random = new Prng(5);
  const wasm = new WebAssembly.Memory({ initial: 1 });
  const memory = new GuestMemory(wasm);
  const words = new BigUint64Array(wasm.buffer);
  // What a guest's heap may hold before.
  words.fill(0xdead_beefn);
  const writer = new BookWriter(memory);
  const top = new BookTop();
  for (let n = 0; n < 2_000; n++) {
    change(top, random);
    top.recvNs = n;
    const scale = scales[random.chance(1, 50) ? 1 : 0] ?? scales[0];
    assert.ok(scale !== undefined);
    writer.write(AT, top, scale, 7, new TimeBase(1n << 40n));
    assert.deepEqual([...words.subarray(AT / 8, AT / 8 + 4 * LEVELS)], naive(top, scale), `book ${n}`);
    assert.deepEqual([memory.u8[AT + abi.L2_BOOK_BID_CT], memory.u8[AT + abi.L2_BOOK_ASK_CT]], [top.bidCount, top.askCount]);
    assert.equal(words[(AT + abi.L2_BOOK_RECV_NS) / 8], (1n << 40n) + BigInt(n));
  }
});
