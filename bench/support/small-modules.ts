/** Modules of a few instructions: an on_book that traps, one that never returns, ones that order at a book's best price. */
import { ByteWriter } from '../../src/algo/wasm/byte-writer.js';
import { op, type } from '../../src/algo/wasm/opcodes.js';

const emptyBlock = 0x40;
const i64Load = 0x29;
const i32Store = 0x36;
const i64Store = 0x37;
const i64Add = 0x7c;
const i64Ne = 0x52;
const returns = 0x0f;
const unreachable = 0x00;
/** Of the module's actions, behind the host's tables; its heap's one block lies elsewhere. */
const ACTIONS = 0x50000;
const BLOCK = 0x40000;

export const trapModule = (): Uint8Array => module(new ByteWriter().put(unreachable));
export const runawayModule = (): Uint8Array => module(new ByteWriter().put(op.loop, emptyBlock, op.br, 0, op.end, op.i32Const, 0));

/** A post-only buy of 0.01 at the best bid (or ask), with the next id, at each book. */
export function orderModule(at: 'bid' | 'ask' = 'bid'): Uint8Array {
  // side 1, kind 0 (new), order type 4 (post only), venue 0
  return module(order(new ByteWriter(), priceAt(at), 1 | (4 << 16), 0));
}

/** One intent to buy 0.01 at its first book, at the best bid or ask of then. @param policy 0 IOC, 1 chase */
export function intentModule(at: 'bid' | 'ask', policy: 0 | 1, ttlMs: number): Uint8Array {
  const once = new ByteWriter().put(op.i32Const, 0, i64Load, 3).u32(ACTIONS + 8)
    .put(op.i64Const, 0, i64Ne, op.if, emptyBlock, op.i32Const, 0, returns, op.end);
  return module(order(once, priceAt(at), 1 | (3 << 8) | (policy << 16), ttlMs << 16));
}

function priceAt(at: 'bid' | 'ask'): number {
  return at === 'bid' ? 0 : 320;
}

/** @param price where in the book; @param terms bytes 24 to 27 of the action; @param rest bytes 28 to 31 */
function order(out: ByteWriter, price: number, terms: number, rest: number): ByteWriter {
  const store = (at: number, opcode: number, align: number, value: () => void): void => {
    out.put(op.i32Const, 0);
    value();
    out.put(opcode, align).u32(ACTIONS + at);
  };
  store(0, i32Store, 2, () => out.put(op.i32Const, 1));
  store(8, i64Store, 3, () => out.put(op.i32Const, 0, i64Load, 3).u32(ACTIONS + 8).put(op.i64Const, 1, i64Add));
  store(16, i64Store, 3, () => out.put(op.localGet, 0, i64Load, 3).u32(price));
  store(24, i64Store, 3, () => out.put(op.i64Const).s32(1_000_000));
  store(32, i32Store, 2, () => out.put(op.i32Const).s32(terms));
  store(36, i32Store, 2, () => out.put(op.i32Const).s32(rest));
  return out.put(op.i32Const).s32(ACTIONS);
}

function module(onBook: ByteWriter): Uint8Array {
  const out = new ByteWriter().put(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
  out.section(1, new ByteWriter().put(3, 0x60, 1, type.i32, 1, type.i32, 0x60, 2, type.i32, type.i32, 1, type.i32, 0x60, 4, type.i64, type.i32, type.i32, type.i32, 1, type.i32));
  out.section(3, new ByteWriter().put(3, 0, 1, 2));
  out.section(5, new ByteWriter().put(1, 0, 18));
  out.section(7, new ByteWriter().u8(4).name('memory').put(2, 0).name('algo_alloc').put(0, 0).name('algo_on_book_v3').put(0, 1).name('algo_on_message').put(0, 2));
  // It never hears a message; having the export makes it a guest of 0.4.
  const code = new ByteWriter().u32(3);
  for (const body of [new ByteWriter().put(op.i32Const).s32(BLOCK), onBook, new ByteWriter().put(op.i32Const, 0)]) {
    code.u32(body.length + 2).u8(0).bytes(body.view()).put(op.end);
  }
  out.section(10, code);
  return Uint8Array.from(out.view());
}
