/**
 * Lives of a real engine whose orders come from modules on guest threads: `legwork start` on venues in a process of their
 * own, deployments that trade, SIGKILL while they do, again and again on one directory.
 */
import { readFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Prng } from '../../src/base/prng.js';
import { checkInvariants } from '../../src/core/invariants.js';
import { replayDirectory } from '../../src/main/data-directory.js';
import { at } from '../api/client.js';
import { startVenues } from './campaign.js';
import { comparePositions, readLedger } from './compare.js';
import { StartedEngine } from './started-engine.js';

export interface GuestLives {
  readonly problems: readonly string[];
  readonly kills: number;
  readonly orders: number;
  readonly fills: number;
  /** Kills with an order of a module live at its venue. */
  readonly withLive: number;
}

/** Rows of the ledger that a life adds at least before it is killed. */
const ROWS_A_LIFE = 6;
const DEADLINE_MS = 60_000;

const modules = {
  // Without a skew it quotes at the touch whatever it holds: with one its quotes move away and the market may not come back for minutes.
  maker: { qty: 1_000_000, spread: 0, most: 1_000_000_000, skew: 0, post: 1 },
  peg: { side: 1, qty: 3_000_000 },
} as const;

async function deploy(engine: StartedEngine): Promise<string[]> {
  const ids: string[] = [];
  for (const [name, config] of Object.entries(modules)) {
    const made = await engine.client.post('/v1/deployments', {
      name, wasm_base64: readFileSync(`dist/algos/${name}.wasm`).toString('base64'), symbols: ['BTC-USD'], venues: ['binance'], config,
      start_immediately: true,
    });
    if (made.status !== 201) throw new Error(`deploying ${name}: ${made.text}`);
    ids.push(String(at(made.json, 'deployment_id')));
  }
  return ids;
}

/** What recovery brought back goes on; a module whose state did not come back is started again, as its owner would. */
async function goOn(engine: StartedEngine, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    const got = await engine.client.get(`/v1/deployments/${id}`);
    if (got.status !== 200) throw new Error(`deployment ${id} is lost: ${got.text}`);
    if (at(got.json, 'status') === 'running') continue;
    const started = await engine.client.post(`/v1/deployments/${id}/start`);
    if (started.status !== 200) throw new Error(`starting ${id} again: ${started.text}`);
  }
}

async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** Client order ids of the orders that are live at the venues. */
export function liveIn(ledger: string): ReadonlySet<string> {
  const live = new Set<string>();
  for (const row of readLedger(ledger)) {
    if (row.what === 'order') live.add(row.clientOrderId);
    else if (row.what === 'end') live.delete(row.clientOrderId);
  }
  return live;
}

/** @throws Error when a life doesn't come up, trade or end */
export async function guestLives(kills: number, seed: number, topology: 'fused' | 'threads'): Promise<GuestLives> {
  const folder = mkdtempSync(join(tmpdir(), 'legwork-guests-'));
  const data = join(folder, 'data');
  const ledger = join(folder, 'ledger.jsonl');
  const prng = new Prng(seed);
  const venues = await startVenues(folder, seed);
  const start = (): Promise<StartedEngine> =>
    StartedEngine.start(data, {}, ['--topology', topology, '--venues-at', join(folder, 'venue.sock')]);
  let engine = await start();
  let withLive = 0;
  try {
    const ids = await deploy(engine);
    for (let i = 0; i < kills; i++) {
      const enough = readLedger(ledger).length + ROWS_A_LIFE + prng.below(20);
      await until(`orders of life ${i}`, () => readLedger(ledger).length >= enough);
      await engine.end('SIGKILL');
      if (liveIn(ledger).size > 0) withLive++;
      engine = await start();
      await goOn(engine, ids);
    }
    for (const id of ids) await engine.client.delete(`/v1/deployments/${id}`);
    await engine.eventually('/v1/execution_graphs?status=active', (got) => at(got.json, 'total') === 0);
    await until('the end of all orders', () => liveIn(ledger).size === 0);
    await engine.end('SIGTERM');
    return { ...compared(data, ledger), kills, withLive };
  } finally {
    await engine.end('SIGKILL');
    venues.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Every order at the venues is one that the journal's replay sends, once; positions are those of the venues' fills. */
function compared(data: string, ledger: string): Pick<GuestLives, 'problems' | 'orders' | 'fills'> {
  const problems: string[] = [];
  const placed = new Map<string, number>();
  const { state } = replayDirectory(data, (effect) => {
    if (effect.kind === 'place') placed.set(effect.order.clientOrderId, (placed.get(effect.order.clientOrderId) ?? 0) + 1);
  }, () => false, false);
  checkInvariants(state);
  const rows = readLedger(ledger);
  const seen = new Set<string>();
  for (const { what, clientOrderId } of rows) {
    if (what !== 'order') continue;
    if (seen.has(clientOrderId)) problems.push(`venue order ${clientOrderId} is there twice`);
    seen.add(clientOrderId);
    if (placed.get(clientOrderId) !== 1) problems.push(`venue order ${clientOrderId}: the journal sends it ${placed.get(clientOrderId) ?? 0} times`);
  }
  for (const venue of state.venues) {
    for (const child of venue.live) problems.push(`order ${child.clientOrderId} is live in the engine at the end (${child.state})`);
  }
  comparePositions(rows, state, problems);
  return { problems, orders: seen.size, fills: rows.filter(({ what }) => what === 'fill').length };
}
