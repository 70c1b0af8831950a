import type { BacktestReport, EquityPoint } from './backtest-report.js';

/** A page of text for a terminal. */
export function reportText(report: BacktestReport): string {
  const { pnl, queue } = report;
  const money = (value: number): string => value.toFixed(2);
  const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;
  const rows: [string, string][] = [
    ['time', `${report.seconds.toFixed(1)} s, seed ${report.seed}`],
    ['callbacks', String(report.callbacks)],
    ['orders', `${report.orders} (${report.rejects} rejected)`],
    ['fills', `${report.fills}, ${percent(report.makerShare)} as maker`],
    ['bought / sold', `${report.bought.toFixed(6)} / ${report.sold.toFixed(6)}`],
    ['turnover', money(report.turnover)],
    ['position left', `${report.positionLeft.toFixed(6)} (at most ${report.maxPosition.toFixed(6)})`],
    ['profit', money(pnl.total)],
    ['  from spread', money(pnl.spread)],
    ['  from inventory', money(pnl.inventory)],
    ['  fees', money(-pnl.fees)],
    ['max drawdown', money(report.maxDrawdown)],
    ['queue', `${queue.resting} resting, ${percent(queue.filledShare)} filled, wait p50 ${queue.waitP50.toFixed(3)} s, p90 ${queue.waitP90.toFixed(3)} s`],
  ];
  if (report.deaths.length > 0) rows.push(['died', report.deaths.join(', ')]);
  const lines = rows.map(([name, value]) => `  ${name.padEnd(18)} ${value}`);
  return `${report.name} on ${report.symbol}\n${lines.join('\n')}\n`;
}

/** The report as JSON, the equity curve thinned to at most `points`. */
export function reportJson(report: BacktestReport, points = 1_000): string {
  return `${JSON.stringify({ ...report, equity: thin(report.equity, points) }, null, 2)}\n`;
}

const WIDTH = 960;
const PANEL = 220;
const LEFT = 90;
const TOP = 40;
const GAP = 50;

/** Equity above, position below, over time: an SVG that stands alone. */
export function reportSvg(report: BacktestReport): string {
  const points = thin(report.equity, 600);
  const height = TOP + 2 * PANEL + GAP + 40;
  const title = escapeText(`${report.name} on ${report.symbol}: ${report.fills} fills, profit ${report.pnl.total.toFixed(2)}`);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    `<text x="${LEFT}" y="24" font-size="15" fill="#222222">${title}</text>`,
    panel(points, (point) => point.equity, TOP, 'equity', '#1f6fb2'),
    panel(points, (point) => point.position, TOP + PANEL + GAP, 'position', '#b2561f'),
    '</svg>\n',
  ].join('\n');
}

function panel(points: readonly EquityPoint[], value: (point: EquityPoint) => number, top: number, name: string, colour: string): string {
  const start = points[0]?.tNs ?? 0;
  const span = Math.max(1, (points.at(-1)?.tNs ?? 0) - start);
  const values = points.map(value);
  const low = Math.min(0, ...values);
  const high = Math.max(0, ...values);
  const range = high - low || 1;
  const x = (tNs: number): number => LEFT + ((tNs - start) / span) * (WIDTH - LEFT - 20);
  const y = (amount: number): number => top + PANEL - ((amount - low) / range) * PANEL;
  // Steps: a value holds until the next point.
  const path = points.map((point, i) => {
    const at = x(point.tNs).toFixed(1);
    return i === 0 ? `M${at} ${y(value(point)).toFixed(1)}` : `H${at}V${y(value(point)).toFixed(1)}`;
  });
  return [
    `<rect x="${LEFT}" y="${top}" width="${WIDTH - LEFT - 20}" height="${PANEL}" fill="none" stroke="#cccccc"/>`,
    `<line x1="${LEFT}" x2="${WIDTH - 20}" y1="${y(0).toFixed(1)}" y2="${y(0).toFixed(1)}" stroke="#999999" stroke-dasharray="3 3"/>`,
    `<text x="${LEFT - 8}" y="${top + 10}" text-anchor="end" fill="#444444">${label(high)}</text>`,
    `<text x="${LEFT - 8}" y="${top + PANEL}" text-anchor="end" fill="#444444">${label(low)}</text>`,
    `<text x="${LEFT + 6}" y="${top + 16}" fill="${colour}">${name}</text>`,
    `<text x="${WIDTH - 20}" y="${top + PANEL + 16}" text-anchor="end" fill="#444444">${(span / 1e9).toFixed(0)} s</text>`,
    `<path d="${path.join('')}" fill="none" stroke="${colour}" stroke-width="1.5"/>`,
  ].join('\n');
}

function label(value: number): string {
  return Math.abs(value) >= 1_000 ? value.toFixed(0) : value.toPrecision(4);
}

function escapeText(text: string): string {
  return text.replace(/[<>&"]/g, (char) => `&#${char.charCodeAt(0)};`);
}

/** At most `most` points, first and last among them. */
function thin<T>(points: readonly T[], most: number): T[] {
  if (points.length <= most) return [...points];
  const step = (points.length - 1) / (most - 1);
  return Array.from({ length: most }, (_, i) => points[Math.round(i * step)] as T);
}
