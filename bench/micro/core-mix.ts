/**
 * `apply` on the stated mix with 1,000 open graphs: 70 % ticks (1 % of them cross a level), 20 % reports, 5 % timers,
 * 5 % submits; and a tick's cost with 1,000 and 1,000,000 armed price edges.
 *
 *   events ──► apply ──► effects (counted, thrown away)
 *
 * `node dist/bench/micro/core-mix.js [events] [armed]`; the answer's checksum is the trace hash.
 */
import { pathToFileURL } from 'node:url';
import { apply, createState } from '../../src/core/apply.js';
import { needsSample } from '../../src/core/market.js';
import { traceHash } from '../../src/core/state-hash.js';
import type { Child, CoreState } from '../../src/core/state.js';
import { nextTimerNs } from '../../src/core/timers.js';
import type { Effect } from '../../src/protocol/effects.js';
import { EventType, ReportKind, SampleReason, VenueReason, type ListingDepth, type ListingQuote, type ReportEvent, type SampleEvent } from '../../src/protocol/events.js';
import type { EdgeSpec, GraphSpec, NodeSpec } from '../../src/protocol/graph-spec.js';
import type { Universe } from '../../src/protocol/universe.js';

const VENUES = 3;
const MID = 60_000;

function universe(): Universe {
  const venues = Array.from({ length: VENUES }, (_, id) => ({ id, name: `v${id}`, abiId: 200 + id, simulated: true, nativeAmend: true, reduceOnly: false, selfTradePrevention: true }));
  return {
    assets: [{ id: 0, code: 'USD', kind: 'fiat' }, { id: 1, code: 'BTC', kind: 'crypto' }],
    venues,
    instruments: [{ id: 0, symbol: 'BTC-USD', kind: 'spot', base: 1, quote: 0, tick1e9: 1_000_000_000, lot1e8: 10_000, listings: [0, 1, 2] }],
    listings: venues.map(({ id }) => ({ id, venue: id, instrument: 0, quote: 0, tickMultiple: 1, lotMultiple: 1, minLots: 1, minNotional1e9: 0, makerFeeE6: 0, takerFeeE6: 500, feeAsset: 'quote' as const })),
  };
}

const policy = { kind: 'sor', cooldownNs: 1e9, maxAttempts: 8, horizonNs: 0 } as const;

function nodeSpec(nodeId: string, side: 1 | -1, lots: number, limitTicks: number | null, wait: boolean): NodeSpec {
  return {
    nodeId, instrument: 0, side, orderType: limitTicks === null ? 'market' : 'limit', limitTicks, quantity: { kind: 'fixed', lots },
    venues: null, pinned: false, policy, urgency: 'medium', maxSlippageBps: null, tif: 'gtc', expireAtNs: null, reduceOnly: false, pacing: null,
    join: 'any', activation: wait ? 'wait' : 'root',
  };
}

function graphSpec(graphId: string, nodes: NodeSpec[], edges: EdgeSpec[]): GraphSpec {
  return {
    graphId, accountId: 0, isSandbox: true, nodes, edges, groups: [], autoGroups: true, metadataJson: null, warnings: [],
    risk: {
      admission: { maxNotionalUsd1e9: null, maxLeverageE8: null, requiredVenues: [] },
      preTrade: { maxSlippageBps: null, requireBalanceCheck: true },
      runtime: { maxUnhedgedQty1e8: null, maxLossUsd1e9: null, maxDrawdownUsd1e9: null },
      failure: { onRuntimeBreach: 'cancel_all_open', onDisconnect: 'pause_graph', onNodeFailure: null, hedgeFailNs: 5e9, flattenBuyback: false },
    },
  };
}

/** A resting buy far below the market and a price edge that never fires: an open graph with something armed. */
function idleGraph(i: number): GraphSpec {
  const level = (MID + 1_000 + (i % 50_000)) * 4;
  return graphSpec(`idle${i}`, [nodeSpec('entry', 1, 10, 40_000, false), nodeSpec('more', 1, 10, 39_000, true)], [{
    edgeId: 'e', from: 0, to: 1, sizing: { kind: 'none' }, keepParent: false,
    trigger: { kind: 'on_price', instrument: 0, direction: 'above', level: { kind: 'absolute', quarterTicks: level }, source: 'mid', confirmNs: 0, allowImmediate: false },
  }]);
}

class Rig {
  readonly state: CoreState = createState();
  readonly effects: Effect[] = [];
  readonly quotes: ListingQuote[];
  readonly depth: ListingDepth[];
  readonly sample: SampleEvent;
  readonly pending: Child[] = [];
  tNs = 0;
  count = 0;

  constructor() {
    const world = universe();
    this.quotes = world.listings.map(({ id }) => ({
      listing: id, venue: id, fresh: 1, bidTicks: MID - 1, bidLots: 1e6, askTicks: MID + 1, askLots: 1e6, markTicks: 0, lastHighTicks: 0,
      lastLowTicks: 0, lastTicks: 0, lastAgeNs: 0, penaltyE6: 0,
    }));
    this.depth = world.listings.map(({ id }) => ({
      listing: id, bids: { count: 1, pairs: Float64Array.of(MID - 1, 1e6) }, asks: { count: 1, pairs: Float64Array.of(MID + 1, 1e6) },
    }));
    this.sample = { type: EventType.sample, tNs: 0, instrument: 0, reason: SampleReason.tick, quotes: this.quotes, depthCount: 0, depth: this.depth, medianSpreadTicks: 2 };
    this.feed({ type: EventType.timeBase, tNs: 0, baseNs: '1767225600000000000', epoch: 1, seed: 1 });
    this.feed({ type: EventType.universe, tNs: 0, universe: world, accounts: ['main'] });
    for (let venue = 0; venue < VENUES; venue++) {
      this.feed({ type: EventType.venueStatus, tNs: 0, venue, connected: 1, reconciled: 1, credentialsValid: 1 });
      for (const asset of [0, 1]) this.feed({ type: EventType.balance, tNs: 0, accountId: 0, venue, asset, total1e8: '90000000000000000000', asOfNs: 0 });
    }
  }

  feed(event: Parameters<typeof apply>[1]): void {
    apply(this.state, event, this.effects);
    this.count += 1;
    this.answer();
  }

  /** Answers what was asked and remembers what was placed. */
  answer(): void {
    let asked = false;
    for (const effect of this.effects) {
      if (effect.kind === 'want_sample') asked = true;
      else if (effect.kind === 'place') {
        const child = this.state.children.get(effect.order.clientOrderId);
        if (child !== undefined && child.tif === 'ioc') this.pending.push(child);
      }
    }
    this.effects.length = 0;
    if (asked) this.look(SampleReason.wanted, this.depth.length);
  }

  look(reason: number, depthCount: number): void {
    this.sample.tNs = this.tNs;
    this.sample.reason = reason;
    this.sample.depthCount = depthCount;
    this.feed(this.sample);
  }

  move(mid: number): void {
    for (const quote of this.quotes) {
      quote.bidTicks = mid - 1;
      quote.askTicks = mid + 1;
    }
  }

  submit(graph: GraphSpec): void {
    this.feed({ type: EventType.command, tNs: this.tNs, accountId: 0, commandId: 0, command: { kind: 'submit', graph, bodyHash: '', repeatKey: '' } });
  }
}

const report: ReportEvent = {
  type: EventType.report, tNs: 0, venue: 0, kind: ReportKind.fill, clientOrderId: '', venueOrderId: '', execId: '', lastTicks: 0, lastLots: 0, cumLots: -1,
  openLots: -1, priceTicks: -1, totalLots: -1, feeAsset: 0, fee1e8: 0, maker: 0, venueTsNs: -1, reason: VenueReason.none, text: '',
};

/** Runs the mix; returns events a second and the trace. */
export function runMix(events: number, open: number): { perSecond: number; events: number; trace: string } {
  const rig = new Rig();
  rig.look(SampleReason.tick, 0);
  for (let i = 0; i < open; i++) rig.submit(idleGraph(i));
  rig.count = 0;
  let execs = 0;
  const started = process.hrtime.bigint();
  for (let i = 0; rig.count < events; i++) {
    rig.tNs += 1_000;
    const kind = i % 20;
    if (kind === 0) rig.submit(graphSpec(`g${i}`, [nodeSpec('order', 1, 4, null, false)], []));
    else if (kind <= 4 && rig.pending.length > 0) {
      const child = rig.pending[rig.pending.length - 1];
      if (child === undefined) continue;
      report.tNs = rig.tNs;
      report.venue = child.venue;
      report.clientOrderId = child.clientOrderId;
      report.execId = `e${++execs}`;
      report.lastTicks = MID + 1;
      report.lastLots = Math.max(1, child.lots >> 2);
      if (child.filled + report.lastLots >= child.lots) rig.pending.pop();
      rig.feed(report);
    } else if (kind === 5) {
      rig.tNs = Math.max(rig.tNs, Math.min(nextTimerNs(rig.state), rig.tNs + 1_000));
      rig.feed({ type: EventType.timer, tNs: rig.tNs });
    } else {
      rig.move(MID + (i % 3));
      if (needsSample(rig.state, 0, rig.quotes) || i % 100 === 7) rig.look(SampleReason.tick, 0);
      else rig.count += 1;
    }
  }
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  return { perSecond: Math.round(rig.count / seconds), events: rig.count, trace: traceHash(rig.state) };
}

/** Nanoseconds of one tick with `armed` price edges beyond the market, half a million sampled ticks applied whole. */
export function tickCost(armed: number, ticks: number): number {
  const rig = new Rig();
  rig.look(SampleReason.tick, 0);
  for (let i = 0; i < armed; i++) rig.submit(idleGraph(i));
  const started = process.hrtime.bigint();
  for (let i = 0; i < ticks; i++) {
    rig.tNs += 1_000;
    rig.move(MID + (i % 3));
    rig.look(SampleReason.tick, 0);
  }
  return Number(process.hrtime.bigint() - started) / ticks;
}

function main(): void {
  const events = Number(process.argv[2] ?? 1_000_000);
  const armed = Number(process.argv[3] ?? 100_000);
  runMix(Math.min(events, 200_000), 1_000);
  const mix = runMix(events, 1_000);
  process.stdout.write(`core mix, 1,000 open graphs: ${mix.perSecond} events/s over ${mix.events} events, trace ${mix.trace}\n`);
  const few = tickCost(1_000, 200_000);
  const many = tickCost(armed, 200_000);
  process.stdout.write(`tick with 1,000 armed edges ${few.toFixed(0)} ns, with ${armed} ${many.toFixed(0)} ns (${(many / few).toFixed(2)}x)\n`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main();
