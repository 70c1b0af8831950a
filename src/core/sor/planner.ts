/** The planner behind live orders, previews and forecasts: one function (semantics §8). */
export { plan as planOrder } from './plan.js';
