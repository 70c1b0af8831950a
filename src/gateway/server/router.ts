/** Path and method to route. A literal segment wins over a parameter, so /positions/unified is not an id. */
import type { Method, Route } from './route.js';

interface Branch {
  readonly literal: Map<string, Branch>;
  parameter: Branch | null;
  readonly routes: Map<Method, { route: Route; names: readonly string[] }>;
}

export type Match =
  | { readonly kind: 'route'; readonly route: Route; readonly params: ReadonlyMap<string, string> }
  | { readonly kind: 'method'; readonly allow: string }
  | { readonly kind: 'none' }
  /** A percent escape that is not UTF-8, or a character no id may hold. */
  | { readonly kind: 'bad' };

const none: ReadonlyMap<string, string> = new Map();

const branch = (): Branch => ({ literal: new Map(), parameter: null, routes: new Map() });

export class Router {
  readonly #root = branch();
  /** Routes without parameters by method and path: most requests need no walk. */
  readonly #literal = new Map<string, Match>();

  constructor(routes: readonly Route[]) {
    for (const route of routes) this.#add(route);
  }

  #add(route: Route): void {
    const names: string[] = [];
    let at = this.#root;
    for (const segment of route.path.slice(1).split('/')) {
      if (segment.startsWith('{')) {
        names.push(segment.slice(1, -1));
        at.parameter ??= branch();
        at = at.parameter;
      } else {
        let next = at.literal.get(segment);
        if (next === undefined) at.literal.set(segment, (next = branch()));
        at = next;
      }
    }
    if (at.routes.has(route.method)) throw new Error(`router: ${route.method} ${route.path} is defined twice`);
    at.routes.set(route.method, { route, names });
    if (names.length === 0) this.#literal.set(`${route.method} ${route.path}`, { kind: 'route', route, params: none });
  }

  match(method: string, url: string): Match {
    const direct = this.#literal.get(`${method} ${url}`);
    if (direct !== undefined) return direct;
    const values: string[] = [];
    const found = walk(this.#root, url.slice(1).split('/'), 0, values);
    if (found === null) return { kind: 'none' };
    const entry = found.routes.get(method as Method);
    if (entry === undefined) return { kind: 'method', allow: [...found.routes.keys()].join(', ') };
    const params = new Map<string, string>();
    for (let i = 0; i < entry.names.length; i++) {
      const value = decodeOnce(values[i] ?? '');
      if (value === null) return { kind: 'bad' };
      params.set(entry.names[i] ?? '', value);
    }
    return { kind: 'route', route: entry.route, params };
  }
}

function walk(at: Branch, segments: readonly string[], index: number, values: string[]): Branch | null {
  const segment = segments[index];
  if (segment === undefined) return at.routes.size > 0 ? at : null;
  const next = at.literal.get(segment);
  if (next !== undefined) {
    const found = walk(next, segments, index + 1, values);
    if (found !== null) return found;
  }
  if (at.parameter === null || segment === '') return null;
  values.push(segment);
  const found = walk(at.parameter, segments, index + 1, values);
  if (found === null) values.pop();
  return found;
}

const LONGEST_SEGMENT = 512;

/** The segment decoded once; null when it is not UTF-8, too long, or holds control characters. */
export function decodeOnce(segment: string): string | null {
  if (segment.length > LONGEST_SEGMENT) return null;
  try {
    const value = segment.includes('%') ? decodeURIComponent(segment) : segment;
    return /[\u0000-\u001f\u007f]/.test(value) ? null : value;
  } catch {
    return null;
  }
}
