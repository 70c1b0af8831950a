import { eventsOf } from '../protocol/codec/record-type.js';
import { wordBuffer, type WordBuffer } from './crc32.js';
import { GROUPS_FROM_FORMAT, SEGMENT_HEADER_BYTES, segmentNameSequence } from './format.js';
import { JournalCorruption, type JournalProblem } from './journal-error.js';
import { isDirectoryError, type ReadFs, readFully } from './journal-fs.js';
import { crcBeforeAt, readRecord, RecordView, type RecordVerdict } from './record.js';
import { readRecordV1 } from './record-v1.js';
import { endOfNonZero, judgeTail, judgeTailV1 } from './segment-tail.js';
import { decodeSegmentHeader, hex, type SegmentHeader } from './segment-header.js';

/** Read at once; shared, since a read is over before the next begins. */
const piece = Buffer.alloc(256 * 1024);
const zeros = Buffer.alloc(piece.length);

/** Something that was left out or cut, and is said. */
export interface JournalNote {
  readonly file: string;
  readonly offset: number;
  readonly sequence: number;
  readonly what: string;
}

/** A segment's file and what its header says. */
export interface Segment {
  readonly path: string;
  readonly header: SegmentHeader;
}

/**
 * Walks the records of a journal in order and checks every byte on the way. The fields describe the record
 * that next() stood on last; `bytes` and `view` are only good until the next call.
 *
 * Allocates: a buffer per segment size, nothing per record.
 */
export class JournalCursor {
  type = 0;
  /** Of the record's last event. */
  sequence: number;
  /** Of its first one. */
  first = 0;
  /** Which start of the engine wrote the record. */
  epoch = 0;
  payloadAt = 0;
  payloadBytes = 0;
  readonly notes: JournalNote[] = [];
  readonly segments: readonly Segment[];
  readonly #fs: ReadFs;
  readonly #record = new RecordView();
  #buffer: WordBuffer = wordBuffer(0);
  #limit = 0;
  /** Behind it are only zeros. */
  #filled = 0;
  #fileSize = 0;
  #at = 0;
  #index: number;
  #crc = 0;
  #crcBeforeFirst = 0;
  #finished = false;
  readonly #from: number;

  /**
   * @param from first sequence to stop at; the records before it in its segment are checked and passed over
   * @throws JournalCorruption when headers are wrong or the journal begins after `from`
   */
  constructor(fs: ReadFs, directory: string, from = 1) {
    this.#fs = fs;
    this.#from = from;
    this.segments = readHeaders(fs, directory);
    this.#index = lastAtOrBefore(this.segments, from);
    const first = this.segments[0];
    if (first !== undefined && this.#index < 0) {
      const begins = first.header.firstSequence;
      const place = { file: first.path, offset: 0, sequence: from };
      throw new JournalCorruption('missing_history', place, `the journal begins with ${begins}, ${from} is needed`);
    }
    const segment = this.segments[this.#index];
    this.sequence = segment === undefined ? from - 1 : segment.header.firstSequence - 1;
    if (segment === undefined) {
      this.#finished = true;
      return;
    }
    this.#crc = segment.header.crcBefore;
    this.#crcBeforeFirst = this.#crc;
    this.#load(segment);
  }

  /** Bytes that `payloadAt` points into. */
  get bytes(): Uint8Array {
    return this.#buffer.bytes;
  }

  /** The same bytes for numbers; little-endian is the caller's to say. */
  get view(): DataView {
    return this.#buffer.view;
  }

  /** Crc of the record stood on: the link that the next one, or the next segment, must carry. */
  get crc(): number {
    return this.#crc;
  }

  /** Crc of the record before `from`, known from the first next() on: what a snapshot's must equal. */
  get crcBeforeFirst(): number {
    return this.#crcBeforeFirst;
  }

  /** Bytes of the loaded segment up to the last one that isn't zero, rounded up to 4. */
  get usedBytes(): number {
    return endOfNonZero(this.#buffer, this.#at, this.#filled);
  }

  /** Segment file and payload offset of the record stood on. */
  get place(): { file: string; offset: number } {
    return { file: this.segments[this.#index]?.path ?? '', offset: this.payloadAt };
  }

  /** Offset in the segment behind the record stood on. */
  get recordEnd(): number {
    return this.#at;
  }

  /** True on the next record, false at the end. @throws JournalCorruption */
  next(): boolean {
    while (!this.#finished) {
      if (this.#step()) {
        if (this.sequence >= this.#from) return true;
      } else {
        this.#endOfSegment();
      }
    }
    return false;
  }

  /** Takes the record at #at if it continues the chain. */
  #step(): boolean {
    const segment = this.segments[this.#index];
    if (segment === undefined || this.#read(this.#at) !== 'good') return false;
    const record = this.#record;
    if (record.sequence !== this.sequence + 1) {
      this.#refuse('wrong_order', `expected sequence ${this.sequence + 1}, found ${record.sequence}`);
    }
    if (segment.header.version > 1) this.#checkLink(segment.header);
    this.type = record.type;
    this.first = record.sequence;
    this.sequence = record.sequence + (segment.header.version >= GROUPS_FROM_FORMAT ? eventsOf(record.type) : 1) - 1;
    this.epoch = segment.header.epoch;
    this.payloadAt = record.payloadAt;
    this.payloadBytes = record.payloadBytes;
    this.#crc = record.crc;
    if (this.sequence < this.#from) this.#crcBeforeFirst = record.crc;
    this.#at = record.end;
    return true;
  }

  #checkLink(header: SegmentHeader): void {
    const link = crcBeforeAt(this.#buffer, this.#at);
    if (link !== this.#crc) {
      this.#refuse('wrong_order', `linked to a record with crc ${crcText(link)}, the one before has ${crcText(this.#crc)}`);
    }
    if (this.#record.epoch !== (header.epoch & 0xffff)) {
      this.#refuse('wrong_order', `epoch ${this.#record.epoch} in a segment of epoch ${header.epoch}`);
    }
  }

  #read(at: number): RecordVerdict {
    const version = this.segments[this.#index]?.header.version ?? 1;
    return version === 1
      ? readRecordV1(this.#buffer, at, this.#limit, this.#record)
      : readRecord(this.#buffer, at, this.#limit, this.sequence + 1, this.#record);
  }

  #endOfSegment(): void {
    const next = this.segments[this.#index + 1];
    if (next === undefined) this.#endOfJournal();
    else this.#cross(next);
  }

  /** The next segment's header says where this one ended: what stands behind that was cut by an earlier start. */
  #cross(next: Segment): void {
    const expected = this.sequence + 1;
    const begins = next.header.firstSequence;
    if (begins < expected) this.#refuse('wrong_order', `${next.path} begins with ${begins} although ${begins} stands here`);
    if (begins > expected) {
      const clean = this.#judge().kind === 'clean';
      const what = `records ${expected}..${begins - 1} are missing before ${next.path}`;
      if (clean) this.#refuse('missing_segment', what);
      this.#refuse('damaged_record', `bad, and ${what}`);
    }
    if (next.header.version > 1 && next.header.crcBefore !== this.#crc) {
      const found = crcText(next.header.crcBefore);
      this.#refuse('wrong_order', `${next.path} follows a record with crc ${found}, this one ends with ${crcText(this.#crc)}`);
    }
    const left = endOfNonZero(this.#buffer, this.#at, this.#filled) - this.#at;
    if (left > 0) this.#note(`${left} bytes of a torn write that an earlier start cut`);
    this.#index++;
    this.#load(next);
  }

  #endOfJournal(): void {
    const header = this.segments[this.#index]?.header;
    if (header !== undefined && header.version > 1 && this.#fileSize !== header.segmentBytes) {
      const sizes = `the last segment has ${this.#fileSize} bytes, its header says ${header.segmentBytes}`;
      const what = `${sizes}: cut short by hand, or the segment after it is missing`;
      this.#refuse('truncated_segment', what);
    }
    const tail = this.#judge();
    if (tail.kind === 'damaged') this.#refuse('damaged_record', tail.what);
    if (tail.kind === 'torn') this.#note(`${tail.bytes} bytes of a torn write that was never acknowledged are left out`);
    this.#finished = true;
  }

  #judge(): ReturnType<typeof judgeTail> {
    const version = this.segments[this.#index]?.header.version ?? 1;
    const judge = version === 1 ? judgeTailV1 : judgeTail;
    return judge(this.#buffer, this.#at, this.#limit, this.sequence + 1, this.#filled);
  }

  #load(segment: Segment): void {
    const file = this.#fs.open(segment.path, 'read');
    try {
      const size = this.#fs.size(file);
      this.#fileSize = size;
      this.#readFile(file, size);
    } finally {
      this.#fs.close(file);
    }
    this.#at = SEGMENT_HEADER_BYTES;
  }

  /** Most of a last segment are zeros, which a new buffer holds without a touch. */
  #readFile(file: number, size: number): void {
    const isNew = this.#buffer.bytes.length < size;
    if (isNew) this.#buffer = wordBuffer(size);
    const { bytes } = this.#buffer;
    const stale = isNew ? 0 : this.#filled;
    this.#limit = 0;
    this.#filled = 0;
    while (this.#limit < size) {
      const got = readFully(this.#fs, file, piece, Math.min(piece.length, size - this.#limit), this.#limit);
      if (got === 0) break;
      const part = got === piece.length ? piece : piece.subarray(0, got);
      if (!part.equals(got === piece.length ? zeros : zeros.subarray(0, got))) {
        bytes.set(part, this.#limit);
        this.#filled = this.#limit + got;
      } else if (this.#limit < stale) {
        bytes.fill(0, this.#limit, this.#limit + got);
      }
      this.#limit += got;
    }
    if (this.#limit < stale) bytes.fill(0, this.#limit, stale);
  }

  #note(what: string): void {
    const file = this.segments[this.#index]?.path ?? '';
    this.notes.push({ file, offset: this.#at, sequence: this.sequence + 1, what });
  }

  #refuse(problem: JournalProblem, what: string): never {
    const file = this.segments[this.#index]?.path ?? '';
    throw new JournalCorruption(problem, { file, offset: this.#at, sequence: this.sequence + 1 }, what);
  }
}

/** All segments' headers in order. @throws JournalCorruption when one is damaged, newer, or of another run */
export function readHeaders(fs: ReadFs, directory: string): Segment[] {
  const names = fs.list(directory).filter((name) => segmentNameSequence(name) !== undefined);
  const segments = names.sort().map((name) => readHeader(fs, `${directory}/${name}`, segmentNameSequence(name) ?? 0));
  for (let i = 1; i < segments.length; i++) {
    const [before, here] = [segments[i - 1], segments[i]];
    if (before === undefined || here === undefined) continue;
    const place = { file: here.path, offset: 0, sequence: here.header.firstSequence };
    if (hex(before.header.runId) !== hex(here.header.runId)) {
      const what = `run ${hex(here.header.runId)}, the segments before are of ${hex(before.header.runId)}`;
      throw new JournalCorruption('other_run', place, what);
    }
    if (here.header.epoch < before.header.epoch || here.header.version < before.header.version) {
      const text = ({ header }: Segment): string => `epoch ${header.epoch}, format ${header.version}`;
      const what = `${text(here)} after ${text(before)}`;
      throw new JournalCorruption('wrong_order', place, what);
    }
  }
  return segments;
}

function readHeader(fs: ReadFs, path: string, named: number): Segment {
  const bytes = new Uint8Array(SEGMENT_HEADER_BYTES);
  const file = fs.open(path, 'read');
  try {
    const length = readFully(fs, file, bytes, SEGMENT_HEADER_BYTES, 0);
    return { path, header: decodeSegmentHeader(bytes, length, path, named) };
  } catch (cause) {
    if (!isDirectoryError(cause)) throw cause;
    throw new JournalCorruption('damaged_header', { file: path, offset: 0, sequence: named }, 'a directory stands where a segment should be');
  } finally {
    fs.close(file);
  }
}

function lastAtOrBefore(segments: readonly Segment[], sequence: number): number {
  let index = -1;
  for (const segment of segments) if (segment.header.firstSequence <= sequence) index++;
  return index;
}

function crcText(crc: number): string {
  return (crc >>> 0).toString(16).padStart(8, '0');
}
