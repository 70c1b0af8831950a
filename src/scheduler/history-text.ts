/**
 * History as text, one line an item, oldest first:
 *
 *   event[account, seq, time, channel, graph, node]\t{data}     kept for resume (and for lists)
 *   older[account, seq, time, channel, graph, node]\t{data}     a fill or cost report kept for lists only
 *   trace[graph key, node, time, text]                          a line of a graph's life
 */
import { limits } from '../base/limits.js';
import type { AccountEvent } from '../protocol/effects.js';
import { stringifyExact } from '../protocol/json/stringify.js';
import type { AccountId } from '../protocol/universe.js';
import type { History, TraceLine } from './history.js';
import { StoredEvent } from './stored-event.js';

/** Fills and cost reports of an account that are written; older ones are in the journal. */
const ROWS_STORED = 20_000;
/** Lines of graphs' lives that are written, of the graphs seen last. */
const TRACE_LINES_STORED = 50_000;

export function historyText(history: History): string {
  const lines: string[] = [];
  for (let account = 0; account < history.accounts; account++) {
    const events = history.events(account).slice(-limits.accountEventsKept);
    const from = events[0]?.seq ?? Infinity;
    const older = [...history.fills(account).slice(-ROWS_STORED), ...history.tca(account).slice(-ROWS_STORED)]
      .filter((event) => event.seq < from);
    older.sort((a, b) => a.seq - b.seq);
    for (const event of older) lines.push(eventLine('older', event));
    for (const event of events) lines.push(eventLine('event', event));
  }
  for (const [key, life] of newestTraces(history)) {
    for (const { nodeId, tNs, text } of life) lines.push(`trace${JSON.stringify([key, nodeId, tNs, text])}`);
  }
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

/** @throws SyntaxError when it isn't such a text */
export function restoreHistory(history: History, text: string): void {
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const kind = line.slice(0, 5);
    if (kind === 'trace') {
      const [graphKey, nodeId, tNs, words] = JSON.parse(line.slice(5)) as [string, string, number, string];
      history.trace({ kind: 'trace', graphKey, nodeId, text: words }, tNs);
      continue;
    }
    const tab = line.indexOf('\t');
    if ((kind !== 'event' && kind !== 'older') || tab < 0) throw new SyntaxError(`history: not a line of it: ${line.slice(0, 40)}`);
    const event = eventOf(line.slice(5, tab), line.slice(tab + 1));
    if (kind === 'event') history.account(event);
    else history.listed(event);
  }
}

function eventLine(kind: 'event' | 'older', event: AccountEvent): string {
  const { accountId, seq, tNs, channel, graphId, nodeId } = event;
  const data = event instanceof StoredEvent ? event.text : stringifyExact(event.data);
  return `${kind}${JSON.stringify([accountId, seq, tNs, channel, graphId, nodeId])}\t${data}`;
}

function eventOf(head: string, data: string): StoredEvent {
  const [accountId, seq, tNs, channel, graphId, nodeId] = JSON.parse(head) as [
    AccountId, number, number, AccountEvent['channel'], string, string,
  ];
  return new StoredEvent({ accountId, seq, tNs, channel, graphId, nodeId }, data);
}

/** Oldest first, as they were seen. */
function newestTraces(history: History): (readonly [string, readonly TraceLine[]])[] {
  const lives = [...history.lives()];
  let from = lives.length;
  for (let lines = 0; from > 0; from--) {
    lines += lives[from - 1]?.[1].length ?? 0;
    if (lines > TRACE_LINES_STORED) break;
  }
  return lives.slice(from);
}
