/** The life of a module beside its node: started with the first attempt, told to stop when the node stops or ends. */
import { assert } from '../../base/assert.js';
import { emit } from '../emit.js';
import { keyOf } from '../graph/graph-index.js';
import type { CoreState, Node } from '../state.js';

/** run.phase of an algo node. */
export const AlgoPhase = { idle: 0, running: 1, ended: 2 } as const;

export function isAlgo(node: Node): boolean {
  return node.spec.policy.kind === 'wasm_algo' || node.spec.policy.kind === 'mesh_algo';
}

/** Once: the host then carries out the module's last cancels and drops it. */
export function stopAlgo(state: CoreState, node: Node, reason: string): void {
  if (!isAlgo(node) || node.run === null || node.run.phase !== AlgoPhase.running) return;
  assert(reason !== '', 'a module is told why it ends');
  node.run.phase = AlgoPhase.ended;
  assert(node.algoDead === 0, 'a module that is told to stop had not ended');
  emit(state, { kind: 'algo_stop', graphKey: keyOf(node.graph), nodeId: node.nodeId, reason }, node.nodeId + reason);
}
