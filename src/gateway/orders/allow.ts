/** A key's allow-lists against graphs that exist already: who may change what they trade, whoever made them. */
import type { Principal } from '../auth/principal.js';
import type { GatewayContext } from '../context.js';
import { ask } from '../engine.js';
import { allowInstrument, allowVenue } from '../server/admit.js';
import { ApiError } from '../server/api-error.js';

interface TradedNode {
  readonly symbol: string;
  /** Null or absent: wherever the instrument is listed. */
  readonly venues?: readonly string[] | null;
}

/**
 * Asked before anything that may send orders for a graph: amend, resume, flatten. To cancel is never forbidden.
 * @param nodeId null: all of its nodes
 * @throws ApiError FORBIDDEN when a node could trade what the key may not; nothing for a graph that isn't there
 */
export async function allowGraph(gateway: GatewayContext, principal: Principal, graphId: string, nodeId: string | null): Promise<void> {
  if (principal.venues === null && principal.instruments === null) return;
  const graph = await ask(gateway.port, principal.accountId, { kind: 'graph', graphId }).catch((problem: unknown) => {
    if (problem instanceof ApiError && problem.code === 'NOT_FOUND') return null;
    throw problem;
  });
  const nodes = Object.entries((graph as { readonly nodes?: Readonly<Record<string, TradedNode>> } | null)?.nodes ?? {});
  for (const [id, node] of nodes) {
    if (nodeId !== null && id !== nodeId) continue;
    allowInstrument(principal, node.symbol);
    const instrument = gateway.names.instrument(node.symbol);
    const venues = node.venues ?? gateway.names.listings(instrument).map((listing) => gateway.names.venueName(listing.venue));
    for (const venue of venues) allowVenue(principal, venue);
  }
}
