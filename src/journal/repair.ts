import { copyFileSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { SEGMENT_HEADER_BYTES, segmentNameSequence } from './format.js';
import { JournalCorruption } from './journal-error.js';
import { JournalCursor, readHeaders } from './journal-cursor.js';
import { realFs } from './journal-fs.js';
import { listSnapshots, snapshotName } from './snapshot.js';

export interface RepairReport {
  readonly copy: string;
  readonly lastSequence: number;
  readonly dropped: readonly string[];
}

/**
 * Copies a journal to a new directory without record `truncateAt` and what follows. The original is only read.
 * The records before it must be good; snapshots of states at or after it are left out.
 * @param copy a directory that doesn't exist yet
 * @throws JournalCorruption when something before `truncateAt` is wrong as well, Error for a `copy` that exists
 */
export function repairJournal(directory: string, copy: string, truncateAt: number): RepairReport {
  if (existsSync(copy)) throw new Error(`${copy} exists: name a directory that doesn't, the repaired copy goes there`);
  const first = readFirstHeaders(directory, truncateAt);
  const end = endOfRecord(directory, first, truncateAt);
  mkdirSync(copy, { recursive: true });
  const dropped: string[] = [];
  for (const name of readdirSync(directory).sort()) {
    const sequence = segmentNameSequence(name);
    if (sequence === undefined) continue;
    if (sequence >= truncateAt && sequence !== first) dropped.push(name);
    else copyFileSync(`${directory}/${name}`, `${copy}/${name}`);
  }
  for (const sequence of listSnapshots(realFs, directory)) {
    const name = snapshotName(sequence);
    if (sequence < truncateAt) copyFileSync(`${directory}/${name}`, `${copy}/${name}`);
    else dropped.push(name);
  }
  zeroBehind(`${copy}/${end.name}`, end.offset);
  realFs.syncDirectory(copy);
  const check = new JournalCursor(realFs, copy, first);
  while (check.next());
  return { copy, lastSequence: check.sequence, dropped };
}

/** First sequence of the journal; headers from `truncateAt` on may be as bad as they like. */
function readFirstHeaders(directory: string, truncateAt: number): number {
  const firsts = readdirSync(directory).map(segmentNameSequence).filter((first) => first !== undefined);
  const first = firsts.sort((a, b) => a - b)[0];
  if (first === undefined) throw new Error(`${directory} holds no segments: name the journal's directory`);
  if (truncateAt < first) throw new Error(`the journal begins with ${first}, nothing is left before ${truncateAt}`);
  return first;
}

/** Walks to the last record before `truncateAt`, through a view of the directory that ends there. */
function endOfRecord(directory: string, first: number, truncateAt: number): { name: string; offset: number } {
  const visible = (name: string): boolean => {
    const sequence = segmentNameSequence(name);
    return sequence === undefined || sequence < truncateAt || sequence === first;
  };
  const fs = { ...realFs, list: (path: string) => realFs.list(path).filter(visible) };
  const headers = readHeaders(fs, directory);
  const cursor = new JournalCursor(fs, directory, first);
  let end = { name: nameOf(headers[0]?.path ?? ''), offset: SEGMENT_HEADER_BYTES };
  try {
    while (cursor.sequence + 1 < truncateAt && cursor.next()) {
      const place = cursor.place;
      end = { name: nameOf(place.file), offset: cursor.recordEnd };
    }
  } catch (cause) {
    if (!(cause instanceof JournalCorruption) || cause.place.sequence < truncateAt) throw cause;
  }
  if (cursor.sequence >= truncateAt) {
    const record = `${cursor.first}..${cursor.sequence}`;
    throw new Error(`events ${record} are one record, written at once: --truncate-at takes ${cursor.first} or ${cursor.sequence + 1}`);
  }
  if (cursor.sequence + 1 !== truncateAt) {
    throw new Error(`the journal ends with ${cursor.sequence}: --truncate-at takes a sequence up to ${cursor.sequence + 1}`);
  }
  return end;
}

/** The rest of the copy's last segment becomes unused space, and the file as long as its header says. */
function zeroBehind(path: string, offset: number): void {
  const header = readHeaders(realFs, path.slice(0, path.lastIndexOf('/'))).at(-1)?.header;
  const file = realFs.open(path, 'write');
  try {
    realFs.truncate(file, offset);
    if (header !== undefined && header.version > 1) realFs.truncate(file, header.segmentBytes);
    realFs.dataSync(file);
  } finally {
    realFs.close(file);
  }
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
