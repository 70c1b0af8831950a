/** Puts `/v1/ws/orders` on the gateway's server; pass to `GatewayOptions.mount`. */
import type { GatewayContext } from '../context.js';
import { addressOf } from '../server/exchange.js';
import { admitKeyless, admitUpgrade, refusePlain, upgrade, type UpgradeWanted } from '../server/upgrade.js';
import type { App } from '../server/uws.js';
import { BinarySocket, type BinaryUser } from './binary-socket.js';
import { SessionStore } from './session-store.js';
import { frameBytesMax } from './verify.js';

export const subprotocol = 'legwork.v1';

export interface BinaryOptions {
  /** Origins that browsers may come from; default none. Programs send no Origin. */
  readonly origins?: readonly string[];
  /** Default 10,000. A client that says nothing for three of them is cut off. */
  readonly heartbeatMs?: number;
}

/** Never reached by what we send (1 MiB and one frame); a backstop. */
const UNREAD_MAX = 64 * 1024 * 1024;

export function mountBinary(options: BinaryOptions = {}): (app: App, gateway: GatewayContext) => void {
  return (app, gateway) => {
    const heartbeatMs = options.heartbeatMs ?? 10_000;
    const store = new SessionStore(gateway);
    const sockets = new Set<BinarySocket>();
    let timer: NodeJS.Timeout | null = null;
    const wanted: UpgradeWanted = { scope: 'trade', subprotocol, origins: options.origins ?? [] };
    app.ws<BinaryUser>('/v1/ws/orders', {
      maxPayloadLength: frameBytesMax,
      maxBackpressure: UNREAD_MAX,
      idleTimeout: 0,
      sendPingsAutomatically: false,
      upgrade: (response, request, context) => {
        const address = addressOf(response);
        const keyless = request.getHeader('authorization') === '' && (request.getQuery('ticket') ?? '') === '';
        const principal = keyless ? null : admitUpgrade(gateway, response, request, wanted);
        if (keyless ? !admitKeyless(gateway, response, request, wanted) : principal === null) return;
        upgrade<BinaryUser>(response, request, context, { principal, address, socket: null }, subprotocol);
      },
      open: (ws) => {
        const socket = new BinarySocket(gateway, store, ws, heartbeatMs);
        const data = ws.getUserData();
        data.socket = socket;
        gateway.sockets.opened('orders', data.address, socket);
        sockets.add(socket);
        timer ??= setInterval(() => {
          for (const each of [...sockets]) each.beat();
        }, heartbeatMs).unref();
      },
      message: (ws, bytes, binary) => ws.getUserData().socket?.message(bytes, binary),
      drain: (ws) => ws.getUserData().socket?.drained(),
      close: (ws, code) => {
        const { socket, address } = ws.getUserData();
        if (socket === null) return;
        sockets.delete(socket);
        socket.ended();
        gateway.sockets.closed('orders', address, socket, code);
        if (sockets.size > 0 || timer === null) return;
        clearInterval(timer);
        timer = null;
      },
    });
    app.get('/v1/ws/orders', (response, request) => refusePlain(gateway, response, request));
  };
}
