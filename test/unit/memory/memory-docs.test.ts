import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { layouts, memoryDocument } from '../../support/memory-document.js';

test('docs/MEMORY.md is what the layouts say', () => {
  assert.equal(
    readFileSync('docs/MEMORY.md', 'utf8'),
    memoryDocument(),
    'docs/MEMORY.md is out of date: node scripts/generate-memory-docs.mjs',
  );
});

test('layouts: fields in order, without overlap, and their source exists', () => {
  for (const layout of layouts) {
    assert.ok(existsSync(layout.file), layout.file);
    let end = 0;
    for (const { at, bytes, name } of layout.fields) {
      if (typeof at !== 'number') continue;
      assert.ok(at >= end, `${layout.name}: ${name} at ${at} overlaps what ends at ${end}`);
      if (typeof bytes === 'number') end = at + bytes;
    }
  }
});
