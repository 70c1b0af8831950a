/** Schema of a node and its execution. */
import { Type, type TSchema } from 'typebox';
import {
  anything, bps, closed, decimal, epochNs, id, ms, oneKey, oneOf, opt, price1e9, qty1e8, side, symbol, usd, venueName,
} from './common.js';

/** Parameters of each policy; the policy's word alone means its defaults. */
export const policyParameters: Readonly<Record<string, Record<string, TSchema>>> = {
  sor: { cooldown_ms: opt(ms), max_attempts: opt(Type.Integer({ minimum: 1, maximum: 1_000 })), horizon_ms: opt(ms) },
  ioc_sweep: {},
  passive_limit: { horizon_ms: opt(ms) },
  aggressive_chase: {
    chase_interval_ms: opt(Type.Integer({ minimum: 10, maximum: 3_600_000 })),
    widen_bps: opt(Type.Number({ minimum: 0, maximum: 1_000 })),
    horizon_ms: opt(ms),
  },
  passive_ladder: {
    repeg_ms: opt(Type.Integer({ minimum: 100, maximum: 3_600_000 })),
    horizon_ms: opt(ms),
    step_ms: opt(Type.Integer({ minimum: 10, maximum: 3_600_000 })),
  },
  time_drip: { horizon_ms: opt(ms), drips: opt(Type.Integer({ minimum: 1, maximum: 1_000 })) },
  wasm_algo: {
    algo: Type.String({ minLength: 1, maxLength: 128 }),
    venue: opt(venueName),
    config: opt(anything),
  },
  mesh_algo: {
    algo: Type.String({ minLength: 1, maxLength: 128 }),
    venues: opt(Type.Array(venueName, { minItems: 1, maxItems: 20 })),
    labels: opt(Type.Array(id, { minItems: 1, maxItems: 20 })),
    config: opt(anything),
  },
};

export const policyNames: readonly string[] = Object.keys(policyParameters);

const policy = Type.Union([
  oneOf(policyNames),
  oneKey(Object.fromEntries(policyNames.map((name) => [name, closed(policyParameters[name] ?? {})]))),
]);

const pacing = oneKey({
  uniform: closed({
    num_slices: Type.Integer({ minimum: 1, maximum: 10_000 }),
    interval_ms: ms,
    carry: opt(oneOf(['next', 'none'])),
  }),
});

export const urgency = oneOf(['low', 'medium', 'high']);
export const tif = oneOf(['gtc', 'ioc', 'fok', 'gtd', 'post_only']);
export const orderType = Type.Union([
  oneOf(['market', 'limit']),
  oneKey({ limit: closed({ price_1e9: price1e9 }), market: closed({}) }),
]);

const execution = closed({
  policy: opt(policy),
  pacing: opt(pacing),
  urgency: opt(urgency),
  max_slippage_bps: opt(bps),
  horizon_ms: opt(ms),
  tif: opt(tif),
  expire_at_ns: opt(epochNs),
  reduce_only: opt(Type.Boolean()),
  venues: opt(Type.Array(venueName, { minItems: 1, maxItems: 64 })),
  params: opt(Type.Object({}, { description: 'Parameters of the policy, as in its one-key form' })),
});

const instrument = closed({
  symbol,
  type: opt(Type.String({ maxLength: 32, description: '"spot" or "perp"; a -PERP symbol wins' })),
  venue: opt(venueName),
});

const quantity = oneKey({
  fixed: closed({ qty_1e8: qty1e8 }),
  notional: closed({ usd }),
  from_edge: closed({}),
});

export const nodeSchema = closed({
  node_id: id,
  instrument,
  side,
  order_type: opt(orderType),
  limit_price: opt(decimal),
  price: opt(decimal),
  price_1e9: opt(price1e9),
  quantity: opt(quantity),
  qty: opt(decimal),
  execution: opt(execution),
  activation: opt(oneOf(['root', 'wait'])),
  join: opt(oneOf(['any', 'all'])),
});
