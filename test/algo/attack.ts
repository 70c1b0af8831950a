/**
 * What other users' orders feel while one account attacks: its modules loop, flood actions and logs, grow, trap, are
 * uploaded and started over and over. Quiet and attacked phases alternate, so that the machine's own moods fall on both.
 * `npm run algo:attack -- --phases 6 --orders 150` prints p50 and p99 of a victim's orders in both, last whether the ratio held.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { SimEngine } from '../../src/main/sim-engine.js';
import type { DeploymentReply } from '../../src/protocol/deployment-port.js';
import { graphOf, plainNode } from '../model/world.js';
import { baseParts, BR0, build, EMPTY, END, i32, LOOP, onBook } from './guest-builder.js';
import { hostileKinds } from './hostile-kinds.js';

const ATTACKER = 1;
/** What others may feel of it. */
const P99_RATIO_MOST = 1.5;
/** Deployments at work at once, and how often the dead ones are started again, ms. */
const ATTACKERS = 6;
const AGAIN_MS = 20;

export interface AttackOptions {
  /** Of each sort. */
  readonly phases: number;
  /** Orders a phase. */
  readonly orders: number;
  readonly gapMs: number;
}

export interface AttackResult {
  readonly quietMs: readonly number[];
  readonly attackedMs: readonly number[];
  readonly uploads: number;
  readonly deaths: number;
  readonly refused: number;
}

/** Kinds that are admitted, so that they reach the host. */
function attackers(): Uint8Array[] {
  const loop = onBook([...LOOP, ...BR0, END, ...i32(0)]);
  const ends: readonly string[] = ['TRAP', 'OUT_OF_FUEL', 'CALL_DEPTH', 'BAD_ACTIONS', 'harmless'];
  const runs = hostileKinds.filter(({ fate }) => fate.every((each) => ends.includes(each))).map(({ make }) => make());
  // Large, and harmless but for the time that it takes to check.
  const large = build(baseParts(i32(0), Array.from({ length: 8 }, () => ({ type: 2, code: Array.from({ length: 35_000 }, () => [0x02, EMPTY, 0x41, 0, 0x0d, 0, END]).flat() }))));
  return [loop, large, ...runs, readFileSync('dist/algos/kernel.wasm')];
}

export async function attack({ phases, orders, gapMs }: AttackOptions): Promise<AttackResult> {
  const sim = new SimEngine({ clock: 'wall', speed: 1, seed: 1, log: null, accounts: ['victim', 'attacker'] });
  const result = { quietMs: [] as number[], attackedMs: [] as number[], uploads: 0, deaths: 0, refused: 0 };
  const modules = attackers();
  const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
  let number = 0;
  const order = async (into: number[]): Promise<void> => {
    const graph = { ...graphOf([{ ...plainNode, venues: [0], quantity: { kind: 'fixed', lots: 100 } }], []), graphId: `v${number++}` };
    const started = performance.now();
    await new Promise<void>((resolve) => sim.engine.command(0, { kind: 'submit', graph, bodyHash: graph.graphId, repeatKey: '' }, () => resolve()));
    into.push(performance.now() - started);
  };
  const storm = async (going: () => boolean): Promise<void> => {
    const live: string[] = [];
    for (let next = 0; going(); next++) {
      const wasm = modules[next % modules.length] ?? new Uint8Array(8);
      const reply = await new Promise<DeploymentReply>((resolve) => sim.deployments.upload(ATTACKER, {
        name: 'x', wasm, symbols: ['BTC-USD'], startImmediately: true, venues: ['binance'], labels: null, configJson: null,
      }, resolve));
      result.uploads++;
      if (reply.ok) live.push(String((reply.body as { deployment_id: unknown }).deployment_id));
      else result.refused++;
      for (const id of live) sim.deployments.start(ATTACKER, id, () => undefined);
      if (live.length > ATTACKERS) sim.deployments.undeploy(ATTACKER, live.shift() ?? '', () => undefined);
      await pause(AGAIN_MS);
    }
    for (const id of live) sim.deployments.undeploy(ATTACKER, id, () => undefined);
  };
  sim.deployments.onEvent(({ data }) => {
    if ((data as { kind?: unknown }).kind === 'died') result.deaths++;
  });
  sim.run();
  try {
    await pause(1_000);
    for (let phase = 0; phase < 2 * phases; phase++) {
      const attacked = phase % 2 === 1;
      let going = attacked;
      const storming = attacked ? storm(() => going) : Promise.resolve();
      if (attacked) await pause(200);
      for (let i = 0; i < orders; i++) {
        await order(attacked ? result.attackedMs : result.quietMs);
        await pause(gapMs);
      }
      going = false;
      await storming;
      await pause(100);
    }
  } finally {
    sim.close();
  }
  return result;
}

export function percentile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * p) / 100))] ?? NaN;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { phases: { type: 'string', default: '6' }, orders: { type: 'string', default: '150' }, gap: { type: 'string', default: '5' } } });
  const result = await attack({ phases: Number(values.phases), orders: Number(values.orders), gapMs: Number(values.gap) });
  const { quietMs, attackedMs, uploads, deaths, refused } = result;
  const row = (name: string, list: readonly number[]): string => `${name}: ${list.length} orders, p50 ${percentile(list, 50).toFixed(3)} ms, p99 ${percentile(list, 99).toFixed(3)} ms`;
  process.stdout.write(`${row('quiet', quietMs)}\n${row('attacked', attackedMs)}\n`);
  const ratio = percentile(attackedMs, 99) / percentile(quietMs, 99);
  const held = ratio <= P99_RATIO_MOST && deaths > 0;
  process.stdout.write(`${uploads} uploads, ${refused} refused, ${deaths} deaths\n`);
  process.stdout.write(`${held ? 'HELD' : 'NOT HELD'}: p99 of other users' orders while attacked ${ratio.toFixed(2)} × quiet, goal ≤ ${P99_RATIO_MOST}\n`);
  process.exit(held ? 0 : 1);
}
