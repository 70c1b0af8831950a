/** What a binary message asks of the engine, as the same commands that HTTP sends. */
import type { Command, Reply } from '../../protocol/commands.js';
import { parseAmend } from '../../protocol/document/requests.js';
import type { Form } from '../../protocol/document/simple-forms.js';
import type { JsonObject } from '../../protocol/json/values.js';
import type { Principal } from '../auth/principal.js';
import type { GatewayContext } from '../context.js';
import { ask } from '../engine.js';
import { allowGraph } from '../orders/allow.js';
import { graphOf, parseNodeOrderId, type NodeOrderId } from '../orders/ids.js';
import { forcedSandbox, formOfDocument, parseDocument, refusalOf, specOf, specOfForm } from '../orders/normalise.js';
import { limitRate } from '../server/admit.js';
import { ApiError } from '../server/api-error.js';
import type { ClientMessage, NewOrderFields } from './decode.js';

export type OrderMessage = Exclude<ClientMessage, { kind: 'logon' | 'heartbeat' }>;
export type Told = (reply: Reply) => void;

const tifs = ['', 'gtc', 'ioc', 'fok'];

/** Sends the command; `done` is called once. @throws ApiError when it can't become one */
export function order(
  gateway: GatewayContext,
  principal: Principal,
  message: OrderMessage,
  graphId: string,
  done: Told,
): void {
  const send = (command: Command): void => gateway.port.command(principal.accountId, command, done);
  switch (message.kind) {
    case 'new_order':
      newOrder(gateway, principal, message.order, graphId, done);
      return;
    case 'submit_graph': {
      const document = parseDocument(message.document);
      submit(gateway, principal, (document['graph_id'] ?? null) === null ? { ...document, graph_id: graphId } : document, done);
      return;
    }
    case 'cancel': {
      const { graphId: graph, nodeId } = idOf(message.nodeOrderId);
      send({ kind: 'cancel_node', graphId: graph, nodeId });
      return;
    }
    case 'cancel_graph': {
      const command = { kind: 'cancel_graph', graphId: graphOf(message.graphId), flatten: message.flatten } as const;
      if (!message.flatten) return send(command);
      const failed = (problem: unknown): void => done(refusedBy(problem));
      allowGraph(gateway, principal, command.graphId, null).then(() => send(command)).catch(failed);
      return undefined;
    }
    case 'amend':
      limitRate(gateway, principal);
      amend(gateway, principal, message).then(send).catch((problem: unknown) => done(refusedBy(problem)));
  }
}

/** An error as the refusal that the client sees; what is no API error becomes a bare INTERNAL_ERROR. */
export function refusedBy(problem: unknown): Extract<Reply, { ok: false }> {
  if (!(problem instanceof ApiError)) return { ok: false, code: 'INTERNAL_ERROR', message: 'a fault of the engine; it was logged' };
  const field = problem.options.details?.[0]?.field;
  return { ok: false, code: problem.code, message: problem.message, ...(field === undefined ? {} : { field }) };
}

function submit(gateway: GatewayContext, principal: Principal, document: JsonObject, done: Told): void {
  admitWork(gateway, principal);
  send(gateway, principal, specOf(gateway, principal, document), done);
}

function admitWork(gateway: GatewayContext, principal: Principal): void {
  if (gateway.draining()) throw new ApiError('SERVICE_UNAVAILABLE', 'shutting down; nothing was accepted');
  limitRate(gateway, principal);
}

function send(gateway: GatewayContext, principal: Principal, { spec, bodyHash }: ReturnType<typeof specOf>, done: Told): void {
  gateway.port.command(principal.accountId, { kind: 'submit', graph: spec, bodyHash, repeatKey: '' }, done);
}

/** Forms of orders that came before, by what makes them: numbers and id are all that the next ones bring. */
const forms = new WeakMap<GatewayContext, (Form | null)[]>();

/** Below 32 · instruments. */
function formIndex(fields: NewOrderFields, forced: boolean): number {
  return (((fields.instrument * 2 + (fields.side - 1)) * 4 + fields.tif) * 2 + (fields.price1e9 === 0 ? 0 : 1)) * 2 + (forced ? 1 : 0);
}

function newOrder(gateway: GatewayContext, principal: Principal, fields: NewOrderFields, graphId: string, done: Told): void {
  let known = forms.get(gateway);
  if (known === undefined) forms.set(gateway, (known = []));
  const index = formIndex(fields, forcedSandbox(gateway, principal));
  const form = known[index];
  if (form !== undefined && form !== null) {
    admitWork(gateway, principal);
    const made = specOfForm(gateway, principal, form, { quantity: fields.qty1e8, price: fields.price1e9 }, graphId);
    if (made !== null) return send(gateway, principal, made, done);
    return send(gateway, principal, specOf(gateway, principal, simpleBody(gateway, fields, graphId)), done);
  }
  const document = simpleBody(gateway, fields, graphId);
  submit(gateway, principal, document, done);
  if (form === undefined) known[index] = formOfDocument(gateway, principal, document);
  return undefined;
}

function simpleBody(gateway: GatewayContext, fields: NewOrderFields, graphId: string): JsonObject {
  const instrument = gateway.names.universe.instruments[fields.instrument];
  if (instrument === undefined) {
    throw new ApiError('VALIDATION_ERROR', `no instrument ${fields.instrument}; LogonAck.instruments lists them`);
  }
  const tif = tifs[fields.tif] ?? '';
  return {
    graph_id: graphId,
    symbol: instrument.symbol,
    side: fields.side === 1 ? 'buy' : 'sell',
    qty_1e8: fields.qty1e8,
    ...(fields.price1e9 === 0 ? { order_type: 'market' } : { order_type: 'limit', price_1e9: fields.price1e9 }),
    ...(tif === '' ? {} : { tif }),
  };
}

function idOf(text: string): NodeOrderId {
  const id = parseNodeOrderId(text);
  if (id === null) throw new ApiError('NOT_FOUND', `no order "${text.slice(0, 64)}"; ids look like <graph>:<node>:1`);
  return id;
}

async function amend(
  gateway: GatewayContext,
  principal: Principal,
  message: Extract<OrderMessage, { kind: 'amend' }>,
): Promise<Command> {
  const { id, graphId, nodeId } = idOf(message.nodeOrderId);
  await allowGraph(gateway, principal, graphId, nodeId);
  const query = { kind: 'orders', limit: 1, offset: 0, nodeOrderId: id } as const;
  const body = (await ask(gateway.port, principal.accountId, query)) as { readonly orders: readonly { readonly symbol: string }[] };
  const [found] = body.orders;
  if (found === undefined) throw new ApiError('NOT_FOUND', `no order "${id}" of this account`);
  const instrument = gateway.names.instrument(found.symbol);
  const wanted = {
    ...(message.qty1e8 === 0 ? {} : { new_qty_1e8: message.qty1e8 }),
    ...(message.price1e9 === 0 ? {} : { new_constraints: { max_price_1e9: message.price1e9 } }),
  };
  const change = parseAmend(JSON.stringify(wanted), instrument, gateway.names.listings(instrument));
  if (!change.ok) throw refusalOf(change);
  return { kind: 'amend_node', graphId, nodeId, ...change.value };
}
