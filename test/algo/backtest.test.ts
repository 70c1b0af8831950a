import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildReport } from '../../src/algo/report/backtest-report.js';
import { reportJson, reportSvg, reportText } from '../../src/algo/report/render-report.js';
import { runAlgoBacktest, type BacktestRequest } from '../../src/main/backtest/algo-backtest.js';
import { loadTapes } from '../../src/venues/sim/market.js';
import { buildUniverse } from '../../src/venues/sim/universe.js';
import { admitted, ints } from './support.js';

const universe = buildUniverse();
const tapes = loadTapes('recordings', universe);

function request(overrides: Partial<BacktestRequest>): BacktestRequest {
  return {
    name: 'maker', module: admitted('dist/algos/maker.wasm'), universe, tapes, symbol: 'BTC-USD',
    instances: [{ label: 'main', venue: 'binance' }], config: ints(1_000_000, 0, 10_000_000, 2, 1), seed: 1, seconds: 20, ...overrides,
  };
}

test('report: profit splits into spread, inventory and fees; drawdown and queue by hand', () => {
  const fill = { who: 'main', quantity: 1, fee: 0.1, maker: true };
  const report = buildReport({
    name: 'x', symbol: 'BTC-USD', seed: 1, startNs: 0, endNs: 4e9, callbacks: 4, rejects: 0, deaths: [],
    fills: [{ ...fill, tNs: 1e9, side: 1, price: 99, mid: 100 }, { ...fill, tNs: 3e9, side: -1, price: 98, mid: 97 }],
    marks: [{ tNs: 0, mid: 100 }, { tNs: 2e9, mid: 97 }, { tNs: 4e9, mid: 97 }],
    orders: [
      { who: 'main', placedNs: 0, ackedNs: 0, firstFillNs: 1e9, quantity: 1, filled: 1, resting: true },
      { who: 'main', placedNs: 0, ackedNs: 0, firstFillNs: -1, quantity: 1, filled: 0, resting: true },
    ],
  });
  const { total, spread, fees, inventory } = report.pnl;
  assert.deepEqual([total, spread, fees, inventory].map((value) => Math.round(value * 100)), [-120, 200, 20, -300]);
  // 0.9 after the first fill, −2.1 at the second mark.
  assert.equal(report.maxDrawdown.toFixed(6), '3.000000');
  assert.deepEqual([report.queue.filledShare, report.queue.waitP50, report.positionLeft], [0.5, 1, 0]);
  assert.match(reportText(report), /profit +-1\.20/);
  assert.equal(JSON.parse(reportJson(report)).fills, 2);
  assert.match(reportSvg(report), /^<svg [^]*<path [^]*<\/svg>\n$/);
});

test('backtest of the maker on the recordings: fills, and the same ones again', () => {
  const shares: number[] = [];
  const first = runAlgoBacktest(request({ progress: (share) => shares.push(share) > 0 }));
  assert.ok(first.report.fills > 0, reportText(first.report));
  assert.deepEqual(first.report.deaths, []);
  assert.ok(shares.length > 50);
  const again = runAlgoBacktest(request({}));
  assert.equal(reportJson(again.report), reportJson(first.report));
  const { total, spread, fees, inventory } = first.report.pnl;
  assert.ok(Math.abs(total - (spread + inventory - fees)) < 1e-6);
});

test('backtest of xhedge over two venues keeps the pair close to flat', () => {
  const { report } = runAlgoBacktest(request({
    name: 'xhedge', module: admitted('dist/algos/xhedge.wasm'), seconds: 40,
    instances: [{ label: 'maker', venue: 'binance' }, { label: 'hedger', venue: 'coinbase' }],
    config: ints(1, 100_000_000, 1_000_000, 2_000_000, 20),
  }));
  assert.ok(report.fills > 2, reportText(report));
  assert.ok(report.maxPosition <= 0.02 + 1e-9, `unhedged at most the limit: ${report.maxPosition}`);
});

test('a backtest stops when asked to', () => {
  const { cancelled, report } = runAlgoBacktest(request({ progress: (share) => share < 0.2 }));
  assert.ok(cancelled);
  assert.ok(report.seconds < 6);
});
