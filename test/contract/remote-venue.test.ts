/** A venue in a process of its own, over a real socket: the client dies and comes back, the venue lives. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ReportKind, VenueReason } from '../../src/protocol/events.js';
import { RemoteVenue } from '../../src/venues/remote/remote-venue.js';
import { buildUniverse } from '../../src/venues/sim/universe.js';
import { second, VenueRig } from './venue-rig.js';

const universe = buildUniverse();
const baseNs = BigInt(Date.now()) * 1_000_000n;
const started = process.hrtime.bigint();
const now = (): number => Number(process.hrtime.bigint() - started);

interface Client {
  readonly rig: VenueRig;
  readonly venue: RemoteVenue;
}

function connect(path: string): Client {
  const rig = new VenueRig(universe);
  const venue = new RemoteVenue({
    universe, venue: 1, path, baseNs, sink: rig, feed: rig, answerTimeoutNs: 5 * second,
  });
  rig.attach(venue);
  return { rig, venue };
}

/** Works until it holds; fails after ten seconds. */
async function until(client: Client, what: string, holds: () => boolean): Promise<void> {
  const deadline = now() + 10 * second;
  while (!holds()) {
    assert.ok(now() < deadline, `waited in vain for: ${what}`);
    client.venue.doWork(now());
    await nextTurn();
  }
}

function startVenues(path: string, ledger: string): Promise<ChildProcess> {
  const child = spawn(
    process.execPath, ['dist/src/venues/remote/venue-process.js', '--socket', path, '--ledger', ledger],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', () => resolve(child));
    child.on('exit', () => reject(new Error('the venue process ended')));
  });
}

test('orders, fills and open orders survive the client; a dead venue makes what was on the way unknown', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'legwork-venue-'));
  const path = join(folder, 'venue.sock');
  const ledger = join(folder, 'ledger.jsonl');
  const child = await startVenues(path, ledger);
  try {
    const first = connect(path);
    const isReady = (client: Client) => () => client.rig.statuses.at(-1)?.reconciled === 1;
    await until(first, 'a reconciled venue', isReady(first));
    const listing = first.rig.listing('BTC-USD');
    await until(first, 'a book', () => first.rig.book(listing.id).stale === null);
    const taken = first.rig.take(listing, 1, { clientOrderId: 'taken' });
    const resting = first.rig.rest(listing, { clientOrderId: 'resting' });
    const isFilled = (): boolean => first.rig.fillsOf(taken).at(-1)?.openLots === 0;
    await until(first, 'fill and acknowledgement', () => isFilled() && first.rig.kindsOf(resting).length > 0);
    first.venue.close();

    const next = connect(path);
    const refused = next.rig.place(listing, { side: 1, limitTicks: 1_000, clientOrderId: 'too early' });
    await until(next, 'a reconciled venue', isReady(next));
    const [answer] = next.rig.reportsOf(refused);
    assert.deepEqual([answer?.kind, answer?.reason], [ReportKind.reject, VenueReason.network]);
    assert.deepEqual(next.rig.openLists.at(-1)?.orders.map((row) => row.clientOrderId), [resting]);
    next.venue.query(0, taken);
    await until(next, 'the fills again', () => next.rig.kindsOf(taken).includes(ReportKind.status));
    const ids = (client: Client): string[] => client.rig.fillsOf(taken).map((row) => row.execId);
    assert.deepEqual(ids(next), ids(first));

    await until(next, 'a book', () => next.rig.book(listing.id).stale === null);
    child.kill('SIGSTOP');
    const lost = next.rig.place(listing, { side: 1, limitTicks: 6_000_000, clientOrderId: 'lost' });
    child.kill('SIGKILL');
    await until(next, 'the end of the connection', () => next.rig.statuses.at(-1)?.connected === 0);
    assert.deepEqual(next.rig.kindsOf(lost), [ReportKind.unknown]);
    assert.equal(next.rig.book(listing.id).stale, 'disconnect');
    next.venue.close();

    const lines = readFileSync(ledger, 'utf8').trim().split('\n');
    const rows = lines.map((line) => JSON.parse(line) as { what: string; clientOrderId: string });
    assert.deepEqual(rows.filter((row) => row.what === 'order').map((row) => row.clientOrderId), [taken, resting]);
    assert.equal(rows.filter((row) => row.what === 'fill').length, first.rig.fillsOf(taken).length);
  } finally {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
});
