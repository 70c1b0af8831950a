/**
 * `legwork replay DIR`: a journal through the core again. Prints the state hash; `--at` stops at a sequence number or
 * time and prints graphs as they were; `--trace` prints the life of one graph line by line.
 */
import { replayDirectory } from '../main/data-directory.js';
import { graphRow } from '../core/views/graph-row.js';
import { graphView } from '../core/views/graph-view.js';
import { stringifyExact } from '../protocol/json/stringify.js';
import type { EngineEvent } from '../protocol/events.js';

export interface ReplayOptions {
  readonly directory: string;
  /** Sequence of the last event (digits), or an ISO time; null = to the end. */
  readonly at: string | null;
  readonly trace: string | null;
  readonly write: (text: string) => void;
}

export function runReplay(options: ReplayOptions): number {
  let baseNs = 0n;
  const stop = stopRule(options.at, () => baseNs);
  const started = process.hrtime.bigint();
  const result = replayDirectory(
    options.directory,
    options.trace === null ? null : (effect, tNs) => {
      if (effect.kind === 'trace' && effect.graphKey === options.trace) {
        options.write(`${isoTime(baseNs, tNs)} ${effect.nodeId.padEnd(12)} ${effect.text}\n`);
      }
    },
    (event, before, state) => {
      // A snapshot's state knows the base that the events before it told.
      if (baseNs === 0n && state.baseNs !== '') baseNs = BigInt(state.baseNs);
      if (event.type === 1) baseNs = BigInt(event.baseNs);
      return stop(event, before);
    },
    options.trace !== null,
  );
  if (options.at !== null && /^\d+$/.test(options.at) && Number(options.at) < result.from) {
    options.write(`the journal begins with the snapshot at ${result.from}: --at ${options.at} is before it\n`);
    return 1;
  }
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  for (const note of result.notes) options.write(`note: ${note}\n`);
  if (options.at !== null && options.trace === null) {
    for (const graph of result.state.graphs.values()) {
      options.write(`${stringifyExact(graphRow(result.state, graph))}\n`);
    }
  }
  const traced = options.trace === null ? undefined : result.state.graphs.get(options.trace);
  if (traced !== undefined) options.write(`${stringifyExact(graphView(result.state, traced))}\n`);
  if (options.trace !== null && traced === undefined) {
    options.write(`no graph "${options.trace}" in this journal (of an account but the first: <account number>/<graph_id>); without --trace and with --at all are listed\n`);
    return 1;
  }
  const rate = Math.round(result.events / Math.max(seconds, 1e-9));
  options.write(`${result.events} events in ${seconds.toFixed(3)} s (${rate}/s), state hash ${result.hash}\n`);
  return 0;
}

/** @throws RangeError when `at` is neither a whole number nor a time */
function stopRule(at: string | null, baseNs: () => bigint): (event: EngineEvent, before: number) => boolean {
  if (at === null) return () => false;
  if (/^\d+$/.test(at)) return (_event, before) => before >= Number(at);
  const ms = Date.parse(at);
  if (Number.isNaN(ms)) throw new RangeError(`--at: expected a sequence or an ISO time, got "${at}"`);
  return (event) => baseNs() > 0n && baseNs() + BigInt(event.tNs) > BigInt(ms) * 1_000_000n;
}

function isoTime(baseNs: bigint, tNs: number): string {
  return new Date(Number((baseNs + BigInt(tNs)) / 1_000_000n)).toISOString();
}
