/**
 * For an algo's own unit tests: the module in the real host, books in, actions out, the venue played by the test.
 * Prices in ticks, quantities in lots of the symbol given.
 */
import { readFileSync } from 'node:fs';
import { checkAndMeter } from '../admission/admit.js';
import type { GuestAction } from '../host/actions.js';
import { BookTop } from '../host/book-top.js';
import { Deployment } from '../host/deployment.js';
import type { AlgoInstance } from '../host/instance.js';
import type { ConfigParam } from '../host/regions.js';
import type { SymbolSpec } from '../host/symbol-state.js';

export interface HarnessOptions {
  /** Values of the config parameters, by place; whole numbers. */
  readonly config?: readonly number[];
  readonly instances?: readonly { readonly label: string; readonly venueId: number }[];
  readonly symbol?: SymbolSpec;
}

/** Ticks of 0.01, lots of 0.0001. */
const defaultSymbol: SymbolSpec = {
  name: 'BTC-USD', tick1e9: 10_000_000, lot1e8: 10_000, minQtyLots: 1, minNotional1e9: 0, pricePrecision: 2, qtyPrecision: 4,
};
const ms = 1_000_000;

export class AlgoHarness {
  /** Everything the instances did, oldest first. */
  readonly actions: (GuestAction & { readonly label: string })[] = [];
  readonly logs: string[] = [];
  readonly deaths: string[] = [];
  readonly deployment: Deployment;
  readonly #top = new BookTop();
  #tNs = 0;

  /** @param wasm path of the module. @throws Error naming the rule when it isn't admitted */
  constructor(wasm: string, options: HarnessOptions = {}) {
    const admitted = checkAndMeter(readFileSync(wasm));
    if (!admitted.ok) throw new Error(`${wasm} is not admitted: ${admitted.error.code}: ${admitted.error.message}`);
    const { metered, profile } = admitted.value;
    const config = (options.config ?? []).map((value): ConfigParam => ({ type: 'int', value }));
    this.deployment = new Deployment(
      {
        id: 'harness', instances: options.instances ?? [{ label: 'main', venueId: 200 }], symbols: [options.symbol ?? defaultSymbol],
        risk: { maxPositionLots: 0, maxDailyLoss1e9: 0, maxOrderNotional1e9: 0, maxOrderRate: 0, reduceOnly: false },
        config, baseNs: 1_700_000_000_000_000_000n,
      },
      new WebAssembly.Module(metered), profile,
      {
        act: (instance, action) => void this.actions.push({ ...action, label: instance.spec.label }),
        log: (_, line) => void this.logs.push(line.text),
        died: (instance, reason, detail) => void this.deaths.push(`${instance.spec.label}: ${reason}: ${detail}`),
      },
    );
  }

  /** Flat pairs of ticks and lots, best first; a millisecond later than the event before. */
  book(bids: readonly number[], asks: readonly number[], venueId = this.deployment.spec.instances[0]?.venueId ?? 0): void {
    this.#tNs += ms;
    this.#top.setFrom(bids, asks, this.#tNs);
    this.deployment.bookChanged(venueId, 0, this.#top, this.#tNs);
  }

  ack(ref: number, label?: string): void {
    this.#instance(label).orderAcked(0, ref);
  }

  fill(ref: number, ticks: number, lots: number, side: 1 | -1, label?: string): void {
    this.#instance(label).orderFilled(0, ref, ticks, lots, side, this.#tNs);
    this.deployment.settle(this.#tNs);
  }

  reject(ref: number, code: number, label?: string): void {
    this.#instance(label).orderRejected(0, ref, code, this.#tNs);
    this.deployment.settle(this.#tNs);
  }

  cancelled(ref: number, label?: string): void {
    this.#instance(label).orderDone(0, ref);
  }

  amended(ref: number, ticks: number, lots: number, label?: string): void {
    this.#instance(label).orderAmended(0, ref, ticks, lots);
  }

  /** Lets engine time pass: heartbeats that are due are sent. */
  advance(milliseconds: number): void {
    this.#tNs += milliseconds * ms;
    this.deployment.advance(this.#tNs);
  }

  shutdown(): void {
    this.deployment.shutdown(this.#tNs);
  }

  #instance(label?: string): AlgoInstance {
    const instance = label === undefined ? this.deployment.instances[0] : this.deployment.instance(label);
    if (instance === undefined) throw new Error(`harness: there is no instance ${label ?? ''}`);
    return instance;
  }
}
