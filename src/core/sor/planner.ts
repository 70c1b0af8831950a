/** The planner behind live orders: one function, so that previews and orders cannot differ (semantics §8). */
import type { Plan, PlanRequest } from './plan-types.js';
import { simplePlan } from './simple-plan.js';

export function planOrder(request: PlanRequest): Plan {
  return simplePlan(request);
}
