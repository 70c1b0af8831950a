/**
 * The only file that names the HTTP and WebSocket library, so that its build can be exchanged. Everything else
 * speaks the types below.
 */
import uWS from 'uWebSockets.js';

export type App = uWS.TemplatedApp;
export type HttpResponse = uWS.HttpResponse;
export type HttpRequest = uWS.HttpRequest;
export type WebSocket<T> = uWS.WebSocket<T>;
export type WebSocketBehavior<T> = uWS.WebSocketBehavior<T>;
export type UpgradeContext = uWS.us_socket_context_t;

export interface TlsFiles {
  readonly keyFile: string;
  readonly certFile: string;
}

export interface Listening {
  readonly port: number;
  /** No new connections from now on; open ones live on. */
  stopListening(): void;
}

/** @param tls PEM files; null for plain HTTP */
export function createApp(tls: TlsFiles | null): App {
  if (tls === null) return uWS.App({});
  return uWS.SSLApp({ key_file_name: tls.keyFile, cert_file_name: tls.certFile });
}

/** LIBUS_LISTEN_EXCLUSIVE_PORT of the library. */
const LISTEN_EXCLUSIVE = 1;

/** The library takes host, port and options together; its types lack that form. */
interface ExclusiveListener {
  listen(host: string, port: number, options: number, done: (socket: uWS.us_listen_socket | false) => void): void;
}

/** Rejects when the address is taken. @param port 0 lets the system choose */
export function listen(app: App, host: string, port: number): Promise<Listening> {
  return new Promise((resolve, reject) => {
    // Without it a second engine would share the port in silence, each taking some of the connections.
    (app as unknown as ExclusiveListener).listen(host, port, LISTEN_EXCLUSIVE, (socket) => {
      if (socket === false) {
        reject(new Error(`gateway: cannot listen on ${host}:${port}; is another engine running there? Choose --port`));
        return;
      }
      let open = true;
      resolve({
        port: uWS.us_socket_local_port(socket as unknown as uWS.us_socket),
        stopListening: () => {
          if (open) uWS.us_listen_socket_close(socket);
          open = false;
        },
      });
    });
  });
}
