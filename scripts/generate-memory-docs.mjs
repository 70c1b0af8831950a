/** Writes docs/MEMORY.md from the compiled layouts: build first. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

process.chdir(dirname(dirname(fileURLToPath(import.meta.url))));
const { memoryDocument } = await import(new URL('../dist/test/support/memory-document.js', import.meta.url).href);
mkdirSync('docs', { recursive: true });
writeFileSync('docs/MEMORY.md', memoryDocument());
