/** Prometheus text of counters and latency spans (exposition format 0.0.4). */
import type { CounterReader } from '../memory/counters.js';
import type { SpanSnapshot } from './latency.js';

const SHARES = [0.5, 0.9, 0.99, 0.999] as const;

/** A span with labels of its own, e.g. `thread="engine"`. */
export interface LabelledSpan extends SpanSnapshot {
  readonly labels?: string;
}

/** A summary in seconds for each span that has values. */
export function spanText(spans: readonly LabelledSpan[]): string {
  const lines = ['# HELP legwork_span_seconds Time between two stages.', '# TYPE legwork_span_seconds summary'];
  for (const { name, snapshot, labels = '' } of spans) {
    if (snapshot.count === 0) continue;
    const common = [`span="${name}"`, ...(labels === '' ? [] : [labels])].join(',');
    for (const share of SHARES) {
      lines.push(`legwork_span_seconds{${common},quantile="${share}"} ${seconds(snapshot.percentile(share))}`);
    }
    lines.push(`legwork_span_seconds{${common},quantile="1"} ${seconds(snapshot.max)}`);
    lines.push(`legwork_span_seconds_sum{${common}} ${seconds(snapshot.sum)}`);
    lines.push(`legwork_span_seconds_count{${common}} ${snapshot.count}`);
  }
  return `${lines.join('\n')}\n`;
}

/** Counters of one writer, e.g. with `thread="venues"`. */
export interface LabelledCounters {
  readonly counters: CounterReader;
  readonly labels?: string;
}

/** One counter metric a name, a line a set; names are snake_case without prefix or `_total`. @param sets of the same names */
export function counterText(sets: readonly LabelledCounters[]): string {
  const names = sets[0]?.counters.names ?? [];
  return names.map((name, i) => {
    const lines = sets.map(({ counters, labels = '' }) => (
      `legwork_${name}_total${labels === '' ? '' : `{${labels}}`} ${counters.get(i)}\n`));
    return `# TYPE legwork_${name}_total counter\n${lines.join('')}`;
  }).join('');
}

/** @param name whole, with prefix */
export function gaugeText(name: string, value: number): string {
  return `# TYPE ${name} gauge\n${name} ${value}\n`;
}

function seconds(ns: number): string {
  return String(ns / 1e9);
}
