/** Bar charts as SVG, by hand: a bar a row on a logarithmic axis, the spread as a line, the floor as a tick. */
import { figure } from './print.js';
import type { Row } from './row.js';

const WIDTH = 900;
const LEFT = 430;
const RIGHT = 110;
const ROW_HEIGHT = 22;
const TOP = 44;

/** All rows must be of one unit and above 0. */
export function barChart(title: string, rows: readonly Row[]): string {
  const values = rows.flatMap((row) => [row.low, row.high, ...(row.floor === undefined ? [] : [row.floor.value])]);
  const from = Math.floor(Math.log10(Math.min(...values)));
  const to = Math.max(from + 1, Math.ceil(Math.log10(Math.max(...values))));
  const x = (value: number): number => LEFT + ((Math.log10(value) - from) / (to - from)) * (WIDTH - LEFT - RIGHT);
  const height = TOP + rows.length * ROW_HEIGHT + 10;
  const grid = Array.from({ length: to - from + 1 }, (_, i) => {
    const at = x(10 ** (from + i)).toFixed(1);
    return `<line x1="${at}" y1="${TOP - 6}" x2="${at}" y2="${height - 8}" stroke="#ddd"/>` +
      `<text x="${at}" y="${TOP - 10}" text-anchor="middle" fill="#777">${figure(10 ** (from + i))}</text>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" font-family="sans-serif" font-size="11">`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    `<text x="${WIDTH - 10}" y="18" text-anchor="end" fill="#777">bar: median, line: lowest to highest, red: floor</text>`,
    `<text x="10" y="18" font-size="14" font-weight="bold">${escape(`${title} (${rows[0]?.unit ?? ''}, logarithmic)`)}</text>`,
    ...grid, ...rows.map((row, i) => bar(row, TOP + i * ROW_HEIGHT, x)), '</svg>', '',
  ].join('\n');
}

function bar(row: Row, top: number, x: (value: number) => number): string {
  const middle = top + ROW_HEIGHT / 2;
  const width = Math.max(1, x(row.value) - LEFT);
  const parts = [
    `<text x="${LEFT - 8}" y="${middle + 4}" text-anchor="end">${escape(row.what)}</text>`,
    `<rect x="${LEFT}" y="${top + 4}" width="${width.toFixed(1)}" height="${ROW_HEIGHT - 8}" fill="#4a7ebb"/>`,
    `<line x1="${x(row.low).toFixed(1)}" y1="${middle}" x2="${x(row.high).toFixed(1)}" y2="${middle}" stroke="#1c2f4a" stroke-width="2"/>`,
    `<text x="${WIDTH - RIGHT + 8}" y="${middle + 4}">${figure(row.value)}</text>`,
  ];
  if (row.floor !== undefined) {
    const at = x(row.floor.value).toFixed(1);
    parts.push(`<line x1="${at}" y1="${top + 2}" x2="${at}" y2="${top + ROW_HEIGHT - 2}" stroke="#c0392b" stroke-width="3"/>`);
  }
  return parts.join('');
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
