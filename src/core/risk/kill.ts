/** Kill switches and what they cover (semantics §9). */
import type { KillState } from '../../protocol/commands.js';
import type { CoreState, Graph } from '../state.js';

/** True when no new order of this graph may leave. `protective` orders may where the switch allows exits. */
export function killCovers(state: CoreState, graph: Graph, protective: boolean): boolean {
  for (let i = 0; i < state.kills.length; i++) {
    const kill = state.kills[i];
    if (kill === undefined || (protective && kill.allowExits)) continue;
    const { scope } = kill;
    if (scope.kind === 'global') return true;
    if (scope.kind === 'account' && scope.accountId === graph.accountId) return true;
    if (scope.kind === 'graph' && scope.accountId === graph.accountId && scope.graphId === graph.graphId) return true;
  }
  return false;
}

export function killCoversVenue(state: CoreState, accountId: number, venue: number, protective: boolean): boolean {
  for (let i = 0; i < state.kills.length; i++) {
    const kill = state.kills[i];
    if (kill === undefined || kill.scope.kind !== 'venue' || (protective && kill.allowExits)) continue;
    if (kill.scope.venue === venue && kill.scope.accountId === accountId) return true;
  }
  return false;
}

/** True when a new graph of the account is refused. */
export function killCoversAccount(state: CoreState, accountId: number): boolean {
  for (const { scope } of state.kills) {
    if (scope.kind === 'global') return true;
    if (scope.kind === 'account' && scope.accountId === accountId) return true;
  }
  return false;
}

/** The switches an account may know of: its own and the global one. */
export function killsOf(state: CoreState, accountId: number): KillState[] {
  return state.kills.filter(({ scope }) => scope.kind === 'global' || scope.accountId === accountId).map((kill) => ({ ...kill }));
}
