/** Schema of an edge: trigger, condition, sizing. */
import { Type } from 'typebox';
import { closed, decimal, id, ms, msOrZero, oneKey, oneOf, opt, price1e9, qty1e8, symbol, usd } from './common.js';

/** Triggers by every name taken, and the name each stands for. */
export const triggerNames: Readonly<Record<string, string>> = {
  on_accepted: 'on_accepted',
  on_venue_ack: 'on_venue_ack',
  on_first_fill: 'on_first_fill',
  on_fill: 'on_fill',
  on_fill_ratio: 'on_fill_ratio',
  on_full_fill: 'on_full_fill',
  on_cancel: 'on_cancel',
  on_done: 'on_done',
  on_timeout: 'on_timeout',
  on_price: 'on_price',
  accepted: 'on_accepted',
  first_fill: 'on_first_fill',
  fill: 'on_fill',
  fill_pct: 'on_fill_ratio',
  full_fill: 'on_full_fill',
  cancel: 'on_cancel',
  done: 'on_done',
  timeout: 'on_timeout',
  price: 'on_price',
};

const ratio = Type.Number({ exclusiveMinimum: 0, maximum: 1, description: 'Filled over target' });

const priceTrigger = closed({
  symbol,
  direction: oneOf(['above', 'below']),
  price: opt(decimal),
  price_1e9: opt(price1e9),
  reference: opt(oneOf(['graph_entry_price', 'arrival_mid'])),
  offset_pct: opt(Type.Number({ exclusiveMinimum: -100, maximum: 100_000 })),
  offset_bps: opt(Type.Number({ exclusiveMinimum: -10_000, maximum: 10_000_000 })),
  source: opt(oneOf(['mid', 'bid', 'ask', 'mark', 'last'])),
  confirm_ms: opt(msOrZero),
  allow_immediate: opt(Type.Boolean()),
});

const triggerBodies = Object.fromEntries(
  Object.entries(triggerNames).map(([name, meant]) => {
    if (meant === 'on_price') return [name, priceTrigger];
    if (meant === 'on_timeout') return [name, closed({ ms })];
    if (meant === 'on_fill_ratio') return [name, closed({ fill_ratio_gte: ratio })];
    return [name, closed({})];
  }),
);

const factor = Type.Number({ minimum: -1_000, maximum: 1_000, description: 'Not zero' });

export const sizingSchema = Type.Union([
  oneOf(['parent_filled_qty', 'parent_incremental_fill_qty', 'residual', 'linear_hedge', 'scaled_notional', 'fixed']),
  oneKey({
    parent_filled_qty: closed({}),
    parent_incremental_fill_qty: closed({}),
    residual: closed({}),
    linear_hedge: closed({ factor, net: opt(Type.Boolean()) }),
    scaled_notional: closed({ factor, max_notional_usd: opt(usd) }),
    fixed: closed({ qty_1e8: qty1e8 }),
  }),
]);

export const edgeSchema = closed({
  edge_id: opt(id),
  from_node: id,
  to_node: id,
  trigger: Type.Union([oneOf(Object.keys(triggerNames)), oneKey(triggerBodies)]),
  condition: opt(closed({ fill_ratio_gte: opt(ratio), timeout_ms: opt(ms) })),
  value: opt(ratio),
  sizing: opt(sizingSchema),
  keep_parent: opt(Type.Boolean()),
});
