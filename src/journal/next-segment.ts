import { SEGMENT_HEADER_BYTES, NEXT_SEGMENT_NAME, segmentName } from './format.js';
import { type JournalFs, writeFully } from './journal-fs.js';
import { encodeSegmentHeader, type SegmentHeader } from './segment-header.js';

const zeros = new Uint8Array(64 * 1024);
/** Zeros that may wait unsynced: bounds the sync that a segment change has to wait for. */
const SYNC_EVERY_BYTES = 1024 * 1024;

/**
 * The segment after the current one, filled with zeros while the current one fills, so that neither a change
 * of segment nor a synced write has to allocate: fdatasync on allocated blocks writes no metadata.
 */
export class NextSegment {
  readonly #fs: JournalFs;
  readonly #directory: string;
  readonly #path: string;
  readonly #segmentBytes: number;
  readonly #sync: boolean;
  #file = -1;
  #filled = 0;
  #synced = 0;

  /** @param sync whether the zeros are synced as they grow (durability `power`) */
  constructor(fs: JournalFs, directory: string, segmentBytes: number, sync: boolean) {
    this.#fs = fs;
    this.#directory = directory;
    this.#path = `${directory}/${NEXT_SEGMENT_NAME}`;
    this.#segmentBytes = segmentBytes;
    this.#sync = sync;
  }

  /** Writes zeros until the file has `bytes` of them, or is whole. @param most of them now */
  growTo(bytes: number, most = Infinity): void {
    const goal = Math.min(bytes, this.#filled + most, this.#segmentBytes);
    if (this.#file < 0) this.#file = this.#fs.open(this.#path, 'create');
    while (this.#filled < goal) {
      const length = Math.min(zeros.length, this.#segmentBytes - this.#filled);
      writeFully(this.#fs, this.#file, zeros, length, this.#filled);
      this.#filled += length;
      if (this.#sync && this.#filled - this.#synced >= SYNC_EVERY_BYTES) {
        this.#fs.dataSync(this.#file);
        this.#synced = this.#filled;
      }
    }
  }

  /**
   * Gives the file its size, its header and its name, all on the platter before this returns whatever the durability:
   * it happens once a segment.
   * @param filled zeros; less than all makes a start quick, and leaves the rest to `fill`
   * @returns the open file
   */
  publish(header: SegmentHeader, filled = this.#segmentBytes): number {
    this.growTo(filled);
    const file = this.#file;
    if (this.#filled < this.#segmentBytes) this.#fs.truncate(file, this.#segmentBytes);
    writeFully(this.#fs, file, encodeSegmentHeader(header), SEGMENT_HEADER_BYTES, 0);
    this.#fs.dataSync(file);
    this.#fs.rename(this.#path, `${this.#directory}/${segmentName(header.firstSequence)}`);
    this.#fs.syncDirectory(this.#directory);
    this.#file = -1;
    this.#filled = 0;
    this.#synced = 0;
    return file;
  }

  /** More zeros for a segment that began with less than all. @returns where they end */
  fill(file: number, from: number): number {
    const length = Math.min(zeros.length, this.#segmentBytes - from);
    if (length > 0) writeFully(this.#fs, file, zeros, length, from);
    return from + Math.max(0, length);
  }

  /** Drops what has been prepared. */
  discard(): void {
    if (this.#file < 0) return;
    this.#fs.close(this.#file);
    this.#file = -1;
    this.#fs.unlink(this.#path);
  }
}
