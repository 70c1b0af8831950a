import type { CoreState } from '../core/state.js';

/**
 * Names and hashes of modules in open graphs: they must be there when their node begins, also after a restart. Whatever
 * became of the node: one that was skipped can begin anew.
 */
export function namedModules(state: CoreState): ReadonlySet<string> {
  const named = new Set<string>();
  for (const { nodes } of state.open.values()) {
    for (const { spec: { policy } } of nodes) if (policy.kind === 'wasm_algo' || policy.kind === 'mesh_algo') named.add(policy.algo);
  }
  return named;
}
