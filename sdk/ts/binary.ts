/** Reference client of `/v1/ws/orders` (subprotocol legwork.v1): logon, orders, resume after a lost connection. */
import { Builder, ByteBuffer } from 'flatbuffers';
import { WebSocket } from 'ws';
import { Amend } from './generated/amend.js';
import { Cancel } from './generated/cancel.js';
import { CancelGraph } from './generated/cancel-graph.js';
import { ClientFrame } from './generated/client-frame.js';
import { Heartbeat } from './generated/heartbeat.js';
import { Logon } from './generated/logon.js';
import { NewOrder } from './generated/new-order.js';
import { ServerFrame } from './generated/server-frame.js';
import { SubmitGraph } from './generated/submit-graph.js';

export interface BinaryClientOptions {
  /** `ws://127.0.0.1:50052/v1/ws/orders` */
  readonly url: string;
  readonly key: string;
  readonly session: string;
  /** 0: orders stay when the client is gone. */
  readonly cancelOnDisconnectMs?: number;
  /** The last server sequence this client has seen; 0 at the start of a session. */
  readonly lastSeq?: number;
  readonly onFrame: (frame: ServerFrame) => void;
  readonly onClose?: (code: number, reason: string) => void;
}

export interface BinaryOrder {
  /** Index into `instruments`. */
  readonly instrument: number;
  readonly side: 'buy' | 'sell';
  readonly qty1e8: bigint;
  /** 0n or absent: a market order. */
  readonly price1e9?: bigint;
  readonly tif?: 'gtc' | 'ioc' | 'fok';
}

const tifs = { gtc: 1, ioc: 2, fok: 3 } as const;

export class BinaryClient {
  readonly instruments: readonly string[];
  readonly resumed: boolean;
  readonly resync: boolean;
  /** What every Ack survives: `memory`, `process` or `power`; empty where the server is older and does not say. */
  readonly durability: string;
  /** The last server sequence seen; give it to the next connection. */
  lastSeq: number;
  readonly #ws: WebSocket;
  readonly #builder = new Builder(512);
  #clientSeq: number;

  /** Use `connect`. */
  private constructor(ws: WebSocket, ack: ServerFrame, options: BinaryClientOptions) {
    const logon = ack.logonAck();
    this.#ws = ws;
    this.lastSeq = options.lastSeq ?? 0;
    this.#clientSeq = Number(logon?.clientSeq() ?? 0n);
    this.resumed = logon?.resumed() ?? false;
    this.resync = logon?.resync() ?? false;
    this.durability = logon?.durability() ?? '';
    this.instruments = Array.from({ length: logon?.instrumentsLength() ?? 0 }, (_, i) => logon?.instruments(i) ?? '');
    const beat = setInterval(() => this.#send(heartbeat(this.#builder)), logon?.heartbeatMs() ?? 10_000);
    beat.unref();
    ws.on('close', (code, reason) => {
      clearInterval(beat);
      options.onClose?.(code, reason.toString('utf8'));
    });
  }

  /** Resolves when logged on; rejects with the server's reason. */
  static connect(options: BinaryClientOptions): Promise<BinaryClient> {
    const ws = new WebSocket(options.url, 'legwork.v1', { headers: { Authorization: `Bearer ${options.key}` } });
    ws.binaryType = 'nodebuffer';
    return new Promise((resolve, reject) => {
      let client: BinaryClient | null = null;
      ws.on('error', reject);
      ws.on('close', (code, reason) => reject(new Error(`closed before logon: ${code} ${reason.toString('utf8')}`)));
      ws.on('open', () => ws.send(logonBytes(new Builder(256), options)));
      ws.on('message', (bytes: Buffer) => {
        const frame = ServerFrame.getRootAsServerFrame(new ByteBuffer(bytes));
        if (client === null) {
          const refused = frame.reject();
          if (refused !== null) reject(new Error(`${refused.code() ?? ''}: ${refused.message() ?? ''}`));
          if (frame.logonAck() === null) return;
          client = new BinaryClient(ws, frame, options);
          resolve(client);
          return;
        }
        const seq = Number(frame.seq());
        if (seq > 0) client.lastSeq = Math.max(client.lastSeq, seq);
        options.onFrame(frame);
      });
    });
  }

  /** Returns the client sequence that the Ack or Reject will name. @param again sends that sequence once more */
  newOrder(order: BinaryOrder, again?: number): number {
    const seq = again ?? ++this.#clientSeq;
    const builder = this.#builder;
    builder.clear();
    ClientFrame.startClientFrame(builder);
    const side = order.side === 'buy' ? 1 : 2;
    const tif = order.tif === undefined ? 0 : tifs[order.tif];
    ClientFrame.addNewOrder(
      builder,
      NewOrder.createNewOrder(builder, BigInt(seq), order.qty1e8, order.price1e9 ?? 0n, order.instrument, side, tif, 0),
    );
    this.#finish();
    return seq;
  }

  /** A document as POST /v1/orders takes it. */
  submitGraph(document: unknown): number {
    const seq = ++this.#clientSeq;
    const builder = this.#builder;
    builder.clear();
    const bytes = SubmitGraph.createDocumentVector(builder, Buffer.from(JSON.stringify(document)));
    const graph = SubmitGraph.createSubmitGraph(builder, BigInt(seq), bytes);
    return this.#member(seq, graph, ClientFrame.addSubmitGraph);
  }

  /** 0n leaves that one as it is. */
  amend(nodeOrderId: string, qty1e8: bigint, price1e9: bigint): number {
    const seq = ++this.#clientSeq;
    this.#builder.clear();
    const id = this.#builder.createString(nodeOrderId);
    return this.#member(seq, Amend.createAmend(this.#builder, BigInt(seq), id, qty1e8, price1e9), ClientFrame.addAmend);
  }

  cancel(nodeOrderId: string): number {
    const seq = ++this.#clientSeq;
    this.#builder.clear();
    const id = this.#builder.createString(nodeOrderId);
    return this.#member(seq, Cancel.createCancel(this.#builder, BigInt(seq), id), ClientFrame.addCancel);
  }

  cancelGraph(graphId: string, flatten = false): number {
    const seq = ++this.#clientSeq;
    this.#builder.clear();
    const id = this.#builder.createString(graphId);
    const cancel = CancelGraph.createCancelGraph(this.#builder, BigInt(seq), id, flatten);
    return this.#member(seq, cancel, ClientFrame.addCancelGraph);
  }

  close(): void {
    this.#ws.close();
  }

  /** The connection as if the network had cut it. */
  terminate(): void {
    this.#ws.terminate();
  }

  #member(seq: number, offset: number, add: (builder: Builder, offset: number) => void): number {
    ClientFrame.startClientFrame(this.#builder);
    add(this.#builder, offset);
    this.#finish();
    return seq;
  }

  #finish(): void {
    this.#builder.finish(ClientFrame.endClientFrame(this.#builder));
    this.#send(this.#builder.asUint8Array());
  }

  #send(bytes: Uint8Array): void {
    this.#ws.send(bytes);
  }
}

function heartbeat(builder: Builder): Uint8Array {
  builder.clear();
  const beat = Heartbeat.createHeartbeat(builder, BigInt(Date.now()) * 1_000_000n);
  ClientFrame.startClientFrame(builder);
  ClientFrame.addHeartbeat(builder, beat);
  builder.finish(ClientFrame.endClientFrame(builder));
  return builder.asUint8Array().slice();
}

function logonBytes(builder: Builder, options: BinaryClientOptions): Uint8Array {
  const session = builder.createString(options.session);
  Logon.startLogon(builder);
  Logon.addSession(builder, session);
  Logon.addLastSeq(builder, BigInt(options.lastSeq ?? 0));
  Logon.addCancelOnDisconnectMs(builder, options.cancelOnDisconnectMs ?? 0);
  const logon = Logon.endLogon(builder);
  ClientFrame.startClientFrame(builder);
  ClientFrame.addLogon(builder, logon);
  builder.finish(ClientFrame.endClientFrame(builder));
  return builder.asUint8Array();
}
