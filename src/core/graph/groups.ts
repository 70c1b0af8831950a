/** Explicit `oco` groups: the first fill of any size, or a triggered member, cancels the others (semantics §6). */
import { assert, must } from '../../base/assert.js';
import { sometimes } from '../coverage.js';
import { planted } from '../planted.js';
import type { CoreState, Node } from '../state.js';
import { touch } from './dirty.js';
import { isTerminalNode } from './node-table.js';
import { nodeAt } from './quantities.js';

export function onGroupFill(state: CoreState, node: Node): void {
  resolveOco(state, node);
}

/** A triggered member decides its oco groups without waiting for a fill. */
export function onGroupTriggered(state: CoreState, node: Node): void {
  resolveOco(state, node);
}

function resolveOco(state: CoreState, node: Node): void {
  for (let i = 0; i < node.groups.length; i++) {
    const index = node.groups[i] ?? -1;
    const group = must(node.graph.groups[index], 'group of a node');
    if (group.spec.type !== 'oco' || group.resolved === 1) continue;
    assert(group.spec.nodes.includes(node.index), 'a group is decided by a member');
    group.resolved = 1;
    sometimes(state, 'GROUP_OCO_CANCELLED');
    for (const member of group.spec.nodes) {
      const other = nodeAt(node.graph, member);
      if (other === node || isTerminalNode(other.status)) continue;
      if (planted(state, 'OCO_LEAVES_SIBLING')) continue;
      assert(other.graph === node.graph, 'members of a group are of one graph');
      other.groupCancelled = 1;
      if (other.run !== null) other.run.stop ??= { status: 'cancelled', reason: 'GROUP' };
      touch(state, other);
    }
  }
}
