/**
 * Distinct errors: the same text is stored once and counted, the idea of Aeron's distinct error log.
 *
 *   record, 8-aligned, back to back
 *   byte  0  length   bytes of the text; published last, 0 = no record yet
 *   byte  4  count    times seen; published
 *   byte  8  first    engine time, plain, written before length
 *   byte 16  last     engine time, plain; alone, so a reader gets an old or a new one
 *   byte 24  text     UTF-8, plain, written before length
 *
 * Why it is right
 *   W1 write first, last, text (plain)   R1 observe length
 *   W2 publish length                    R2 read the rest (plain).   R1 sees W2 ⇒ R2 sees W1.
 *
 * Writer: one thread a region.   Readers: anybody.   Full: the error is counted as lost, known ones go on counting.
 * Allocates: for a new text only.
 */
import { float64View, int32View, requireRegion, uint8View, type Region } from '../memory/region.js';
import type { LayoutDescription } from '../memory/layout.js';
import { observeInt32, plainReadFloat64, plainReadInt32, plainWriteFloat64, publishInt32 } from '../memory/words.js';

const HEADER_BYTES = 24;
const TEXT_MAX = 1_000;

export class DistinctErrorWriter {
  /** Errors that had no room. */
  lost = 0;
  readonly #int32: Int32Array;
  readonly #float64: Float64Array;
  readonly #uint8: Uint8Array;
  readonly #known = new Map<string, number>();
  #next = 0;

  constructor(region: Region) {
    requireRegion(region, HEADER_BYTES + TEXT_MAX, 'distinct errors');
    this.#int32 = int32View(region);
    this.#float64 = float64View(region);
    this.#uint8 = uint8View(region);
  }

  /** @param text without what differs each time (ids, prices), or every one of them is distinct */
  record(text: string, nowNs: number): void {
    const known = this.#known.get(text);
    if (known !== undefined) {
      plainWriteFloat64(this.#float64, (known + 16) >> 3, nowNs);
      publishInt32(this.#int32, (known + 4) >> 2, plainReadInt32(this.#int32, (known + 4) >> 2) + 1);
      return;
    }
    const bytes = Buffer.from(text).subarray(0, TEXT_MAX);
    const at = this.#next;
    const end = (at + HEADER_BYTES + bytes.length + 7) & ~7;
    if (end + HEADER_BYTES > this.#uint8.length || bytes.length === 0) {
      this.lost++;
      return;
    }
    this.#uint8.set(bytes, at + HEADER_BYTES);
    plainWriteFloat64(this.#float64, (at + 8) >> 3, nowNs);
    plainWriteFloat64(this.#float64, (at + 16) >> 3, nowNs);
    publishInt32(this.#int32, (at + 4) >> 2, 1);
    publishInt32(this.#int32, at >> 2, bytes.length);
    this.#known.set(text, at);
    this.#next = end;
  }
}

export interface DistinctError {
  readonly text: string;
  readonly count: number;
  readonly firstNs: number;
  readonly lastNs: number;
}

/** Every distinct error of a region, in the order of their first time. */
export function readDistinctErrors(region: Region): DistinctError[] {
  const int32 = int32View(region);
  const float64 = float64View(region);
  const uint8 = uint8View(region);
  const found: DistinctError[] = [];
  let at = 0;
  while (at + HEADER_BYTES <= region.bytes) {
    const length = observeInt32(int32, at >> 2);
    if (length === 0) break;
    found.push({
      text: Buffer.from(uint8.slice(at + HEADER_BYTES, at + HEADER_BYTES + length)).toString('utf8'),
      count: observeInt32(int32, (at + 4) >> 2),
      firstNs: plainReadFloat64(float64, (at + 8) >> 3),
      lastNs: plainReadFloat64(float64, (at + 16) >> 3),
    });
    at = (at + HEADER_BYTES + length + 7) & ~7;
  }
  return found;
}

export const distinctErrorsLayout: LayoutDescription = {
  name: 'Distinct errors',
  file: 'src/telemetry/distinct-errors.ts',
  purpose: 'Each error text once, with how often and when.',
  writer: 'one thread a region',
  reader: 'anybody',
  size: 'as given, at least 1,024',
  limits: 'Full: new texts are counted as lost, known ones go on counting. A text is cut at 1,000 bytes.',
  fields: [
    { at: 0, bytes: 4, name: 'length', order: 'publish', note: 'of the text; 0 = no record from here on' },
    { at: 4, bytes: 4, name: 'count', order: 'publish', note: 'times seen' },
    { at: 8, bytes: 16, name: 'first, last', order: 'plain', note: 'engine time ns, float64 each' },
    { at: HEADER_BYTES, bytes: 'length', name: 'text', order: 'plain', note: 'UTF-8; the next record follows at a multiple of 8' },
  ],
};
