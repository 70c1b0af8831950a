/** What the HTTP door counts, for Prometheus. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

export class HttpMetrics {
  readonly registry = new Registry();
  readonly #requests: Counter<'route' | 'method' | 'status'>;
  readonly #seconds: Histogram<'route'>;
  readonly #refused: Counter<'reason'>;
  #open = 0;

  constructor() {
    const registers = [this.registry];
    this.#requests = new Counter({
      name: 'legwork_http_requests_total',
      help: 'Requests answered, by route, method and status.',
      labelNames: ['route', 'method', 'status'],
      registers,
    });
    this.#seconds = new Histogram({
      name: 'legwork_http_seconds',
      help: 'Time from the whole head of a request to its answer.',
      labelNames: ['route'],
      buckets: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5],
      registers,
    });
    this.#refused = new Counter({
      name: 'legwork_http_refused_total',
      help: 'Requests refused before any route saw them, by reason.',
      labelNames: ['reason'],
      registers,
    });
    const collect = (): number => this.#open;
    new Gauge({
      name: 'legwork_http_open_requests',
      help: 'Requests being answered.',
      registers,
      collect() {
        this.set(collect());
      },
    });
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
    this.#requests.inc({ route, method, status });
    this.#seconds.observe({ route }, seconds);
  }

  aborted(): void {
    this.#open--;
    this.#refused.inc({ reason: 'aborted' });
  }

  refused(reason: string): void {
    this.#refused.inc({ reason });
  }
}
