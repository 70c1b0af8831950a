import {
  closeSync, fdatasyncSync, fstatSync, fsyncSync, ftruncateSync, mkdirSync, openSync, readSync, readdirSync,
  renameSync, unlinkSync, writeSync,
} from 'node:fs';

/** `create` fails if the file is there; `write` and `create` read too. */
export type OpenMode = 'read' | 'write' | 'create';

/**
 * What the journal asks of a file system: the real one below, a simulated disk in test/disk. Every call may
 * throw an Error with a `code`.
 */
export interface JournalFs {
  makeDirectory(path: string): void;
  list(directory: string): string[];
  open(path: string, mode: OpenMode): number;
  close(file: number): void;
  size(file: number): number;
  /** Bytes taken, which may be fewer than given. */
  write(file: number, bytes: Uint8Array, from: number, length: number, position: number): number;
  /** Bytes read, 0 at the end. */
  read(file: number, into: Uint8Array, from: number, length: number, position: number): number;
  /** Data and size on the platter. */
  dataSync(file: number): void;
  /** Names created, renamed and removed in the directory on the platter. */
  syncDirectory(directory: string): void;
  truncate(file: number, size: number): void;
  rename(from: string, to: string): void;
  unlink(path: string): void;
}

/** What reading takes. */
export type ReadFs = Pick<JournalFs, 'list' | 'open' | 'close' | 'size' | 'read'>;

const flags = { read: 'r', write: 'r+', create: 'wx+' } as const;

export const realFs: JournalFs = {
  makeDirectory: (path) => void mkdirSync(path, { recursive: true }),
  list: (directory) => readdirSync(directory),
  open: (path, mode) => openSync(path, flags[mode], 0o640),
  close: closeSync,
  size: (file) => fstatSync(file).size,
  write: writeSync,
  read: readSync,
  dataSync: fdatasyncSync,
  syncDirectory(directory) {
    const handle = openSync(directory, 'r');
    try {
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  },
  truncate: ftruncateSync,
  rename: renameSync,
  unlink: unlinkSync,
};

/** The file that was read is a directory. */
export function isDirectoryError(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'EISDIR';
}

/** Reads `length` bytes at `position`; fewer come back only at the end of the file. */
export function readFully(fs: Pick<JournalFs, 'read'>, file: number, into: Uint8Array, length: number, position: number): number {
  let done = 0;
  while (done < length) {
    const got = fs.read(file, into, done, length - done, position + done);
    if (got === 0) break;
    done += got;
  }
  return done;
}

/** Writes all bytes or throws: a short write means that the disk is full or failing, and isn't continued. */
export function writeFully(fs: JournalFs, file: number, bytes: Uint8Array, length: number, position: number): void {
  const taken = fs.write(file, bytes, 0, length, position);
  if (taken === length) return;
  const short = new Error(`${taken} of ${length} bytes taken at ${position}`);
  throw Object.assign(short, { code: 'SHORT_WRITE' });
}
