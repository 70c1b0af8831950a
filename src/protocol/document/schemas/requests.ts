/** Schemas of the bodies that change orders or stop them. */
import { Type } from 'typebox';
import { closed, decimal, opt, price1e9, qty1e8 } from './common.js';

/** PATCH /v1/orders/{id}. `max_price_1e9` is the new limit for either side. */
export const amendSchema = closed({
  new_qty_1e8: opt(qty1e8),
  new_constraints: opt(closed({ max_price_1e9: opt(price1e9) })),
  qty: opt(decimal),
  price: opt(decimal),
});

const scope = Type.String({
  pattern: '^(account|global|venue:[A-Za-z0-9_.-]{1,64}|graph:[A-Za-z0-9_.-]{1,64})$',
  description: 'account (default), global (admin), venue:<name>, graph:<id>',
});

/** POST /v1/kill_switch. */
export const killSwitchSchema = closed({
  reason: opt(Type.String({ maxLength: 512 })),
  scope: opt(scope),
  cancel_open: opt(Type.Boolean()),
  allow_exits: opt(Type.Boolean()),
});

/** POST /v1/kill_switch/clear. */
export const killClearSchema = closed({ scope: opt(scope), reason: opt(Type.String({ maxLength: 512 })) });
