/**
 * Exact, versioned text form of a state, and the walk that hashes it. Objects are written once and referred to by
 * number, so that shared references and cycles (child → node → graph) come back as they were. Numbers are exact
 * (-0, Infinity and NaN included); `scratch`, `coverage` and `planted` belong to a run, not to the state.
 */
import { assert, must } from '../base/assert.js';
import { Wide } from '../base/wide.js';
import type { CoreState } from './state.js';

export const STATE_VERSION = 3;
const TRANSIENT = new Set(['scratch', 'coverage', 'planted', 'tracing', 'planner']);
/** Values that came in with an event and never change: written by content, whoever shares them. */
const CONSTANT = new Set(['spec', 'universe', 'reply', 'limits', 'warnings', 'scope', 'command']);

type Json = string | number | boolean | null | Json[];

/** Reference 'r' n, constant 'j' text, array 'a', map 'm', object 'o', wide 'w', number that JSON lacks 'n', string as itself. */
export function encodeState(state: CoreState): Uint8Array {
  const seen = new Map<object, number>();
  const body = encodeValue(state, seen);
  return encodeUtf8(JSON.stringify([STATE_VERSION, body]));
}

/** Iterative over list-like depth: recursion is as deep as the longest chain of first references. */
function encodeValue(value: unknown, seen: Map<object, number>): Json {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') {
    return Number.isFinite(value) && !Object.is(value, -0) ? value : ['n', Object.is(value, -0) ? '-0' : String(value)];
  }
  if (value === undefined) return ['u'];
  assert(typeof value === 'object', `a state holds plain values only, got ${typeof value}`);
  const known = seen.get(value);
  if (known !== undefined) return ['r', known];
  // Who shares an empty list with whom is no part of the state: new nodes share one constant, decoded ones have theirs.
  if (Array.isArray(value) && value.length === 0) return ['a'];
  seen.set(value, seen.size);
  if (value instanceof Wide) return ['w', value.hi, value.lo];
  if (Array.isArray(value)) return ['a', ...value.map((item) => encodeValue(item, seen))];
  if (value instanceof Map) {
    const out: Json[] = ['m'];
    for (const [key, item] of value) out.push(encodeValue(key, seen), encodeValue(item, seen));
    return out;
  }
  const out: Json[] = ['o'];
  for (const [key, item] of Object.entries(value)) {
    if (TRANSIENT.has(key)) continue;
    out.push(key, CONSTANT.has(key) ? ['j', JSON.stringify(item)] : encodeValue(item, seen));
  }
  return out;
}

/** The state, with fresh transient parts from `fresh`. Refuses another version. */
export function decodeInto(bytes: Uint8Array, fresh: CoreState): CoreState {
  const parsed: unknown = JSON.parse(decodeUtf8(bytes));
  assert(Array.isArray(parsed) && parsed[0] === STATE_VERSION, `state version ${STATE_VERSION} expected`);
  const decoded = decodeValue(parsed[1], [], new Map());
  assert(typeof decoded === 'object' && decoded !== null, 'an encoded state is an object');
  return { ...fresh, ...(decoded as Partial<CoreState>), scratch: fresh.scratch };
}

function decodeValue(json: unknown, made: unknown[], constants: Map<string, unknown>): unknown {
  if (!Array.isArray(json)) return json;
  const tag: unknown = json[0];
  if (tag === 'n') return Number(json[1]);
  if (tag === 'u') return undefined;
  if (tag === 'j') {
    const text = String(json[1]);
    if (!constants.has(text)) constants.set(text, JSON.parse(text));
    return constants.get(text);
  }
  if (tag === 'r') return made[Number(json[1])];
  if (tag === 'w') {
    const wide = new Wide();
    wide.hi = Number(json[1]);
    wide.lo = Number(json[2]);
    made.push(wide);
    return wide;
  }
  if (tag === 'a') {
    const list: unknown[] = [];
    if (json.length > 1) made.push(list);
    for (let i = 1; i < json.length; i++) list.push(decodeValue(json[i], made, constants));
    return list;
  }
  if (tag === 'm') {
    const map = new Map<unknown, unknown>();
    made.push(map);
    for (let i = 1; i < json.length; i += 2) {
      const key = decodeValue(json[i], made, constants);
      map.set(key, decodeValue(json[i + 1], made, constants));
    }
    return map;
  }
  assert(tag === 'o', `an encoded value has a known tag, got ${String(tag)}`);
  const object: Record<string, unknown> = {};
  made.push(object);
  for (let i = 1; i < json.length; i += 2) object[String(json[i])] = decodeValue(json[i + 1], made, constants);
  return object;
}

/** Adds `shift` to every stored point in time (keys ending in `AtNs`, none = -1 kept); see state.ts. */
export function shiftTimes(root: object, shift: number): void {
  const seen = new Set<object>([root]);
  const todo: object[] = [root];
  for (let at = todo.pop(); at !== undefined; at = todo.pop()) {
    const children: unknown[] = at instanceof Map ? [...at.values()] : Object.values(at);
    for (const child of children) {
      if (typeof child === 'object' && child !== null && !seen.has(child)) {
        seen.add(child);
        todo.push(child);
      }
    }
    if (at instanceof Map || Array.isArray(at)) continue;
    const fields = at as Record<string, unknown>;
    for (const key of Object.keys(fields)) {
      const time = fields[key];
      if (key.endsWith('AtNs') && typeof time === 'number' && time !== -1 && Number.isFinite(time)) fields[key] = time + shift;
    }
  }
}

/** UTF-8 by hand: pure rooms have no platform encoder. Lone surrogates become U+FFFD. */
export function encodeUtf8(text: string): Uint8Array {
  // A UTF-16 unit takes at most three bytes; pairs take four for two.
  const out = new Uint8Array(3 * text.length);
  let at = 0;
  for (let i = 0; i < text.length; i++) {
    let code = text.charCodeAt(i);
    if (code < 0x80) {
      out[at++] = code;
      continue;
    }
    if (code >= 0xd800 && code < 0xe000) {
      const whole = must(text.codePointAt(i), 'code point');
      if (whole > 0xffff) i++;
      code = whole > 0xffff ? whole : 0xfffd;
    }
    if (code < 0x800) out[at++] = 0xc0 | (code >> 6);
    else {
      if (code < 0x1_0000) out[at++] = 0xe0 | (code >> 12);
      else {
        out[at++] = 0xf0 | (code >> 18);
        out[at++] = 0x80 | ((code >> 12) & 63);
      }
      out[at++] = 0x80 | ((code >> 6) & 63);
    }
    out[at++] = 0x80 | (code & 63);
  }
  return out.slice(0, at);
}

export function decodeUtf8(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let i = 0; i < bytes.length; ) {
    const a = bytes[i] ?? 0;
    const size = a < 0x80 ? 1 : a < 0xe0 ? 2 : a < 0xf0 ? 3 : 4;
    let code = size === 1 ? a : a & (0xff >> (size + 1));
    for (let j = 1; j < size; j++) code = (code << 6) | ((bytes[i + j] ?? 0) & 63);
    parts.push(String.fromCodePoint(code));
    i += size;
  }
  return parts.join('');
}
