/**
 * A strict JSON parser (RFC 8259) for bodies from outside. Refuses what `JSON.parse` lets through and an engine
 * must not: duplicate keys (two readers would see two orders) and nesting that could exhaust a stack later.
 * Numbers: see values.ts.
 */
import { err, ok, type Result } from '../../base/result.js';
import { ExactDecimal, RawJson, type JsonValue } from './values.js';

/** Deepest nesting taken; the documents of the wire need 8. */
export const jsonDepthMax = 64;

export interface JsonError {
  readonly message: string;
  /** Where, in UTF-16 units from the start of the text; -1 when the bytes are not UTF-8. */
  readonly position: number;
  /** From 1. */
  readonly line: number;
  readonly column: number;
}

export interface ParseOptions {
  /** A key of the outermost object whose value is checked but kept as its text (`RawJson`). */
  readonly rawKey?: string;
}

class Failure extends Error {
  readonly position: number;

  constructor(message: string, position: number) {
    super(message);
    this.position = position;
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Bytes or text to values. Errors are for a 400 answer: what was expected, what came, where. */
export function parseJson(input: string | Uint8Array, options: ParseOptions = {}): Result<JsonValue, JsonError> {
  let text: string;
  try {
    text = typeof input === 'string' ? input : utf8.decode(input);
  } catch {
    return err({ message: 'the body is not valid UTF-8', position: -1, line: 1, column: 1 });
  }
  try {
    return ok(new Parser(text, options.rawKey ?? null).document());
  } catch (problem) {
    if (!(problem instanceof Failure)) throw problem;
    const before = text.slice(0, problem.position);
    const line = before.split('\n').length;
    const column = problem.position - before.lastIndexOf('\n');
    const message = `${problem.message} at line ${line} column ${column}`;
    return err({ message, position: problem.position, line, column });
  }
}

const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;
const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
// Everything a string may not hold bare: control characters; and the backslash, which needs the slow path.
// oxlint-disable-next-line no-control-regex
const UNPLAIN = /[\\\u0000-\u001f]/;
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t',
};

class Parser {
  readonly #text: string;
  readonly #rawKey: string | null;
  #at = 0;

  constructor(text: string, rawKey: string | null) {
    this.#text = text;
    this.#rawKey = rawKey;
  }

  document(): JsonValue {
    const value = this.#value(0);
    this.#space();
    if (this.#at < this.#text.length) throw new Failure(`expected the end, got ${this.#seen()}`, this.#at);
    return value;
  }

  #value(depth: number): JsonValue {
    this.#space();
    switch (this.#text[this.#at]) {
      case '{':
        return this.#object(depth + 1);
      case '[':
        return this.#array(depth + 1);
      case '"':
        return this.#string();
      case 't':
        return this.#word('true', true);
      case 'f':
        return this.#word('false', false);
      case 'n':
        return this.#word('null', null);
      default:
        return this.#number();
    }
  }

  #object(depth: number): JsonValue {
    this.#enter(depth);
    const object = Object.create(null) as Record<string, JsonValue>;
    this.#space();
    if (this.#text[this.#at] === '}') {
      this.#at++;
      return object;
    }
    for (;;) {
      this.#space();
      const keyAt = this.#at;
      if (this.#text.charCodeAt(keyAt) !== QUOTE) throw new Failure(`expected a name, got ${this.#seen()}`, keyAt);
      const key = this.#string();
      if (key in object) throw new Failure(`the name "${key.slice(0, 64)}" appears twice`, keyAt);
      this.#space();
      if (this.#text.charCodeAt(this.#at) !== COLON) throw new Failure(`expected ":", got ${this.#seen()}`, this.#at);
      this.#at++;
      object[key] = depth === 1 && key === this.#rawKey ? this.#raw(depth) : this.#value(depth);
      this.#space();
      if (this.#text.charCodeAt(this.#at) === COMMA) this.#at++;
      else if (this.#text[this.#at] === '}') break;
      else throw new Failure(`expected "," or "}", got ${this.#seen()}`, this.#at);
    }
    this.#at++;
    return object;
  }

  #array(depth: number): JsonValue {
    this.#enter(depth);
    const items: JsonValue[] = [];
    this.#space();
    if (this.#text[this.#at] === ']') {
      this.#at++;
      return items;
    }
    for (;;) {
      items.push(this.#value(depth));
      this.#space();
      if (this.#text.charCodeAt(this.#at) === COMMA) this.#at++;
      else if (this.#text[this.#at] === ']') break;
      else throw new Failure(`expected "," or "]", got ${this.#seen()}`, this.#at);
    }
    this.#at++;
    return items;
  }

  /** A null stays null: an explicit null means absent, also where the value is opaque. */
  #raw(depth: number): JsonValue {
    this.#space();
    const from = this.#at;
    const value = this.#value(depth);
    return value === null ? null : new RawJson(this.#text.slice(from, this.#at));
  }

  #string(): string {
    const from = this.#at + 1;
    const end = this.#text.indexOf('"', from);
    if (end < 0) throw new Failure('a string has no end', this.#at);
    const plain = this.#text.slice(from, end);
    if (UNPLAIN.test(plain)) return this.#escapedString();
    this.#at = end + 1;
    return plain;
  }

  #escapedString(): string {
    const start = this.#at;
    let built = '';
    for (let i = start + 1; i < this.#text.length; i++) {
      const char = this.#text[i] ?? '';
      if (char === '"') {
        this.#at = i + 1;
        return built;
      }
      if (char < ' ') throw new Failure('a control character in a string must be escaped', i);
      if (char !== '\\') {
        built += char;
        continue;
      }
      i++;
      const escape = this.#text[i] ?? '';
      if (escape === 'u') {
        const digits = this.#text.slice(i + 1, i + 5);
        if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw new Failure('expected four hexadecimal digits after \\u', i);
        built += String.fromCharCode(Number.parseInt(digits, 16));
        i += 4;
      } else {
        const meant = ESCAPES[escape];
        if (meant === undefined) throw new Failure('an unknown escape in a string', i);
        built += meant;
      }
    }
    throw new Failure('a string has no end', start);
  }

  #number(): JsonValue {
    NUMBER.lastIndex = this.#at;
    const match = NUMBER.exec(this.#text);
    if (match === null) throw new Failure(`expected a value, got ${this.#seen()}`, this.#at);
    const text = match[0];
    this.#at += text.length;
    const whole = match[1] === undefined && match[2] === undefined;
    const value = Number(text);
    if (whole) return Number.isSafeInteger(value) ? value : BigInt(text);
    // Up to 15 significant digits a double gives the same digits back; more must be compared.
    if (text.length <= 16 && match[2] === undefined) return value;
    return sameNumber(text, value) ? value : new ExactDecimal(text);
  }

  #word<T extends JsonValue>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) throw new Failure(`expected a value, got ${this.#seen()}`, this.#at);
    this.#at += word.length;
    return value;
  }

  #enter(depth: number): void {
    if (depth > jsonDepthMax) throw new Failure(`nested deeper than ${jsonDepthMax}`, this.#at);
    this.#at++;
  }

  #space(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return;
      this.#at++;
    }
  }

  #seen(): string {
    const char = this.#text[this.#at];
    return char === undefined ? 'the end' : JSON.stringify(char);
  }
}

/** Whether the text and the double's shortest text are the same decimal number. */
function sameNumber(text: string, value: number): boolean {
  return Number.isFinite(value) && significand(text) === significand(String(value));
}

/** Sign, digits without outer zeros and exponent: equal for equal decimals, however they are written. */
function significand(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = DECIMAL.exec(text) ?? [];
  const leading = (whole + fraction).replace(/^0+/, '');
  const digits = leading.replace(/0+$/, '');
  if (digits === '') return '0';
  return `${sign}${digits}e${Number(exponent) - fraction.length + leading.length - digits.length}`;
}
