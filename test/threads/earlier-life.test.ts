/** Orders of an earlier life rest at venues of another process: kill switches reach them, whatever the engine thread does. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { inspect } from 'node:util';
import type { Command } from '../../src/protocol/commands.js';
import { startVenues } from '../crash/campaign.js';
import { Drill, counter, eventually, status, submitCommand, threadsRig } from './support.js';

/** Stays at its venue when the engine goes: by default a graph is paused, and its orders cancelled once the venue is back. */
function resting(graphId: string): Command {
  const command = submitCommand({ symbol: 'BTC-USD', side: 'buy', qty: 0.01, order_type: 'limit', price: 30_000, venue: 'binance', graph_id: graphId });
  const { graph } = command;
  return { ...command, graph: { ...graph, risk: { ...graph.risk, failure: { ...graph.risk.failure, onDisconnect: 'continue' } } } };
}

test('an engine that hangs after its restart: the switch of one graph cancels what that graph left at its venue, nothing else', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'legwork-earlier-'));
  const venues = await startVenues(folder, 3);
  const options = { dataDir: join(folder, 'data'), venuesAt: join(folder, 'venue.sock') };
  const drill = new Drill('engine');
  try {
    const first = await threadsRig(options);
    try {
      for (const graphId of ['stopped', 'stays']) {
        assert.ok((await first.command(resting(graphId))).ok);
        await eventually('it rests', async () => /status: 'live'/.test(inspect(await first.ask({ kind: 'graph', graphId }), { depth: 9 })));
      }
    } finally {
      await first.engine.stop();
    }
    const second = await threadsRig({ ...options, besides: [drill.besides] });
    try {
      assert.equal(counter(second.engine, 'orders_sent'), 0, 'nothing was sent again');
      await drill.hang();
      const scope = { kind: 'graph', accountId: 0, graphId: 'stopped' } as const;
      const killed = await second.command({ kind: 'kill', scope, reason: 'test', cancelOpen: true, allowExits: true });
      assert.ok(killed.ok && killed.warnings[0]?.code === 'ENFORCED_AT_VENUES', JSON.stringify(killed));
      await eventually('cancelled', () => counter(second.engine, 'orders_cancelled_by_switch') === 1);
      drill.end();
      await eventually('its graph ends', async () => status(await second.ask({ kind: 'graph', graphId: 'stopped' })) === 'cancelled');
      assert.equal(status(await second.ask({ kind: 'graph', graphId: 'stays' })), 'active');
      assert.equal(counter(second.engine, 'orders_cancelled_by_switch'), 1);
    } finally {
      drill.end();
      await second.engine.stop();
    }
  } finally {
    venues.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
});
