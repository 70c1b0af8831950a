/** Bodies for `POST /v1/orders` as the reference page shows them; a test submits each. */

export interface BodyExample {
  readonly summary: string;
  readonly value: unknown;
}

const spot = (symbol: string): object => ({ symbol, type: 'spot' });

export const orderExamples: Readonly<Record<string, BodyExample>> = {
  market: { summary: 'A market order', value: { symbol: 'ETH-USD', side: 'buy', qty: 0.5 } },
  limit: {
    summary: 'A limit order on one venue',
    value: { symbol: 'BTC-USD', side: 'sell', qty: 0.1, order_type: 'limit', price: 90_000, tif: 'gtc', venue: 'kraken' },
  },
  twap: {
    summary: 'Ten slices, thirty seconds apart',
    value: {
      nodes: [{
        node_id: 'twap', instrument: spot('BTC-USD'), side: 'buy', order_type: 'market', quantity: { fixed: { qty_1e8: 100_000_000 } },
        execution: { pacing: { uniform: { num_slices: 10, interval_ms: 30_000 } } },
      }],
    },
  },
  hedge: {
    summary: 'Spot, hedged by a perp as it fills',
    value: {
      nodes: [
        { node_id: 'spot', instrument: spot('ETH-USD'), side: 'buy', order_type: 'market', quantity: { fixed: { qty_1e8: 200_000_000 } } },
        { node_id: 'hedge', instrument: { symbol: 'ETH-USD-PERP', type: 'perp' }, side: 'sell', order_type: 'market', quantity: { from_edge: {} } },
      ],
      edges: [{ from_node: 'spot', to_node: 'hedge', trigger: 'on_fill', sizing: { linear_hedge: { factor: -1 } } }],
    },
  },
  bracket: {
    summary: 'An entry with take profit and stop loss',
    value: {
      nodes: [
        { node_id: 'entry', instrument: spot('BTC-USD'), side: 'buy', order_type: 'market', quantity: { fixed: { qty_1e8: 10_000_000 } } },
        { node_id: 'tp', instrument: spot('BTC-USD'), side: 'sell', limit_price: 90_000, quantity: { fixed: { qty_1e8: 10_000_000 } } },
        { node_id: 'sl', instrument: spot('BTC-USD'), side: 'sell', order_type: 'market', quantity: { fixed: { qty_1e8: 10_000_000 } } },
      ],
      edges: [
        { from_node: 'entry', to_node: 'tp', trigger: 'on_full_fill' },
        { from_node: 'entry', to_node: 'sl', trigger: { on_price: { symbol: 'BTC-USD', direction: 'below', reference: 'graph_entry_price', offset_pct: -5 } } },
      ],
    },
  },
};
