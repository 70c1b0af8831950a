import { moduleLimits as limits } from '../limits.js';
import { refuse } from '../refusal.js';
import { ByteReader } from './byte-reader.js';
import type { FuncType, Range, WasmModule } from './module.js';
import { costOf, emptyBlock, fcBulk, fcImmediates, featureOf, immediateOf, op } from './opcodes.js';
import { inSpace, valueType } from './parse-module.js';

/**
 * Where the meter puts code into a body:
 * `charge` a basic block begins · `loop` the same and the fuel is checked · `return` a one-byte return to replace ·
 * `call` a metered call from `at` to `end` · `bulk` an instruction whose length is on the stack, `shift` = log2 of
 * what one unit of fuel pays for (negative: one unit of length costs 2^-shift).
 */
export interface Mark {
  readonly kind: 'charge' | 'loop' | 'return' | 'call' | 'bulk';
  readonly at: number;
  readonly end: number;
  /** Fuel of the block that begins here; for a return: how many labels are open. */
  value: number;
  readonly shift: number;
}

export interface BodyScan {
  readonly type: FuncType;
  readonly localGroups: Range & { readonly count: number };
  /** Parameters and declared locals. */
  readonly locals: number;
  /** Fuel of the first basic block. */
  entryCost: number;
  /** Calls no metered function. */
  leaf: boolean;
  bulk: boolean;
  /** The instructions without the closing end. */
  readonly code: Range;
  readonly marks: Mark[];
}

/** Fuel of a call into the host, by what the host does at most for it. */
const hostCallCost = 200;
const bulkShift: Readonly<Record<number, number>> = { 8: 3, 10: 3, 11: 3, 12: 0, 14: 0, 15: -4, 17: 0 };
const memoryGrowShift = -11;

/**
 * Checks one body within `moduleLimits`, every index against its space (so that nothing reaches what the meter
 * appends), and finds its basic blocks.
 * @throws RefusalError
 */
export function scanBody(module: WasmModule, bodyIndex: number): BodyScan {
  return new BodyScanner(module, bodyIndex).run();
}

interface Frame {
  readonly loop: boolean;
  readonly isIf: boolean;
  targeted: boolean;
}

class BodyScanner {
  readonly #module: WasmModule;
  readonly #r: ByteReader;
  readonly #scan: BodyScan;
  readonly #frames: Frame[] = [{ loop: false, isIf: false, targeted: false }];
  /** Takes the cost of code that can't be reached. */
  readonly #nowhere: Mark = { kind: 'charge', at: 0, end: 0, value: 0, shift: 0 };
  /** Undefined: the function's first block. */
  #block: Mark | undefined = undefined;

  constructor(module: WasmModule, bodyIndex: number) {
    const body = module.bodies[bodyIndex] ?? refuse('MALFORMED', `there is no body ${bodyIndex}`);
    const typeIndex = module.functions[module.importedFunctions + bodyIndex] ?? 0;
    const type = module.types[typeIndex] ?? refuse('INDEX', `type ${typeIndex} does not exist`);
    this.#module = module;
    this.#r = new ByteReader(module.bytes, body.start, body.end);
    const groups = this.#readLocals(type.params.length);
    this.#scan = {
      type, localGroups: groups, locals: groups.locals, entryCost: 1 + (groups.locals >> 3), leaf: true, bulk: false,
      code: { start: this.#r.at, end: body.end - 1 }, marks: [],
    };
  }

  run(): BodyScan {
    const r = this.#r;
    while (this.#frames.length > 0) {
      const at = r.at;
      this.#instruction(r.u8(), at);
    }
    if (!r.done) refuse('MALFORMED', `a body goes on after its end (${r.end - r.at} bytes)`, r.at);
    return this.#scan;
  }

  #readLocals(params: number): BodyScan['localGroups'] & { locals: number } {
    const r = this.#r;
    const count = r.count(limits.localGroups, 'groups of locals');
    const start = r.at;
    let locals = params;
    for (let i = 0; i < count; i++) {
      locals += r.u32();
      if (locals > limits.locals) refuse('LIMIT', `at most ${limits.locals} locals are allowed, one body has ${locals}`, r.at);
      valueType(r);
    }
    return { start, end: r.at, count, locals };
  }

  #pay(cost: number): void {
    if (this.#block === undefined) this.#scan.entryCost += cost;
    else this.#block.value += cost;
  }

  #mark(kind: Mark['kind'], at: number, end: number, value = 0, shift = 0): Mark {
    const mark = { kind, at, end, value, shift };
    this.#scan.marks.push(mark);
    return mark;
  }

  #newBlock(kind: 'charge' | 'loop'): void {
    this.#block = this.#mark(kind, this.#r.at, this.#r.at);
  }

  #instruction(code: number, at: number): void {
    const r = this.#r;
    const kind = immediateOf(code);
    switch (kind) {
      case undefined:
        return refuse('FEATURE', `opcode 0x${code.toString(16)} (feature: ${featureOf(code)}) is not allowed`, at);
      case 'block': this.#open(code, at); return;
      case 'label': this.#branch(r.u32(), at); break;
      case 'table-of-labels': this.#branchTable(at); break;
      case 'func': this.#function(code, at); return;
      case 'call-indirect':
        inSpace(r.u32(), this.#module.types.length, 'type', at);
        inSpace(r.u32(), this.#module.tables.length, 'table', at);
        this.#scan.leaf = false;
        this.#mark('call', at, r.at);
        break;
      case 'local': inSpace(r.u32(), this.#scan.locals, 'local', at); break;
      case 'global': inSpace(r.u32(), this.#module.globals.length, 'global', at); break;
      case 'table': inSpace(r.u32(), this.#module.tables.length, 'table', at); break;
      case 'memory': this.#memoryOp(code, at); break;
      case 'prefix-fc': this.#prefixFc(at); break;
      default: this.#skipImmediate(kind, at);
    }
    this.#pay(costOf(code));
    this.#afterPlain(code, at);
  }

  #skipImmediate(kind: string, at: number): void {
    const r = this.#r;
    if (kind === 'memarg') {
      if (r.u32() > 4) refuse('FEATURE', 'an alignment above 16 or a second memory is not allowed', at);
      r.u32();
      inSpace(0, this.#module.memories.length, 'memory', at);
    } else if (kind === 'i32') r.skipSigned(32);
    else if (kind === 'i64') r.skipSigned(64);
    else if (kind === 'f32') r.skip(4);
    else if (kind === 'f64') r.skip(8);
    else if (kind === 'reftype') valueType(r);
    else if (kind === 'types') {
      if (r.u32() !== 1) refuse('MALFORMED', 'a typed select has one type', at);
      valueType(r);
    }
  }

  #open(code: number, at: number): void {
    const r = this.#r;
    const blockType = r.s33();
    if (blockType >= 0) inSpace(blockType, this.#module.types.length, 'type', at);
    else if (blockType !== emptyBlock - 128) valueType(new ByteReader(r.bytes, r.at - 1, r.at));
    this.#pay(1);
    this.#frames.push({ loop: code === op.loop, isIf: code === op.if, targeted: false });
    if (this.#frames.length > limits.nesting) refuse('LIMIT', `blocks are nested deeper than ${limits.nesting}`, at);
    if (code === op.loop) this.#newBlock('loop');
    else if (code === op.if) this.#newBlock('charge');
  }

  #branch(label: number, at: number): void {
    const frame = this.#frames[this.#frames.length - 1 - label];
    if (frame === undefined) return refuse('INDEX', `label ${label} does not exist: ${this.#frames.length} are open`, at);
    frame.targeted = true;
  }

  #branchTable(at: number): void {
    const count = this.#r.count(limits.branchTargets, 'branch targets');
    for (let i = 0; i <= count; i++) this.#branch(this.#r.u32(), at);
  }

  #function(code: number, at: number): void {
    const index = inSpace(this.#r.u32(), this.#module.functions.length, 'function', at);
    if (code === op.refFunc) return this.#pay(costOf(code));
    if (index < this.#module.importedFunctions) return this.#pay(hostCallCost);
    this.#scan.leaf = false;
    this.#pay(costOf(code));
    this.#mark('call', at, this.#r.at);
  }

  #memoryOp(code: number, at: number): void {
    if (this.#r.u8() !== 0) refuse('FEATURE', 'only memory 0 exists', at);
    inSpace(0, this.#module.memories.length, 'memory', at);
    if (code !== op.memoryGrow) return;
    this.#scan.bulk = true;
    this.#mark('bulk', at, this.#r.at, 0, memoryGrowShift);
  }

  #prefixFc(at: number): void {
    const r = this.#r;
    const sub = r.u32();
    const immediates = fcImmediates[sub];
    if (immediates === undefined) return refuse('FEATURE', `opcode 0xfc ${sub} is not allowed`, at);
    const module = this.#module;
    for (const kind of immediates) {
      const index = r.u32();
      if (kind === 'm') inSpace(index, module.memories.length, 'memory', at);
      else if (kind === 't') inSpace(index, module.tables.length, 'table', at);
      else if (kind === 'e') inSpace(index, module.elementSegments, 'element segment', at);
      else if (module.dataCount === undefined) refuse('MALFORMED', 'memory.init needs a DataCount section', at);
      else inSpace(index, module.dataCount, 'data segment', at);
    }
    if (fcBulk[sub] !== true) return;
    this.#scan.bulk = true;
    this.#mark('bulk', at, r.at, 0, bulkShift[sub] ?? 0);
  }

  /** What follows an instruction: a new block, unreachable code, or the end of a frame. */
  #afterPlain(code: number, at: number): void {
    switch (code) {
      case op.return:
        this.#mark('return', at, this.#r.at, this.#frames.length - 1);
        this.#block = this.#nowhere;
        return;
      case op.br:
      case op.brTable:
      case op.unreachable: this.#block = this.#nowhere; return;
      case op.brIf: this.#newBlock('charge'); return;
      case op.else: {
        const frame = this.#frames[this.#frames.length - 1];
        if (frame === undefined || !frame.isIf) return refuse('MALFORMED', 'else without if', at);
        this.#newBlock('charge');
        return;
      }
      case op.end: {
        const frame = this.#frames.pop();
        if (this.#frames.length > 0 && frame !== undefined && (frame.targeted || frame.isIf || frame.loop)) {
          this.#newBlock('charge');
        }
        return;
      }
      default:
    }
  }
}
