/** Server frames but events. An acknowledgement is patched into a prebuilt buffer; the others are built. */
import { Builder, ByteBuffer } from 'flatbuffers';
import { assert, must } from '../../base/assert.js';
import { Ack } from './generated/ack.js';
import { Heartbeat } from './generated/heartbeat.js';
import { structs } from './generated/layout.js';
import { LogonAck } from './generated/logon-ack.js';
import { Notice } from './generated/notice.js';
import { Reject } from './generated/reject.js';
import { ServerFrame } from './generated/server-frame.js';
import { putU64 } from './little-endian.js';

export interface AckFields {
  seq: number;
  clientSeq: number;
  accountSeq: number;
  /** Doubles: ns since the epoch exceed 2^53, so times come as base and offset. Bases hardly ever move. */
  gatewayBaseNs: bigint;
  coreBaseNs: bigint;
  gatewayInNs: number;
  coreInNs: number;
  coreOutNs: number;
  gatewayOutNs: number;
  repeated: boolean;
  graphId: string;
}

const { offsets } = structs.Ack;
const template = buildTemplate();

function buildTemplate(): { bytes: Uint8Array; ack: number; seq: number } {
  const builder = new Builder(256);
  ServerFrame.startServerFrame(builder);
  builder.forceDefaults(true);
  ServerFrame.addSeq(builder, 0n);
  builder.forceDefaults(false);
  ServerFrame.addAck(builder, Ack.createAck(builder, 0n, 0n, 0n, 0n, 0n, 0n, 0, 0, new Array<number>(64).fill(0)));
  builder.finish(ServerFrame.endServerFrame(builder));
  const bytes = builder.asUint8Array().slice();
  const ack = must(ServerFrame.getRootAsServerFrame(new ByteBuffer(bytes)).ack(), 'ack of the template').bb_pos;
  return { bytes, ack, seq: seqOf(bytes) };
}

/** Bytes of an acknowledgement. */
export const ackBytes = template.bytes.length;

/** Where the gateway's times stand in them; for those who measure. */
export const ackTimesAt = { gatewayIn: template.ack + offsets.gateway_in_ns, gatewayOut: template.ack + offsets.gateway_out_ns } as const;

/** A buffer for `patchAck`. */
export function ackBuffer(): Uint8Array {
  return template.bytes.slice();
}

/** Acknowledgements that share one memory: each is kept for a while, and a memory of its own costs more than its bytes. */
const ACKS_PER_SLAB = 256;
const slabStride = (ackBytes + 7) & ~7;
let slab = new Uint8Array(0);
let slabView = new DataView(slab.buffer);
let slabNext = ACKS_PER_SLAB;

/** The frame of an acknowledgement; its bytes are the caller's. */
export function ackFrame(fields: AckFields): Uint8Array {
  if (slabNext === ACKS_PER_SLAB) {
    slab = new Uint8Array(ACKS_PER_SLAB * slabStride);
    slabView = new DataView(slab.buffer);
    slabNext = 0;
  }
  const start = slabNext++ * slabStride;
  slab.set(template.bytes, start);
  patchAck(slabView, fields, start);
  return slab.subarray(start, start + ackBytes);
}

/**
 * Writes the fields over a buffer made by `ackBuffer`. Times: whole ns since their base, which is added here.
 * @param start where the frame begins in the view
 */
export function patchAck(view: DataView, fields: AckFields, start = 0): void {
  const at = start + template.ack;
  assert(fields.graphId.length <= 64, 'a graph id has at most 64 characters');
  putU64(view, start + template.seq, fields.seq);
  putU64(view, at + offsets.client_seq, fields.clientSeq);
  putU64(view, at + offsets.account_seq, fields.accountSeq);
  move(gatewayBase, fields.gatewayBaseNs);
  move(coreBase, fields.coreBaseNs);
  putTime(view, at + offsets.gateway_in_ns, gatewayBase, fields.gatewayInNs);
  putTime(view, at + offsets.core_in_ns, coreBase, fields.coreInNs);
  putTime(view, at + offsets.core_out_ns, coreBase, fields.coreOutNs);
  putTime(view, at + offsets.gateway_out_ns, gatewayBase, fields.gatewayOutNs);
  view.setUint8(at + offsets.repeated, fields.repeated ? 1 : 0);
  // Only what the id before this one left is to be cleared: a template's is empty.
  const { graphId } = fields;
  const { length } = graphId;
  const before = view.getUint8(at + offsets.id_length);
  const id = at + offsets.graph_id;
  view.setUint8(at + offsets.id_length, length);
  for (let i = 0; i < length; i++) view.setUint8(id + i, graphId.charCodeAt(i));
  for (let i = length; i < before; i++) view.setUint8(id + i, 0);
}

/** A base's halves, computed again only when it moves. */
interface Base {
  ns: bigint;
  high: number;
  low: number;
}

const gatewayBase: Base = { ns: 0n, high: 0, low: 0 };
const coreBase: Base = { ns: 0n, high: 0, low: 0 };

function move(base: Base, ns: bigint): void {
  if (base.ns === ns) return;
  base.ns = ns;
  base.high = Number(ns >> 32n);
  base.low = Number(ns & 0xffff_ffffn);
}

function putTime(view: DataView, at: number, base: Base, sinceBaseNs: number): void {
  const high = Math.floor(sinceBaseNs / 4_294_967_296);
  const low = base.low + (sinceBaseNs - high * 4_294_967_296);
  view.setUint32(at, low, true);
  view.setUint32(at + 4, base.high + high + (low >= 4_294_967_296 ? 1 : 0), true);
}

/** One for all frames: making one costs more than most frames do. */
const shared = new Builder(4_096);

/** One member of a ServerFrame: its offset is made before the frame's own table. */
function frame(seq: number, make: (builder: Builder) => number, add: (builder: Builder, offset: number) => void): Uint8Array {
  const builder = shared;
  builder.clear();
  const offset = make(builder);
  ServerFrame.startServerFrame(builder);
  ServerFrame.addSeq(builder, BigInt(seq));
  add(builder, offset);
  builder.finish(ServerFrame.endServerFrame(builder));
  return builder.asUint8Array().slice();
}

export interface LogonAckFields {
  readonly session: string;
  readonly account: string;
  readonly clientSeq: number;
  readonly serverSeq: number;
  readonly resumed: boolean;
  readonly resync: boolean;
  readonly heartbeatMs: number;
  readonly durability: string;
  readonly instruments: readonly string[];
}

export function logonAckFrame(fields: LogonAckFields): Uint8Array {
  return frame(
    0,
    (builder) => {
      const instruments = LogonAck.createInstrumentsVector(builder, fields.instruments.map((symbol) => builder.createString(symbol)));
      const session = builder.createString(fields.session);
      const account = builder.createString(fields.account);
      const durability = builder.createString(fields.durability);
      const { clientSeq, serverSeq, resumed, resync, heartbeatMs } = fields;
      return LogonAck.createLogonAck(
        builder, session, account, BigInt(clientSeq), BigInt(serverSeq), resumed, resync, heartbeatMs, instruments, durability,
      );
    },
    ServerFrame.addLogonAck,
  );
}

export function rejectFrame(seq: number, clientSeq: number, code: string, message: string, field = ''): Uint8Array {
  return frame(
    seq,
    (builder) => Reject.createReject(
      builder, BigInt(clientSeq), builder.createString(code), builder.createString(message.slice(0, 1_024)), builder.createString(field),
    ),
    ServerFrame.addReject,
  );
}

export function heartbeatFrame(tsNs: bigint): Uint8Array {
  return frame(0, (builder) => Heartbeat.createHeartbeat(builder, tsNs), ServerFrame.addHeartbeat);
}

export function noticeFrame(seq: number, code: string, message: string): Uint8Array {
  return frame(
    seq,
    (builder) => Notice.createNotice(builder, builder.createString(code), builder.createString(message)),
    ServerFrame.addNotice,
  );
}

/** Where a frame's sequence stands. */
function seqOf(bytes: Uint8Array): number {
  const { bb, bb_pos: at } = ServerFrame.getRootAsServerFrame(new ByteBuffer(bytes));
  return at + must(bb, 'buffer').__offset(at, 4);
}
