/**
 * A disk in memory that can crash: what was not synced is lost, torn by sectors and reordered.
 *
 * Files are inodes; names live in directories. Every change is an operation in a trace; an image of what a crash
 * after any prefix of the trace may leave is drawn from it with a seeded generator:
 * - bytes: a sector written since its file's last sync keeps any of its versions since then
 * - sizes: any of those since the last sync, never below what a kept sector needs
 * - names: created, renamed and removed in order; an unsynced change may be missing
 */
import type { JournalFs, OpenMode } from '../../src/journal/journal-fs.js';
import { SECTOR_BYTES } from '../../src/journal/format.js';
import type { Prng } from '../../src/base/prng.js';

export type DiskOperation =
  | { readonly kind: 'write'; readonly inode: number; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: 'truncate'; readonly inode: number; readonly size: number }
  | { readonly kind: 'dataSync'; readonly inode: number }
  | { readonly kind: 'create'; readonly path: string; readonly inode: number }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string; readonly inode: number }
  | { readonly kind: 'unlink'; readonly path: string }
  | { readonly kind: 'syncDirectory' };

class Inode {
  bytes = new Uint8Array(0);
  size = 0;

  resize(size: number): void {
    if (size > this.bytes.length) {
      const grown = new Uint8Array(Math.max(size, this.bytes.length * 2, 4096));
      grown.set(this.bytes);
      this.bytes = grown;
    }
    if (size < this.size) this.bytes.fill(0, size, this.size);
    this.size = size;
  }
}

export class SimDisk implements JournalFs {
  readonly trace: DiskOperation[] = [];
  readonly #inodes = new Map<number, Inode>();
  readonly #names = new Map<string, number>();
  readonly #open = new Map<number, number>();
  #nextFile = 3;
  #nextInode = 1;

  makeDirectory(): void {}

  list(directory: string): string[] {
    const prefix = `${directory}/`;
    return [...this.#names.keys()].filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length));
  }

  open(path: string, mode: OpenMode): number {
    let inode = this.#names.get(path);
    if (mode === 'create') {
      if (inode !== undefined) throw diskError('EEXIST', path);
      inode = this.#nextInode++;
      this.#inodes.set(inode, new Inode());
      this.#names.set(path, inode);
      this.trace.push({ kind: 'create', path, inode });
    }
    if (inode === undefined) throw diskError('ENOENT', path);
    const file = this.#nextFile++;
    this.#open.set(file, inode);
    return file;
  }

  close(file: number): void {
    if (!this.#open.delete(file)) throw diskError('EBADF', `file ${file}`);
  }

  size(file: number): number {
    return this.#inode(file).size;
  }

  write(file: number, bytes: Uint8Array, from: number, length: number, position: number): number {
    const copy = bytes.slice(from, from + length);
    const id = this.#id(file);
    this.trace.push({ kind: 'write', inode: id, at: position, bytes: copy });
    put(this.#inode(file), position, copy);
    return length;
  }

  read(file: number, into: Uint8Array, from: number, length: number, position: number): number {
    const { bytes, size } = this.#inode(file);
    const end = Math.min(position + length, size);
    if (end <= position) return 0;
    into.set(bytes.subarray(position, end), from);
    return end - position;
  }

  dataSync(file: number): void {
    this.trace.push({ kind: 'dataSync', inode: this.#id(file) });
  }

  syncDirectory(): void {
    this.trace.push({ kind: 'syncDirectory' });
  }

  truncate(file: number, size: number): void {
    this.trace.push({ kind: 'truncate', inode: this.#id(file), size });
    this.#inode(file).resize(size);
  }

  rename(from: string, to: string): void {
    const inode = this.#names.get(from);
    if (inode === undefined) throw diskError('ENOENT', from);
    this.trace.push({ kind: 'rename', from, to, inode });
    this.#names.delete(from);
    this.#names.set(to, inode);
  }

  unlink(path: string): void {
    if (!this.#names.delete(path)) throw diskError('ENOENT', path);
    this.trace.push({ kind: 'unlink', path });
  }

  /** Files left open: a leak shows here. */
  get openFiles(): number {
    return this.#open.size;
  }

  /** The bytes of a file, to be looked at or damaged. */
  bytesOf(path: string): Uint8Array {
    const { bytes, size } = this.#required(path);
    return bytes.subarray(0, size);
  }

  resizeFile(path: string, size: number): void {
    this.#required(path).resize(size);
  }

  /** A file with these bytes, as if it had been there and synced. */
  place(path: string, bytes: Uint8Array): void {
    const inode = new Inode();
    put(inode, 0, bytes);
    const id = this.#nextInode++;
    this.#inodes.set(id, inode);
    this.#names.set(path, id);
    this.trace.push({ kind: 'create', path, inode: id }, { kind: 'write', inode: id, at: 0, bytes: bytes.slice() });
    this.trace.push({ kind: 'dataSync', inode: id }, { kind: 'syncDirectory' });
  }

  /** A disk of its own with the same files, all of them synced. */
  copy(): SimDisk {
    const twin = new SimDisk();
    for (const path of this.#names.keys()) twin.place(path, this.bytesOf(path));
    return twin;
  }

  #id(file: number): number {
    const id = this.#open.get(file);
    if (id === undefined) throw diskError('EBADF', `file ${file}`);
    return id;
  }

  #inode(file: number): Inode {
    return found(this.#inodes, this.#id(file));
  }

  #required(path: string): Inode {
    return found(this.#inodes, this.#names.get(path) ?? -1);
  }
}

/**
 * What a power loss after the first `length` operations may leave.
 * @param trace of one disk from its beginning
 */
export function crashImage(trace: readonly DiskOperation[], length: number, random: Prng): SimDisk {
  const durableData = new Map<number, number>();
  let durableNames = -1;
  for (let i = 0; i < length; i++) {
    const operation = trace[i];
    if (operation?.kind === 'dataSync') durableData.set(operation.inode, i);
    if (operation?.kind === 'syncDirectory') durableNames = i;
  }
  const names = survivingNames(trace, length, durableNames, random);
  const image = new SimDisk();
  for (const [path, inode] of names) {
    image.place(path, survivingBytes(trace, length, inode, durableData.get(inode) ?? -1, random));
  }
  return image;
}

/** Unsynced changes of names: half the time a prefix of them, else each by a coin. */
function survivingNames(
  trace: readonly DiskOperation[], length: number, durable: number, random: Prng,
): Map<string, number> {
  const names = new Map<string, number>();
  const prefix = random.chance(1, 2);
  const cut = durable + 1 + random.below(length - durable);
  for (let i = 0; i < length; i++) {
    const operation = trace[i];
    if (operation === undefined) continue;
    const keep = i <= durable || (prefix ? i < cut : random.chance(1, 2));
    if (!keep) continue;
    if (operation.kind === 'create') names.set(operation.path, operation.inode);
    if (operation.kind === 'unlink') names.delete(operation.path);
    if (operation.kind === 'rename') {
      // A rename moves the inode that it moved, even where the creation under the old name was lost.
      if (names.get(operation.from) === operation.inode) names.delete(operation.from);
      names.set(operation.to, operation.inode);
    }
  }
  return names;
}

function survivingBytes(
  trace: readonly DiskOperation[], length: number, inode: number, durable: number, random: Prng,
): Uint8Array {
  const file = new Inode();
  // The bias makes some images nearly whole and some nearly empty; a fair coin a sector would test neither.
  const bias = random.below(5);
  for (let i = 0; i < length; i++) {
    const operation = trace[i];
    if (operation === undefined || !('inode' in operation) || operation.inode !== inode) continue;
    if (operation.kind === 'truncate' && (i <= durable || random.chance(bias, 4))) file.resize(operation.size);
    if (operation.kind !== 'write') continue;
    if (i <= durable) put(file, operation.at, operation.bytes);
    else putSomeSectors(file, operation.at, operation.bytes, bias, random);
  }
  return file.bytes.slice(0, file.size);
}

function putSomeSectors(file: Inode, at: number, bytes: Uint8Array, bias: number, random: Prng): void {
  for (let from = 0; from < bytes.length; ) {
    const to = Math.min(from + SECTOR_BYTES - ((at + from) % SECTOR_BYTES), bytes.length);
    if (random.chance(bias, 4)) put(file, at + from, bytes.subarray(from, to));
    from = to;
  }
}

function put(file: Inode, at: number, bytes: Uint8Array): void {
  if (at + bytes.length > file.size) file.resize(at + bytes.length);
  file.bytes.set(bytes, at);
}

function found(inodes: Map<number, Inode>, id: number): Inode {
  const inode = inodes.get(id);
  if (inode === undefined) throw diskError('ENOENT', `inode ${id}`);
  return inode;
}

export function diskError(code: string, what: string): Error {
  return Object.assign(new Error(`${code}: ${what}`), { code });
}
