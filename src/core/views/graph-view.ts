/** A graph as `GET /v1/execution_graphs/{id}` shows it (wire.md). */
import { must } from '../../base/assert.js';
import type { CoreState, Edge, Graph, Group, Node } from '../state.js';
import { absoluteNs, childView, nodeOrderId, sideName, targetLots, type WireObject } from './order-view.js';
import { average1e9, instrumentOf, narrow, price1e9, quarterPrice1e9, qty1e8, type WireInt } from './wire.js';

export function graphView(state: CoreState, graph: Graph): WireObject {
  const nodes: WireObject = {};
  for (const node of graph.nodes) nodes[node.nodeId] = nodeView(state, node);
  const edges: WireObject = {};
  for (const edge of graph.edges) edges[edge.spec.edgeId] = edgeView(state, edge);
  return {
    graph_id: graph.graphId,
    status: graph.status,
    status_reason: graph.statusReason,
    is_sandbox: graph.spec.isSandbox,
    created_ns: absoluteNs(state, graph.createdAtNs),
    updated_ns: absoluteNs(state, graph.updatedAtNs),
    seq: graph.seq,
    nodes,
    edges,
    groups: graph.groups.map((group) => groupView(graph, group)),
    warnings: graph.warnings.map((warning) => ({ ...warning })),
    metadata: graph.spec.metadataJson === null ? null : (JSON.parse(graph.spec.metadataJson) as unknown),
  };
}

function nodeView(state: CoreState, node: Node): WireObject {
  const instrument = instrumentOf(state.universe, node.spec.instrument);
  const run = node.run;
  const lots = (value: number): WireInt => qty1e8(instrument, value);
  const view: WireObject = {
    status: node.status,
    role: node.pace !== null ? 'container' : node.container !== null ? 'slice' : node.role,
    node_order_id: nodeOrderId(node),
    symbol: instrument.symbol,
    side: sideName(node.spec.side),
    policy: node.spec.policy.kind,
    qty_1e8: lots(targetLots(node)),
    target_qty_1e8: lots(targetLots(node)),
    released_qty_1e8: lots(Number.isFinite(node.released) ? node.released : node.filled),
    filled_qty_1e8: lots(node.filled),
    dust_qty_1e8: run === null ? 0 : lots(run.dust),
    avg_price_1e9: run === null ? 0 : average1e9(instrument, run.value, node.filled),
    fees_usd_1e9: run === null ? 0 : narrow(run.fees.toBigInt()),
    arrival_mid_1e9: run === null ? 0 : quarterPrice1e9(instrument, Math.max(0, run.arrivalMidQ)),
    protection_price_1e9: run === null ? 0 : price1e9(instrument, Math.max(0, run.protectionTicks)),
    failure_reason: node.reason === '' ? null : node.reason,
    activated_ns: run === null ? null : absoluteNs(state, run.activatedAtNs),
    done_ns: run === null ? null : absoluteNs(state, run.doneAtNs),
    children: run === null ? [] : run.children.map((child) => childView(state, child)),
  };
  if (node.container !== null) {
    view['parent'] = node.container.nodeId;
    view['plan_qty_1e8'] = lots(run?.planQty ?? 0);
  }
  if (run !== null && run.lateFill === 1) view['late_fill'] = true;
  return view;
}

function edgeView(state: CoreState, edge: Edge): WireObject {
  const { spec, graph } = edge;
  const to = must(graph.nodes[spec.to], 'child of an edge');
  const view: WireObject = {
    from_node: must(graph.nodes[spec.from], 'parent of an edge').nodeId,
    to_node: to.nodeId,
    trigger: spec.trigger.kind,
    state: edge.state,
    armed_ns: absoluteNs(state, edge.armedAtNs),
    fired_count: edge.firedCount,
    fired_ns: absoluteNs(state, edge.firedAtNs),
    released_qty_1e8: qty1e8(instrumentOf(state.universe, to.spec.instrument), Number.isFinite(edge.released) ? edge.released : 0),
  };
  if (spec.trigger.kind === 'on_price') {
    const watched = must(state.universe.instruments[spec.trigger.instrument], 'watched instrument');
    if (edge.level > 0) view['level_1e9'] = quarterPrice1e9(watched, edge.level);
    if (edge.firedPriceQ > 0) view['fired_price_1e9'] = quarterPrice1e9(watched, edge.firedPriceQ);
  }
  return view;
}

function groupView(graph: Graph, group: Group): WireObject {
  return {
    type: group.spec.type,
    nodes: group.spec.nodes.map((index) => must(graph.nodes[index], 'member of a group').nodeId),
    auto: group.auto,
  };
}
