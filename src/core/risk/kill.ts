/** Kill switches and what they cover (semantics §9). */
import { assert } from '../../base/assert.js';
import type { KillScope, KillState } from '../../protocol/commands.js';
import { planted } from '../planted.js';
import type { CoreState, Graph } from '../state.js';

/** True when the scope stops the whole graph; a venue's stops only what goes there. */
export function scopeCovers(scope: KillScope, graph: Graph): boolean {
  if (scope.kind === 'global') return true;
  if (scope.kind === 'venue' || scope.accountId !== graph.accountId) return false;
  assert(scope.kind === 'account' || scope.kind === 'graph', 'what is left is a scope within an account');
  return scope.kind === 'account' || scope.graphId === graph.graphId;
}

/** True when no new order of this graph may leave. `protective` orders may where the switch allows exits. */
export function killCovers(state: CoreState, graph: Graph, protective: boolean): boolean {
  assert(graph.accountId < state.accounts.length, 'a graph belongs to an account');
  for (let i = 0; i < state.kills.length; i++) {
    const kill = state.kills[i];
    if (kill === undefined || (protective && (kill.allowExits || planted(state, 'KILL_SWITCH_LEAKS')))) continue;
    assert(kill.sinceNs <= state.tNs, 'a switch was set at a time that was');
    if (scopeCovers(kill.scope, graph)) return true;
  }
  return false;
}

export function killCoversVenue(state: CoreState, accountId: number, venue: number, protective: boolean): boolean {
  assert(accountId < state.accounts.length && venue < state.venues.length, 'a switch is asked for an account and a venue');
  for (let i = 0; i < state.kills.length; i++) {
    const kill = state.kills[i];
    if (kill === undefined || kill.scope.kind !== 'venue' || (protective && kill.allowExits)) continue;
    assert(kill.scope.venue >= 0 && kill.sinceNs <= state.tNs, 'a switch is of a venue, set at a time that was');
    if (kill.scope.venue === venue && kill.scope.accountId === accountId) return true;
  }
  return false;
}

/** True when a new graph of the account is refused. */
export function killCoversAccount(state: CoreState, accountId: number): boolean {
  assert(accountId < state.accounts.length, 'a switch is asked for an account');
  for (const { scope } of state.kills) {
    if (scope.kind === 'global') return true;
    assert(scope.accountId >= 0, 'a switch of one account names it');
    if (scope.kind === 'account' && scope.accountId === accountId) return true;
  }
  return false;
}

/** The switches an account may know of: its own and the global one. */
export function killsOf(state: CoreState, accountId: number): KillState[] {
  return state.kills.filter(({ scope }) => scope.kind === 'global' || scope.accountId === accountId).map((kill) => ({ ...kill }));
}
