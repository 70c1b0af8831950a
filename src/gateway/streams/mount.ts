/** Puts `/v1/stream` and the server-sent events on the gateway's server; pass to `GatewayOptions.mount`. */
import type { GatewayContext } from '../context.js';
import { addressOf } from '../server/exchange.js';
import { admitUpgrade, refusePlain, upgrade, type UpgradeWanted } from '../server/upgrade.js';
import type { App } from '../server/uws.js';
import { DeploymentHub } from './deployment-hub.js';
import { MarketHub } from './market-hub.js';
import { mountSse } from './sse.js';
import { StreamSocket, type StreamUser } from './stream-socket.js';

export interface StreamOptions {
  /** Origins that browsers may come from; default none. Programs send no Origin. */
  readonly origins?: readonly string[];
  /** Default 20,000. */
  readonly pingMs?: number;
}

/** Largest control frame: a thousand channels fit. Larger ones cost the connection. */
const FRAME_BYTES_MAX = 64 * 1024;
/** Never reached by what we send (64 KiB of prices, 1 MiB of account events and one frame); a backstop. */
const UNREAD_MAX = 64 * 1024 * 1024;

export function mountStreams(options: StreamOptions = {}): (app: App, gateway: GatewayContext) => void {
  return (app, gateway) => {
    const { port } = gateway;
    const hub = new MarketHub({
      books: port.books,
      nowNs: () => port.nowNs(),
      baseNs: () => port.baseNs(),
      publish: (topic, frame) => void app.publish(topic, frame),
    });
    const deployments = new DeploymentHub(gateway.deployments);
    const pinger = new Pinger(options.pingMs ?? 20_000);
    const wanted: UpgradeWanted = { scope: 'read', subprotocol: null, origins: options.origins ?? [] };
    app.ws<StreamUser>('/v1/stream', {
      maxPayloadLength: FRAME_BYTES_MAX,
      maxBackpressure: UNREAD_MAX,
      idleTimeout: 0,
      sendPingsAutomatically: false,
      upgrade: (response, request, context) => {
        const address = addressOf(response);
        const principal = admitUpgrade(gateway, response, request, wanted);
        if (principal !== null) upgrade<StreamUser>(response, request, context, { principal, address, socket: null }, null);
      },
      open: (ws) => {
        const socket = new StreamSocket(gateway, hub, deployments, ws);
        if (!gateway.sessions.add(socket)) {
          ws.end(1013, 'this key has too many connections open');
          return;
        }
        const data = ws.getUserData();
        data.socket = socket;
        gateway.sockets.opened('stream', data.address, socket);
        pinger.add(socket);
      },
      message: (ws, bytes, binary) => ws.getUserData().socket?.message(new Uint8Array(bytes), binary),
      pong: (ws) => ws.getUserData().socket?.heard(),
      drain: (ws) => ws.getUserData().socket?.drained(),
      close: (ws, code) => {
        const { socket, address } = ws.getUserData();
        if (socket === null) return;
        socket.ended();
        gateway.sockets.closed('stream', address, socket, code);
        pinger.remove(socket);
        gateway.sessions.remove(socket);
      },
    });
    app.get('/v1/stream', (response, request) => refusePlain(gateway, response, request));
    mountSse(app, gateway, wanted.origins);
  };
}

/** One timer for all sockets, running while there are any. */
class Pinger {
  readonly #everyMs: number;
  readonly #sockets = new Set<StreamSocket>();
  #timer: NodeJS.Timeout | null = null;

  constructor(everyMs: number) {
    this.#everyMs = everyMs;
  }

  add(socket: StreamSocket): void {
    this.#sockets.add(socket);
    this.#timer ??= setInterval(() => {
      for (const each of [...this.#sockets]) each.ping();
    }, this.#everyMs).unref();
  }

  remove(socket: StreamSocket): void {
    this.#sockets.delete(socket);
    if (this.#sockets.size > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }
}
