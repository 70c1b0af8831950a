/** What the tests of the algo host share: specs, books, a sink that records, a venue that fills at once. */
import { readFileSync } from 'node:fs';
import { must } from '../../src/base/assert.js';
import { checkAndMeter, type AdmittedModule } from '../../src/algo/admission/admit.js';
import type { GuestAction } from '../../src/algo/host/actions.js';
import { BookTop } from '../../src/algo/host/book-top.js';
import { Deployment, type DeploymentSink, type DeploymentSpec } from '../../src/algo/host/deployment.js';
import type { AlgoInstance } from '../../src/algo/host/instance.js';
import type { ConfigParam } from '../../src/algo/host/regions.js';
import type { SymbolSpec } from '../../src/algo/host/symbol-state.js';

/** Ticks of 0.01, lots of 0.0001. */
export const btc: SymbolSpec = {
  name: 'BTC-USD', tick1e9: 10_000_000, lot1e8: 10_000, minQtyLots: 1, minNotional1e9: 0, pricePrecision: 2, qtyPrecision: 4,
};
export const noLimits = {
  maxPositionLots: 0, maxDailyLoss1e9: 0, maxOrderNotional1e9: 0, maxOrderRate: 0, reduceOnly: false,
};
export const BINANCE = 3;
export const KRAKEN = 1;
/** 2024-08-09 00:00 UTC. */
export const baseNs = 1_723_161_600_000_000_000n;

export function ints(...values: number[]): ConfigParam[] {
  return values.map((value) => ({ type: 'int', value }));
}

export function spec(overrides: Partial<DeploymentSpec> = {}): DeploymentSpec {
  return {
    id: 'dep_test', instances: [{ label: 'main', venueId: BINANCE }], symbols: [btc], risk: noLimits, config: [], baseNs,
    ...overrides,
  };
}

export function admitted(path: string): AdmittedModule {
  const result = checkAndMeter(readFileSync(path));
  if (!result.ok) throw new Error(`${path}: ${result.error.code}: ${result.error.message}`);
  return result.value;
}

export function book(bids: readonly number[], asks: readonly number[], recvNs = 0): BookTop {
  const top = new BookTop();
  top.setFrom(bids, asks, recvNs);
  return top;
}

export interface Recorder extends DeploymentSink {
  readonly actions: (GuestAction & { label: string })[];
  readonly lines: string[];
  readonly deaths: string[];
}

export function recorder(): Recorder {
  const actions: (GuestAction & { label: string })[] = [];
  const lines: string[] = [];
  const deaths: string[] = [];
  return {
    actions, lines, deaths,
    act: (instance, action) => void actions.push({ ...action, label: instance.spec.label }),
    log: (_, line) => void lines.push(line.text),
    died: (instance, reason) => void deaths.push(`${instance.spec.label} ${reason}`),
  };
}

export function deploy(module: AdmittedModule, sink: DeploymentSink, overrides: Partial<DeploymentSpec> = {}): Deployment {
  return new Deployment(spec(overrides), new WebAssembly.Module(module.metered), module.profile, sink);
}

export function only(deployment: Deployment): AlgoInstance {
  return must(deployment.instances[0], 'the first instance');
}
