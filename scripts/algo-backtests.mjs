/**
 * The table of backtests in docs/ALGOS.md: `node scripts/algo-backtests.mjs` after a build rewrites it between its marks;
 * with `--check` it says what would change and fails.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { checkAndMeter } from '../dist/src/algo/admission/admit.js';
import { runAlgoBacktest } from '../dist/src/main/backtest/algo-backtest.js';
import { loadRecordings, simulatedUniverse } from '../dist/src/main/simulated-venues.js';

const SECONDS = 600;
const SEED = 1;
const algos = [
  { name: 'peg', what: 'follows the touch until its target is done', config: [1, 100_000_000] },
  { name: 'sniper', what: 'takes when price and spread are right', config: [1, 100_000_000, 0, 1, 50] },
  { name: 'iceberg', what: 'shows a slice at a time', config: [1, 100_000_000, 10_000_000] },
  { name: 'maker', what: 'quotes both sides, skewed against its inventory', config: [1_000_000, 1, 10_000_000, 2, 1] },
  {
    name: 'xhedge', what: 'passive on one venue, hedged on another by messages', config: [1, 100_000_000, 1_000_000, 2_000_000, 20],
    instances: [{ label: 'maker', venue: 'binance' }, { label: 'hedger', venue: 'coinbase' }],
  },
];

const money = (value) => value.toFixed(2).replace('-', '−');
const rows = algos.map(({ name, what, config, instances = [{ label: 'main', venue: 'binance' }] }) => {
  const admitted = checkAndMeter(readFileSync(`dist/algos/${name}.wasm`));
  if (!admitted.ok) throw new Error(`${name}: ${admitted.error.message}`);
  const { report } = runAlgoBacktest({
    name, module: admitted.value, universe: simulatedUniverse, tapes: loadRecordings(), symbol: 'BTC-USD', instances,
    config: config.map((value) => ({ type: 'int', value })), seed: SEED, seconds: SECONDS,
  });
  const { pnl, queue } = report;
  return `| \`${name}\` | ${what} | \`${config.join(',')}\` | ${report.fills} | ${Math.round(100 * report.makerShare)} % | ` +
    `${money(pnl.spread)} | ${money(pnl.inventory)} | ${money(-pnl.fees)} | ${money(pnl.total)} | ${money(-report.maxDrawdown)} | ` +
    `${Math.round(100 * queue.filledShare)} %, ${queue.waitP50.toFixed(2)} s |`;
});
const table = [
  '<!-- backtests: made by scripts/algo-backtests.mjs -->',
  `Backtests of ${SECONDS} s on the recordings, BTC-USD, seed ${SEED}, taker 10 bp, maker 9 bp; money in USD:`, '',
  '| algo | what | config | fills | maker | spread | inventory | fees | profit | drawdown | resting orders filled, wait p50 |',
  '|---|---|---|---|---|---|---|---|---|---|---|', ...rows, '<!-- end -->',
].join('\n');

const path = 'docs/ALGOS.md';
const before = readFileSync(path, 'utf8');
const after = before.replace(/<!-- backtests:[^]*?<!-- end -->/, () => table);
if (!after.includes(table)) throw new Error(`${path} has no marks for the table of backtests`);
if (process.argv.includes('--check')) {
  if (after !== before) {
    process.stderr.write(`${path} is not what the backtests give: node scripts/algo-backtests.mjs\n${table}\n`);
    process.exitCode = 1;
  }
} else writeFileSync(path, after);
