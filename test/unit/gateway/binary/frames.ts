/** Valid client frames of every kind, by the stock builder. */
import { Builder } from 'flatbuffers';
import { Amend } from '../../../../sdk/ts/generated/amend.js';
import { Cancel } from '../../../../sdk/ts/generated/cancel.js';
import { CancelGraph } from '../../../../sdk/ts/generated/cancel-graph.js';
import { ClientFrame } from '../../../../sdk/ts/generated/client-frame.js';
import { Heartbeat } from '../../../../src/gateway/binary/generated/heartbeat.js';
import { Logon } from '../../../../sdk/ts/generated/logon.js';
import { NewOrder } from '../../../../sdk/ts/generated/new-order.js';
import { SubmitGraph } from '../../../../sdk/ts/generated/submit-graph.js';

function framed(fill: (builder: Builder) => number, add: (builder: Builder, offset: number) => void): Uint8Array {
  const builder = new Builder(64);
  const offset = fill(builder);
  ClientFrame.startClientFrame(builder);
  add(builder, offset);
  builder.finish(ClientFrame.endClientFrame(builder));
  return builder.asUint8Array().slice();
}

export function newOrderFrame(seq: bigint, qty: bigint, price: bigint, instrument: number, side: number, tif: number): Uint8Array {
  const builder = new Builder(64);
  ClientFrame.startClientFrame(builder);
  ClientFrame.addNewOrder(builder, NewOrder.createNewOrder(builder, seq, qty, price, instrument, side, tif, 0));
  builder.finish(ClientFrame.endClientFrame(builder));
  return builder.asUint8Array().slice();
}

export const validFrames: Readonly<Record<string, Uint8Array>> = {
  new_order: newOrderFrame(7n, 150_000_000n, 61_234_500_000_000n, 2, 1, 2),
  logon: framed((b) => Logon.createLogon(b, b.createString('lw_test_x'), b.createString('desk-1'), 12n, 5_000), ClientFrame.addLogon),
  submit_graph: framed(
    (b) => SubmitGraph.createSubmitGraph(b, 8n, SubmitGraph.createDocumentVector(b, Buffer.from('{"symbol":"BTC-USD"}'))),
    ClientFrame.addSubmitGraph,
  ),
  amend: framed((b) => Amend.createAmend(b, 9n, b.createString('g:order:1'), 5n, 6n), ClientFrame.addAmend),
  cancel: framed((b) => Cancel.createCancel(b, 10n, b.createString('g:order:1')), ClientFrame.addCancel),
  cancel_graph: framed((b) => CancelGraph.createCancelGraph(b, 11n, b.createString('g'), true), ClientFrame.addCancelGraph),
  heartbeat: framed((b) => Heartbeat.createHeartbeat(b, 1n), ClientFrame.addHeartbeat),
};
