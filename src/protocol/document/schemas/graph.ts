/** Schemas of the bodies that carry orders: a graph, a simple order, a preview. */
import { Type } from 'typebox';
import { limits } from '../../../base/limits.js';
import {
  anything, bps, closed, decimal, epochNs, id, ms, msOrZero, oneOf, opt, price1e9, qty1e8, side, symbol, usd, venueName,
} from './common.js';
import { edgeSchema } from './edge.js';
import { nodeSchema, orderType, policyNames, tif, urgency } from './node.js';

const failureAction = oneOf(['cancel_all_open', 'cancel_all', 'pause_graph', 'flatten']);

export const riskSchema = closed({
  admission: opt(
    closed({
      max_notional_usd: opt(usd),
      max_leverage: opt(Type.Number({ exclusiveMinimum: 0, maximum: 1_000 })),
      required_venues: opt(Type.Array(venueName, { maxItems: 64 })),
    }),
  ),
  pre_trade: opt(closed({ max_slippage_bps: opt(bps), require_balance_check: opt(Type.Boolean()) })),
  runtime: opt(
    closed({ max_unhedged_qty_1e8: opt(qty1e8), max_loss_usd: opt(usd), max_drawdown_usd: opt(usd) }),
  ),
  failure: opt(
    closed({
      on_runtime_breach: opt(failureAction),
      on_disconnect: opt(oneOf(['pause_graph', 'cancel_all_open', 'continue'])),
      on_node_failure: opt(oneOf(['continue', 'stop_parent', 'cancel_all_open', 'flatten'])),
      hedge_fail_ms: opt(ms),
      flatten_buyback: opt(Type.Boolean()),
    }),
  ),
});

const groupSchema = closed({
  type: oneOf(['oco', 'ouo']),
  nodes: Type.Array(id, { minItems: 2, maxItems: limits.nodesMax }),
  stuck: opt(oneOf(['wait', 'send'])),
  stuck_ms: opt(msOrZero),
});

export const graphSchema = closed({
  graph_id: opt(id),
  nodes: Type.Array(nodeSchema, { minItems: 1, maxItems: limits.nodesMax }),
  edges: opt(Type.Array(edgeSchema, { maxItems: limits.edgesMax })),
  groups: opt(Type.Array(groupSchema, { maxItems: limits.groupsMax })),
  auto_groups: opt(Type.Boolean()),
  risk: opt(riskSchema),
  is_sandbox: opt(Type.Boolean()),
  metadata: opt(anything),
});

export const simpleOrderSchema = closed({
  symbol,
  side,
  qty: opt(decimal),
  qty_1e8: opt(qty1e8),
  notional: opt(usd),
  order_type: opt(orderType),
  price: opt(decimal),
  limit_price: opt(decimal),
  price_1e9: opt(price1e9),
  venue: opt(venueName),
  type: opt(Type.String({ maxLength: 32, description: '"spot" or "perp"' })),
  urgency: opt(urgency),
  policy: opt(oneOf(policyNames)),
  tif: opt(tif),
  expire_at_ns: opt(epochNs),
  max_slippage_bps: opt(bps),
  horizon_ms: opt(ms),
  reduce_only: opt(Type.Boolean()),
  sandbox: opt(Type.Boolean()),
  is_sandbox: opt(Type.Boolean()),
  graph_id: opt(id),
  metadata: opt(anything),
});

/** POST /v1/orders and /v1/orders/preview: a body with `nodes` is a graph. */
export const orderBodySchema = Type.Union([simpleOrderSchema, graphSchema]);
