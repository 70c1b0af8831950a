/** Who is asking: a key of an account, and what it may do. */
import type { AccountId } from '../../protocol/universe.js';

export const scopes = ['read', 'trade', 'upload', 'admin'] as const;
export type Scope = (typeof scopes)[number];

export interface Principal {
  readonly keyId: string;
  readonly accountId: AccountId;
  readonly accountName: string;
  /** A test key forces sandbox. */
  readonly test: boolean;
  readonly scopes: readonly Scope[];
  /** Null: every venue. Lower-case names. */
  readonly venues: readonly string[] | null;
  /** Null: every instrument. Symbols. */
  readonly instruments: readonly string[] | null;
}
