/** The fields of a node, wherever the form at hand keeps them: a node of a graph, or a simple order. */
import { type Field, isGiven, member } from './fields.js';

export interface NodeFields {
  /** The node as a whole, for problems that belong to no single field. */
  readonly whole: Field;
  readonly nodeId: Field;
  readonly symbol: Field;
  readonly type: Field;
  readonly venue: Field;
  readonly side: Field;
  readonly orderType: Field;
  readonly limitPrice: Field;
  readonly price: Field;
  readonly price1e9: Field;
  /** `{"fixed":{"qty_1e8":n}}` and its siblings. */
  readonly quantity: Field;
  readonly qty: Field;
  readonly qty1e8: Field;
  readonly notional: Field;
  readonly policy: Field;
  readonly params: Field;
  readonly pacing: Field;
  readonly urgency: Field;
  readonly maxSlippage: Field;
  readonly horizon: Field;
  readonly tif: Field;
  readonly expireAt: Field;
  readonly reduceOnly: Field;
  readonly venues: Field;
  readonly activation: Field;
  readonly join: Field;
}

export function fieldsOfNode(node: Field): NodeFields {
  const instrument = member(node, 'instrument');
  const execution = member(node, 'execution');
  const none: Field = { value: undefined, at: node.at };
  return {
    whole: node,
    nodeId: member(node, 'node_id'),
    symbol: member(instrument, 'symbol'),
    type: member(instrument, 'type'),
    venue: member(instrument, 'venue'),
    side: member(node, 'side'),
    orderType: member(node, 'order_type'),
    limitPrice: member(node, 'limit_price'),
    price: member(node, 'price'),
    price1e9: member(node, 'price_1e9'),
    quantity: member(node, 'quantity'),
    qty: member(node, 'qty'),
    qty1e8: none,
    notional: none,
    policy: member(execution, 'policy'),
    params: member(execution, 'params'),
    pacing: member(execution, 'pacing'),
    urgency: member(execution, 'urgency'),
    maxSlippage: member(execution, 'max_slippage_bps'),
    horizon: member(execution, 'horizon_ms'),
    tif: member(execution, 'tif'),
    expireAt: member(execution, 'expire_at_ns'),
    reduceOnly: member(execution, 'reduce_only'),
    venues: member(execution, 'venues'),
    activation: member(node, 'activation'),
    join: member(node, 'join'),
  };
}

/** A simple order is one node `order`, activated at once. */
export function fieldsOfSimpleOrder(body: Field): NodeFields {
  const none: Field = { value: undefined, at: body.at };
  return {
    whole: body,
    nodeId: { value: 'order', at: body.at },
    symbol: member(body, 'symbol'),
    type: member(body, 'type'),
    venue: member(body, 'venue'),
    side: member(body, 'side'),
    orderType: member(body, 'order_type'),
    limitPrice: member(body, 'limit_price'),
    price: member(body, 'price'),
    price1e9: member(body, 'price_1e9'),
    quantity: none,
    qty: member(body, 'qty'),
    qty1e8: member(body, 'qty_1e8'),
    notional: member(body, 'notional'),
    policy: member(body, 'policy'),
    params: none,
    pacing: none,
    urgency: member(body, 'urgency'),
    maxSlippage: member(body, 'max_slippage_bps'),
    horizon: member(body, 'horizon_ms'),
    tif: member(body, 'tif'),
    expireAt: member(body, 'expire_at_ns'),
    reduceOnly: member(body, 'reduce_only'),
    venues: none,
    activation: { value: 'root', at: body.at },
    join: none,
  };
}

export function givenOf(fields: readonly Field[]): Field[] {
  return fields.filter(isGiven);
}
