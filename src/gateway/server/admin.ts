/** Metrics and health for operators, on an address of their own. Loopback by default: there is no key here. */
import type { GatewayContext } from '../context.js';
import { unready } from '../routes/health.js';
import { createApp, listen, type HttpResponse } from './uws.js';

export interface AdminAddress {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
}

export interface Admin {
  readonly address: string;
  close(): void;
}

export async function startAdmin(where: AdminAddress, context: GatewayContext): Promise<Admin> {
  const app = createApp(null);
  app.get('/metrics', (response) => {
    let gone = false;
    response.onAborted(() => {
      gone = true;
    });
    void context.metrics.text().then((text) => {
      if (!gone) answer(response, '200 OK', context.metrics.registry.contentType, `${text}${context.port.metricsText?.() ?? ''}`);
    });
  });
  app.get('/health/live', (response) => answer(response, '200 OK', 'text/plain', 'live\n'));
  app.get('/health/ready', (response) => {
    let gone = false;
    response.onAborted(() => {
      gone = true;
    });
    void unready(context).then((reason) => {
      if (gone) return;
      answer(response, reason === null ? '200 OK' : '503 Service Unavailable', 'text/plain', `${reason ?? 'ready'}\n`);
    });
  });
  app.any('/*', (response) => {
    answer(response, '404 Not Found', 'text/plain', 'here are /metrics, /health/live and /health/ready\n');
  });
  const listening = await listen(app, where.host, where.port);
  return { address: `http://${where.host}:${listening.port}`, close: () => void app.close() };
}

function answer(response: HttpResponse, status: string, type: string, text: string): void {
  response.cork(() => {
    response.writeStatus(status).writeHeader('Content-Type', type).end(text);
  });
}
