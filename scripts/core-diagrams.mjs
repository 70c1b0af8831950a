/**
 * Writes the state diagrams of docs/CORE.md from the tables of the core: `node scripts/core-diagrams.mjs`.
 * A test (test/unit/core/diagrams.test.ts) fails when the page is not what this would write.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { withDiagrams } from '../dist/test/unit/core/diagrams.js';

const page = 'docs/CORE.md';
writeFileSync(page, withDiagrams(readFileSync(page, 'utf8')));
