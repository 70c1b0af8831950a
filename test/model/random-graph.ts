/** Random small graphs of the whole language that the twin speaks, from a seed. */
import type { Prng } from '../../src/base/prng.js';
import type {
  EdgeSpec, GraphSpec, GroupSpec, NodeSpec, PolicySpec, QuantitySpec, SizingSpec, Tif, TriggerSpec,
} from '../../src/protocol/graph-spec.js';
import { rolesOf } from './twin/roles.js';
import { MS, SECOND, graphOf, modelUniverse, perp, plainNode, spot, startTicks } from './world.js';

type Kin = 'exit' | 'hedge' | 'more';

function policyOf(prng: Prng, limit: boolean): { policy: PolicySpec; tif: Tif } {
  const sor = { kind: 'sor', cooldownNs: SECOND, maxAttempts: 8, horizonNs: 10 * SECOND } as const;
  switch (prng.below(limit ? 4 : 5)) {
    case 0:
      return { policy: { kind: 'ioc_sweep' }, tif: 'ioc' };
    case 1:
      return { policy: { kind: 'passive_limit', horizonNs: 60 * SECOND }, tif: 'gtc' };
    case 4:
      return {
        policy: { kind: 'aggressive_chase', chaseIntervalNs: 250 * MS, widenBps: 2, horizonNs: 30 * SECOND },
        tif: 'gtc',
      };
    default:
      return { policy: sor, tif: limit ? 'gtc' : 'ioc' };
  }
}

/** 1 to 40 lots' worth, not to the lot. */
function moneyOf(prng: Prng): QuantitySpec {
  return { kind: 'notional', usd1e9: `${prng.between(600, 24_000)}000000000` };
}

function rootNode(prng: Prng, index: number): NodeSpec {
  const limit = prng.chance(1, 2);
  const side = prng.chance(3, 4) ? 1 : -1;
  const paced = prng.chance(1, 10);
  const way = policyOf(prng, limit);
  const sor = { kind: 'sor', cooldownNs: SECOND, maxAttempts: 8, horizonNs: 2 * SECOND } as const;
  return {
    ...plainNode,
    nodeId: `n${index}`,
    side,
    orderType: limit ? 'limit' : 'market',
    limitTicks: limit ? startTicks + side * 5 : null,
    quantity: !paced && prng.chance(1, 10) ? moneyOf(prng) : { kind: 'fixed', lots: prng.between(2, 30) * 2 + (paced ? 40 : 0) },
    ...(paced ? { policy: sor, tif: limit ? 'gtc' : 'ioc' } : way),
    pacing: paced
      ? { slices: prng.between(2, 4), intervalNs: prng.pick([500, 1_000]) * MS, carry: prng.chance(3, 4) ? 'next' : 'none' }
      : null,
  };
}

function childNode(prng: Prng, index: number, parent: NodeSpec, kin: Kin): NodeSpec {
  const side = kin === 'more' ? parent.side : (-parent.side as 1 | -1);
  const instrument = kin === 'hedge' ? (parent.instrument === spot ? perp : spot) : parent.instrument;
  const limit = prng.chance(1, 3);
  const quantity: QuantitySpec = prng.chance(1, 4)
    ? { kind: 'from_edge' }
    : { kind: 'fixed', lots: prng.between(2, 30) * 2 };
  return {
    ...plainNode,
    nodeId: `n${index}`,
    instrument,
    side,
    orderType: limit ? 'limit' : 'market',
    limitTicks: limit ? startTicks + side * prng.between(-20, 5) : null,
    quantity,
    activation: 'wait',
    join: prng.chance(1, 8) ? 'all' : 'any',
    ...policyOf(prng, limit),
    ...(prng.chance(1, 10) ? pacedOf(prng, limit) : {}),
  };
}

function pacedOf(prng: Prng, limit: boolean): Partial<NodeSpec> {
  return {
    quantity: { kind: 'fixed', lots: prng.between(22, 50) * 2 }, tif: limit ? 'gtc' : 'ioc',
    policy: { kind: 'sor', cooldownNs: SECOND, maxAttempts: 8, horizonNs: 2 * SECOND },
    pacing: { slices: prng.between(2, 4), intervalNs: prng.pick([500, 1_000]) * MS, carry: prng.chance(3, 4) ? 'next' : 'none' },
  };
}

function triggerOf(prng: Prng, parent: NodeSpec, child: NodeSpec, kin: Kin): TriggerSpec {
  // Fill by fill nothing is released to a paced node.
  const trigger = drawTrigger(prng, parent, child, kin);
  return trigger.kind === 'on_fill' && child.pacing !== null ? { kind: 'on_first_fill' } : trigger;
}

function drawTrigger(prng: Prng, parent: NodeSpec, child: NodeSpec, kin: Kin): TriggerSpec {
  const counted = parent.quantity.kind !== 'from_edge' && parent.activation === 'root';
  switch (prng.below(kin === 'exit' ? 13 : 10)) {
    case 0:
      return { kind: 'on_accepted' };
    case 1:
      return { kind: 'on_first_fill' };
    case 2:
    case 3:
      return { kind: 'on_fill' };
    case 4:
      return counted ? { kind: 'on_fill_ratio', ratioE8: prng.between(1, 4) * 25_000_000 } : { kind: 'on_first_fill' };
    case 5:
      return { kind: 'on_full_fill' };
    case 6:
      return counted ? { kind: 'on_cancel' } : { kind: 'on_done' };
    case 7:
      return { kind: 'on_done' };
    case 8:
      return { kind: 'on_timeout', afterNs: prng.between(1, 8) * 500 * MS };
    default: {
      const below = prng.chance(1, 2);
      const entry = prng.chance(1, 2);
      return {
        kind: 'on_price', instrument: child.instrument, direction: below ? 'below' : 'above',
        level: entry
          ? { kind: 'graph_entry_price', offsetPpm: (below ? -1 : 1) * prng.between(1, 5) * 100 }
          : { kind: 'absolute', quarterTicks: (startTicks + (below ? -1 : 1) * prng.between(5, 25)) * 4 },
        source: 'mid', confirmNs: 0, allowImmediate: false,
      };
    }
  }
}

function sizingOf(prng: Prng, parent: NodeSpec, child: NodeSpec, trigger: TriggerSpec, kin: Kin): SizingSpec {
  const open = child.quantity.kind === 'from_edge';
  // A paced node is released as a whole.
  if (child.pacing !== null) return prng.chance(1, 4) ? { kind: 'fixed', lots: prng.between(20, 40) * 2 } : { kind: 'none' };
  if (trigger.kind === 'on_fill' && prng.chance(1, 3)) return { kind: 'parent_incremental_fill_qty' };
  if (kin === 'hedge' && prng.chance(2, 3)) {
    return { kind: 'linear_hedge', factorE8: -prng.pick([50_000_000, 100_000_000, 200_000_000]), net: child.join === 'any' && prng.chance(1, 4) };
  }
  const counted = parent.quantity.kind === 'fixed' && parent.activation === 'root';
  if (kin === 'more' && counted && prng.chance(1, 3)) return { kind: 'residual' };
  if (prng.chance(1, 8)) {
    const sign = child.side === parent.side ? 1 : -1;
    return {
      kind: 'scaled_notional', factorE8: sign * prng.pick([50_000_000, 100_000_000, 150_000_000]),
      maxUsd1e9: prng.chance(1, 3) ? String(prng.between(2, 20) * 1_000_000_000_000) : null,
    };
  }
  if (open || prng.chance(1, 3)) return { kind: 'parent_filled_qty' };
  if (prng.chance(1, kin === 'more' ? 3 : 5)) return { kind: 'fixed', lots: prng.between(2, 20) * 2 };
  return { kind: 'none' };
}

export function randomGraph(prng: Prng): GraphSpec {
  const count = prng.pick([1, 2, 2, 3, 3, 3, 4, 5]);
  const nodes: NodeSpec[] = [rootNode(prng, 0)];
  const edges: EdgeSpec[] = [];
  const link = (from: number, to: number, kin: Kin): void => {
    const parent = nodes[from];
    const child = nodes[to];
    if (parent === undefined || child === undefined) return;
    const trigger = triggerOf(prng, parent, child, kin);
    const sizing = sizingOf(prng, parent, child, trigger, kin);
    edges.push({ edgeId: `e${edges.length}`, from, to, trigger, sizing, keepParent: prng.chance(1, 4) });
  };
  for (let i = 1; i < count; i++) {
    // What a net hedge opens it closes itself.
    const able = [...nodes.keys()].filter((n) => !edges.some((e) => e.to === n && e.sizing.kind === 'linear_hedge' && e.sizing.net));
    const from = prng.pick(able);
    const parent = nodes[from];
    if (parent === undefined) break;
    const kin = prng.pick<Kin>(['exit', 'exit', 'exit', 'hedge', 'more']);
    nodes.push(childNode(prng, i, parent, kin));
    link(from, i, kin);
    if (prng.chance(1, 5)) link(prng.chance(1, 2) ? from : prng.pick(able), i, kin);
  }
  // A net edge into what opens (an exit's child as well, say) is refused as a document.
  const roles = rolesOf(graphOf(nodes, edges), modelUniverse);
  edges.forEach((e, i) => {
    if (e.sizing.kind === 'linear_hedge' && roles[e.to]?.kind !== 'hedge') edges[i] = { ...e, sizing: { ...e.sizing, net: false } };
  });
  const groups: GroupSpec[] = [];
  const ouo = exitsOfOne(prng, nodes, edges);
  const autoGroups = ouo.length === 0 || prng.chance(1, 2);
  if (ouo.length > 0) groups.push({ type: 'ouo', nodes: ouo, stuck: 'wait', stuckNs: SECOND });
  // Not of a node and its own child (which of them one fill decides for is nobody's question), nor of members sized in
  // money: they begin with the next look at their own book, in an order that the page does not settle.
  const related = edges.some((e) => e.to >= count - 2 && (e.from >= count - 2 || e.sizing.kind === 'scaled_notional'));
  if (count >= 3 && !related && prng.chance(1, 6)) {
    groups.push({ type: 'oco', nodes: [count - 2, count - 1], stuck: 'wait', stuckNs: SECOND });
  }
  const spec = graphOf(nodes, edges, groups);
  const onDisconnect = prng.pick(['continue', 'pause_graph', 'cancel_all_open'] as const);
  return { ...spec, autoGroups, risk: { ...spec.risk, failure: { ...spec.risk.failure, onDisconnect } } };
}

/** Two or more exits of one and the same node alone, now and then: an explicit group. */
function exitsOfOne(prng: Prng, nodes: readonly NodeSpec[], edges: readonly EdgeSpec[]): number[] {
  const roles = rolesOf(graphOf(nodes, edges), modelUniverse);
  for (const p of nodes.keys()) {
    const exits = [...nodes.keys()].filter((i) => roles[i]?.kind === 'exit' && roles[i]?.ps.length === 1 && roles[i]?.ps[0] === p);
    if (exits.length >= 2 && prng.chance(1, 4)) return exits.slice(0, prng.between(2, exits.length));
  }
  return [];
}
