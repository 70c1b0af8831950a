/** A mesh over two guest threads, wall clock: its pair hedges by messages that cross; one of the threads ends, the other goes on. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { SimEngine } from '../../src/main/sim-engine.js';
import type { DeploymentDone, DeploymentReply, DeploymentUpload } from '../../src/protocol/deployment-port.js';
import { BR0, END, i32, LOOP, onBook } from '../algo/guest-builder.js';

const sim = new SimEngine({
  clock: 'wall', speed: 20, seed: 3, log: null, accounts: ['default'],
  guestThreads: { fuel: 2 ** 30 - 1, watchdogMs: 400, meshThreads: 2 },
});
sim.run();
after(() => sim.close());
const { deployments } = sim;

function answer(run: (done: DeploymentDone) => void): Promise<DeploymentReply> {
  return new Promise((resolve) => run(resolve));
}
async function good<T>(run: (done: DeploymentDone) => void): Promise<T> {
  const reply = await answer(run);
  assert.ok(reply.ok, JSON.stringify(reply));
  return reply.body as T;
}
async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await condition())) {
    assert.ok(Date.now() < deadline, `waited 60 s for ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
const upload = (name: string, wasm: Uint8Array, extra: Partial<DeploymentUpload>): Promise<{ deployment_id: string }> =>
  good((done) => deployments.upload(0, {
    name, wasm, symbols: ['BTC-USD'], startImmediately: true, venues: ['binance'], labels: null, configJson: null, ...extra,
  }, done));
interface Metrics {
  fills: number;
  restarts: number;
  deaths: string[];
  instances: { label: string; status: string; callbacks: number; positions_1e8: { qty_1e8: number }[] }[];
}
const metrics = (id: string): Promise<Metrics> => good((done) => deployments.metrics(0, id, done));
const messages = async (id: string): Promise<number> => (await good<{ messages: number }>((done) => deployments.mesh(0, id, done))).messages;
const MOST = 2_000_000;

test('the pair hedges over two threads; one thread ends under it and it hedges on; its own runaway kills one instance', async () => {
  await until('fresh books', async () => sim.engine.books.books(0, 1).some(({ fresh }) => fresh));
  const { deployment_id: pair } = await upload('pair', readFileSync('dist/algos/xhedge.wasm'), {
    venues: ['binance', 'coinbase'], labels: ['maker', 'hedger'], configJson: `[1,100000000,1000000,${MOST},20]`,
  });
  const hedged = async (fills: number): Promise<boolean> => {
    const { instances, fills: now } = await metrics(pair);
    const [maker = 0, hedger = 0] = instances.map(({ positions_1e8: [position] }) => position?.qty_1e8 ?? 0);
    return now >= fills && maker > 0 && hedger < 0 && Math.abs(maker + hedger) <= MOST;
  };
  await until('both to trade', () => hedged(4));
  assert.ok(await messages(pair) > 0);

  // A single instance shares the first thread, which is the maker's.
  const { deployment_id: loop } = await upload('loop', onBook([...LOOP, ...BR0, END, ...i32(0)]), {});
  await until('the restart of the maker', async () => {
    // On a machine with much else to do its fuel may end it before the watchdog looks.
    if ((await metrics(loop)).deaths.some((death) => death.includes('OUT_OF_FUEL'))) await good((done) => deployments.start(0, loop, done));
    return (await metrics(pair)).restarts === 1;
  });
  const { fills } = await metrics(pair);
  const told = await messages(pair);
  await until('both to trade on', () => hedged(fills + 4));
  assert.ok(await messages(pair) > told, 'over the fresh links');

  // An instance that runs away takes its own thread along and nobody else's.
  const both = { venues: ['binance', 'coinbase'], labels: ['a', 'b'] };
  const { deployment_id: loops } = await upload('loops', onBook([...LOOP, ...BR0, END, ...i32(0)]), both);
  await until('both to end', async () => (await metrics(loops)).deaths.length === 2);
  const killed = (await metrics(loops)).deaths.filter((death) => death.includes('WATCHDOG')).length;
  await until('the pair to begin anew where a thread ended', async () => (await metrics(pair)).restarts === 1 + killed);
  const before = (await metrics(pair)).fills;
  await until('and to hedge', () => hedged(before + 4));
  for (const id of [pair, loops]) await good((done) => deployments.undeploy(0, id, done));
});
