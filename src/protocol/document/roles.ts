/**
 * What each node of a graph is for, told from instruments, sides and edges alone (semantics: "Roles").
 * P is an opening node or a hedge.
 *   exit of P:  on P's instrument, side opposite to P, child of P or of another exit of P
 *   hedge of P: on another instrument of the same base, side opposite to P, child of P or of another hedge of P
 * With several parents a node is an exit or a hedge only if it is so of each, else it opens (`mixed`).
 */
import { must } from '../../base/assert.js';
import type { EdgeSpec, NodeSpec } from '../graph-spec.js';
import type { Universe } from '../universe.js';

export interface NodeRole {
  readonly role: 'opening' | 'exit' | 'hedge';
  /** The nodes it exits or hedges, ascending; empty for opening nodes. */
  readonly parents: readonly number[];
  /** True when its parents disagree about it and it opens for that reason. */
  readonly mixed: boolean;
}

export type RoleNode = Pick<NodeSpec, 'instrument' | 'side'>;
export type RoleEdge = Pick<EdgeSpec, 'from' | 'to'>;

/** One role per node, in node order. The edges must have no cycle. */
export function rolesOf(
  spec: { readonly nodes: readonly RoleNode[]; readonly edges: readonly RoleEdge[] },
  universe: Pick<Universe, 'instruments'>,
): NodeRole[] {
  const { nodes, edges } = spec;
  const incoming: number[][] = nodes.map(() => []);
  for (const edge of edges) {
    const list = must(incoming[edge.to], 'edge to a node');
    if (!list.includes(edge.from)) list.push(edge.from);
  }
  const roles: (NodeRole | null)[] = nodes.map(() => null);
  for (const index of topologicalOrder(nodes.length, edges)) {
    const views = must(incoming[index], 'parents').map((parent) => relation(index, parent, nodes, roles, universe));
    roles[index] = combine(views);
  }
  return roles.map((role) => must(role, 'a role for every node: the edges have a cycle'));
}

interface Relation {
  readonly role: NodeRole['role'];
  readonly parents: readonly number[];
}

/** What the node is to one parent. */
function relation(
  index: number,
  parent: number,
  nodes: readonly RoleNode[],
  roles: readonly (NodeRole | null)[],
  universe: Pick<Universe, 'instruments'>,
): Relation {
  const node = must(nodes[index], 'node');
  const parentRole = must(roles[parent], 'the parent’s role comes first');
  const baseOf = (id: number): number => must(universe.instruments[id], 'instrument').base;
  const candidates = new Set<number>(parentRole.role === 'exit' ? [] : [parent]);
  const exits: number[] = [];
  const hedges: number[] = [];
  // Through an exit only exits follow, through a hedge only hedges; both are children of P itself as well.
  const through = parentRole.parents;
  for (const p of [...candidates, ...through]) {
    const target = must(nodes[p], 'P');
    if (target.side === node.side) continue;
    const same = target.instrument === node.instrument;
    const direct = p === parent;
    if (same && (direct || parentRole.role === 'exit')) exits.push(p);
    const sameBase = baseOf(target.instrument) === baseOf(node.instrument);
    if (!same && sameBase && (direct || parentRole.role === 'hedge')) hedges.push(p);
  }
  if (exits.length > 0) return { role: 'exit', parents: exits };
  if (hedges.length > 0) return { role: 'hedge', parents: hedges };
  return { role: 'opening', parents: [] };
}

function combine(views: readonly Relation[]): NodeRole {
  const first = views[0];
  if (first === undefined) return { role: 'opening', parents: [], mixed: false };
  if (views.some((view) => view.role !== first.role)) return { role: 'opening', parents: [], mixed: true };
  const parents = [...new Set(views.flatMap((view) => view.parents))].sort((a, b) => a - b);
  return { role: first.role, parents, mixed: false };
}

/** Nodes with parents before children, ties by index; nodes on a cycle (and behind one) are left out. */
export function topologicalOrder(count: number, edges: readonly RoleEdge[]): number[] {
  if (edges.length === 0) return Array.from({ length: count }, (_, i) => i);
  const missing = Array.from({ length: count }, () => 0);
  const children: number[][] = Array.from({ length: count }, () => []);
  for (const { from, to } of edges) {
    missing[to] = (missing[to] ?? 0) + 1;
    children[from]?.push(to);
  }
  const order: number[] = [];
  for (let i = 0; i < count; i++) if (missing[i] === 0) order.push(i);
  for (let at = 0; at < order.length; at++) {
    for (const to of children[order[at] ?? -1] ?? []) {
      missing[to] = (missing[to] ?? 0) - 1;
      if (missing[to] === 0) order.push(to);
    }
  }
  return order;
}

/**
 * The groups that form by themselves: two or more exits of one P, without those whose every edge has an explicit
 * `fixed` sizing (they are not capped). In order of P; the same members appear once.
 */
export function autoGroupsOf(
  spec: { readonly edges: readonly Pick<EdgeSpec, 'to' | 'sizing'>[] },
  roles: readonly NodeRole[],
): number[][] {
  const uncapped = new Set<number>();
  for (let node = 0; node < roles.length; node++) {
    const incoming = spec.edges.filter((edge) => edge.to === node);
    if (incoming.length > 0 && incoming.every((edge) => edge.sizing.kind === 'fixed')) uncapped.add(node);
  }
  const seen = new Set<string>();
  const groups: number[][] = [];
  for (let p = 0; p < roles.length; p++) {
    const exits: number[] = [];
    roles.forEach((role, node) => {
      if (role.role === 'exit' && role.parents.includes(p) && !uncapped.has(node)) exits.push(node);
    });
    if (exits.length < 2 || seen.has(exits.join())) continue;
    seen.add(exits.join());
    groups.push(exits);
  }
  return groups;
}
