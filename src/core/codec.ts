/**
 * Exact, versioned text form of a state, and the walk that hashes it. Objects are written once and referred to by
 * number, so that shared references and cycles (child → node → graph) come back as they were. Numbers are exact
 * (-0, Infinity and NaN included); `scratch`, `coverage` and `planted` belong to a run, not to the state.
 */
import { assert, InvariantError, must } from '../base/assert.js';
import { ByteText } from '../base/byte-text.js';
import { Wide } from '../base/wide.js';
import { blankEdge, CompactEdge, EDGE_REST_AT_FIRST } from './graph/new-edge.js';
import { blankNode, CompactNode, REST_AT_FIRST } from './graph/new-node.js';
import { recountKept, type EndedRecord } from './graph/kept.js';
import { oldShape, shapeOfOldRun, shapeWithAnswer, upgraded } from './old-states.js';
import { ChildIndex } from './orders/child-index.js';
import { GraphIndex, keyOf, RecordIndex } from './graph/graph-index.js';
import type { CoreState, Graph } from './state.js';

/** Raised with every change of what a state holds. */
export const STATE_VERSION = 12;
/** Since then objects of a class are compact and constants are no texts. */
const COMPACT_SINCE = 7;
/** What this one has and an older one lacks must be made from what that has: see old-states.ts. */
export const OLDEST_STATE_READ = 5;
/** Since then '~n' stands for n values as before, and texts that begin with ~ have one more; it was a list of one number. */
const TILDE_SINCE = 11;
const TILDE = 0x7e;
const TRANSIENT = new Set(['scratch', 'coverage', 'planted', 'tracing', 'muted', 'planner']);
/** Values that came in with an event and never change: written by content, whoever shares them. */
const CONSTANT = new Set(['universe', 'reply', 'limits', 'warnings', 'scope', 'command']);
/** Those that many objects share: written once, by number from then on. */
const SHARED = new Set(['spec', 'inEdges', 'outEdges', 'relations']);

type Kind = 'plain' | 'constant' | 'shared' | 'rest';

/** Keys of objects that were written already, by their number; objects of one kind have one shape. */
interface Shape {
  readonly number: number;
  /** Name of the class, '' = a plain object. */
  readonly name: string;
  readonly keys: readonly string[];
  /** Those that are written. */
  readonly kept: readonly string[];
  readonly kinds: readonly Kind[];
  /** What the last object of the shape had: the value, a constant's text, the number of a shared one; `OTHER` else. */
  readonly last: unknown[];
}

/** Equals nothing that a state holds. */
const OTHER: unique symbol = Symbol('other');

interface Encoder {
  readonly out: ByteText;
  readonly seen: Map<object, number>;
  /** By number of keys. */
  readonly shapes: Shape[][];
  shapeCount: number;
  /** Numbers of shared constants by text, and by object where one was met before: quicker, and the same number. */
  readonly texts: Map<string, number>;
  readonly shared: Map<object, number>;
  readonly sharedTexts: string[];
  /** So many shared constants are written. */
  written: number;
}

/** Objects that are more than their fields. */
const classes: Readonly<Record<string, () => object>> = { node: blankNode, edge: blankEdge };

function nameOf(value: object): string {
  return value instanceof CompactNode ? 'node' : value instanceof CompactEdge ? 'edge' : '';
}

/**
 * Reference 'r' n, constant 'j' value, array 'a', map 'm', wide 'w', number that JSON lacks 'n', string as itself.
 * Shared constant 'c' value the first time, which numbers it; 'k' n from then on.
 * Object 'd' [keys] values… the first time, which numbers its keys; 's' n values… from then on, where '~n' stands for n
 * values that are those of the last object of these keys. Keys of a class begin with its name and a colon.
 */
export function encodeState(state: CoreState): Uint8Array {
  const encoder: Encoder = { out: new ByteText(), seen: new Map(), shapes: [], shapeCount: 0, texts: new Map(), shared: new Map(), sharedTexts: [], written: 0 };
  assert(state.scratch.dirtyNodes.length === 0 && state.scratch.wanted.length === 0, 'a state is written between events');
  encoder.out.ascii(`[${STATE_VERSION},`);
  encodeValue(state, encoder);
  encoder.out.ascii(']');
  return encoder.out.bytes();
}

/** Recursion is as deep as the longest chain of first references. */
function encodeValue(value: unknown, encoder: Encoder): void {
  const { out, seen } = encoder;
  if (typeof value === 'number') {
    if (Number.isFinite(value) && !Object.is(value, -0)) return out.ascii(String(value));
    return out.ascii(`["n","${Object.is(value, -0) ? '-0' : String(value)}"]`);
  }
  if (typeof value === 'string') return out.quoted(value);
  if (value === null || typeof value === 'boolean') return out.ascii(String(value));
  if (value === undefined) return out.ascii('["u"]');
  // Made again from the graphs.
  if (value instanceof ChildIndex) return out.ascii('null');
  if (typeof value !== 'object') assert(false, `a state holds plain values only, got ${typeof value}`);
  // Who shares an empty list with whom is no part of the state: new nodes share one constant, decoded ones have theirs.
  if (Array.isArray(value) && value.length === 0) return out.ascii('["a"]');
  const known = seen.get(value);
  if (known !== undefined) return out.ascii(`["r",${known}]`);
  seen.set(value, seen.size);
  if (value instanceof Wide) return out.ascii(`["w",${value.hi},${value.lo}]`);
  if (Array.isArray(value)) {
    out.ascii('["a"');
    for (let i = 0; i < value.length; i++) encodeItem(value[i], encoder);
  } else if (value instanceof Map || value instanceof GraphIndex || value instanceof RecordIndex) {
    out.ascii('["m"');
    for (const [key, item] of entriesOf(value)) {
      encodeItem(key, encoder);
      encodeItem(item, encoder);
    }
  } else encodeFields(value as Readonly<Record<string, unknown>>, encoder);
  return out.ascii(']');
}

/** Tables are written alike: what finds their things otherwise is made again. */
function entriesOf(table: Map<unknown, unknown> | GraphIndex | RecordIndex): Iterable<readonly [unknown, unknown]> {
  if (table instanceof Map) return table;
  if (table instanceof RecordIndex) return [...table.values()].map((record) => [record.key, record] as const);
  return [...table.values()].map((graph) => [keyOf(graph), graph] as const);
}

function encodeFields(value: Readonly<Record<string, unknown>>, encoder: Encoder): void {
  const { out } = encoder;
  const keys = Object.keys(value);
  assert(keys.length > 0, 'an object that is written has fields');
  const known = shapeOf(encoder, keys);
  const shape = known ?? newShape(encoder, keys, nameOf(value));
  if (known !== null) out.ascii(`["s",${shape.number}`);
  else out.ascii(`["d",["${shape.name === '' ? '' : `${shape.name}:`}${shape.kept.join('","')}"]`);
  const { last } = shape;
  assert(shape.kept.length === shape.kinds.length && last.length === shape.kept.length, 'a shape knows of each field how it is written');
  let same = 0;
  for (let i = 0; i < shape.kept.length; i++) {
    const item = valueOf(value[shape.kept[i] as string], shape.kinds[i], encoder); // i is within
    if (Object.is(last[i], item)) {
      same += 1;
      continue;
    }
    if (same > 0) out.ascii(`,"~${same}"`);
    same = 0;
    encodeField(item, shape.kinds[i], encoder);
    // After what is within: an object of the same shape may be there.
    last[i] = typeof item === 'object' && item !== null ? OTHER : item;
  }
  if (same > 0) out.ascii(`,"~${same}"`);
}

/** What tells whether a field is as it was last time: a constant's text, the number of a shared one, the value itself. */
function valueOf(item: unknown, kind: Kind | undefined, encoder: Encoder): unknown {
  assert(kind !== undefined, 'a field is written in some way');
  if (kind === 'plain') return item;
  if (kind === 'shared') return numberOf(item as object, encoder);
  if (kind === 'rest') return isAtFirst(item) ? null : item;
  return JSON.stringify(item ?? null);
}

function encodeField(item: unknown, kind: Kind | undefined, encoder: Encoder): void {
  const { out } = encoder;
  if (kind === 'constant') {
    out.ascii(',["j",');
    out.text(String(item));
    return out.ascii(']');
  }
  if (typeof item === 'string' && item.charCodeAt(0) === TILDE) return encodeItem(`~${item}`, encoder);
  if (kind !== 'shared') return encodeItem(item, encoder);
  const number = Number(item);
  assert(number <= encoder.written, 'shared constants are written as they are met');
  if (number < encoder.written) return out.ascii(`,["k",${number}]`);
  encoder.written += 1;
  out.ascii(',["c",');
  out.text(must(encoder.sharedTexts[number], 'text of a shared constant'));
  return out.ascii(']');
}

/** What came to be as at first again says no more than what was never made. */
function isAtFirst(rest: unknown): boolean {
  if (rest === null) return true;
  assert(typeof rest === 'object', 'what few need is an object');
  const fields = rest as Readonly<Record<string, unknown>>;
  const first = ('saidStatus' in fields ? REST_AT_FIRST : EDGE_REST_AT_FIRST) as unknown as Readonly<Record<string, unknown>>;
  return Object.keys(first).every((key) => fields[key] === first[key]);
}

/** Constants are numbered as they are met, by their texts: an object met before has the number of its text. */
function numberOf(item: object, encoder: Encoder): number {
  const { texts, shared } = encoder;
  const known = shared.get(item);
  if (known !== undefined) return known;
  const text = JSON.stringify(item);
  assert(texts.size === encoder.sharedTexts.length, 'shared constants are numbered as they are met');
  const number = texts.get(text) ?? texts.size;
  if (number === texts.size) {
    texts.set(text, number);
    encoder.sharedTexts.push(text);
  }
  assert(encoder.sharedTexts[number] === text, 'a shared constant is found by its number');
  shared.set(item, number);
  return number;
}

function shapeOf(encoder: Encoder, keys: readonly string[]): Shape | null {
  const candidates = encoder.shapes[keys.length];
  if (candidates === undefined) return null;
  for (let c = 0; c < candidates.length; c++) {
    const shape = candidates[c] as Shape; // c is within
    let i = 0;
    while (i < keys.length && shape.keys[i] === keys[i]) i++;
    if (i < keys.length) continue;
    assert(shape.keys.length === keys.length, 'shapes are kept by their number of keys');
    return shape;
  }
  return null;
}

/** No plain object has the keys of a class. */
function newShape(encoder: Encoder, keys: readonly string[], name: string): Shape {
  const kept = keys.filter((key) => !TRANSIENT.has(key));
  const kinds = kept.map((key): Kind => (CONSTANT.has(key) ? 'constant' : SHARED.has(key) ? 'shared' : name !== '' && key === 'rest' ? 'rest' : 'plain'));
  assert(kept.length > 0, 'an object that is written has fields');
  const shape = { number: encoder.shapeCount++, name, keys, kept, kinds, last: kept.map((): unknown => OTHER) };
  (encoder.shapes[keys.length] ??= []).push(shape);
  return shape;
}

function encodeItem(item: unknown, encoder: Encoder): void {
  encoder.out.ascii(',');
  encodeValue(item, encoder);
}

interface Decoder {
  readonly version: number;
  readonly made: unknown[];
  /** Shared constants by number; of old versions by text. */
  readonly shared: unknown[];
  readonly constants: Map<string, unknown>;
  readonly shapes: DecodedShape[];
  readonly fresh: CoreState;
}

/** How objects of a shape are made and filled. */
export interface DecodedShape {
  readonly keys: readonly string[];
  /** What the last object of the shape had, field by field as they are read. */
  readonly last: unknown[];
  make(): Record<string, unknown>;
  set(object: Record<string, unknown>, key: string, value: unknown): void;
}

/**
 * The state, with fresh transient parts from `fresh`. Refuses a version that it doesn't know.
 * @param encoded bytes, or their text where the caller has a faster decoder than a pure room
 */
export function decodeInto(encoded: Uint8Array | string, fresh: CoreState): CoreState {
  const parsed: unknown = JSON.parse(typeof encoded === 'string' ? encoded : decodeUtf8(encoded));
  const version: unknown = Array.isArray(parsed) ? parsed[0] : null;
  if (!Array.isArray(parsed) || typeof version !== 'number' || version < OLDEST_STATE_READ || version > STATE_VERSION) {
    throw new InvariantError(`state version ${OLDEST_STATE_READ} to ${STATE_VERSION} expected, got ${String(version)}`);
  }
  const decoded = decodeValue(parsed[1], { version, made: [], shared: [], constants: new Map(), shapes: [], fresh });
  assert(typeof decoded === 'object' && decoded !== null, 'an encoded state is an object');
  const now = version < STATE_VERSION ? upgraded(decoded, version) : decoded;
  const { graphs, ended, ...rest } = now as Omit<CoreState, 'graphs' | 'ended'> & { graphs: Map<string, Graph>; ended: Map<string, EndedRecord> };
  for (const graph of graphs.values()) fresh.graphs.add(graph);
  for (const record of ended.values()) fresh.ended.add(record);
  const state: CoreState = { ...fresh, ...rest, scratch: fresh.scratch, graphs: fresh.graphs, ended: fresh.ended, children: fresh.children };
  assert(state.graphs.size >= state.open.size, 'what is open is kept');
  if (version < STATE_VERSION) recountKept(state);
  return state;
}

function decodeValue(json: unknown, decoder: Decoder): unknown {
  if (!Array.isArray(json)) return json;
  const { made, shared, shapes } = decoder;
  switch (json[0] as unknown) {
    case 'n':
      return Number(json[1]);
    case 'u':
      return undefined;
    case 'j':
      return decoder.version < COMPACT_SINCE ? constantOf(String(json[1]), decoder.constants) : json[1];
    case 'c':
      shared.push(json[1]);
      return json[1];
    case 'k':
      return must(shared[Number(json[1])], 'a shared constant that was written');
    case 'r':
      return must(made[Number(json[1])], 'an object that was written');
    case 'w': {
      assert(json.length === 3, 'a wide sum is written in two halves');
      const wide = new Wide();
      wide.hi = Number(json[1]);
      wide.lo = Number(json[2]);
      made.push(wide);
      return wide;
    }
    case 'a': {
      const list: unknown[] = [];
      if (json.length > 1) made.push(list);
      for (let i = 1; i < json.length; i++) list.push(decodeValue(json[i], decoder));
      return list;
    }
    case 'm':
      return decodeMap(json, decoder);
    case 'd': {
      const keys = (json[1] as readonly unknown[]).map(String);
      const { version, fresh } = decoder;
      const old = version < COMPACT_SINCE ? oldShape(keys, fresh.scratch.terms) : null;
      const shape = old ?? (version < STATE_VERSION ? shapeWithAnswer(keys, fresh.scratch.terms) ?? shapeOfOldRun(keys) : null) ?? decodedShape(keys);
      assert(shape.keys.length > 0, 'a shape has keys');
      shapes.push(shape);
      return decodeFields(json, shape, decoder);
    }
    case 's': {
      const shape = shapes[Number(json[1])];
      assert(shape !== undefined, 'a shape was written before it is used');
      return decodeFields(json, shape, decoder);
    }
    default:
      throw new InvariantError(`an encoded value has a known tag, got ${String(json[0])}`);
  }
}

/** Constants of a state of version 6 or less are texts. */
function constantOf(text: string, constants: Map<string, unknown>): unknown {
  const known = constants.get(text);
  if (known !== undefined) return known;
  const value: unknown = JSON.parse(text);
  assert(value !== undefined, 'a constant has a value');
  constants.set(text, value);
  return value;
}

function decodeMap(json: readonly unknown[], decoder: Decoder): Map<unknown, unknown> {
  assert(json.length % 2 === 1, 'a map is written in pairs');
  const map = new Map<unknown, unknown>();
  decoder.made.push(map);
  for (let i = 1; i < json.length; i += 2) {
    const key = decodeValue(json[i], decoder);
    map.set(key, decodeValue(json[i + 1], decoder));
  }
  return map;
}

function decodeFields(json: readonly unknown[], shape: DecodedShape, decoder: Decoder): Record<string, unknown> {
  const { keys, last } = shape;
  const object = shape.make();
  assert(keys.length > 0, 'an object that is read has fields');
  decoder.made.push(object);
  let at = 2;
  let same = 0;
  for (let i = 0; i < keys.length; i++) {
    if (same === 0) same = sameFrom(json[at], decoder.version);
    if (same > 0) {
      same -= 1;
      if (same === 0) at += 1;
    } else last[i] = unescaped(decodeValue(json[at++], decoder), decoder.version);
    shape.set(object, keys[i] as string, last[i]);
  }
  assert(same === 0 && at === json.length, 'an object is read to its end');
  return object;
}

/** How many values from here are those of the last object, 0 = none. Tags are texts, a list with a number is none. */
function sameFrom(json: unknown, version: number): number {
  if (version < TILDE_SINCE) return Array.isArray(json) && typeof json[0] === 'number' ? json[0] : 0;
  return typeof json === 'string' && json.charCodeAt(0) === TILDE && json.charCodeAt(1) !== TILDE ? Number(json.slice(1)) : 0;
}

function unescaped(value: unknown, version: number): unknown {
  return version >= TILDE_SINCE && typeof value === 'string' && value.charCodeAt(0) === TILDE ? value.slice(1) : value;
}

function decodedShape(said: readonly string[]): DecodedShape {
  const [name, firstKey] = (said[0] ?? '').split(':');
  const blank = firstKey === undefined ? undefined : classes[name ?? ''];
  assert(firstKey === undefined || blank !== undefined, 'objects of a class that is known');
  const set = (object: Record<string, unknown>, key: string, value: unknown): void => void (object[key] = value);
  if (blank !== undefined) return { keys: [String(firstKey), ...said.slice(1)], last: [], make: () => blank() as Record<string, unknown>, set };
  // The next begins as a copy: engines keep objects that were built key by key as slow dictionaries, and the core
  // would be slow on them ever after.
  const first = firstOf(said);
  return { keys: said, last: [], make: () => ({ ...first }), set };
}

/** An object with these keys in this order, made at once. */
function firstOf(keys: readonly string[]): Record<string, unknown> {
  return JSON.parse(`{${keys.map((key) => `"${key}":0`).join(',')}}`) as Record<string, unknown>;
}

/**
 * Adds `shift` to every stored point in time (keys `atNs` and those ending in `AtNs`, none = -1 kept); see state.ts. What
 * would be before the new base is put at it: what is below 0 reads as "none".
 */
export function shiftTimes(root: object, shift: number): void {
  assert(Number.isSafeInteger(shift), 'times shift by whole ns');
  const seen = new Set<object>([root]);
  const todo: object[] = [root];
  for (let at = todo.pop(); at !== undefined; at = todo.pop()) {
    const table = at instanceof Map || at instanceof GraphIndex || at instanceof RecordIndex ? at : null;
    const children: unknown[] = table !== null ? [...table.values()] : Object.values(at);
    for (const child of children) {
      if (typeof child === 'object' && child !== null && !seen.has(child)) {
        seen.add(child);
        todo.push(child);
      }
    }
    if (table !== null || Array.isArray(at)) continue;
    const fields = at as Record<string, unknown>;
    for (const key of Object.keys(fields)) {
      const time = fields[key];
      if ((key === 'atNs' || key.endsWith('AtNs')) && typeof time === 'number' && time !== -1 && Number.isFinite(time)) fields[key] = Math.max(0, time + shift);
    }
  }
}

const DECODED_AT_ONCE = 8_192;

/** UTF-8 by hand: pure rooms have no platform decoder. */
export function decodeUtf8(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let i = 0; i < bytes.length; ) {
    const end = asciiEnd(bytes, i);
    if (end > i) {
      // Bytes below 128 are their own code points.
      parts.push(String.fromCharCode.apply(null, bytes.subarray(i, end) as unknown as number[])); // any list of numbers will do
      i = end;
      continue;
    }
    const a = bytes[i] ?? 0;
    assert(a >= 0x80, 'runs of ASCII are read at once');
    const size = a < 0x80 ? 1 : a < 0xe0 ? 2 : a < 0xf0 ? 3 : 4;
    let code = size === 1 ? a : a & (0xff >> (size + 1));
    for (let j = 1; j < size; j++) code = (code << 6) | ((bytes[i + j] ?? 0) & 63);
    parts.push(String.fromCodePoint(code));
    i += size;
  }
  return parts.join('');
}

/** Where the run of ASCII that begins at `from` ends, or is cut. */
function asciiEnd(bytes: Uint8Array, from: number): number {
  const most = Math.min(bytes.length, from + DECODED_AT_ONCE);
  let end = from;
  while (end < most && (bytes[end] as number) < 0x80) end++;
  assert(end >= from && end <= bytes.length, 'a run ends within the bytes');
  return end;
}
