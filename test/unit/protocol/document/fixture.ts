/** A small universe and the product's four documents, for the tests of this room. */
import type { DocumentContext } from '../../../../src/protocol/document/context.js';
import { type AcceptedOrder, normaliseOrder, parseOrderBody, type Refusal } from '../../../../src/protocol/document/order-body.js';
import { Resolver } from '../../../../src/protocol/document/resolver.js';
import { parseJson } from '../../../../src/protocol/json/parse.js';
import { buildUniverse } from '../../../../src/venues/sim/universe.js';

export const universe = buildUniverse();

export const context: DocumentContext = {
  resolver: new Resolver(universe),
  accountId: 0,
  newGraphId: 'g_1',
  forceSandbox: true,
};

export function read(document: unknown, changes: Partial<DocumentContext> = {}): AcceptedOrder | Refusal {
  const text = typeof document === 'string' ? document : JSON.stringify(document);
  return parseOrderBody(text, { ...context, ...changes });
}

export function accepted(document: unknown, changes: Partial<DocumentContext> = {}): AcceptedOrder {
  const result = read(document, changes);
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.problems)} ${result.message}`);
  return result;
}

/** "code field" of every problem, in order. */
export function problems(document: unknown, changes: Partial<DocumentContext> = {}): string[] {
  const result = read(document, changes);
  return result.ok ? [] : result.problems.map((problem) => `${problem.code} ${problem.field}`);
}

/** A deep copy that tests may change. */
export function copy<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

export function reparse(text: string): AcceptedOrder | Refusal {
  const parsed = parseJson(text);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return normaliseOrder(parsed.value, context);
}

export const simple = { symbol: 'ETH-USD', side: 'buy', qty: 0.5 };

export const twap = {
  nodes: [
    {
      node_id: 'twap',
      instrument: { symbol: 'BTC-USD', type: 'spot' },
      side: 'buy',
      order_type: 'market',
      quantity: { fixed: { qty_1e8: 100000000 } },
      execution: { pacing: { uniform: { num_slices: 10, interval_ms: 30000 } } },
      activation: 'root',
    },
  ],
  edges: [],
};

export const hedge = {
  nodes: [
    {
      node_id: 'spot',
      instrument: { symbol: 'ETH-USD', type: 'spot' },
      side: 'buy',
      order_type: 'market',
      quantity: { fixed: { qty_1e8: 20000000000 } },
      execution: { policy: 'sor', urgency: 'medium' },
      activation: 'root',
    },
    {
      node_id: 'hedge',
      instrument: { symbol: 'ETH-USD-PERP', type: 'perp', venue: 'hyperliquid' },
      side: 'sell',
      order_type: 'market',
      quantity: { fixed: { qty_1e8: 20000000000 } },
      execution: { policy: 'aggressive_chase' },
      activation: 'wait',
    },
  ],
  edges: [
    { edge_id: 'e0', from_node: 'spot', to_node: 'hedge', trigger: 'on_fill_ratio', condition: { fill_ratio_gte: 0.5 } },
  ],
};

/** What the Python client sends for the bracket of the product text. */
export const bracket = {
  nodes: [
    {
      node_id: 'entry', instrument: { symbol: 'BTC-USD', type: 'spot', venue: null }, side: 'buy', order_type: 'market',
      quantity: { fixed: { qty_1e8: 10000000 } }, execution: { urgency: 'high' }, activation: 'root',
    },
    {
      node_id: 'tp', instrument: { symbol: 'BTC-USD', type: 'spot', venue: null }, side: 'sell',
      order_type: { limit: { price_1e9: 80000000000000 } }, quantity: { fixed: { qty_1e8: 10000000 } },
      execution: {}, activation: 'wait',
    },
    {
      node_id: 'sl', instrument: { symbol: 'BTC-USD', type: 'spot', venue: null }, side: 'sell', order_type: 'market',
      quantity: { fixed: { qty_1e8: 10000000 } }, execution: { urgency: 'high' }, activation: 'wait',
    },
  ],
  edges: [
    { edge_id: 'e_entry_tp', from_node: 'entry', to_node: 'tp', trigger: 'full_fill' },
    {
      edge_id: 'e_sl', from_node: 'entry', to_node: 'sl',
      trigger: {
        on_price: { symbol: 'BTC-USD', direction: 'below', reference: 'graph_entry_price', offset_pct: -5.0 },
      },
    },
  ],
  is_sandbox: false,
};

export const riskExample = {
  admission: { max_notional_usd: 500000, max_leverage: 2.0, required_venues: ['binance', 'coinbase'] },
  pre_trade: { max_slippage_bps: 50, require_balance_check: true },
  runtime: { max_unhedged_qty_1e8: 500000000, max_loss_usd: 10000, max_drawdown_usd: 5000 },
  failure: { on_runtime_breach: 'cancel_all_open', on_disconnect: 'pause_graph' },
};
