/** Every limit of the engine in one place, with its reason; relations between them are asserted at start. */
import { assert } from './assert.js';

export const limits = {
  /** Nodes of a document as sent (wire). */
  nodesMax: 256,
  edgesMax: 1_024,
  /** Slices are made when due but counted at once. */
  slicesMax: 10_000,
  groupsMax: 64,
  metadataBytesMax: 16 * 1024,
  bodyBytesMax: 1024 * 1024,
  uploadBytesMax: 2 * 1024 * 1024,
  idLengthMax: 64,
  /** Largest price and quantity of a document: four times either stays a safe integer (quarter ticks). */
  ticksMax: 2 ** 50,
  lotsMax: 2 ** 50,
  problemsMax: 100,
  listRowsMax: 1_000,
  quotesBatchMax: 2_000,
  /** Levels of a sample taken for a plan. */
  planLevelsMax: 100,
  listingsPerInstrumentMax: 20,
  openGraphsMax: 1_000_000,
  /** Account events kept for resume (wire: at least 10,000). */
  accountEventsKept: 16_384,
  /** Fills kept for lists; older ones are in the journal. */
  fillsKept: 200_000,
} as const;

export function assertLimits(): void {
  assert(limits.nodesMax <= limits.slicesMax, 'a document may hold no more nodes than a pacing may make slices');
  assert(limits.bodyBytesMax <= limits.uploadBytesMax, 'an upload may be at least as large as any body');
  assert(Number.isSafeInteger(limits.ticksMax * 4), 'quarter ticks of any price must be safe integers');
  assert(limits.metadataBytesMax < limits.bodyBytesMax, 'metadata must fit into a body');
}
