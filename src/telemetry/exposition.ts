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

/** One counter metric a name; names are snake_case without prefix or `_total`. */
export function counterText(counters: CounterReader, labels = ''): string {
  const braces = labels === '' ? '' : `{${labels}}`;
  return counters.names
    .map((name, i) => `# TYPE legwork_${name}_total counter\nlegwork_${name}_total${braces} ${counters.get(i)}\n`)
    .join('');
}

function seconds(ns: number): string {
  return String(ns / 1e9);
}
