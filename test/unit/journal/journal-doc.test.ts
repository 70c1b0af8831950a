/** docs/JOURNAL.md is what the writer writes, and its reader reads it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Prng } from '../../../src/base/prng.js';
import { SEGMENT_HEADER_BYTES, segmentName } from '../../../src/journal/format.js';
import { OpenedJournal } from '../../../src/journal/open-journal.js';
import { SimDisk } from '../../disk/sim-disk.js';
import { appendGroups, DIRECTORY, lengthFor, openWith, payloadFor, readAndCompare } from '../../disk/support.js';

const doc = readFileSync('docs/JOURNAL.md', 'utf8');

function block(language: string): string {
  const found = doc.split(`\`\`\`${language}\n`)[1]?.split('```')[0];
  assert.ok(found !== undefined, `docs/JOURNAL.md has no block "${language}"`);
  return found;
}

const hexBlock = (name: string): string => block(`hex ${name}`).replace(/\s/g, '');

test('the vectors of a header and three records', () => {
  const disk = new SimDisk();
  const opened = new OpenedJournal({
    fs: disk, directory: DIRECTORY, durability: 'power', segmentBytes: 16_384, nowMs: 1_790_000_000_000,
    configHash: new Uint8Array(32).fill(0xcc), newRunId: Uint8Array.from({ length: 16 }, (_, i) => i),
  });
  assert.equal(opened.cursor.next(), false);
  const writer = opened.startWriting();
  writer.append(0x0106, Uint8Array.of(1, 2, 3, 4, 5), 5);
  writer.append(1, new TextEncoder().encode('{"a":1}'), 7);
  writer.commit();
  writer.append(0xffff, new Uint8Array(0), 0);
  writer.commit();
  const bytes = Buffer.from(disk.bytesOf(`${DIRECTORY}/${segmentName(1)}`));
  const records = hexBlock('records');
  assert.equal(bytes.subarray(0, 96).toString('hex'), hexBlock('header'));
  assert.equal(bytes.subarray(SEGMENT_HEADER_BYTES, SEGMENT_HEADER_BYTES + records.length / 2).toString('hex'), records);
  assert.ok(doc.includes(`\`${bytes.subarray(4092, 4096).toString('hex')}\``), 'the header crc in the text');
});

test('the vector of a sample is the one of the codec test', () => {
  const codecTest = readFileSync('test/unit/protocol/codec/event-codec.test.ts', 'utf8');
  assert.ok(codecTest.includes(`'${hexBlock('sample')}'`));
});

test('the Python reader reads what two lives wrote', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'legwork-doc-'));
  t.after(() => rmSync(root, { recursive: true }));
  const disk = new SimDisk();
  let last = 0;
  for (let life = 0; life < 2; life++) {
    const opened = openWith(disk);
    readAndCompare(opened);
    const writer = opened.startWriting();
    appendGroups(writer, 60, new Prng(life), () => undefined);
    last = writer.sequence;
    writer.close();
  }
  for (const name of disk.list(DIRECTORY)) writeFileSync(join(root, name), disk.bytesOf(`${DIRECTORY}/${name}`));
  writeFileSync(join(root, 'reader.py'), block('python'));
  const python = spawnSync('python3', [join(root, 'reader.py'), root], { encoding: 'utf8', maxBuffer: 1 << 26 });
  if (python.error !== undefined) return t.diagnostic('python3 is not installed: the reader was not run');
  assert.equal(python.stderr, '');
  const lines = python.stdout.trim().split('\n');
  assert.equal(lines.length, last);
  for (const [i, line] of lines.entries()) {
    const hex = Buffer.from(payloadFor(i + 1, lengthFor(i + 1))).toString('hex');
    assert.equal(line, `${i + 1} ${1 + (i % 40)} ${hex}`);
  }
});
