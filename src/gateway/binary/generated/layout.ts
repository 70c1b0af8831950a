/** Made by scripts/generate-flatbuffers.mjs from the schema; do not modify. What the verifier goes by. */
import type { FieldLayout } from '../layout-types.js';

export const structs = {
  NewOrder: { size: 32, align: 8, offsets: { client_seq: 0, qty_1e8: 8, price_1e9: 16, instrument: 24, side: 28, tif: 29, reserved: 30 } },
  Ack: { size: 120, align: 8, offsets: { client_seq: 0, account_seq: 8, gateway_in_ns: 16, core_in_ns: 24, core_out_ns: 32, gateway_out_ns: 40, repeated: 48, id_length: 49, graph_id: 50 } },
} as const;

export const tables: Readonly<Record<string, readonly FieldLayout[]>> = {
  Logon: [
    { name: 'key', kind: 'string', size: 4, align: 4, type: '', required: false },
    { name: 'session', kind: 'string', size: 4, align: 4, type: '', required: true },
    { name: 'last_seq', kind: 'scalar', size: 8, align: 8, type: '', required: false },
    { name: 'cancel_on_disconnect_ms', kind: 'scalar', size: 4, align: 4, type: '', required: false },
  ],
  SubmitGraph: [
    { name: 'client_seq', kind: 'scalar', size: 8, align: 8, type: '', required: false },
    { name: 'document', kind: 'bytes', size: 4, align: 4, type: '', required: true },
  ],
  Amend: [
    { name: 'client_seq', kind: 'scalar', size: 8, align: 8, type: '', required: false },
    { name: 'node_order_id', kind: 'string', size: 4, align: 4, type: '', required: true },
    { name: 'new_qty_1e8', kind: 'scalar', size: 8, align: 8, type: '', required: false },
    { name: 'new_price_1e9', kind: 'scalar', size: 8, align: 8, type: '', required: false },
  ],
  Cancel: [
    { name: 'client_seq', kind: 'scalar', size: 8, align: 8, type: '', required: false },
    { name: 'node_order_id', kind: 'string', size: 4, align: 4, type: '', required: true },
  ],
  CancelGraph: [
    { name: 'client_seq', kind: 'scalar', size: 8, align: 8, type: '', required: false },
    { name: 'graph_id', kind: 'string', size: 4, align: 4, type: '', required: true },
    { name: 'flatten', kind: 'bool', size: 1, align: 1, type: '', required: false },
  ],
  Heartbeat: [
    { name: 'ts_ns', kind: 'scalar', size: 8, align: 8, type: '', required: false },
  ],
  ClientFrame: [
    { name: 'new_order', kind: 'struct', size: 32, align: 8, type: 'NewOrder', required: false },
    { name: 'logon', kind: 'table', size: 4, align: 4, type: 'Logon', required: false },
    { name: 'submit_graph', kind: 'table', size: 4, align: 4, type: 'SubmitGraph', required: false },
    { name: 'amend', kind: 'table', size: 4, align: 4, type: 'Amend', required: false },
    { name: 'cancel', kind: 'table', size: 4, align: 4, type: 'Cancel', required: false },
    { name: 'cancel_graph', kind: 'table', size: 4, align: 4, type: 'CancelGraph', required: false },
    { name: 'heartbeat', kind: 'table', size: 4, align: 4, type: 'Heartbeat', required: false },
  ],
  LogonAck: [
    { name: 'session', kind: 'string', size: 4, align: 4, type: '', required: false },
    { name: 'account', kind: 'string', size: 4, align: 4, type: '', required: false },
    { name: 'client_seq', kind: 'scalar', size: 8, align: 8, type: '', required: false },
    { name: 'server_seq', kind: 'scalar', size: 8, align: 8, type: '', required: false },
    { name: 'resumed', kind: 'bool', size: 1, align: 1, type: '', required: false },
    { name: 'resync', kind: 'bool', size: 1, align: 1, type: '', required: false },
    { name: 'heartbeat_ms', kind: 'scalar', size: 4, align: 4, type: '', required: false },
    { name: 'instruments', kind: 'strings', size: 4, align: 4, type: '', required: false },
    { name: 'durability', kind: 'string', size: 4, align: 4, type: '', required: false },
  ],
  Reject: [
    { name: 'client_seq', kind: 'scalar', size: 8, align: 8, type: '', required: false },
    { name: 'code', kind: 'string', size: 4, align: 4, type: '', required: false },
    { name: 'message', kind: 'string', size: 4, align: 4, type: '', required: false },
    { name: 'field', kind: 'string', size: 4, align: 4, type: '', required: false },
  ],
  OrderUpdate: [
    { name: 'account_seq', kind: 'scalar', size: 8, align: 8, type: '', required: false },
    { name: 'node_order_id', kind: 'string', size: 4, align: 4, type: '', required: false },
    { name: 'status', kind: 'string', size: 4, align: 4, type: '', required: false },
    { name: 'json', kind: 'string', size: 4, align: 4, type: '', required: false },
  ],
  Fill: [
    { name: 'account_seq', kind: 'scalar', size: 8, align: 8, type: '', required: false },
    { name: 'node_order_id', kind: 'string', size: 4, align: 4, type: '', required: false },
    { name: 'qty_1e8', kind: 'scalar', size: 8, align: 8, type: '', required: false },
    { name: 'price_1e9', kind: 'scalar', size: 8, align: 8, type: '', required: false },
    { name: 'json', kind: 'string', size: 4, align: 4, type: '', required: false },
  ],
  GraphUpdate: [
    { name: 'account_seq', kind: 'scalar', size: 8, align: 8, type: '', required: false },
    { name: 'graph_id', kind: 'string', size: 4, align: 4, type: '', required: false },
    { name: 'status', kind: 'string', size: 4, align: 4, type: '', required: false },
    { name: 'json', kind: 'string', size: 4, align: 4, type: '', required: false },
  ],
  Notice: [
    { name: 'code', kind: 'string', size: 4, align: 4, type: '', required: false },
    { name: 'message', kind: 'string', size: 4, align: 4, type: '', required: false },
  ],
  ServerFrame: [
    { name: 'seq', kind: 'scalar', size: 8, align: 8, type: '', required: false },
    { name: 'ack', kind: 'struct', size: 120, align: 8, type: 'Ack', required: false },
    { name: 'logon_ack', kind: 'table', size: 4, align: 4, type: 'LogonAck', required: false },
    { name: 'reject', kind: 'table', size: 4, align: 4, type: 'Reject', required: false },
    { name: 'order_update', kind: 'table', size: 4, align: 4, type: 'OrderUpdate', required: false },
    { name: 'fill', kind: 'table', size: 4, align: 4, type: 'Fill', required: false },
    { name: 'graph_update', kind: 'table', size: 4, align: 4, type: 'GraphUpdate', required: false },
    { name: 'heartbeat', kind: 'table', size: 4, align: 4, type: 'Heartbeat', required: false },
    { name: 'notice', kind: 'table', size: 4, align: 4, type: 'Notice', required: false },
  ],
};
