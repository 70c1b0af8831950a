/**
 * Which orders' answers were lost, so that their repeats are let through before the rate limit (wire.md: repeats
 * are answered before kill switch and rates). What a repeat gets is the engine's to say; this only opens the door.
 */
const LIFE_MS = 120_000;
const KEPT_MAX = 100_000;

export class Lost {
  readonly #nowMs: () => number;
  readonly #untilMs = new Map<string, number>();

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  add(repeatKey: string): void {
    const now = this.#nowMs();
    for (const [key, until] of this.#untilMs) {
      if (until > now && this.#untilMs.size < KEPT_MAX) break;
      this.#untilMs.delete(key);
    }
    this.#untilMs.delete(repeatKey);
    this.#untilMs.set(repeatKey, now + LIFE_MS);
  }

  has(repeatKey: string): boolean {
    return (this.#untilMs.get(repeatKey) ?? 0) > this.#nowMs();
  }

  served(repeatKey: string): void {
    this.#untilMs.delete(repeatKey);
  }
}
