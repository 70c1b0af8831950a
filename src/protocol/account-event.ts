/** Account events as values that may be copied: to another thread, into a record of a test. */
import type { AccountEvent } from './effects.js';

/** The event with its `data` made: those of the core and of files make it when it is read, which a copy would not. */
export function plainEvent({ kind, accountId, seq, tNs, channel, graphId, nodeId, data }: AccountEvent): AccountEvent {
  return { kind, accountId, seq, tNs, channel, graphId, nodeId, data };
}
