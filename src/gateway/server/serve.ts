/** Puts the route table on a server and knows how many requests are being answered. */
import type { GatewayContext } from '../context.js';
import { exchange } from './exchange.js';
import { Router } from './router.js';
import type { App } from './uws.js';

export interface Doors {
  /** Resolves when no request is being answered, or after `waitMs`. */
  idle(waitMs: number): Promise<void>;
}

export function serveHttp(app: App, context: GatewayContext): Doors {
  const router = new Router(context.routes);
  app.any('/*', (response, request) => exchange(context, router, response, request));
  return {
    idle: (waitMs) =>
      new Promise((resolve) => {
        const untilMs = performance.now() + waitMs;
        const look = (): void => {
          if (context.metrics.open === 0 || performance.now() >= untilMs) resolve();
          else setTimeout(look, 5);
        };
        look();
      }),
  };
}
