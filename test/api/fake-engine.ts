/**
 * An engine port for tests of the gateway: market orders fill at once at the touch, limits rest, everything else is
 * bookkeeping. Deterministic, synchronous unless `hold` is set. Speaks the wire shapes of a real engine's queries.
 */
import type { AccountLimits, Command, KillState, Reply } from '../../src/protocol/commands.js';
import type { AccountEvent } from '../../src/protocol/effects.js';
import type { BookView, EnginePort, ListQuery, Query, QueryReply } from '../../src/protocol/engine-port.js';
import type { GraphSpec, NodeSpec } from '../../src/protocol/graph-spec.js';
import type { AccountId } from '../../src/protocol/universe.js';
import { fakeUniverse } from './fake-universe.js';

interface FakeNode {
  readonly spec: NodeSpec;
  status: string;
  lots: number;
  filled: number;
  limitTicks: number | null;
}

interface FakeGraph {
  readonly account: AccountId;
  readonly spec: GraphSpec;
  readonly bodyHash: string;
  readonly repeatKey: string;
  readonly reply: Extract<Reply, { ok: true }>;
  status: string;
  readonly nodes: FakeNode[];
}

/** What is remembered of each kind. */
const KEPT = 20_000;
const MID_TICKS = [6_000_000, 300_000, 600_000, 300_000];
const bad = (code: string, message: string): { ok: false; code: string; message: string } => ({ ok: false, code, message });

export class FakeEngine implements EnginePort {
  readonly universe = fakeUniverse();
  readonly accounts: readonly string[];
  /** Every command taken, for assertions. */
  readonly commands: { readonly accountId: AccountId; readonly command: Command }[] = [];
  /** When set, replies wait until it is called: answers that come late. */
  held: (() => void)[] | null = null;
  readonly #graphs = new Map<string, FakeGraph>();
  readonly #repeats = new Map<string, string>();
  readonly #fills: (Record<string, unknown> & { account: AccountId })[] = [];
  readonly #kills: KillState[] = [];
  readonly #limits = new Map<AccountId, AccountLimits>();
  readonly #listeners = new Set<(event: AccountEvent) => void>();
  readonly #events: AccountEvent[] = [];
  readonly #seqs: number[] = [];
  readonly #counts: number[] = [];
  #now = 1_000;

  constructor(accounts: readonly string[] = ['main', 'other']) {
    this.accounts = accounts;
  }

  readonly books = {
    books: (instrument: number): readonly BookView[] => this.#books(instrument),
    version: (): number => 1,
    trades: (instrument: number): { tsNs: number; ticks: number; lots: number; venue: number }[] =>
      [1, 2, 3].map((i) => ({ tsNs: i * 100, ticks: (MID_TICKS[instrument] ?? 0) + i, lots: i, venue: 0 })),
  };

  nowNs(): number {
    return this.#now;
  }

  baseNs(): bigint {
    return 1_700_000_000_000_000_000n;
  }

  onAccountEvent(listener: (event: AccountEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  onAlert(): () => void {
    return () => undefined;
  }

  command(accountId: AccountId, command: Command, done: (reply: Reply) => void): void {
    this.#now += 1_000;
    this.#counts[accountId] = this.count(accountId) + 1;
    this.commands.push({ accountId, command });
    this.#forget();
    const reply = this.#apply(accountId, command);
    if (this.held === null || command.kind !== 'submit') done(reply);
    else this.held.push(() => done(reply));
  }

  query(accountId: AccountId, query: Query, done: (reply: QueryReply) => void): void {
    done(this.#answer(accountId, query));
  }

  /** Commands of an account so far. */
  count(account: AccountId): number {
    return this.#counts[account] ?? 0;
  }

  /** Long campaigns measure the gateway's memory, not this stand-in's. */
  #forget(): void {
    if (this.commands.length < KEPT) return;
    this.commands.splice(0, KEPT / 2);
    this.#events.splice(0, Math.max(0, this.#events.length - KEPT / 2));
    this.#fills.splice(0, Math.max(0, this.#fills.length - KEPT / 2));
    for (const key of [...this.#graphs.keys()].slice(0, Math.max(0, this.#graphs.size - KEPT / 2))) this.#graphs.delete(key);
    this.#repeats.clear();
  }

  #apply(account: AccountId, command: Command): Reply {
    switch (command.kind) {
      case 'submit':
        return this.#submit(account, command);
      case 'answered': {
        const graph = this.#own(account, command.graphId);
        const key = graph?.repeatKey;
        if (key !== undefined && command.delivered) this.#repeats.delete(key);
        return this.#ok({ kind: 'done' });
      }
      case 'cancel_graph':
      case 'pause_graph':
      case 'resume_graph':
        return this.#changeGraph(account, command);
      case 'cancel_node':
      case 'amend_node':
        return this.#changeNode(account, command);
      case 'kill':
        if (command.scope.kind === 'graph' && this.#own(account, command.scope.graphId) === undefined) {
          return bad('NOT_FOUND', 'no such graph');
        }
        this.#kills.push({ scope: command.scope, reason: command.reason, allowExits: command.allowExits, sinceNs: this.#now });
        return this.#ok({ kind: 'kill', active: this.#kills, graphs: [] });
      case 'kill_clear':
        if (command.scope.kind === 'graph' && this.#own(account, command.scope.graphId) === undefined) {
          return bad('NOT_FOUND', 'no such graph');
        }
        this.#kills.splice(0, Infinity, ...this.#kills.filter((kill) => JSON.stringify(kill.scope) !== JSON.stringify(command.scope)));
        return this.#ok({ kind: 'kill', active: this.#kills, graphs: [] });
      case 'venue_cancel_all':
        return this.#ok({ kind: 'cancelled', venue: command.venue, count: 0 });
      case 'set_limits':
        this.#limits.set(account, command.limits);
        return this.#ok({ kind: 'done' });
      case 'keep_ended':
      case 'set_balances':
        return this.#ok({ kind: 'done' });
    }
  }

  #submit(account: AccountId, command: Extract<Command, { kind: 'submit' }>): Reply {
    const { graph: spec, bodyHash, repeatKey } = command;
    const before = this.#own(account, this.#repeats.get(repeatKey) ?? spec.graphId);
    if (before !== undefined) {
      if (repeatKey === '' && before.bodyHash !== bodyHash) return bad('CONFLICT', 'this graph_id has another body');
      if (repeatKey !== '') this.#repeats.delete(repeatKey);
      return { ...before.reply, body: { ...before.reply.body, repeated: true } as typeof before.reply.body };
    }
    const covers = (state: KillState): boolean => state.scope.kind === 'global' || ('accountId' in state.scope && state.scope.accountId === account);
    if (this.#kills.some(covers)) return bad('KILL_SWITCH', 'a kill switch covers this account; clear it first');
    const reply = this.#ok({
      kind: 'submitted',
      graphId: spec.graphId,
      status: 'active',
      nodeCount: spec.nodes.length,
      edgeCount: spec.edges.length,
      nodeIds: spec.nodes.map((node) => node.nodeId),
      groups: [],
      repeated: false,
    });
    const nodes = spec.nodes.map((node): FakeNode => {
      const lots = node.quantity.kind === 'fixed' ? node.quantity.lots : 1;
      return { spec: node, status: node.activation === 'root' ? 'working' : 'waiting', lots, filled: 0, limitTicks: node.limitTicks };
    });
    const graph: FakeGraph = { account, spec, bodyHash, repeatKey, reply, status: 'active', nodes };
    this.#graphs.set(`${account} ${spec.graphId}`, graph);
    if (repeatKey !== '') this.#repeats.set(repeatKey, spec.graphId);
    for (const node of nodes) if (node.status === 'working' && node.limitTicks === null) this.#fill(graph, node);
    if (nodes.every((node) => node.status === 'filled')) graph.status = 'completed';
    return reply;
  }

  #fill(graph: FakeGraph, node: FakeNode): void {
    node.filled = node.lots;
    node.status = 'filled';
    const instrument = this.universe.instruments[node.spec.instrument];
    const order = this.#order(graph, node);
    const fill = {
      account: graph.account, fill_id: `f${this.#fills.length}`, node_order_id: order['node_order_id'],
      graph_id: graph.spec.graphId, node_id: node.spec.nodeId, symbol: instrument?.symbol, side: order['side'],
      venue: 'binance', qty_1e8: node.filled * (instrument?.lot1e8 ?? 1), price_1e9: order['avg_price_1e9'],
      fee_usd_1e9: 0, liquidity: 'taker', ts_ns: this.baseNs() + BigInt(this.#now), seq: this.#events.length + 1, is_sandbox: true,
    };
    this.#fills.push(fill);
    this.#tell(graph.account, 'fills', graph.spec.graphId, node.spec.nodeId, fill);
    this.#tell(graph.account, 'tca', graph.spec.graphId, node.spec.nodeId, {
      node_order_id: order['node_order_id'], symbol: instrument?.symbol, implementation_shortfall_bps: 1.5, fees_bps: 6,
    });
  }

  #tell(accountId: AccountId, channel: AccountEvent['channel'], graphId: string, nodeId: string, data: unknown): void {
    const seq = (this.#seqs[accountId] ?? 0) + 1;
    this.#seqs[accountId] = seq;
    const event: AccountEvent = { kind: 'account', accountId, seq, tNs: this.#now, channel, graphId, nodeId, data };
    this.#events.push(event);
    for (const listener of this.#listeners) listener(event);
  }

  #changeGraph(account: AccountId, command: { readonly kind: string; readonly graphId: string }): Reply {
    const graph = this.#own(account, command.graphId);
    if (graph === undefined) return bad('NOT_FOUND', `no graph "${command.graphId}" of this account`);
    if (graph.status === 'completed') return bad('CONFLICT', 'the graph is completed; filled 1');
    graph.status = { cancel_graph: 'cancelled', pause_graph: 'paused' }[command.kind] ?? 'active';
    if (graph.status === 'cancelled') for (const node of graph.nodes) if (node.status !== 'filled') node.status = 'cancelled';
    return this.#ok({ kind: 'graph', graphId: command.graphId, status: graph.status, left: [] });
  }

  #changeNode(account: AccountId, command: Extract<Command, { kind: 'cancel_node' | 'amend_node' }>): Reply {
    const node = this.#own(account, command.graphId)?.nodes.find((item) => item.spec.nodeId === command.nodeId);
    if (node === undefined) return bad('NOT_FOUND', `no order ${command.graphId}:${command.nodeId} of this account`);
    if (node.status === 'filled') return bad('CONFLICT', 'the order is filled');
    if (command.kind === 'cancel_node') node.status = 'cancelled';
    else {
      node.lots = command.lots ?? node.lots;
      node.limitTicks = command.limitTicks ?? node.limitTicks;
    }
    const mode = command.kind === 'cancel_node' ? null : 'native_atomic';
    return this.#ok({ kind: 'node', graphId: command.graphId, nodeId: command.nodeId, status: node.status, mode });
  }

  #answer(account: AccountId, query: Query): QueryReply {
    const own = [...this.#graphs.values()].filter((graph) => graph.account === account).reverse();
    switch (query.kind) {
      case 'graph':
      case 'trace':
      case 'review': {
        const graph = this.#own(account, query.graphId);
        if (graph === undefined) return bad('NOT_FOUND', `no graph "${query.graphId}" of this account`);
        if (query.kind === 'trace') return { ok: true, body: { traces: [{ ts_ns: this.baseNs(), text: 'submitted' }] } };
        return { ok: true, body: this.#graphBody(graph) };
      }
      case 'graphs':
        return paged('graphs', own.map((graph) => this.#graphRow(graph)), query);
      case 'orders':
        return paged('orders', own.flatMap((graph) => graph.nodes.map((node) => this.#order(graph, node))), query);
      case 'fills':
        return paged('fills', this.#fills.filter((fill) => fill.account === account).reverse().map(({ account: _, ...fill }) => fill), query);
      case 'positions':
        return { ok: true, body: this.#positions() };
      case 'kill_switch':
        return { ok: true, body: { active: this.#kills } };
      case 'limits':
        return { ok: true, body: this.#limits.get(account) ?? null };
      case 'preview':
        return this.#preview(query.graph);
      case 'events':
        return { ok: true, body: { events: this.#events.filter((event) => event.accountId === account && event.seq > query.fromSeq) } };
      case 'health':
        return { ok: true, body: { status: 'ok', lag_ms: 0 } };
    }
  }

  #own(account: AccountId, graphId: string): FakeGraph | undefined {
    return this.#graphs.get(`${account} ${graphId}`);
  }

  #order(graph: FakeGraph, node: FakeNode): Record<string, unknown> {
    const instrument = this.universe.instruments[node.spec.instrument];
    const lot = instrument?.lot1e8 ?? 1;
    const status = { waiting: 'NEW', working: 'WORKING', filled: 'FILLED' }[node.status] ?? 'CANCELLED';
    return {
      node_order_id: `${graph.spec.graphId}:${node.spec.nodeId}:1`, graph_id: graph.spec.graphId, node_id: node.spec.nodeId,
      symbol: instrument?.symbol, side: node.spec.side === 1 ? 'buy' : 'sell', order_type: node.spec.orderType, status,
      qty_1e8: node.lots * lot, filled_qty_1e8: node.filled * lot,
      avg_price_1e9: node.filled === 0 ? 0 : (MID_TICKS[node.spec.instrument] ?? 0) * (instrument?.tick1e9 ?? 1),
      ...(node.limitTicks === null ? {} : { price_1e9: node.limitTicks * (instrument?.tick1e9 ?? 1) }),
      venue_orders: [], created_ns: this.baseNs(), updated_ns: this.baseNs(), is_sandbox: graph.spec.isSandbox,
    };
  }

  #graphBody(graph: FakeGraph): unknown {
    const times = { created_ns: this.baseNs(), updated_ns: this.baseNs() };
    const amounts = {
      target_qty_1e8: 0, released_qty_1e8: 0, dust_qty_1e8: 0, fees_usd_1e9: 0, arrival_mid_1e9: 0, protection_price_1e9: 0, failure_reason: null,
      activated_ns: null, done_ns: null, children: [],
    };
    const row = (node: FakeNode): unknown => ({ ...this.#order(graph, node), ...amounts, role: 'opening', policy: node.spec.policy.kind, status: node.status });
    return {
      graph_id: graph.spec.graphId, status: graph.status, status_reason: null, is_sandbox: graph.spec.isSandbox, ...times, seq: 1,
      nodes: Object.fromEntries(graph.nodes.map((node) => [node.spec.nodeId, row(node)])), edges: {}, groups: [], warnings: [], metadata: null,
      risk: { pnl_usd_1e9: 0, drawdown_usd_1e9: 0, unhedged: {}, reserved: 0, limits: {}, breached: [] },
    };
  }

  #graphRow(graph: FakeGraph): unknown {
    const nodes = Object.fromEntries(graph.nodes.map((node) => [node.spec.nodeId, node.status]));
    return {
      graph_id: graph.spec.graphId, status: graph.status, status_reason: null, is_sandbox: graph.spec.isSandbox, created_ns: this.baseNs(),
      updated_ns: this.baseNs(), nodes,
    };
  }

  #preview(spec: GraphSpec): QueryReply {
    const legs = spec.nodes.map((node) => {
      const instrument = this.universe.instruments[node.instrument];
      const lots = node.quantity.kind === 'fixed' ? node.quantity.lots : 1;
      return {
        venue: 'binance', qty_1e8: lots * (instrument?.lot1e8 ?? 1),
        price_1e9: (MID_TICKS[node.instrument] ?? 0) * (instrument?.tick1e9 ?? 1), cost_bps: 1,
      };
    });
    return { ok: true, body: { legs, estimated_avg_price: 1, estimated_fee: 1, slippage_bps: 1, total_cost: 1, venues: [] } };
  }

  #positions(): unknown {
    const rows = ['USD', 'BTC', 'ETH'].map((symbol) => ({
      venue: 'binance', instrument: { kind: symbol === 'USD' ? 'fiat' : 'crypto', symbol }, qty_1e8: 500_000_000_000_000n,
      locked_qty_1e8: 0, available_qty_1e8: 500_000_000_000_000n, entry_price_usd_1e9: 0, current_price_usd_1e9: 1_000_000_000,
      current_value_usd_1e9: 5_000_000_000_000_000_001n, unrealized_pnl_usd_1e9: 0, realized_pnl_usd_1e9: 0, fees_usd_1e9: 0,
      lifecycle: { state: 'active' },
    }));
    return { positions: rows, totals: { nav_usd_1e9: 15_000_000_000_000_000_003n, cash_usd_1e9: 1 }, as_of_ns: this.baseNs() };
  }

  #books(instrument: number): readonly BookView[] {
    const mid = MID_TICKS[instrument] ?? 0;
    const listings = this.universe.instruments[instrument]?.listings ?? [];
    return listings.map((id, i): BookView => ({
      venue: this.universe.listings[id]?.venue ?? 0, fresh: true, connected: true,
      bids: [mid - 1 - i, 1_000, mid - 2 - i, 2_000], asks: [mid + 1 + i, 1_000, mid + 2 + i, 2_000],
      markTicks: 0, ageMs: 5, venueTsNs: this.#now,
    }));
  }

  #ok(body: Extract<Reply, { ok: true }>['body']): Extract<Reply, { ok: true }> {
    return { ok: true, tNs: this.#now, seq: this.#events.length, body, warnings: [] };
  }
}

function paged(name: string, rows: readonly unknown[], query: ListQuery): QueryReply {
  const fits = rows.filter((row) => {
    const fields = row as Readonly<Record<string, unknown>>;
    return (
      (query.symbol === undefined || fields['symbol'] === query.symbol) &&
      (query.status === undefined || fields['status'] === query.status) &&
      (query.graphId === undefined || fields['graph_id'] === query.graphId) &&
      (query.idPrefix === undefined || String(fields['graph_id']).startsWith(query.idPrefix)) &&
      (query.nodeOrderId === undefined || fields['node_order_id'] === query.nodeOrderId)
    );
  });
  const { limit, offset } = query;
  const shown = fits.slice(offset, offset + limit);
  return { ok: true, body: { [name]: shown, total: fits.length, limit, offset, has_more: offset + shown.length < fits.length } };
}
