/** Opcodes of the features we allow, by what follows them, and the names of the features we don't. */
export const op = {
  unreachable: 0x00, nop: 0x01, block: 0x02, loop: 0x03, if: 0x04, else: 0x05, end: 0x0b,
  br: 0x0c, brIf: 0x0d, brTable: 0x0e, return: 0x0f, call: 0x10, callIndirect: 0x11,
  localGet: 0x20, localSet: 0x21, localTee: 0x22, globalGet: 0x23, globalSet: 0x24,
  memoryGrow: 0x40, i32Const: 0x41, i64Const: 0x42, f32Const: 0x43, f64Const: 0x44,
  i32Eqz: 0x45, i32LtS: 0x48, i32Add: 0x6a, i32Sub: 0x6b, i32Mul: 0x6c, i32ShrU: 0x76,
  i32And: 0x71, i32GtU: 0x4b, select: 0x1b,
  refNull: 0xd0, refFunc: 0xd2, prefixFc: 0xfc,
} as const;

export const type = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, funcref: 0x70, externref: 0x6f } as const;
export const emptyBlock = 0x40;

/** How an opcode's immediates read. */
export type Immediate =
  | 'none' | 'block' | 'label' | 'table-of-labels' | 'func' | 'call-indirect' | 'local' | 'global' | 'table'
  | 'memarg' | 'memory' | 'i32' | 'i64' | 'f32' | 'f64' | 'types' | 'reftype' | 'prefix-fc';

const immediates: (Immediate | undefined)[] = new Array<Immediate | undefined>(256).fill(undefined);
function range(first: number, last: number, kind: Immediate): void {
  for (let code = first; code <= last; code++) immediates[code] = kind;
}
range(0x00, 0x01, 'none');
range(0x02, 0x04, 'block');
range(0x05, 0x05, 'none');
range(0x0b, 0x0b, 'none');
range(0x0c, 0x0d, 'label');
range(0x0e, 0x0e, 'table-of-labels');
range(0x0f, 0x0f, 'none');
range(0x10, 0x10, 'func');
range(0x11, 0x11, 'call-indirect');
range(0x1a, 0x1b, 'none');
range(0x1c, 0x1c, 'types');
range(0x20, 0x22, 'local');
range(0x23, 0x24, 'global');
range(0x25, 0x26, 'table');
range(0x28, 0x3e, 'memarg');
range(0x3f, 0x40, 'memory');
range(0x41, 0x41, 'i32');
range(0x42, 0x42, 'i64');
range(0x43, 0x43, 'f32');
range(0x44, 0x44, 'f64');
range(0x45, 0xc4, 'none');
range(0xd0, 0xd0, 'reftype');
range(0xd1, 0xd1, 'none');
range(0xd2, 0xd2, 'func');
range(0xfc, 0xfc, 'prefix-fc');

/** Undefined: not an opcode of an allowed feature; `featureOf` names the feature. */
export function immediateOf(code: number): Immediate | undefined {
  return immediates[code];
}

/** The feature that a refused opcode belongs to. */
export function featureOf(code: number): string {
  if ((code >= 0x06 && code <= 0x0a) || code === 0x18 || code === 0x19 || code === 0x1f) return 'exception handling';
  if (code === 0x12 || code === 0x13) return 'tail calls';
  if (code === 0x14 || code === 0x15) return 'typed function references';
  if (code >= 0xd3 && code <= 0xd6) return 'garbage collection';
  if (code === 0xfb) return 'garbage collection';
  if (code === 0xfd) return 'SIMD';
  if (code === 0xfe) return 'threads';
  return 'none that exists';
}

/** Immediates of the 0xfc group: d data, e element, t table, m memory (a zero byte); index = second byte. */
export const fcImmediates: readonly string[] = [
  '', '', '', '', '', '', '', '', 'dm', 'd', 'mm', 'm', 'et', 'e', 'tt', 't', 't', 't',
];
/** Which of the 0xfc group take a length from the stack, so that they are charged by it. */
export const fcBulk: readonly boolean[] = fcImmediates.map((_, sub) => [8, 10, 11, 12, 14, 15, 17].includes(sub));

/** Fuel of one instruction: one unit a cheap one; the slow ones by their usual latency. */
export function costOf(code: number): number {
  if (code >= 0x28 && code <= 0x35) return 2; // loads may miss the cache
  if (code === op.call) return 4;
  if (code === op.callIndirect) return 8;
  if (code >= 0x6d && code <= 0x70) return 8; // i32 division
  if (code >= 0x7f && code <= 0x82) return 16; // i64 division
  if (code === 0x91 || code === 0x95 || code === 0x9f || code === 0xa3) return 8; // float root and division
  if (code === 0x25 || code === 0x26 || code === op.refFunc) return 4;
  return 1;
}
