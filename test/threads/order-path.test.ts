/** The order path over threads: every command answered once, every order sent once, every fill told once, in order. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountEvent } from '../../src/protocol/effects.js';
import type { Reply } from '../../src/protocol/commands.js';
import { counter, eventually, submitCommand, threadsRig } from './support.js';

const ORDERS = 10_000;
/** Commands under way at once. */
const WINDOW = 400;
const QTY_1E8 = 100_000;

test(`${ORDERS} orders over threads: one answer, one order at the venue and one set of fills each, account events without gap`, async () => {
  const rig = await threadsRig();
  const { port } = rig.engine;
  const seqs: number[] = [];
  const filled = new Map<string, number>();
  const fills = new Set<string>();
  const children = new Set<string>();
  port.onAccountEvent((event: AccountEvent) => {
    seqs.push(event.seq);
    if (event.channel === 'children') children.add((event.data as { client_order_id: string }).client_order_id);
    if (event.channel !== 'fills') return;
    const { fill_id: fill, qty_1e8: qty } = event.data as { fill_id: string; qty_1e8: number };
    assert.ok(!fills.has(fill), `fill ${fill} told twice`);
    fills.add(fill);
    filled.set(event.graphId, (filled.get(event.graphId) ?? 0) + qty);
  });
  const answers = new Map<string, number>();
  let next = 0;
  let underWay = 0;
  await new Promise<void>((resolve, reject) => {
    const more = (): void => {
      while (underWay < WINDOW && next < ORDERS) {
        const graphId = `many-${next++}`;
        underWay++;
        const command = submitCommand({ symbol: 'ETH-USD', side: next % 2 === 0 ? 'buy' : 'sell', qty: QTY_1E8 / 1e8, graph_id: graphId });
        port.command(0, command, (reply: Reply) => {
          underWay--;
          answers.set(graphId, (answers.get(graphId) ?? 0) + 1);
          if (!reply.ok) reject(new Error(`${graphId}: ${reply.code} ${reply.message}`));
          else if (answers.size === ORDERS) resolve();
          else more();
        });
      }
    };
    more();
  });
  await eventually('all filled', () => filled.size === ORDERS && [...filled.values()].every((qty) => qty === QTY_1E8));
  assert.ok([...answers.values()].every((count) => count === 1));
  assert.equal(counter(rig.engine, 'orders_sent'), children.size, 'every child order of the engine left once');
  assert.ok(children.size >= ORDERS && fills.size >= ORDERS);
  assert.equal(counter(rig.engine, 'orders_halted'), 0);
  const first = seqs[0] ?? 0;
  assert.deepEqual(seqs, seqs.map((_, i) => first + i), 'account events in order, each once');
  await rig.engine.stop();
});
