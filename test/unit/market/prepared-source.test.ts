import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PreparedSource } from '../../../src/market/prepared-source.js';
import { MarketKind, newMarketMessage, type MarketSource } from '../../../src/market/replay-source.js';
import { GeneratorSource } from '../../../src/venues/sim/generator.js';

function source(): GeneratorSource {
  return new GeneratorSource({
    seed: 7, startNs: 1_000, intervalNs: 1_000, startTicks: 50_000, tickMultiple: 5, lotMultiple: 10, levels: 20, levelLots: 500,
    spread: 2, stepMax: 3, tradesE3: 300,
  });
}

function take(from: MarketSource): string {
  const out = newMarketMessage();
  const dueNs = from.dueNs();
  if (!from.next(out)) return `${dueNs} nothing`;
  const levels = [...out.bids.subarray(0, 2 * out.bidCount), '|', ...out.asks.subarray(0, 2 * out.askCount)].join(' ');
  const trade = out.kind === MarketKind.trade ? `${out.tradeTicks} ${out.tradeLots} ${out.takerSide}` : '';
  return `${dueNs} ${out.timeNs} ${out.kind} ${levels} ${trade}`;
}

test('what is prepared comes out as it would have, in pieces, and then what was not', () => {
  const prepared = new PreparedSource(source());
  const plain = source();
  const compare = (messages: number): void => {
    for (let i = 0; i < messages; i++) assert.equal(take(prepared), take(plain));
  };
  compare(5);
  assert.ok(prepared.prepare(200_000, 2 ** 20) > 100);
  compare(50);
  const left = prepared.prepare(400_000, 2 ** 20);
  assert.ok(left > 200, `what was not taken stays ready: ${left}`);
  compare(left + 300);
});

test('no more is prepared than was allowed', () => {
  const prepared = new PreparedSource(source());
  const few = prepared.prepare(Infinity, 4_096);
  assert.ok(few > 0 && few < 100, `${few}`);
  assert.equal(prepared.prepare(Infinity, 4_096), few);
});
