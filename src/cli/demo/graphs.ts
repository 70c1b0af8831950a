/**
 * The four graphs of the product text, as documents. Only the bracket's prices are moved to where the recording
 * trades; everything else is as printed there.
 */

export interface DemoGraph {
  readonly title: string;
  readonly document: Readonly<Record<string, unknown>>;
}

const simple = { symbol: 'ETH-USD', side: 'buy', qty: 0.5 };

const twap = {
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

const hedge = {
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
    {
      edge_id: 'e0',
      from_node: 'spot',
      to_node: 'hedge',
      trigger: 'on_fill_ratio',
      condition: { fill_ratio_gte: 0.5 },
    },
  ],
};

/** As the Python client sends the bracket; take-profit and stop are given relative to where the market is. */
function bracket(takeProfit: number, stopOffsetPct: number): DemoGraph['document'] {
  const node = (id: string, side: string, qty1e8: number, more: object, activation: string): object => ({
    node_id: id,
    instrument: { symbol: 'BTC-USD', type: 'spot', venue: null },
    side,
    order_type: 'market',
    quantity: { fixed: { qty_1e8: qty1e8 } },
    activation,
    ...more,
  });
  return {
    nodes: [
      node('entry', 'buy', 10000000, { execution: { urgency: 'high' } }, 'root'),
      node('tp', 'sell', 10000000, { order_type: { limit: { price_1e9: Math.round(takeProfit * 1e9) } }, execution: {} }, 'wait'),
      node('sl', 'sell', 10000000, { execution: { urgency: 'high' } }, 'wait'),
    ],
    edges: [
      { edge_id: 'e_entry_tp', from_node: 'entry', to_node: 'tp', trigger: 'full_fill' },
      {
        edge_id: 'e_sl',
        from_node: 'entry',
        to_node: 'sl',
        trigger: {
          on_price: {
            symbol: 'BTC-USD',
            direction: 'below',
            reference: 'graph_entry_price',
            offset_pct: stopOffsetPct,
          },
        },
      },
    ],
  };
}

/**
 * @param takeProfit price of the bracket's take-profit in USD
 * @param stopOffsetPct how far below its entry the bracket's stop lies, in percent (negative)
 */
export function demoGraphs(takeProfit: number, stopOffsetPct: number): readonly DemoGraph[] {
  return [
    { title: 'simple order: buy 0.5 ETH', document: simple },
    { title: 'TWAP: buy 1 BTC in 10 slices over 5 minutes', document: twap },
    { title: 'hedge: buy 200 ETH spot, sell 200 ETH perp from half filled', document: hedge },
    { title: 'bracket: buy 0.1 BTC, take-profit and stop', document: bracket(takeProfit, stopOffsetPct) },
  ];
}
