/** A venue drops dead in the middle of a graph: the whole engine on the recordings, virtual time, its failure policies. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SimEngine } from '../../src/main/sim-engine.js';
import { simulatedUniverse } from '../../src/main/simulated-venues.js';
import { parseOrderBody } from '../../src/protocol/document/order-body.js';
import { Resolver } from '../../src/protocol/document/resolver.js';
import { SimVenue } from '../../src/venues/sim/sim-venue.js';

const SECOND = 1_000_000_000;
const BINANCE = 0;
const resolver = new Resolver(simulatedUniverse);

interface Child {
  readonly venue: string;
  readonly status: string;
  readonly sent_ns: number;
}

interface View {
  readonly status: string;
  readonly nodes: Record<string, { status: string; filled_qty_1e8: number; failure_reason: string | null; children: Child[] }>;
}

async function started(): Promise<SimEngine> {
  const sim = new SimEngine({ clock: 'virtual', speed: 0, seed: 1, log: null });
  await sim.advanceTo(2 * SECOND);
  return sim;
}

async function submit(sim: SimEngine, document: object): Promise<void> {
  const made = parseOrderBody(JSON.stringify({ graph_id: 'g', ...document }), {
    resolver, accountId: 0, newGraphId: 'g', forceSandbox: true,
  });
  assert.ok(made.ok, JSON.stringify(made));
  const reply = await sim.command({ kind: 'submit', graph: made.graph, bodyHash: made.bodyHash, repeatKey: '' });
  assert.ok(reply.ok, JSON.stringify(reply));
}

const view = (sim: SimEngine): View => sim.graph('g') as unknown as View;
const elapse = (sim: SimEngine, seconds: number): Promise<void> => sim.advanceTo(sim.engine.nowNs() + seconds * SECOND);

function kill(sim: SimEngine, venue: number, seconds: number): void {
  const dead = sim.engine.venues[venue];
  assert.ok(dead instanceof SimVenue);
  dead.inject('disconnect', seconds * SECOND);
}

/** What the account's balances say it bought: the venues' truth, told after all is settled. */
function gained1e8(sim: SimEngine, asset: string): number {
  const id = simulatedUniverse.assets.findIndex(({ code }) => code === asset);
  return sim.engine.venues.reduce((sum, venue) => {
    assert.ok(venue instanceof SimVenue);
    return sum + Number(venue.balance1e8(0, id)) - 50e8;
  }, 0);
}

const twap = (risk: object): object => ({
  nodes: [{
    node_id: 'twap', instrument: { symbol: 'BTC-USD' }, side: 'buy', order_type: 'market', activation: 'root',
    quantity: { fixed: { qty_1e8: 100_000_000 } }, execution: { pacing: { uniform: { num_slices: 10, interval_ms: 1_000 } } },
  }],
  edges: [], risk,
});

/** The order that is on its way to the venue as it dies stays in doubt until the venue answers again. */
async function twapAroundADeath(secondsDead: number) {
  const sim = await started();
  await submit(sim, twap({ failure: { on_disconnect: 'continue' } }));
  await elapse(sim, 3);
  const diedAtNs = Number(sim.engine.baseNs()) + sim.engine.nowNs();
  kill(sim, BINANCE, secondsDead);
  await elapse(sim, 6);
  const children = Object.values(view(sim).nodes).flatMap((node) => node.children);
  const late = children.filter((child) => child.sent_ns > diedAtNs && child.sent_ns < diedAtNs + Math.min(secondsDead, 6) * SECOND);
  assert.ok(late.length > 0, 'something was sent after the death');
  assert.ok(late.every((child) => child.venue !== 'binance'));
  await elapse(sim, secondsDead + 30);
  const { status, nodes } = view(sim);
  assert.equal(status, 'completed');
  const filled = nodes['twap']?.filled_qty_1e8 ?? 0;
  const bought = gained1e8(sim, 'BTC');
  assert.ok(bought <= filled && bought >= filled - filled / 1_000, `balances say ${bought}, the graph ${filled}`);
  sim.close();
  return { status: nodes['twap']?.status, filled, reason: nodes['twap']?.failure_reason };
}

test('on_disconnect continue: a TWAP goes on at the other venues, and what the dead one held joins it in time', async () => {
  assert.deepEqual(await twapAroundADeath(3), { status: 'filled', filled: 100_000_000, reason: null });
});

test('on_disconnect continue: what is in doubt beyond the last slice is not sent twice but said to be missing', async () => {
  assert.deepEqual(await twapAroundADeath(60), { status: 'expired', filled: 90_000_000, reason: 'PACING_ENDED' });
});

test('on_disconnect pause_graph: nothing opens while its venue is dead, then the graph goes on by itself', async () => {
  const sim = await started();
  const pinned = {
    nodes: [{
      node_id: 'rest', instrument: { symbol: 'BTC-USD', venue: 'binance' }, side: 'buy', activation: 'root',
      order_type: { limit: { price_1e9: 50_000e9 } }, quantity: { fixed: { qty_1e8: 10_000_000 } },
    }],
    edges: [],
  };
  await submit(sim, pinned);
  await elapse(sim, 2);
  kill(sim, BINANCE, 20);
  await elapse(sim, 5);
  assert.equal(view(sim).status, 'paused');
  await elapse(sim, 60);
  assert.equal(view(sim).status, 'active');
  assert.equal(view(sim).nodes['rest']?.status, 'working');
  const live = view(sim).nodes['rest']?.children.filter((child) => child.status === 'live');
  assert.equal(live?.length, 1, 'the order of before is gone, the one of now rests');
  sim.close();
});

test('an exit goes on elsewhere when the venue of its entry is dead, and sells once', async () => {
  const sim = await started();
  const order = (node_id: string, side: string, more: object): object => ({
    node_id, side, order_type: 'market', instrument: { symbol: 'BTC-USD' }, ...more,
  });
  await submit(sim, {
    nodes: [
      order('entry', 'buy', {
        activation: 'root', quantity: { fixed: { qty_1e8: 10_000_000 } }, instrument: { symbol: 'BTC-USD', venue: 'binance' },
      }),
      order('exit', 'sell', { activation: 'wait', quantity: { from_edge: {} } }),
    ],
    edges: [{ from_node: 'entry', to_node: 'exit', trigger: { on_timeout: { ms: 5_000 } }, sizing: 'parent_filled_qty' }],
  });
  await elapse(sim, 2);
  assert.equal(view(sim).nodes['entry']?.status, 'filled');
  kill(sim, BINANCE, 60);
  await elapse(sim, 10);
  const exit = view(sim).nodes['exit'];
  assert.ok(exit !== undefined && exit.children.length > 0);
  assert.ok(exit.children.every((child) => child.venue !== 'binance'));
  const sold = exit.filled_qty_1e8;
  assert.ok(sold > 9_900_000 && sold <= 10_000_000, `${sold}: what was bought, less the fee in coins`);
  await elapse(sim, 80);
  assert.equal(view(sim).status, 'completed');
  assert.equal(view(sim).nodes['exit']?.filled_qty_1e8, sold);
  assert.ok(Math.abs(gained1e8(sim, 'BTC')) < 20_000, 'bought and sold the same');
  sim.close();
});
