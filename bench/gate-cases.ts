/**
 * What the gate watches: work of the hot path beside a floor measured in the same instant, so that the machine's speed
 * cancels out. One measurement is a few ms of each, by turns; the ratio is what is compared.
 */
import { needsSample } from '../src/core/market.js';
import { plan } from '../src/core/sor/plan.js';
import { benchRequest } from './micro/plan.js';
import { BTC_USD, CoreFeeder, START_MID } from './support/core-feeder.js';
import { cpuNs } from './support/row.js';
import { above, waitingGraph } from './support/core-specs.js';

export type Plant = 'none' | 'delay' | 'allocation';

export interface GateCase {
  readonly name: string;
  /** CPU ns of one operation ÷ CPU ns of one round of the floor. */
  readonly ratio: () => number;
}

const PLANTED_DELAY_NS = 2_000;
const OPERATIONS = 20_000;
/** What is planted is kept reachable, so that it cannot be optimised away. */
const planted: object[] = [];

export function gateCases(plant: Plant): readonly GateCase[] {
  const feeder = new CoreFeeder();
  feeder.submit(waitingGraph('armed', 100, (i) => above(START_MID + 1_000 + i)), START_MID);
  feeder.fill(feeder.takePlaced(), START_MID);
  const request = benchRequest(20, 2_000);
  let ticks = 0;
  const tick = (): number => {
    plantIt(plant);
    feeder.tNs += 1_000;
    const mid = START_MID - (ticks++ & 31);
    if (needsSample(feeder.state, BTC_USD, feeder.quotes(mid))) return 0;
    feeder.tick(mid);
    return mid;
  };
  return [
    against('core: tick through pre-filter and apply', OPERATIONS, tick),
    against('core: plan over 3 venues × 20 levels', OPERATIONS, () => plan(request).placedLots),
  ];
}

function plantIt(plant: Plant): void {
  if (plant === 'none') return;
  if (plant === 'allocation') {
    planted.push({ values: new Array<number>(64).fill(1) });
    if (planted.length > 1_000) planted.length = 0;
    return;
  }
  const until = performance.now() + PLANTED_DELAY_NS / 1e6;
  while (performance.now() < until);
}

function against(name: string, operations: number, work: () => number): GateCase {
  for (let i = 0; i < operations; i++) work();
  for (let i = 0; i < 20; i++) floorRound();
  const ratio = (): number => {
    let checksum = 0;
    const started = cpuNs();
    for (let i = 0; i < operations; i++) checksum += work();
    const between = cpuNs();
    for (let i = 0; i < 20; i++) checksum += floorRound();
    const ended = cpuNs();
    if (!(checksum > 0)) throw new Error(`${name} did nothing`);
    return (between - started) / operations / ((ended - between) / 20 / FLOOR_STEPS);
  };
  return { name, ratio };
}

const FLOOR_STEPS = 200;
const FLOOR_TEXT = JSON.stringify(Array.from({ length: 40 }, (_, i) => ({ price: `${60_000 + i}.5`, lots: i * 1_000, side: i % 2 === 0 })));

/** Parsing a document: loads, branches and allocation, as the measured code has them. */
function floorRound(): number {
  let sum = 0;
  for (let i = 0; i < FLOOR_STEPS; i++) sum += (JSON.parse(FLOOR_TEXT) as unknown[]).length;
  return sum;
}
