import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyOrderCell, orderCell } from '../../src/algo/guest/cells.js';
import { Deployment } from '../../src/algo/host/deployment.js';
import { replayTape } from '../../src/algo/tape/replay-tape.js';
import { TapeWriter } from '../../src/algo/tape/tape-writer.js';
import { Prng } from '../../src/base/prng.js';
import { admitted, BINANCE, book, ints, KRAKEN, recorder, spec } from './support.js';

/** A mesh pair over random books whose orders are acknowledged and filled at random, recorded. */
function recorded(seed: number): string {
  const module = admitted('dist/algos/xhedge.wasm');
  const random = new Prng(seed);
  const lines: string[] = [];
  const sink = recorder();
  const instances = [{ label: 'maker', venueId: BINANCE }, { label: 'hedger', venueId: KRAKEN }];
  const deployment = new Deployment(
    spec({ instances, config: ints(1, 100_000_000, 1_000_000, 2_000_000, 20) }), new WebAssembly.Module(module.metered), module.profile, sink,
    { hash: module.hash, tape: new TapeWriter((line) => void lines.push(line)) },
  );
  let told = 0;
  for (let t = 1; t <= 400; t++) {
    const tNs = t * 50_000_000;
    const bid = 6_000_000 + random.between(-20, 20);
    deployment.bookChanged(random.chance(1, 2) ? BINANCE : KRAKEN, 0, book([bid, 500, bid - 1, 500], [bid + 2, 500, bid + 3, 500], tNs), tNs);
    deployment.traded(BINANCE, 0, bid, random.between(1, 50), random.chance(1, 2) ? 1 : -1, tNs);
    for (; told < sink.actions.length; told++) {
      const action = sink.actions[told];
      if (action === undefined || action.kind !== 0) continue;
      const cell = { ...emptyOrderCell(), instance: action.label === 'maker' ? 0 : 1, ref: action.ref, tNs };
      deployment.tell({ ...cell, kind: orderCell.acked });
      if (random.chance(1, 2)) deployment.tell({ ...cell, kind: orderCell.filled, priceTicks: bid, lots: action.qtyLots, side: action.side });
    }
    deployment.settle(tNs);
    deployment.advance(tNs);
  }
  deployment.shutdown(400 * 50_000_000);
  assert.ok(sink.actions.length > 10, `${sink.actions.length} actions`);
  return lines.join('');
}

const xhedge = admitted('dist/algos/xhedge.wasm');
const same = (hash: string) => (hash === xhedge.hash ? xhedge : undefined);

test('a tape through its module gives the same actions; one that was changed does not', () => {
  const text = recorded(3);
  const { inputs, outputs, difference } = replayTape(text, same);
  assert.equal(difference, undefined);
  assert.ok(inputs > 800 && outputs > 10, `${inputs} ${outputs}`);
  // Another quantity in the third action; an action less; an input less.
  const lines = text.split('\n');
  const third = lines.flatMap((line, i) => (line.startsWith('["act"') ? [i] : []))[2] ?? 0;
  const changed = [...lines];
  changed[third] = changed[third]?.replace(/,(\d+),0,0\]$/, ',7,0,0]') ?? '';
  assert.match(replayTape(changed.join('\n'), same).difference ?? '', /the tape has .*the replay/);
  assert.match(replayTape(lines.filter((_, i) => i !== third).join('\n'), same).difference ?? '', /the replay did|the tape has/);
  assert.equal(replayTape(text.slice(0, -20), same).difference, undefined, 'a line cut short ends the tape');
  assert.throws(() => replayTape(text, () => undefined), /is not there/);
  assert.throws(() => replayTape('{"a":1}\n\n', same), RangeError);
});
