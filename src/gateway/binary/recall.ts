/**
 * What the engine knows of a session that this process does not (a restart, or a session forgotten for room): the orders of
 * a session carry their client sequence in their graph ids, and graphs are journaled.
 */
import type { GatewayContext } from '../context.js';
import type { AccountId } from '../../protocol/universe.js';

export interface Recalled {
  /** The highest client sequence that became an order; 0 when there is none. */
  readonly clientSeq: number;
  /** Graphs of the session that have not ended. */
  readonly openGraphs: readonly string[];
}

const PAGE = 1_000;
const PAGES_MAX = 20;
const ended: ReadonlySet<unknown> = new Set(['completed', 'cancelled', 'failed']);

interface Page {
  readonly graphs: readonly { readonly graph_id: string; readonly status: string }[];
  readonly has_more: boolean;
}

/** @param done called once; with nothing when the engine can't say */
export function recall(gateway: GatewayContext, accountId: AccountId, idPrefix: string, done: (known: Recalled) => void): void {
  let clientSeq = 0;
  const openGraphs: string[] = [];
  const page = (number: number): void => {
    const query = { kind: 'graphs', limit: PAGE, offset: number * PAGE, idPrefix } as const;
    gateway.port.query(accountId, query, (reply) => {
      const { graphs = [], has_more: more = false } = (reply.ok ? reply.body : {}) as Partial<Page>;
      for (const { graph_id: id, status } of graphs) {
        if (!id.startsWith(idPrefix)) continue;
        const seq = Number(id.slice(idPrefix.length));
        if (Number.isSafeInteger(seq)) clientSeq = Math.max(clientSeq, seq);
        if (!ended.has(status)) openGraphs.push(id);
      }
      if (more && number + 1 < PAGES_MAX) page(number + 1);
      else done({ clientSeq, openGraphs });
    });
  };
  page(0);
}
