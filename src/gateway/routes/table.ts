/** Every HTTP route of the engine. */
import type { Route } from '../server/route.js';
import { accountRoutes } from './account.js';
import { backtestRoutes } from './backtests.js';
import { deploymentRoutes } from './deployments.js';
import { docsRoutes } from './docs.js';
import { graphRoutes } from './graphs.js';
import { healthRoutes } from './health.js';
import { killRoutes } from './kill-switch.js';
import { marketRoutes } from './market.js';
import { orderRoutes } from './orders.js';
import { outOfScopeRoutes } from './out-of-scope.js';
import { planningRoutes } from './planning.js';
import { positionRoutes } from './positions.js';
import { sandboxRoutes } from './sandbox.js';

export const routeTable: readonly Route[] = [
  ...healthRoutes,
  ...orderRoutes,
  ...graphRoutes,
  ...marketRoutes,
  ...positionRoutes,
  ...planningRoutes,
  ...killRoutes,
  ...accountRoutes,
  ...sandboxRoutes,
  ...deploymentRoutes,
  ...backtestRoutes,
  ...outOfScopeRoutes,
  ...docsRoutes,
];
