/** Rows of the core alone: `apply` on the mix and by event type, what is armed, what is kept. */
import { benchMix } from '../micro/core.js';
import { benchArmed, benchChurn, type ScaleResult } from '../micro/core-scale.js';
import { kindNames } from '../support/core-feeder.js';
import { exposeGc } from '../support/heap.js';
import { type Row, spread } from '../support/row.js';

export interface CoreSizes {
  readonly units: number;
  readonly repeats: number;
  readonly few: number;
  readonly many: number;
  readonly ticks: number;
  readonly churn: number;
}

export const coreQuick: CoreSizes = { units: 1_000, repeats: 2, few: 1_000, many: 5_000, ticks: 20_000, churn: 2_000 };
export const coreFull: CoreSizes = { units: 20_000, repeats: 5, few: 1_000, many: 1_000_000, ticks: 50_000, churn: 1_000_000 };

export function coreRows(size: CoreSizes): Row[] {
  exposeGc();
  return [...mixRows(size), ...armedRows(benchArmed('price', size.few, size.many, size.ticks, size.repeats)),
    ...armedRows(benchArmed('timer', size.few, size.many, size.ticks, size.repeats)), ...churnRows(size)];
}

function mixRows(size: CoreSizes): Row[] {
  const runs = Array.from({ length: size.repeats }, () => benchMix(size.units));
  const byKind = Array.from({ length: size.repeats }, () => benchMix(size.units, true));
  const checksum = runs.reduce((sum, run) => sum + run.effects, 0);
  const bench = 'core';
  return [
    { bench, what: 'apply, mix with 1,000 open graphs', ...spread(runs.map((run) => (run.events / run.ns) * 1e9)), unit: 'events/s', checksum },
    ...kindNames.map((name, kind) => ({
      bench, what: `apply: ${name}, p50`, ...spread(byKind.map((run) => run.nsByKind[kind] ?? Number.NaN)), unit: 'ns', checksum,
    })),
  ];
}

function armedRows(result: ScaleResult): Row[] {
  const count = (value: number): string => value.toLocaleString('en-US');
  const bench = 'core';
  return [
    {
      bench, what: `tick beside ${count(result.many)} armed ${result.name} edges`, ...result.manyNs, unit: 'ns', checksum: result.many,
      floor: { what: `beside ${count(result.few)}`, value: result.fewNs.value },
    },
    {
      bench, what: `bytes of an idle node with its ${result.name} edge and document`, value: result.bytesANode, low: result.bytesANode,
      high: result.bytesANode, unit: 'bytes', checksum: result.many,
    },
  ];
}

/** The first 75,000 fill the room for ended graphs, whole and as records. */
function churnRows({ churn }: CoreSizes): Row[] {
  const warmUp = Math.min(churn, 75_000);
  const { grewBytes, nsAGraph } = benchChurn(warmUp, churn);
  const one = (what: string, value: number, unit: string): Row => ({ bench: 'core', what, value, low: value, high: value, unit, checksum: churn });
  const graphs = churn.toLocaleString('en-US');
  return [
    one(`heap after ${graphs} one-node graphs, against before`, grewBytes / 1_048_576, 'MiB'),
    one('open, fill and end a one-node graph', nsAGraph, 'ns'),
  ];
}
