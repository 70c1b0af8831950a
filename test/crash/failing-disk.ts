/**
 * Loaded before a program (`node --import`): writes to journal segments fail with EIO, from the n-th on
 * (FAIL_WRITE_AT), as on a dying disk. The zeros that a new segment is filled with are not counted. Syncs fail as soon as
 * the file FAIL_SYNC_WHEN is there.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const failAt = Number(process.env['FAIL_WRITE_AT'] ?? 'Infinity');
const marker = process.env['FAIL_SYNC_WHEN'] ?? '';
/** New segments are filled in pieces at least this large; groups of records are far smaller. */
const ZEROS_BYTES = 65_536;
const segments = new Set<number>();
let writes = 0;
const { openSync, writeSync, fdatasyncSync, existsSync } = fs;

fs.openSync = (path, flags, mode): number => {
  const file = openSync(path, flags, mode);
  if (String(path).includes('/segment-')) segments.add(file);
  else segments.delete(file);
  return file;
};

fs.writeSync = ((...call: Parameters<typeof writeSync>): number => {
  const length = Number(call[3] ?? 0);
  if (segments.has(call[0]) && length < ZEROS_BYTES && ++writes >= failAt) {
    throw Object.assign(new Error('EIO: i/o error, write'), { code: 'EIO' });
  }
  return writeSync(...call);
}) as typeof writeSync;

fs.fdatasyncSync = (file): void => {
  if (marker !== '' && existsSync(marker)) throw Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' });
  fdatasyncSync(file);
};
syncBuiltinESMExports();
