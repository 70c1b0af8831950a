/** Depth frames of a shipped recording as they came from the socket, and the bare ladder of the same frames as a floor. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { must } from '../../src/base/assert.js';

export interface RecordedFeed {
  readonly symbol: string;
  /** Text of the REST snapshot that the frames follow. */
  readonly snapshot: string;
  readonly frames: readonly Buffer[];
  readonly meanBytes: number;
}

/** @param name of the file in `recordings/`, without its ending */
export function loadRecordedFeed(symbol: string, name: string): RecordedFeed {
  const path = fileURLToPath(new URL(`../../../recordings/${name}.gz`, import.meta.url));
  const lines = gunzipSync(readFileSync(path)).toString('latin1').trimEnd().split('\n').map((line) => line.slice(line.indexOf(' ') + 1));
  const at = lines.findIndex((line) => line.startsWith('{"lastUpdateId"'));
  const snapshot = must(lines[at], 'a snapshot in the recording');
  const last = (JSON.parse(snapshot) as { lastUpdateId: number }).lastUpdateId;
  const texts = lines.filter((line) => line.includes('depthUpdate') && Number(/"u":(\d+)/.exec(line)?.[1]) > last);
  const frames = texts.map((line) => Buffer.from(line));
  return { symbol, snapshot, frames, meanBytes: frames.reduce((sum, frame) => sum + frame.length, 0) / frames.length };
}

interface FloorExports {
  readonly memory: WebAssembly.Memory;
  init(baseTick: number): void;
  frame(): number;
  setLevel(side: number, tick: number, lots: number): void;
  apply(): void;
  bestBidTick(): number;
  bestAskTick(): number;
}

/** The prototype's loop: frame → ladder → 20 levels, nothing checked. Prices of two decimals. */
export class BareLadder {
  readonly #exports: FloorExports;
  readonly #frame: Uint8Array;
  readonly #feed: RecordedFeed;

  constructor(feed: RecordedFeed) {
    const bytes = readFileSync(new URL('../floor-ladder.wasm', import.meta.url));
    this.#exports = new WebAssembly.Instance(new WebAssembly.Module(bytes), {}).exports as unknown as FloorExports;
    this.#frame = new Uint8Array(this.#exports.memory.buffer, this.#exports.frame());
    this.#feed = feed;
  }

  start(): void {
    const { bids, asks } = JSON.parse(this.#feed.snapshot) as { bids: [string, string][]; asks: [string, string][] };
    const exports = this.#exports;
    exports.init(Math.round(Number(bids[0]?.[0]) * 100) - 2 ** 20);
    for (const [price, lots] of bids) exports.setLevel(0, Math.round(Number(price) * 100), Math.round(Number(lots) * 1e8));
    for (const [price, lots] of asks) exports.setLevel(1, Math.round(Number(price) * 100), Math.round(Number(lots) * 1e8));
  }

  apply(frame: Uint8Array): void {
    this.#frame.set(frame);
    this.#exports.apply();
  }

  /** Of the touch it ends on. */
  checksum(): number {
    return this.#exports.bestBidTick() * 1e6 + this.#exports.bestAskTick();
  }
}
