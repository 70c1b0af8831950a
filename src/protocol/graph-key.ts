/**
 * Graph ids are the account's own: two accounts may use the same one. Where graphs of all accounts are in one index,
 * this is the key. The first account's key is the bare id; ids hold no "/", so that no two keys meet.
 */
import type { AccountId } from './universe.js';

export function graphKey(accountId: AccountId, graphId: string): string {
  return accountId === 0 ? graphId : `${accountId}/${graphId}`;
}
