/**
 * The order path in both topologies: every command answered once, every order sent once, every fill told once, in order,
 * and no message port on the way: what any thread posts from the first order to the last fill is counted.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccountEvent } from '../../src/protocol/effects.js';
import type { Reply } from '../../src/protocol/commands.js';
import type { EnginePort } from '../../src/protocol/engine-port.js';
import { openEngine } from '../../src/main/topology.js';
import { messageWatch, watchPosts } from './message-watch.js';
import { counter, eventually, pricesEverywhere, submitCommand, threadsRig } from './support.js';

const ORDERS = 10_000;
/** Commands under way at once. */
const WINDOW = 400;
const QTY_1E8 = 100_000;

const FUSED_ORDERS = 1_000;

/** Submits so many orders, WINDOW under way at once, and waits until each is answered and filled. */
class Traffic {
  readonly seqs: number[] = [];
  readonly fills = new Set<string>();
  readonly children = new Set<string>();
  readonly answers = new Map<string, number>();
  readonly #filled = new Map<string, number>();
  readonly #port: EnginePort;

  constructor(port: EnginePort) {
    this.#port = port;
    port.onAccountEvent((event) => this.#hear(event));
  }

  async run(orders: number): Promise<void> {
    await this.#submit(orders);
    await eventually('all filled', () => this.#filled.size === orders && [...this.#filled.values()].every((qty) => qty === QTY_1E8));
    assert.ok([...this.answers.values()].every((count) => count === 1));
    assert.ok(this.children.size >= orders && this.fills.size >= orders);
    const first = this.seqs[0] ?? 0;
    assert.deepEqual(this.seqs, this.seqs.map((_, i) => first + i), 'account events in order, each once');
  }

  #submit(orders: number): Promise<void> {
    let next = 0;
    let underWay = 0;
    return new Promise<void>((resolve, reject) => {
      const more = (): void => {
        while (underWay < WINDOW && next < orders) {
          const graphId = `many-${next++}`;
          underWay++;
          const command = submitCommand({ symbol: 'ETH-USD', side: next % 2 === 0 ? 'buy' : 'sell', qty: QTY_1E8 / 1e8, graph_id: graphId });
          this.#port.command(0, command, (reply: Reply) => {
            underWay--;
            this.answers.set(graphId, (this.answers.get(graphId) ?? 0) + 1);
            if (!reply.ok) reject(new Error(`${graphId}: ${reply.code} ${reply.message}`));
            else if (this.answers.size === orders) resolve();
            else more();
          });
        }
      };
      more();
    });
  }

  #hear(event: AccountEvent): void {
    this.seqs.push(event.seq);
    if (event.channel === 'children') this.children.add((event.data as { client_order_id: string }).client_order_id);
    if (event.channel !== 'fills') return;
    const { fill_id: fill, qty_1e8: qty } = event.data as { fill_id: string; qty_1e8: number };
    assert.ok(!this.fills.has(fill), `fill ${fill} told twice`);
    this.fills.add(fill);
    this.#filled.set(event.graphId, (this.#filled.get(event.graphId) ?? 0) + qty);
  }
}

test(`${ORDERS} orders over threads: one answer, one order at the venue and one set of fills each, account events without gap, no message posted`, async () => {
  const watch = messageWatch();
  const module = new URL('./message-watch.js', import.meta.url).href;
  const rig = await threadsRig({ besides: ['engine', 'venues'].map((thread) => ({ thread, module, data: watch.words })) });
  const unwatch = watchPosts(watch.words);
  try {
    assert.equal(watch.watched(), 3, 'engine, venues, main');
    const before = watch.posted();
    const frames = changesOf(rig.engine.port);
    const traffic = new Traffic(rig.engine.port);
    await traffic.run(ORDERS);
    await eventually('books go on changing', () => changesOf(rig.engine.port) > frames);
    assert.equal(watch.posted(), before, 'a message was posted on the order path');
    assert.equal(counter(rig.engine, 'orders_sent'), traffic.children.size, 'every child order of the engine left once');
    assert.equal(counter(rig.engine, 'orders_halted'), 0);
    watch.plant();
    await eventually('a planted message is seen', () => watch.posted() > before);
  } finally {
    unwatch();
    await rig.engine.stop();
  }
});

test(`${FUSED_ORDERS} orders on one thread: likewise, no message posted`, async () => {
  const engine = await openEngine({
    topology: 'fused', accounts: ['main'], seed: 1, speed: 1, clock: 'wall', dataDir: null, tracing: false, market: 'generated', log: () => undefined,
  });
  engine.run();
  const watch = messageWatch();
  const unwatch = watchPosts(watch.words);
  try {
    await eventually('prices', () => pricesEverywhere(engine));
    await eventually('ready', () => new Promise((resolve) => {
      engine.port.query(0, { kind: 'health' }, (reply) => resolve(reply.ok && (reply.body as { ready: boolean }).ready));
    }));
    const before = watch.posted();
    await new Traffic(engine.port).run(FUSED_ORDERS);
    assert.equal(watch.posted(), before, 'a message was posted on the order path');
  } finally {
    unwatch();
    await engine.stop();
  }
});

/** Of all books since the start. */
function changesOf({ books, universe }: EnginePort): number {
  return universe.instruments.reduce((sum, { id }) => sum + books.version(id), 0);
}
