/**
 * Backtest of a whole graph: the engine as it trades live, simulated venues on the recordings, virtual time. One seed
 * gives one report. What the engine told the account is what the report is made of.
 */
import { must } from '../../base/assert.js';
import { buildReport, type ReportFill, type ReportMark, type ReportOrder } from '../../algo/report/backtest-report.js';
import { parseOrderBody } from '../../protocol/document/order-body.js';
import { Resolver } from '../../protocol/document/resolver.js';
import type { AccountEvent } from '../../protocol/effects.js';
import type { GraphSpec } from '../../protocol/graph-spec.js';
import type { Instrument } from '../../protocol/universe.js';
import type { Tapes } from '../../venues/sim/market.js';
import { SimEngine } from '../sim-engine.js';
import type { BacktestResult } from './algo-backtest.js';

export interface GraphBacktestRequest {
  readonly name: string;
  /** An order document as POST /v1/orders takes it. */
  readonly document: string;
  readonly seed: number;
  /** Virtual time at most after the submit; it ends when the graph does. */
  readonly seconds: number;
  /** As `BacktestRequest.progress`. */
  readonly progress?: (share: number) => boolean;
  /** Instead of the shipped recordings. */
  readonly tapes?: Tapes;
}

const NS = 1_000_000_000;
/** For every venue to connect and to be reconciled. */
const warmUpNs = 3 * NS;
const logsKept = 500;
const over = /^(completed|cancelled|failed|rejected|expired)$/i;

/** @throws RangeError when the document or the engine refuses the graph; the message says what */
export async function runGraphBacktest(request: GraphBacktestRequest): Promise<BacktestResult> {
  const run = new GraphBacktest(request);
  try {
    return await run.run();
  } finally {
    run.close();
  }
}

class GraphBacktest {
  readonly #request: GraphBacktestRequest;
  readonly #sim: SimEngine;
  readonly #graph: GraphSpec;
  readonly #instruments: readonly Instrument[];
  readonly #fills: ReportFill[] = [];
  readonly #marks: ReportMark[] = [];
  readonly #orders = new Map<string, ReportOrder>();
  #rejects = 0;

  constructor(request: GraphBacktestRequest) {
    this.#request = request;
    this.#sim = new SimEngine({ clock: 'virtual', speed: 1, seed: request.seed, log: null, guests: 'inline', ...(request.tapes === undefined ? {} : { tapes: request.tapes }) });
    const { engine } = this.#sim;
    engine.scheduler.state.tracing = true;
    const parsed = parseOrderBody(request.document, {
      resolver: new Resolver(engine.universe), accountId: 0, newGraphId: 'backtest', forceSandbox: true, nowEpochNs: engine.baseNs(),
    });
    if (!parsed.ok) throw new RangeError(`the graph is refused: ${parsed.code}: ${parsed.message}`);
    this.#graph = parsed.graph;
    const ids = [...new Set(parsed.graph.nodes.map((node) => node.instrument))];
    this.#instruments = ids.map((id) => must(engine.universe.instruments[id], 'instrument'));
    engine.onAccountEvent((event) => this.#hear(event));
  }

  close(): void {
    this.#sim.close();
  }

  async run(): Promise<BacktestResult> {
    const sim = this.#sim;
    const startedMs = performance.now();
    await sim.advanceTo(warmUpNs);
    const reply = await sim.command({ kind: 'submit', graph: this.#graph, bodyHash: 'backtest', repeatKey: '' });
    if (!reply.ok) throw new RangeError(`the graph is refused: ${reply.code}: ${reply.message}`);
    const startNs = sim.engine.nowNs();
    const endNs = startNs + this.#request.seconds * NS;
    let cancelled = false;
    this.#mark();
    for (let second = 1; !cancelled && sim.engine.nowNs() < endNs && !this.#isOver(); second++) {
      await sim.advanceTo(Math.min(endNs, startNs + second * NS));
      this.#mark();
      cancelled = this.#request.progress?.((sim.engine.nowNs() - startNs) / (endNs - startNs)) === false;
    }
    const { name, seed } = this.#request;
    const first = must(this.#instruments[0], 'an instrument');
    const sameBase = this.#instruments.filter(({ base }) => base === first.base).map(({ symbol }) => symbol);
    const report = buildReport({
      name, symbol: first.symbol, seed, startNs, endNs: sim.engine.nowNs(), fills: this.#fills, marks: this.#marks,
      orders: [...this.#orders.values()], callbacks: 0, rejects: this.#rejects, deaths: [], positionOf: new Set(sameBase),
    });
    if (!cancelled) this.#request.progress?.(1);
    return { report, cancelled, logs: this.#story(), runMs: performance.now() - startedMs };
  }

  #isOver(): boolean {
    return over.test(String((this.#sim.graph(this.#graph.graphId) as { status?: unknown }).status));
  }

  /** How each node ended, then the newest lines of the graph's life. */
  #story(): string[] {
    const view = this.#sim.graph(this.#graph.graphId) as { status: string; nodes: Readonly<Record<string, { status: string; failure_reason?: unknown }>> };
    const nodes = Object.entries(view.nodes).map(([id, { status, failure_reason: why }]) =>
      `${id}: ${status}${typeof why === 'string' && why !== '' ? ` (${why})` : ''}`);
    const lines = this.#sim.engine.history.lines(this.#graph.graphId).slice(-logsKept);
    const since = (tNs: number): string => (tNs / NS).toFixed(3);
    return [`graph ${view.status}`, ...nodes, ...lines.map(({ tNs, nodeId, text }) => `${since(tNs)} ${nodeId}: ${text}`)];
  }

  #midOf(instrument: Instrument): number {
    for (const { fresh, bids, asks } of this.#sim.engine.market.books(instrument.id, 1)) {
      if (fresh && bids[0] !== undefined && asks[0] !== undefined) return ((bids[0] + asks[0]) / 2) * (instrument.tick1e9 / 1e9);
    }
    return 0;
  }

  #mark(): void {
    for (const instrument of this.#instruments) {
      const mid = this.#midOf(instrument);
      if (mid > 0) this.#marks.push({ tNs: this.#sim.engine.nowNs(), mid, symbol: instrument.symbol });
    }
  }

  #hear(event: AccountEvent): void {
    if (event.graphId !== this.#graph.graphId) return;
    const data = event.data as Readonly<Record<string, unknown>>;
    if (event.channel === 'fills') this.#filled(event, data);
    else if (event.channel === 'children') this.#child(event, data);
  }

  #filled(event: AccountEvent, data: Readonly<Record<string, unknown>>): void {
    const instrument = this.#instruments.find(({ symbol }) => symbol === data['symbol']);
    if (instrument === undefined) return;
    const price = Number(data['price_1e9']) / 1e9;
    const mid = this.#midOf(instrument);
    this.#fills.push({
      tNs: event.tNs, who: event.nodeId, side: data['side'] === 'sell' ? -1 : 1, price, quantity: Number(data['qty_1e8']) / 1e8,
      fee: Number(data['fee_usd_1e9']) / 1e9, maker: data['liquidity'] === 'maker', mid: mid > 0 ? mid : price, symbol: instrument.symbol,
    });
  }

  #child(event: AccountEvent, data: Readonly<Record<string, unknown>>): void {
    const id = String(data['client_order_id']);
    const before = this.#orders.get(id);
    const filled = Number(data['filled_qty_1e8']) / 1e8;
    const status = data['status'];
    if (status === 'rejected' && before !== undefined) this.#rejects++;
    const isAcked = status === 'live' || status === 'partial' || status === 'filled';
    this.#orders.set(id, {
      who: event.nodeId, placedNs: before?.placedNs ?? event.tNs, quantity: Number(data['qty_1e8']) / 1e8, filled,
      ackedNs: before !== undefined && before.ackedNs >= 0 ? before.ackedNs : isAcked ? event.tNs : -1,
      firstFillNs: before !== undefined && before.firstFillNs >= 0 ? before.firstFillNs : filled > 0 ? event.tNs : -1,
      resting: data['tif'] === 'gtc' || data['tif'] === 'post_only',
    });
  }
}
