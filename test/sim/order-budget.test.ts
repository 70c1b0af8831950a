/** All modules of an account together: what they may send in a second, however many they are. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SimEngine } from '../../src/main/sim-engine.js';
import type { DeploymentDone } from '../../src/protocol/deployment-port.js';
import { orderModule } from '../../bench/support/small-modules.js';

test('modules of an account share its orders of a second; who is refused is told, and goes on in the next', async () => {
  // Why this test? The limit of an instance alone let 64 deployments of one account send 12,800 orders a second.
  const sim = new SimEngine({ clock: 'wall', speed: 20, seed: 3, log: null, market: 'generated', guestThreads: { ordersPerSecond: 3, watchdogMs: 10_000 } });
  const good = <T>(run: (done: DeploymentDone) => void): Promise<T> => new Promise((resolve, reject) => run((reply) => {
    if (reply.ok) resolve(reply.body as T);
    else reject(new Error(JSON.stringify(reply)));
  }));
  try {
    sim.run();
    const made = await Promise.all([0, 1].map((i) => good<{ deployment_id: string }>((done) => sim.deployments.upload(0, {
      name: `m${i}`, wasm: orderModule(), symbols: ['BTC-USD'], startImmediately: true, venues: ['binance'], labels: null, configJson: '[1,100000]',
    }, done))));
    const sent = (): number => sim.engine.scheduler.state.graphSerial;
    const refusals = async (): Promise<number> => {
      const logs = await Promise.all(made.map(({ deployment_id: id }) => good<{ logs: { text: string }[] }>((done) => sim.deployments.logs(0, id, 1_000, done))));
      return logs.flatMap((row) => row.logs).filter(({ text }) => /^refused: all modules of an account may send 3 orders/.test(text)).length;
    };
    const deadline = Date.now() + 60_000;
    while (await refusals() < 3) {
      assert.ok(Date.now() < deadline, `3 seconds with too many orders, ${sent()} were sent`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const seconds = Math.ceil((sim.engine.nowNs() - sim.engine.startedNs) / 1e9) + 1;
    assert.ok(sent() > 3 && sent() <= 3 * seconds, `${sent()} orders in ${seconds} s`);
  } finally {
    sim.close();
  }
});
