/**
 * The binary door without its socket, on one thread: an order's frame verified and read, an acknowledgement patched.
 *
 *   frame bytes ──► verifyClientFrame, fields read in place ──► one reused order
 *   fields ──► patchAck ──► prebuilt buffer
 *
 * A batch is one sample; p50 and p99 are over batches. `node dist/bench/micro/binary.js [operations]`
 */
import { fileURLToPath } from 'node:url';
import { Builder } from 'flatbuffers';
import { must } from '../../src/base/assert.js';
import { decodeClientFrame } from '../../src/gateway/binary/decode.js';
import { ackBuffer, patchAck } from '../../src/gateway/binary/encode.js';
import { ClientFrame } from '../../sdk/ts/generated/client-frame.js';
import { NewOrder } from '../../sdk/ts/generated/new-order.js';
import { type Row, spread, timePerOperation } from '../support/row.js';

const BATCH = 1_000;
/** Frames that are read by turns, so that no branch is foretold for one of them. */
const FRAMES = 64;

function orderFrames(): DataView[] {
  return Array.from({ length: FRAMES }, (_, i) => {
    const builder = new Builder(64);
    ClientFrame.startClientFrame(builder);
    const price = i % 3 === 0 ? 0n : 61_234_500_000_000n + BigInt(i) * 10_000_000n;
    ClientFrame.addNewOrder(builder, NewOrder.createNewOrder(builder, BigInt(i + 1), 150_000_000n + BigInt(i), price, i % 4, 1 + (i % 2), i % 4, 0));
    builder.finish(ClientFrame.endClientFrame(builder));
    const bytes = builder.asUint8Array().slice();
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  });
}

function decodeBatch(frames: readonly DataView[]): number {
  let sum = 0;
  for (let i = 0; i < BATCH; i++) {
    const message = decodeClientFrame(must(frames[i % FRAMES], 'frame'));
    if (message.kind !== 'new_order') throw new Error(`an order is read as ${message.kind}`);
    sum += message.order.qty1e8 + message.order.side;
  }
  return sum;
}

function ackBatch(view: DataView, from: number): number {
  const fields = {
    seq: 0, clientSeq: 0, accountSeq: 0, gatewayBaseNs: 1_700_000_000_987_654_321n, coreBaseNs: 1_600_000_000_000_000_001n, gatewayInNs: 0,
    coreInNs: 0, coreOutNs: 0, gatewayOutNs: 0, repeated: false, graphId: 'bin-0123456789abcdef0123-42',
  };
  for (let i = 0; i < BATCH; i++) {
    fields.seq = fields.clientSeq = fields.accountSeq = from + i;
    fields.gatewayInNs = fields.coreInNs = fields.coreOutNs = fields.gatewayOutNs = 1_000_000_007 * (from + i);
    patchAck(view, fields);
  }
  return view.getUint8(view.byteLength - 1) + view.getUint32(0, true);
}

interface Figures {
  readonly p50: number;
  readonly p99: number;
  readonly checksum: number;
}

function measured(operations: number, batch: (index: number) => number): Figures {
  const count = Math.max(20, Math.floor(operations / BATCH));
  for (let i = 0; i < 30; i++) batch(i);
  const ns = new Float64Array(count);
  let checksum = 0;
  for (let i = 0; i < count; i++) {
    const run = timePerOperation(BATCH, () => batch(i));
    ns[i] = run.ns;
    checksum = (checksum + run.checksum) % 2 ** 48;
  }
  ns.sort();
  return { p50: ns[count >> 1] ?? Number.NaN, p99: ns[Math.floor(count * 0.99)] ?? Number.NaN, checksum };
}

export function binaryMicroRows(operations: number, repeats: number): Row[] {
  const frames = orderFrames();
  const bytes = ackBuffer();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const decode = Array.from({ length: repeats }, () => measured(operations, () => decodeBatch(frames)));
  const ack = Array.from({ length: repeats }, () => measured(operations, (i) => ackBatch(view, i * BATCH)));
  const row = (what: string, runs: readonly Figures[], of: (run: Figures) => number): Row => ({
    bench: 'binary', what, unit: 'ns', ...spread(runs.map(of)), checksum: must(runs[0], 'run').checksum,
  });
  return [
    row('NewOrder: verify and read p50', decode, (run) => run.p50), row('NewOrder: verify and read p99', decode, (run) => run.p99),
    row('Ack: patch p50', ack, (run) => run.p50), row('Ack: patch p99', ack, (run) => run.p99),
  ];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const row of binaryMicroRows(Number(process.argv[2] ?? 1_000_000), 3)) console.log(row.what.padEnd(34), row.value.toFixed(1), row.unit);
}
