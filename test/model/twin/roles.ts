/**
 * Roles of nodes, read off the page ("Roles" at its head): what is an exit of whom, what a hedge of whom.
 * Deliberately written once more, from the text, and not shared with the engine.
 */
import type { GraphSpec, NodeSpec } from '../../../src/protocol/graph-spec.js';
import type { Universe } from '../../../src/protocol/universe.js';

export interface Role {
  readonly kind: 'opening' | 'exit' | 'hedge';
  /** Nodes whose position this one closes or hedges; empty for opening nodes. */
  readonly ps: readonly number[];
}

const opening: Role = { kind: 'opening', ps: [] };

/** Parents before children; the document has no cycles. */
export function topological(spec: GraphSpec): number[] {
  const order: number[] = [];
  while (order.length < spec.nodes.length) {
    const next = spec.nodes.findIndex(
      (_, i) => !order.includes(i) && spec.edges.every((e) => e.to !== i || order.includes(e.from)),
    );
    if (next < 0) throw new Error('the graph has a cycle');
    order.push(next);
  }
  return order;
}

export function rolesOf(spec: GraphSpec, universe: Universe): Role[] {
  const roles: Role[] = spec.nodes.map(() => opening);
  const baseOf = (n: NodeSpec): number | undefined => universe.instruments[n.instrument]?.base;
  for (const i of topological(spec)) {
    const node = spec.nodes[i];
    const parents = [...new Set(spec.edges.filter((e) => e.to === i).map((e) => e.from))];
    if (node === undefined || parents.length === 0) continue;
    const seen = parents.map((q): Role => {
      const parent = spec.nodes[q];
      const role = roles[q] ?? opening;
      if (parent === undefined) return opening;
      const sameInstrument = parent.instrument === node.instrument;
      // A parent that is itself a P: this node may close or hedge the parent.
      if (role.kind !== 'exit') {
        if (sameInstrument && parent.side !== node.side) return { kind: 'exit', ps: [q] };
        if (!sameInstrument && baseOf(parent) === baseOf(node) && parent.side !== node.side) {
          return { kind: 'hedge', ps: [q] };
        }
      }
      // A child of another exit of P, or of another hedge of P.
      if (role.kind !== 'opening') {
        const ps = role.ps.map((p) => spec.nodes[p]);
        const closes = ps.every((p) => p !== undefined && p.instrument === node.instrument && p.side !== node.side);
        const hedges = ps.every(
          (p) =>
            p !== undefined && p.instrument !== node.instrument && baseOf(p) === baseOf(node) && p.side !== node.side,
        );
        if (role.kind === 'exit' && closes) return { kind: 'exit', ps: role.ps };
        if (role.kind === 'hedge' && hedges) return { kind: 'hedge', ps: role.ps };
      }
      return opening;
    });
    const kind = seen[0]?.kind ?? 'opening';
    if (kind === 'opening' || seen.some((r) => r.kind !== kind)) continue;
    roles[i] = { kind, ps: [...new Set(seen.flatMap((r) => r.ps))].sort((a, b) => a - b) };
  }
  return roles;
}
