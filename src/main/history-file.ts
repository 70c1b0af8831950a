/**
 * History beside a snapshot: `history-<sequence>.lwh` holds what accounts were told up to that record, so that a
 * client resumes over a restart whose journal begins later. Without it nothing is wrong: clients are told to resync.
 *
 *   line 1   legwork-history 1 <run id, hex> <sequence> <bytes that follow> <their CRC-32, hex>
 *   then     see src/scheduler/history-text.ts
 */
import { closeSync, fdatasyncSync, openSync, readFileSync, readdirSync, renameSync, rmSync, writeSync } from 'node:fs';
import { crc32Bytes } from '../journal/crc32.js';
import { JournalFailure } from '../journal/journal-error.js';
import { hex } from '../journal/segment-header.js';
import { snapshotName } from '../journal/snapshot.js';
import type { History } from '../scheduler/history.js';
import { historyText, restoreHistory } from '../scheduler/history-text.js';

const MAGIC = 'legwork-history 1';
const NAME = /^history-(\d{16})\.lwh$/;
const TEMP_NAME = 'history-next.tmp';

export function historyName(sequence: number): string {
  return `history-${String(sequence).padStart(16, '0')}.lwh`;
}

/** Writes it whole, synced and named; before the snapshot is, so that each snapshot has its own. @throws JournalFailure */
export function writeHistory(journal: string, runId: Uint8Array, sequence: number, history: History): void {
  const body = Buffer.from(historyText(history), 'utf8');
  const crc = (crc32Bytes(body, 0, body.length) >>> 0).toString(16).padStart(8, '0');
  const head = Buffer.from(`${MAGIC} ${hex(runId)} ${sequence} ${body.length} ${crc}\n`, 'utf8');
  const path = `${journal}/${TEMP_NAME}`;
  try {
    const file = openSync(path, 'w', 0o640);
    try {
      for (const part of [head, body]) {
        for (let at = 0; at < part.length; ) at += writeSync(file, part, at, part.length - at);
      }
      fdatasyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(path, `${journal}/${historyName(sequence)}`);
  } catch (cause) {
    throw new JournalFailure(path, 'writing the history', cause);
  }
}

/** Fills `history` from the file of a snapshot. @returns '' or why there is none: the history then begins empty */
export function readHistory(journal: string, runId: Uint8Array, sequence: number, history: History): string {
  const name = historyName(sequence);
  let bytes: Buffer;
  try {
    bytes = readFileSync(`${journal}/${name}`);
  } catch (cause) {
    return `${name}: ${cause instanceof Error ? cause.message : String(cause)}`;
  }
  const end = bytes.indexOf(10);
  const [magic, version, run, at, length, crc] = bytes.toString('latin1', 0, Math.max(0, end)).split(' ');
  if (`${magic} ${version}` !== MAGIC) return `${name}: doesn't begin with "${MAGIC}"`;
  if (run !== hex(runId) || Number(at) !== sequence) return `${name}: is of another journal or sequence`;
  const body = bytes.subarray(end + 1);
  if (Number(length) !== body.length || Number.parseInt(crc ?? '', 16) !== crc32Bytes(body, 0, body.length) >>> 0) {
    return `${name}: damaged, its crc doesn't match`;
  }
  restoreHistory(history, body.toString('utf8'));
  return '';
}

/** Removes those whose snapshot is gone. */
export function pruneHistories(journal: string): void {
  const names = readdirSync(journal);
  for (const name of names) {
    const digits = NAME.exec(name)?.[1];
    if (digits !== undefined && !names.includes(snapshotName(Number(digits)))) rmSync(`${journal}/${name}`, { force: true });
  }
}
