import { existsSync, readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { segmentNameSequence } from '../journal/format.js';
import { JournalCorruption } from '../journal/journal-error.js';
import { realFs } from '../journal/journal-fs.js';
import { JournalCursor, readHeaders } from '../journal/journal-cursor.js';
import { repairJournal } from '../journal/repair.js';
import { hex } from '../journal/segment-header.js';
import { refuseEmpty, verifyJournal } from '../journal/verify.js';
import { RecordDecoder } from '../protocol/codec/group-decoder.js';
import { CodecError } from '../protocol/codec/record-type.js';
import { EventType, type DepthSide, type EngineEvent } from '../protocol/events.js';

const USAGE = `usage:
  legwork journal verify <directory>
  legwork journal dump <directory> [--from <sequence>] [--to <sequence>] [--raw]
  legwork journal repair --truncate-at <sequence> <directory> [--to-directory <new directory>]
None of them changes the original.
`;

const options = {
  from: { type: 'string' },
  to: { type: 'string' },
  raw: { type: 'boolean', default: false },
  'truncate-at': { type: 'string' },
  'to-directory': { type: 'string' },
} as const;

/** @returns exit code: 0 good, 1 the journal is wrong, 2 the call is */
export async function journalCommand(args: string[]): Promise<number> {
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    const [command, named] = positionals;
    if (named === undefined || !existsSync(named)) return usage(`no such directory: ${named ?? '(none given)'}`);
    const directory = journalOf(named);
    if (command === 'verify') return verify(directory);
    if (command === 'dump') return dump(directory, sequence(values.from) ?? 0, sequence(values.to) ?? Infinity, values.raw);
    if (command !== 'repair') return usage(`unknown command: ${command ?? '(none)'}`);
    const at = sequence(values['truncate-at']);
    if (at === undefined) return usage('repair needs --truncate-at <sequence>');
    return repair(directory, values['to-directory'] ?? `${directory}.repaired`, at);
  } catch (cause) {
    if (cause instanceof JournalCorruption) {
      process.stderr.write(`${cause.message}\n`);
      return 1;
    }
    return usage(cause instanceof Error ? cause.message : String(cause));
  }
}

/** The directory given to `start --data` is taken for the journal in it. */
function journalOf(directory: string): string {
  const inside = `${directory}/journal`;
  const isJournal = readdirSync(directory).some((name) => segmentNameSequence(name) !== undefined);
  return !isJournal && existsSync(inside) ? inside : directory;
}

function usage(problem: string): number {
  process.stderr.write(`${problem}\n${USAGE}`);
  return 2;
}

function sequence(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,16}$/.test(text)) throw new Error(`a sequence is a whole number, not "${text}"`);
  return Number(text);
}

function verify(directory: string): number {
  const verdict = verifyJournal(realFs, directory);
  const lines = [
    `${verdict.segments} segments, ${verdict.records} records (${verdict.firstSequence}..${verdict.lastSequence}), ` +
      `${verdict.payloadBytes} payload bytes`,
    ...verdict.snapshots.map(({ sequence: at, problem }) => `snapshot ${at}: ${problem === '' ? 'good' : problem}`),
    ...verdict.notes.map((note) => `note: ${note.file} offset ${note.offset} sequence ${note.sequence}: ${note.what}`),
    verdict.problem === undefined ? 'good' : `WRONG: ${verdict.problem.message}`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  return verdict.problem === undefined ? 0 : 1;
}

function dump(directory: string, from: number, to: number, raw: boolean): number {
  const headers = readHeaders(realFs, directory);
  refuseEmpty(headers.length, directory);
  const first = headers[0]?.header.firstSequence ?? 1;
  const cursor = new JournalCursor(realFs, directory, raw ? Math.max(from, first) : first);
  return raw ? dumpRecords(cursor, to) : dumpEvents(cursor, from, to);
}

function dumpRecords(cursor: JournalCursor, to: number): number {
  while (cursor.next() && cursor.first <= to) {
    const { first, epoch, type } = cursor;
    const payload = cursor.bytes.subarray(cursor.payloadAt, cursor.payloadAt + cursor.payloadBytes);
    process.stdout.write(`${JSON.stringify({ sequence: first, epoch, type, payload: hex(payload) })}\n`);
  }
  return 0;
}

/** From the first record on, since a group builds on those before; what is before `from` isn't said. */
function dumpEvents(cursor: JournalCursor, from: number, to: number): number {
  const decoder = new RecordDecoder();
  while (cursor.next() && cursor.first <= to) {
    const { bytes, view, payloadAt, payloadBytes, epoch, type } = cursor;
    let sequence = cursor.first;
    const say = (content: object): void => {
      const isWanted = sequence >= from && sequence <= to;
      if (isWanted) process.stdout.write(`${JSON.stringify({ sequence, epoch, type, ...content }, plainArrays)}\n`);
    };
    try {
      decoder.begin(type, bytes, view, payloadAt, payloadBytes);
      for (let event = decoder.next(); event !== null; event = decoder.next()) {
        say({ event: said(event) });
        sequence++;
      }
    } catch (cause) {
      if (!(cause instanceof CodecError)) throw cause;
      say({ unreadable: cause.message, payload: hex(bytes.subarray(payloadAt, payloadAt + payloadBytes)) });
    }
  }
  return 0;
}

/** A sample's object is used again and keeps the depth of others. */
function said(event: EngineEvent): unknown {
  if (event.type !== EventType.sample) return event;
  const used = ({ count, pairs }: DepthSide): object => ({ count, pairs: pairs.subarray(0, 2 * count) });
  const depth = event.depth.slice(0, event.depthCount);
  return { ...event, depth: depth.map(({ listing, bids, asks }) => ({ listing, bids: used(bids), asks: used(asks) })) };
}

/** JSON writes typed arrays as objects. */
function plainArrays(_key: string, value: unknown): unknown {
  return value instanceof Float64Array ? Array.from(value) : value;
}

function repair(directory: string, copy: string, truncateAt: number): number {
  const report = repairJournal(directory, copy, truncateAt);
  process.stdout.write(`${report.copy}: good up to ${report.lastSequence}; the original is unchanged\n`);
  for (const name of report.dropped) process.stdout.write(`left out: ${name}\n`);
  process.stdout.write('The venues may hold orders that the dropped records knew: let the engine reconcile before it works.\n');
  return 0;
}
