/**
 * What the doors count, for Prometheus (text format 0.0.4). Counting an answer costs a few additions: the text is made when
 * it is asked for. Other rooms may add their own to `registry`.
 */
import { Registry } from 'prom-client';

/** Upper bounds of the buckets of `legwork_http_seconds`. */
const BUCKETS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5] as const;

interface RouteCounts {
  /** Answers by `<method> <status>`. */
  readonly answers: Map<string, number>;
  readonly buckets: Float64Array;
  sum: number;
  count: number;
}

interface Gauge {
  readonly name: string;
  readonly help: string;
  readonly labels: string;
  readonly read: () => number;
}

export class HttpMetrics {
  readonly registry = new Registry();
  readonly #routes = new Map<string, RouteCounts>();
  readonly #refused = new Map<string, number>();
  readonly #closed = new Map<string, number>();
  readonly #gauges: Gauge[] = [];
  #open = 0;

  constructor() {
    this.gauge('legwork_http_open_requests', 'Requests being answered.', '', () => this.#open);
  }

  /** Requests being answered now. */
  get open(): number {
    return this.#open;
  }

  opened(): void {
    this.#open++;
  }

  /** @param seconds since the head was read */
  answered(route: string, method: string, status: number, seconds: number): void {
    this.#open--;
    let counts = this.#routes.get(route);
    if (counts === undefined) {
      this.#routes.set(route, (counts = { answers: new Map(), buckets: new Float64Array(BUCKETS.length), sum: 0, count: 0 }));
    }
    const key = `${method} ${status}`;
    counts.answers.set(key, (counts.answers.get(key) ?? 0) + 1);
    counts.sum += seconds;
    counts.count++;
    for (let i = 0; i < BUCKETS.length; i++) {
      if (seconds > (BUCKETS[i] ?? Infinity)) continue;
      counts.buckets[i] = (counts.buckets[i] ?? 0) + 1;
      break;
    }
  }

  aborted(): void {
    this.#open--;
    this.refused('aborted');
  }

  refused(reason: string): void {
    this.#refused.set(reason, (this.#refused.get(reason) ?? 0) + 1);
  }

  /** A connection of a stream or of binary order entry ended. @param code the WebSocket close code, 0 for event streams */
  closed(door: string, code: number): void {
    const key = `door="${door}",code="${code}"`;
    this.#closed.set(key, (this.#closed.get(key) ?? 0) + 1);
  }

  /** A value read whenever the text is made. @param labels `a="b",c="d"`; values hold no quotes */
  gauge(name: string, help: string, labels: string, read: () => number): void {
    this.#gauges.push({ name, help, labels, read });
  }

  async text(): Promise<string> {
    return `${this.#requestsText()}${this.#gaugesText()}${await this.registry.metrics()}`;
  }

  #requestsText(): string {
    const lines = head('legwork_http_requests_total', 'counter', 'Requests answered, by route, method and status.');
    for (const [route, { answers }] of this.#routes) {
      for (const [key, count] of answers) {
        const [method, status] = key.split(' ');
        lines.push(`legwork_http_requests_total{route="${route}",method="${method}",status="${status}"} ${count}`);
      }
    }
    lines.push(...head('legwork_http_seconds', 'histogram', 'Time from the whole head of a request to its answer.'));
    for (const [route, { buckets, sum, count }] of this.#routes) {
      let below = 0;
      BUCKETS.forEach((bound, i) => {
        below += buckets[i] ?? 0;
        lines.push(`legwork_http_seconds_bucket{le="${bound}",route="${route}"} ${below}`);
      });
      lines.push(`legwork_http_seconds_bucket{le="+Inf",route="${route}"} ${count}`);
      lines.push(`legwork_http_seconds_sum{route="${route}"} ${sum}`, `legwork_http_seconds_count{route="${route}"} ${count}`);
    }
    lines.push(...head('legwork_http_refused_total', 'counter', 'Requests refused before any route saw them, by reason.'));
    for (const [reason, count] of this.#refused) lines.push(`legwork_http_refused_total{reason="${reason}"} ${count}`);
    lines.push(...head('legwork_sockets_closed_total', 'counter', 'Connections that ended, by door and close code.'));
    for (const [labels, count] of this.#closed) lines.push(`legwork_sockets_closed_total{${labels}} ${count}`);
    return `${lines.join('\n')}\n`;
  }

  #gaugesText(): string {
    const lines: string[] = [];
    const said = new Set<string>();
    for (const { name, help, labels, read } of this.#gauges) {
      if (!said.has(name)) lines.push(...head(name, 'gauge', help));
      said.add(name);
      lines.push(`${name}${labels === '' ? '' : `{${labels}}`} ${read()}`);
    }
    return `${lines.join('\n')}\n`;
  }
}

function head(name: string, type: string, help: string): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}
