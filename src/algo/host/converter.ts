import { ByteWriter } from '../wasm/byte-writer.js';
import { op, type } from '../wasm/opcodes.js';

/** Turns `count` f64 words at `at` into the nearest i64 words in place, clipping. */
export type Convert = (at: number, count: number) => void;

/**
 * A module of one loop over the guest's own memory: JavaScript has no cheap way to store a double as 64-bit integer,
 * WebAssembly has one instruction for it. It is ours, so it isn't metered; the guest can't see it.
 *
 *   (func (param $at i32) (param $count i32)
 *     loop: if $count: i64.store($at, i64.trunc_sat_f64_s(f64.nearest(f64.load($at)))); $at += 8; $count -= 1; again)
 */
const bytes = build();
let compiled: WebAssembly.Module | undefined;

export function converterFor(memory: WebAssembly.Memory): Convert {
  compiled ??= new WebAssembly.Module(bytes);
  return new WebAssembly.Instance(compiled, { env: { memory } }).exports['convert'] as Convert;
}

function build(): Uint8Array<ArrayBuffer> {
  const out = new ByteWriter().put(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
  out.section(1, new ByteWriter().put(1, 0x60, 2, type.i32, type.i32, 0));
  out.section(2, new ByteWriter().u8(1).name('env').name('memory').put(2, 0, 0));
  out.section(3, new ByteWriter().put(1, 0));
  out.section(7, new ByteWriter().u8(1).name('convert').put(0, 0));
  const f64Load = 0x2b;
  const f64Nearest = 0x9e;
  const i64Store = 0x37;
  const truncSat = [op.prefixFc, 6];
  const code = new ByteWriter().put(
    0, op.loop, 0x40, op.localGet, 1, op.if, 0x40,
    op.localGet, 0, op.localGet, 0, f64Load, 3, 0, f64Nearest, ...truncSat, i64Store, 3, 0,
    op.localGet, 0, op.i32Const, 8, op.i32Add, op.localSet, 0,
    op.localGet, 1, op.i32Const, 1, op.i32Sub, op.localSet, 1,
    op.br, 1, op.end, op.end, op.end,
  );
  out.section(10, new ByteWriter().u8(1).u32(code.length).bytes(code.view()));
  return Uint8Array.from(out.view());
}
