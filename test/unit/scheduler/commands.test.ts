/** New orders that come together: what is journaled, committed, answered and planned, in which order. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { carveMarket } from '../../../src/market/shared-market.js';
import type { Command } from '../../../src/protocol/commands.js';
import type { Out } from '../../../src/protocol/effects.js';
import { type EngineEvent, EventType } from '../../../src/protocol/events.js';
import type { GraphSpec } from '../../../src/protocol/graph-spec.js';
import { MarketView } from '../../../src/scheduler/market-view.js';
import { Scheduler } from '../../../src/scheduler/scheduler.js';
import { buildUniverse } from '../../../src/venues/sim/universe.js';

const universe = buildUniverse();
/** Never read: the core here is a few lines. */
const submit: Command = { kind: 'submit', graph: {} as GraphSpec, bodyHash: '', repeatKey: '' };
const cancel: Command = { kind: 'cancel_graph', graphId: 'g', flatten: false };

/** What happens in one cycle that takes in the commands. */
function cycle(commands: readonly Command[], commitIsSlow: boolean): string[] {
  const said: string[] = [];
  const no = (): void => undefined;
  let waiting = 0;
  const apply = (_state: null, event: EngineEvent, out: Out): void => {
    if (event.type === EventType.sample) {
      for (; waiting > 0; waiting--) {
        const order = { clientOrderId: 'x', accountId: 0, venue: 0, listing: 0, side: 1, lots: 1, limitTicks: 1, tif: 'ioc', reduceOnly: false } as const;
        out.push({ kind: 'place', order });
      }
    }
    if (event.type !== EventType.command) return;
    const reply = { ok: true, tNs: event.tNs, seq: 1, body: { kind: 'done' }, warnings: [] } as const;
    out.push({ kind: 'reply', commandId: event.commandId, reply });
    if (event.command.kind !== 'submit') return;
    waiting++;
    out.push({ kind: 'want_sample', instrument: 0, levels: 5, askLots: 1, bidLots: 1 });
  };
  const scheduler = new Scheduler<null>({
    core: { create: () => null, apply, nextTimerNs: () => Infinity, needsSample: () => false, watches: () => true, interesting: () => [] },
    universe, accounts: ['one'],
    market: new MarketView(universe, carveMarket(universe, [universe.venues.map(({ id }) => id)], { windowTicks: 2 ** 12, sparseCells: 64 })),
    log: {
      commitIsSlow,
      append: (event) => said.push(event.type === EventType.command ? event.command.kind : event.type === EventType.sample ? 'sample' : ''),
      commit: () => void said.push('commit'),
    },
    listener: { effect: no }, baseNs: 0n, epoch: 1, seed: 1, recovered: null,
    gate: { place: () => void said.push('place'), cancel: no, amend: no, query: no, queryPosition: no },
  });
  scheduler.open(0);
  scheduler.doWork(1);
  said.length = 0;
  for (const [i, command] of commands.entries()) scheduler.command(0, command, () => void said.push(`answer ${i}`));
  scheduler.doWork(1);
  return said;
}

test('orders that come together share a commit, are answered before any is planned, and one look plans them all', () => {
  assert.deepEqual(cycle([submit, submit, submit], false), [
    'submit', 'submit', 'submit', 'commit', 'answer 0', 'answer 1', 'answer 2', 'sample', 'commit', 'place', 'place', 'place',
  ]);
});

test('where a commit is slow one serves the whole cycle', () => {
  assert.deepEqual(cycle([submit, submit], true), ['submit', 'submit', 'sample', 'commit', 'place', 'place', 'answer 0', 'answer 1']);
});

test('any other command finds planned what came before it, and what comes after it waits', () => {
  assert.deepEqual(cycle([submit, cancel, submit], false), [
    'submit', 'commit', 'answer 0', 'sample', 'cancel_graph', 'submit', 'commit', 'place', 'answer 1', 'answer 2', 'sample', 'commit', 'place',
  ]);
});
