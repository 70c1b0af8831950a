/** What is wrong with a document: every problem with its JSON pointer, up to a limit, then a count. */
import { limits } from '../../base/limits.js';
import type { ProblemCode } from './problem-codes.js';

export interface Problem {
  /** JSON pointer (RFC 6901) into the body as sent. */
  readonly field: string;
  readonly message: string;
  readonly code: ProblemCode;
}

export class Problems {
  readonly #rows: Problem[] = [];
  readonly #fields = new Set<string>();
  #more = 0;

  get count(): number {
    return this.#rows.length + this.#more;
  }

  get rows(): readonly Problem[] {
    return this.#rows;
  }

  /** How many were found beyond the rows kept. */
  get more(): number {
    return this.#more;
  }

  /** Adds a problem unless that field, or one it lies in, already has one: the first reason is the telling one. */
  add(field: string, code: ProblemCode, message: string): void {
    if (this.covers(field)) return;
    if (this.#rows.length >= limits.problemsMax) {
      this.#more++;
      return;
    }
    this.#fields.add(field);
    this.#rows.push({ field, message, code });
  }

  /** True when the field or one around it has a problem. */
  covers(field: string): boolean {
    if (this.#fields.size === 0) return false;
    for (let path = field; ; path = path.slice(0, path.lastIndexOf('/'))) {
      if (this.#fields.has(path)) return true;
      if (path === '') return false;
    }
  }
}

/** One member of a pointer; long names of hostile documents are cut. */
export function pointerPart(key: string): string {
  return key.slice(0, 64).replace(/~/g, '~0').replace(/\//g, '~1');
}

/** A value for a message: short, quoted, harmless. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 64 ? `${value.slice(0, 61)}...` : value);
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value === 'bigint') {
    const digits = value.toString();
    return digits.length > 40 ? `${digits.slice(0, 37)}...` : digits;
  }
  return Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'an object' : typeof value;
}
