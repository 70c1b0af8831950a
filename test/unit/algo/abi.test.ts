import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as abi from '../../../src/algo/abi/layouts.generated.js';
import { profileOf } from '../../../src/algo/abi/profiles.js';
import { GUEST_DATA_START, HOST_BLOCK_BYTES } from '../../../src/algo/limits.js';

interface Struct {
  size: number;
  align: number;
  fields: { name: string; type: string; offset: number; count?: number }[];
}
const json = JSON.parse(readFileSync('src/algo/abi/algo-abi.json', 'utf8')) as {
  structs: Record<string, Struct>;
  regions: { struct: string; offset: number; end: number }[];
};

test('the generated layouts are up to date', () => {
  const done = spawnSync(process.execPath, ['scripts/gen-algo-abi.mjs', '--check'], { encoding: 'utf8' });
  assert.equal(done.status, 0, done.stderr);
});

test('structs: fields follow each other without overlap and fit their size', () => {
  const sizes: Record<string, number> = { u8: 1, i8: 1, u16: 2, i16: 2, u32: 4, i32: 4, u64: 8, i64: 8, u128: 16 };
  for (const [name, struct] of Object.entries(json.structs)) {
    let end = 0;
    for (const field of struct.fields) {
      const bytes = (sizes[field.type] ?? json.structs[field.type]?.size ?? NaN) * (field.count ?? 1);
      assert.ok(field.offset >= end, `${name}.${field.name} overlaps`);
      end = field.offset + bytes;
    }
    assert.ok(end <= struct.size && struct.size - end < struct.align, `${name} is ${struct.size}, fields end at ${end}`);
  }
});

test('the host block and the regions: sizes of the text, no overlap, all below the guest data', () => {
  const block = [
    abi.L2_BOOK_SIZE, abi.ALGO_STATE_SIZE, abi.NBBO_SNAPSHOT_SIZE, abi.FILL_SIZE, abi.REJECT_SIZE, abi.MAX_MESSAGE_SIZE,
  ];
  assert.deepEqual(block, [656, 1_576, 616, 40, 16, 256]);
  assert.equal(block.reduce((sum, bytes) => sum + bytes, 0), HOST_BLOCK_BYTES);
  let end = 0;
  for (const region of json.regions) {
    assert.ok(region.offset >= end, region.struct);
    end = region.end;
  }
  assert.ok(end <= GUEST_DATA_START);
});

test('profiles by exports', () => {
  const rows: [string, string | undefined, string | undefined][] = [
    ['algo_on_book_v3 algo_on_nbbo algo_on_message', undefined, '0.4'],
    ['algo_on_book_v3 algo_on_book', undefined, '0.3-features'],
    ['algo_on_nbbo algo_on_book', undefined, '0.3-multi-venue'],
    ['algo_on_nbbo algo_on_book', '0.3.0', '0.3.0'],
    ['algo_on_book', undefined, '0.1'],
    ['algo_on_fill', undefined, undefined],
  ];
  for (const [names, declared, expected] of rows) {
    assert.equal(profileOf(new Set(names.split(' ')), declared)?.name, expected, names);
  }
});
