/**
 * One shared WebAssembly.Memory cut into named regions. Its buffer is a SharedArrayBuffer, so TypeScript and
 * the AssemblyScript modules work on the same bytes. Sized once, never grown (growing would detach the
 * threads' views from one another), never freed.
 */
import { assert } from '../base/assert.js';
import { LINE_BYTES, roundUp, type Region } from './region.js';

const PAGE_BYTES = 65_536;
/** What 32-bit addresses reach. */
const MAX_PAGES = 65_536;

export interface NamedRegion extends Region {
  readonly name: string;
}

export class Arena {
  readonly memory: WebAssembly.Memory;
  readonly buffer: SharedArrayBuffer;
  /** In the order of carving: for reports and for docs. */
  readonly regions: NamedRegion[] = [];
  #next = PAGE_BYTES;

  /**
   * Page 0 stays empty, so that address 0 is never a structure.
   * @param bytes what all regions together need, at most 4 GiB less a page
   */
  constructor(bytes: number) {
    const pages = 1 + Math.ceil(bytes / PAGE_BYTES);
    assert(pages <= MAX_PAGES, `one shared memory holds 4 GiB, ${bytes} bytes were asked; use smaller book windows`);
    this.memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    const buffer = this.memory.buffer;
    assert(buffer instanceof SharedArrayBuffer, 'a shared WebAssembly.Memory has a SharedArrayBuffer');
    this.buffer = buffer;
  }

  /** The next free range, zeroed. Throws when the arena is used up. */
  carve(name: string, bytes: number): NamedRegion {
    const size = roundUp(bytes, LINE_BYTES);
    const offset = this.#next;
    assert(offset + size <= this.buffer.byteLength, `arena is full: "${name}" needs ${size} bytes at ${offset}`);
    this.#next = offset + size;
    const region = { name, buffer: this.buffer, offset, bytes: size };
    this.regions.push(region);
    return region;
  }
}
