/**
 * What a race may and may not come out as. A race names every outcome it can tell apart; one that the table doesn't
 * have fails like a forbidden one.
 */
import assert from 'node:assert/strict';

export interface Judgement {
  readonly allowed: boolean;
  readonly meaning: string;
}
export type OutcomeTable = Readonly<Record<string, Judgement>>;
export type Observed = Readonly<Record<string, number>>;

export function accept(meaning: string): Judgement {
  return { allowed: true, meaning };
}

export function forbid(meaning: string): Judgement {
  return { allowed: false, meaning };
}

export interface Race {
  readonly name: string;
  readonly outcomes: OutcomeTable;
  /** Messages or reads in the test run, and in the long run. */
  readonly short: number;
  readonly long: number;
  run(count: number): Promise<Observed>;
}

/** Counts by outcome, as the observing thread fills it. */
export class Tally {
  readonly #counts = new Map<string, number>();

  add(outcome: string, count = 1): void {
    this.#counts.set(outcome, (this.#counts.get(outcome) ?? 0) + count);
  }

  observed(): Observed {
    return Object.fromEntries(this.#counts);
  }
}

export function judge(race: Race, observed: Observed): string {
  const lines = Object.entries(observed).map(([outcome, count]) => {
    const judgement = race.outcomes[outcome];
    return `${judgement?.allowed ? 'ok  ' : 'FAIL'} ${String(count).padStart(12)}  ${outcome}: ${judgement?.meaning ?? 'not in the table'}`;
  });
  const report = `${race.name}\n${lines.join('\n')}`;
  for (const outcome of Object.keys(observed)) assert.ok(race.outcomes[outcome]?.allowed === true, report);
  return report;
}
