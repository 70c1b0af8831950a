/** Recorded frames for the market tests: the excerpts shipped in recordings/, and the whole sets where they are. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { NaiveListing } from './naive-book.js';

export interface RecordedFeed {
  readonly name: string;
  readonly listing: NaiveListing;
  /** Raw venue JSON, without the recorder's stamp. */
  lines(): string[];
}

const SHAPES: Readonly<Record<string, readonly [number, number, boolean]>> = {
  'spot-btcusdt': [2, 5, false],
  'spot-ethusdt': [2, 4, false],
  'usdm-btcusdt': [1, 3, true],
  'usdm-ethusdt': [2, 3, true],
};

function feed(name: string, key: string, paths: readonly string[]): RecordedFeed {
  const [priceDecimals, lotDecimals, futures] = SHAPES[key] ?? [2, 8, false];
  const symbol = (key.split('-')[1] ?? '').toUpperCase();
  return {
    name,
    listing: { symbol, priceDecimals, lotDecimals, futures },
    lines: () => paths.flatMap((path) => gunzipSync(readFileSync(path)).toString('latin1').trimEnd().split('\n'))
      .map((line) => line.slice(line.indexOf(' ') + 1)),
  };
}

/** Excerpts in the repository: there in every checkout. */
export function shippedFeeds(): RecordedFeed[] {
  if (!existsSync('recordings')) return [];
  return readdirSync('recordings').filter((file) => /^binance-.*\.gz$/.test(file)).sort().flatMap((file) => {
    const key = file.split('-').slice(1, 3).join('-');
    return key in SHAPES ? [feed(file, key, [join('recordings', file)])] : [];
  });
}

/** The whole recordings of `../shared/data`, where they are. */
export function wholeFeeds(root = '../shared/data/binance-2024-08'): RecordedFeed[] {
  return Object.keys(SHAPES).flatMap((key) => {
    const [kind = '', symbol = ''] = key.split('-');
    const folder = join(root, kind);
    if (!existsSync(folder)) return [];
    const files = readdirSync(folder).filter((file) => file.startsWith(symbol)).sort().map((file) => join(folder, file));
    return files.length === 0 ? [] : [feed(`whole ${key}`, key, files)];
  });
}
