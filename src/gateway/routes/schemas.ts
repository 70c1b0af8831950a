/** Shapes that several routes share. Scales are in the names: 1e8 quantities, 1e9 prices and money. */
import Type, { type TSchema } from 'typebox';

/** A decimal as JSON number or text; what no double holds arrives as text. */
export const DecimalText = Type.Union([Type.Number(), Type.String({ pattern: '^-?\\d{1,24}(\\.\\d{1,24})?$' })], {
  description: 'A decimal number, as a number or as text.',
});
export const Int = (description: string): TSchema => Type.Integer({ description });
export const Qty = Type.Integer({ description: 'Quantity in 1e-8.' });
export const Price = Type.Integer({ description: 'Price in 1e-9 of the quote currency.' });
export const Money = Type.Integer({ description: 'US dollars in 1e-9.' });
export const Ns = Type.Integer({ description: 'Nanoseconds since 1970.' });
export const MaybeNs = Type.Union([Ns, Type.Null()]);
export const Text = Type.String();
export const Flag = Type.Boolean();
/** An object whose members other rooms define. */
export const Open = Type.Object({}, { additionalProperties: true });

export const Warnings = Type.Optional(
  Type.Array(Type.Object({ code: Text, message: Text, field: Type.Optional(Text) }), {
    description: 'Accepted, but worth knowing.',
  }),
);

export const Limit = Type.Integer({ minimum: 1, maximum: 1000, default: 50, description: 'Rows at most.' });
export const Offset = Type.Integer({ minimum: 0, maximum: 10_000_000, default: 0, description: 'Rows to skip.' });
export const Symbol = Type.String({ minLength: 1, maxLength: 64, description: 'For example BTC-USD.' });
export const SideWord = Type.String({ pattern: '^(?:[bB][uU][yY]|[sS][eE][lL][lL])$', description: 'buy or sell' });

/** `{rows: [...], total, limit, offset, has_more}` */
export function page(name: string, row: TSchema): TSchema {
  return Type.Object({
    [name]: Type.Array(row),
    total: Type.Integer(),
    limit: Type.Integer(),
    offset: Type.Integer(),
    has_more: Flag,
    warnings: Warnings,
  });
}

/** An object that may hold more than is listed. */
export function shape(properties: Record<string, TSchema>): TSchema {
  return Type.Object({ ...properties, warnings: Warnings }, { additionalProperties: true });
}

export const VenueOrder = Type.Object(
  {
    client_order_id: Text,
    venue: Text,
    status: Text,
    tif: Text,
    reduce_only: Flag,
    qty_1e8: Qty,
    filled_qty_1e8: Qty,
    price_1e9: Price,
    sent_ns: MaybeNs,
    acked_ns: MaybeNs,
    done_ns: MaybeNs,
  },
  { additionalProperties: true },
);

const Omitted = Type.Optional(Type.Integer({ minimum: 1, description: 'So many older ended orders are not listed; absent: all are.' }));

export const Order = Type.Object(
  {
    node_order_id: Text,
    graph_id: Text,
    node_id: Text,
    symbol: Text,
    side: Text,
    order_type: Text,
    status: Type.Union(
      ['NEW', 'WORKING', 'PARTIAL', 'FILLED', 'CANCELLED', 'EXPIRED', 'REJECTED'].map((word) => Type.Literal(word)),
    ),
    qty_1e8: Qty,
    filled_qty_1e8: Qty,
    avg_price_1e9: Price,
    price_1e9: Type.Optional(Price),
    failure_reason: Type.Optional(Text),
    paused: Type.Optional(Flag),
    venue_orders: Type.Array(VenueOrder, { description: 'Open ones and the newest that ended.' }),
    venue_orders_omitted: Omitted,
    created_ns: MaybeNs,
    updated_ns: MaybeNs,
    is_sandbox: Flag,
  },
  { additionalProperties: true },
);

export const Fill = Type.Object(
  {
    fill_id: Text,
    node_order_id: Text,
    graph_id: Text,
    node_id: Text,
    symbol: Text,
    side: Text,
    venue: Text,
    qty_1e8: Qty,
    price_1e9: Price,
    fee_usd_1e9: Money,
    liquidity: Text,
    ts_ns: Ns,
    seq: Type.Integer(),
    is_sandbox: Flag,
  },
  { additionalProperties: true },
);

const words = (...list: readonly string[]): TSchema => Type.Union(list.map((word) => Type.Literal(word)));
const MaybeText = Type.Union([Text, Type.Null()]);

const GraphNode = Type.Object(
  {
    status: words('waiting', 'pending', 'working', 'paused', 'filled', 'cancelled', 'expired', 'rejected', 'skipped'),
    role: words('opening', 'exit', 'hedge', 'container', 'slice'),
    node_order_id: Text,
    symbol: Text,
    side: words('buy', 'sell'),
    venues: Type.Optional(Type.Union([Type.Array(Text), Type.Null()], { description: 'Where it may trade; null: wherever it is listed.' })),
    policy: Text,
    qty_1e8: Qty,
    plan_qty_1e8: Type.Optional(Qty),
    target_qty_1e8: Qty,
    released_qty_1e8: Qty,
    filled_qty_1e8: Qty,
    dust_qty_1e8: Qty,
    position_1e8: Type.Optional(Qty),
    avg_price_1e9: Price,
    fees_usd_1e9: Money,
    arrival_mid_1e9: Price,
    protection_price_1e9: Price,
    failure_reason: MaybeText,
    late_fill: Type.Optional(Flag),
    activated_ns: MaybeNs,
    done_ns: MaybeNs,
    parent: Type.Optional(Text),
    children: Type.Array(VenueOrder, { description: 'Open ones and the newest that ended.' }),
    children_omitted: Omitted,
  },
  { additionalProperties: true },
);

const GraphEdge = Type.Object(
  {
    from_node: Text,
    to_node: Text,
    trigger: Text,
    state: words('idle', 'armed', 'fired', 'dead'),
    armed_ns: MaybeNs,
    level_1e9: Type.Optional(Price),
    fired_count: Type.Integer(),
    fired_ns: MaybeNs,
    fired_price_1e9: Type.Optional(Price),
    released_qty_1e8: Qty,
  },
  { additionalProperties: true },
);

const GraphStatus = words('submitted', 'active', 'paused', 'cancelling', 'completed', 'cancelled', 'failed');

export const Graph = shape({
  graph_id: Text,
  status: GraphStatus,
  status_reason: MaybeText,
  is_sandbox: Flag,
  created_ns: Ns,
  updated_ns: Ns,
  seq: Type.Integer(),
  nodes: Type.Record(Type.String(), GraphNode),
  edges: Type.Record(Type.String(), GraphEdge),
  groups: Type.Array(Type.Object({ type: Text, nodes: Type.Array(Text), auto: Flag })),
  risk: shape({ pnl_usd_1e9: Money, drawdown_usd_1e9: Money, unhedged: Open, reserved: Money, limits: Open, breached: Type.Array(Open) }),
  metadata: Type.Unknown({ description: 'As sent; null when none was.' }),
});

/** A graph in a list: status by node. */
export const GraphRow = Type.Object(
  {
    graph_id: Text, status: GraphStatus, status_reason: MaybeText, is_sandbox: Flag, created_ns: Ns, updated_ns: Ns,
    nodes: Type.Record(Type.String(), Text),
  },
  { additionalProperties: true },
);

/** What a cancel, pause or resume answers. */
export const GraphChange = shape({
  graph_id: Text,
  status: Text,
  position_left: Type.Array(Type.Object({ venue: Text, symbol: Text, qty_1e8: Qty })),
  ts_ns: Ns,
  seq: Type.Integer(),
});

export const Position = Type.Object(
  {
    venue: Text,
    instrument: Type.Object({ kind: Text, symbol: Text }),
    qty_1e8: Qty,
    locked_qty_1e8: Qty,
    available_qty_1e8: Qty,
    entry_price_usd_1e9: Money,
    current_price_usd_1e9: Money,
    current_value_usd_1e9: Money,
    unrealized_pnl_usd_1e9: Money,
    realized_pnl_usd_1e9: Money,
    fees_usd_1e9: Money,
    lifecycle: Type.Object({ state: Text }),
  },
  { additionalProperties: true },
);
