/**
 * Makes `recordings/` from a folder with the full recordings (origin and licence: NOTICE):
 * `node scripts/make-recording-excerpt.mjs <folder>`, which holds `spot/` and `usdm/` with
 * `<symbol>_20240808.gz`. Keeps every line but the book tickers (books are built from snapshot and depth) as it is.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';

const from = process.argv[2];
if (from === undefined) {
  console.error('make-recording-excerpt: expected the folder with spot/ and usdm/ as first argument');
  process.exit(1);
}
const to = join(dirname(dirname(fileURLToPath(import.meta.url))), 'recordings');
mkdirSync(to, { recursive: true });
let total = 0;
for (const market of ['spot', 'usdm']) {
  for (const symbol of ['btcusdt', 'ethusdt']) {
    const text = gunzipSync(readFileSync(join(from, market, `${symbol}_20240808.gz`))).toString('latin1');
    const lines = text.split('\n').filter((line) => line !== '' && !line.includes('@bookTicker"'));
    const packed = gzipSync(Buffer.from(`${lines.join('\n')}\n`, 'latin1'), { level: 9 });
    const name = `binance-${market}-${symbol}-20240808.gz`;
    writeFileSync(join(to, name), packed);
    total += packed.length;
    console.log(`${name}: ${lines.length} lines, ${packed.length} bytes`);
  }
}
console.log(`total ${total} bytes`);
