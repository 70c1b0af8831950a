/** Where a plan's legs went (wire.md, channel `routing`). */
import { assert } from '../../base/assert.js';
import type { Instrument, Universe } from '../../protocol/universe.js';
import type { Plan, PlanLeg } from '../sor/plan-types.js';
import type { CoreState, Node } from '../state.js';
import { orderId } from './order-view.js';
import type { Facts, OfNode, WireObject } from './told.js';
import { instrumentOf, price1e9, qty1e8, venueName } from './wire.js';

export class RoutingFacts implements Facts {
  readonly universe: Universe;
  readonly instrument: Instrument;
  readonly orderNo: number;
  readonly legs: readonly PlanLeg[];
  readonly costBps: number;

  /** @param plan whose legs do not change any more */
  constructor(state: CoreState, node: Node, plan: Plan) {
    this.universe = state.universe;
    this.instrument = instrumentOf(state.universe, node.spec.instrument);
    this.orderNo = node.reopened + 1;
    assert(plan.legs.length > 0 && plan.placedLots > 0, 'a routing that is told went somewhere');
    this.legs = plan.legs;
    this.costBps = plan.costBps;
  }

  view(of: OfNode): WireObject {
    const { universe, instrument, legs } = this;
    assert(legs.length > 0 && this.orderNo >= 1, 'a routing that is told went somewhere');
    return {
      node_order_id: orderId(of, this.orderNo),
      legs: legs.map((leg) => ({
        venue: venueName(universe, leg.venue),
        qty_1e8: qty1e8(instrument, leg.lots),
        price_1e9: price1e9(instrument, leg.worstTicks),
      })),
      est_cost_bps: Math.round(this.costBps * 100) / 100,
      chosen: legs.map((leg) => venueName(universe, leg.venue)),
    };
  }
}
