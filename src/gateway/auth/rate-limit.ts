/** Token buckets: tokens come back at a steady rate up to a burst. Clock in ms from outside. */

export interface RatePlan {
  /** Requests a second; null = unlimited. */
  readonly qps: number | null;
  readonly burst: number;
}

interface Bucket {
  tokens: number;
  atMs: number;
}

/** Buckets by name, at most `namesMax` of them: the least recently used is forgotten (and so full again). */
export class RateLimiter {
  readonly #plan: RatePlan;
  readonly #namesMax: number;
  readonly #nowMs: () => number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(plan: RatePlan, namesMax: number, nowMs: () => number) {
    this.#plan = plan;
    this.#namesMax = namesMax;
    this.#nowMs = nowMs;
  }

  /** 0 when the request may pass, else whole seconds until one may. */
  take(name: string): number {
    return this.#use(name, 1);
  }

  /** As `take`, without using a token; a name never taken is not remembered. */
  peek(name: () => string): number {
    if (this.#buckets.size === 0) return 0;
    const known = name();
    return this.#buckets.has(known) ? this.#use(known, 0) : 0;
  }

  #use(name: string, tokens: number): number {
    const { qps, burst } = this.#plan;
    if (qps === null) return 0;
    const now = this.#nowMs();
    let bucket = this.#buckets.get(name);
    if (bucket === undefined) {
      bucket = { tokens: burst, atMs: now };
      const oldest = this.#buckets.size >= this.#namesMax ? this.#buckets.keys().next().value : undefined;
      if (oldest !== undefined) this.#buckets.delete(oldest);
    } else {
      this.#buckets.delete(name);
    }
    this.#buckets.set(name, bucket);
    bucket.tokens = Math.min(burst, bucket.tokens + (Math.max(0, now - bucket.atMs) * qps) / 1000);
    bucket.atMs = now;
    if (bucket.tokens < 1) return Math.max(1, Math.ceil((1 - bucket.tokens) / qps));
    bucket.tokens -= tokens;
    return 0;
  }
}
