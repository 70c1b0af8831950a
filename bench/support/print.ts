import { cpus } from 'node:os';
import { ratioOf, type Row } from './row.js';

/** The machine as results name it: model, cores, Node. */
export function machine(): string {
  const all = cpus();
  return `${all[0]?.model.trim() ?? 'unknown processor'}, ${all.length} cores, Node ${process.versions.node}`;
}

export function figure(value: number): string {
  if (!Number.isFinite(value)) return '-';
  if (Math.abs(value) >= 1_000) return Math.round(value).toLocaleString('en-US');
  return value.toPrecision(3);
}

/** A Markdown table of rows. */
export function table(rows: readonly Row[]): string[] {
  const lines = ['| bench | what | median | lowest … highest | unit | floor | ratio |', '|---|---|---|---|---|---|---|'];
  for (const row of rows) {
    const ratio = ratioOf(row);
    const floor = row.floor === undefined ? '' : `${row.floor.what}: ${figure(row.floor.value)}`;
    lines.push(
      `| ${row.bench} | ${row.what} | ${figure(row.value)} | ${figure(row.low)} … ${figure(row.high)} | ${row.unit} ` +
        `| ${floor} | ${ratio === null ? '' : ratio.toFixed(2)} |`,
    );
  }
  return lines;
}
