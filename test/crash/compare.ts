/**
 * What must agree after everything: the venues' ledger, what the client was told, the journal replayed from its first
 * record, and what is left of it after pruning.
 */
import { readFileSync } from 'node:fs';
import { checkInvariants } from '../../src/core/invariants.js';
import type { CoreState } from '../../src/core/state.js';
import { replayDirectory } from '../../src/main/data-directory.js';
import { plainEvent } from '../../src/protocol/account-event.js';
import { stringifyExact } from '../../src/protocol/json/stringify.js';

interface OrderRow {
  readonly what: 'order' | 'end';
  readonly clientOrderId: string;
  readonly listing: number;
  readonly lots: number;
  readonly side: 1 | -1;
}

interface FillRow {
  readonly what: 'fill';
  readonly clientOrderId: string;
  readonly execId: string;
  readonly listing: number;
  readonly lots: number;
  readonly side: 1 | -1;
}

export interface ClientMemory {
  /** Graphs whose submit was acknowledged. */
  readonly acknowledged: ReadonlySet<string>;
  /** Account events as they were told, by sequence. */
  readonly events: ReadonlyMap<number, string>;
}

export interface Comparison {
  readonly problems: readonly string[];
  readonly orders: number;
  readonly fills: number;
  readonly events: number;
  /** Snapshots whose state was the replayed one. */
  readonly snapshots: number;
  readonly hash: string;
}

export function compare(directory: string, archive: string, ledgerPath: string, client: ClientMemory): Comparison {
  const problems: string[] = [];
  const told = new Map<number, string>();
  const placed = new Map<string, number>();
  const replay = replayDirectory(
    archive,
    (effect) => {
      if (effect.kind === 'account') {
        if (told.has(effect.seq)) problems.push(`account event ${effect.seq} twice`);
        told.set(effect.seq, stringifyExact({ op: 'event', event: plainEvent(effect) }));
      } else if (effect.kind === 'place') {
        placed.set(effect.order.clientOrderId, (placed.get(effect.order.clientOrderId) ?? 0) + 1);
      }
    },
    () => false, false,
  );
  const { state } = replay;
  const short = replayDirectory(directory, null, () => false, false);
  if (short.hash !== replay.hash) problems.push(`pruned, the journal replays to ${short.hash}, whole to ${replay.hash}`);
  const snapshots = replay.notes.filter((note) => note.startsWith('snapshot')).length;
  checkInvariants(state);
  compareEvents(told, client, state, problems);
  for (const graphId of client.acknowledged) {
    if (!state.graphs.has(graphId) && !state.ended.has(graphId)) problems.push(`acknowledged graph ${graphId} is lost`);
  }
  for (const [id, times] of placed) if (times > 1) problems.push(`order ${id} was placed ${times} times`);
  const rows = readLedger(ledgerPath);
  compareOrders(rows, state, problems);
  const fills = compareFills(rows, state, problems);
  comparePositions(rows, state, problems);
  const orders = rows.filter((row) => row.what === 'order').length;
  return { problems, orders, fills, events: replay.events, snapshots, hash: replay.hash };
}

export function readLedger(path: string): (OrderRow | FillRow)[] {
  const text = readFileSync(path, 'utf8');
  // While venues live, the last line may be half there.
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as OrderRow | FillRow);
}

/** Gap-free, and what was told before a crash is what the journal says happened. */
function compareEvents(told: ReadonlyMap<number, string>, client: ClientMemory, state: CoreState, problems: string[]): void {
  const seqs = [...told.keys()];
  const last = state.accounts[0]?.seq ?? 0;
  for (let i = 1; i < seqs.length; i++) {
    if (seqs[i] !== (seqs[i - 1] ?? 0) + 1) problems.push(`account events jump from ${seqs[i - 1]} to ${seqs[i]}`);
  }
  if ((seqs.at(-1) ?? last) !== last) problems.push(`the last account event is ${seqs.at(-1)}, the account's seq ${last}`);
  for (const [seq, line] of client.events) {
    if (seq > last) problems.push(`the client was told event ${seq}, the journal ends at ${last}`);
    const again = told.get(seq);
    if (again !== undefined && again !== line) problems.push(`event ${seq} was told as ${line}, the journal says ${again}`);
  }
}

/** No duplicates, no orphans, nothing left open on either side. */
function compareOrders(rows: readonly (OrderRow | FillRow)[], state: CoreState, problems: string[]): void {
  const open = new Set<string>();
  const seen = new Set<string>();
  for (const row of rows) {
    if (row.what === 'order') {
      if (seen.has(row.clientOrderId)) problems.push(`venue order ${row.clientOrderId} is there twice`);
      seen.add(row.clientOrderId);
      open.add(row.clientOrderId);
      const child = state.children.get(row.clientOrderId);
      if (child === undefined) problems.push(`venue order ${row.clientOrderId}: the engine doesn't know it`);
      else if (child.listing !== row.listing || child.side !== row.side) {
        problems.push(`venue order ${row.clientOrderId} is not what the engine sent`);
      }
    } else if (row.what === 'end') open.delete(row.clientOrderId);
  }
  for (const id of open) problems.push(`venue order ${id} is still open at the end`);
  for (const venue of state.venues) {
    for (const child of venue.live) problems.push(`order ${child.clientOrderId} is live in the engine at the end (${child.state})`);
  }
}

function compareFills(rows: readonly (OrderRow | FillRow)[], state: CoreState, problems: string[]): number {
  const byOrder = new Map<string, number>();
  let fills = 0;
  for (const row of rows) {
    if (row.what !== 'fill') continue;
    fills++;
    byOrder.set(row.clientOrderId, (byOrder.get(row.clientOrderId) ?? 0) + row.lots);
  }
  const graphs = new Map<string, number>();
  for (const child of state.children.values()) {
    const there = byOrder.get(child.clientOrderId) ?? 0;
    if (child.filled !== there) {
      problems.push(`order ${child.clientOrderId}: the engine has ${child.filled} filled, the venue ${there}`);
    }
    const { graphId } = child.node.graph;
    graphs.set(graphId, (graphs.get(graphId) ?? 0) + (child.counter === 1 ? -there : there));
  }
  for (const graph of state.graphs.values()) {
    const own = graph.nodes.filter((node) => node.pace === null);
    const filled = own.reduce((sum, node) => sum + node.filled - (node.run?.counterFilled ?? 0), 0);
    const there = graphs.get(graph.graphId) ?? 0;
    if (filled !== there) problems.push(`graph ${graph.graphId}: the engine has ${filled} filled, the venues ${there}`);
  }
  return fills;
}

export function comparePositions(rows: readonly (OrderRow | FillRow)[], state: CoreState, problems: string[]): void {
  const lots = new Map<number, number>();
  for (const row of rows) {
    if (row.what === 'fill') lots.set(row.listing, (lots.get(row.listing) ?? 0) + row.side * row.lots);
  }
  for (const listing of state.universe.listings) {
    const here = state.accounts[0]?.positions.find((position) => position?.listing === listing.id)?.lots ?? 0;
    const there = lots.get(listing.id) ?? 0;
    if (here !== there) problems.push(`listing ${listing.id}: the engine's position is ${here}, the venue's ${there}`);
  }
}
