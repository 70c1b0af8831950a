/** docs/MEMORY.md, made from the layouts themselves. */
import { meshLinkLayout } from '../../src/algo/mesh/mesh-link.js';
import { broadcastRingLayout } from '../../src/memory/broadcast-ring-layout.js';
import { countersLayout } from '../../src/memory/counters-layout.js';
import { doorbellLayout } from '../../src/memory/doorbell-layout.js';
import { histogramLayout } from '../../src/memory/histogram-layout.js';
import type { LayoutDescription } from '../../src/memory/layout.js';
import { messageRingLayout } from '../../src/memory/message-ring-layout.js';
import { seqlockLayout } from '../../src/memory/seqlock-layout.js';
import { spscRingLayout } from '../../src/memory/spsc-ring-layout.js';
import { bookLayout } from '../../src/market/book-layout.js';
import { feedBoardLayout } from '../../src/market/feed-board-layout.js';
import { killBoardLayout } from '../../src/main/threads/kill-board.js';
import { heartbeatLayout } from '../../src/runtime/heartbeat-layout.js';
import { distinctErrorsLayout } from '../../src/telemetry/distinct-errors.js';

export const layouts: readonly LayoutDescription[] = [
  spscRingLayout, messageRingLayout, broadcastRingLayout, seqlockLayout, doorbellLayout, countersLayout, histogramLayout,
  bookLayout, feedBoardLayout, heartbeatLayout, killBoardLayout, meshLinkLayout, distinctErrorsLayout,
];

const INTRODUCTION = `# Shared memory

Generated from the layouts by \`node scripts/generate-memory-docs.mjs\`; a test compares. Every region that threads share
is one of these structures. Books and the market module's scratch lie in one shared \`WebAssembly.Memory\` (\`Arena\`), the
rest in it or in buffers of their own.

Order of a word: **publish** = written and read with ordered operations only; **plain** = handed over by a published
word, or harmless when a moment old; **owner** = never read by another thread; **constant** = written before the region is shared.
Words of different writers are 128 bytes apart. The proofs are in the headers of the writers.
`;

export function memoryDocument(): string {
  return `${INTRODUCTION}\n${layouts.map(section).join('\n')}`;
}

function section(layout: LayoutDescription): string {
  const rows = layout.fields.map(({ at, bytes, name, order, note }) => `| ${at} | ${bytes} | ${name} | ${order} | ${note} |`);
  return [
    `## ${layout.name}`,
    '',
    layout.purpose,
    '',
    `- Writer: ${layout.writer}`,
    `- Reader: ${layout.reader}`,
    `- Bytes: ${layout.size}`,
    `- Limits: ${layout.limits}`,
    `- Source: \`${layout.file}\``,
    '',
    '| byte | bytes | what | order | |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}
