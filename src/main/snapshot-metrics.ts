/** Background snapshots of the journal, for Prometheus: alert when the failed ones grow. */
import { Gauge, type Registry } from 'prom-client';
import type { SnapshotHealth } from './background-snapshots.js';

type Field = 'made' | 'failed' | 'newest';

const help: Readonly<Record<Field, string>> = {
  made: 'Background snapshots made since the start.',
  failed: 'Background snapshots that failed since the start; each is tried again.',
  newest: 'Sequence of the newest snapshot: what comes after it is replayed at the next start.',
};

export function snapshotMetrics(registry: Registry, health: () => SnapshotHealth): void {
  const valueOf = (field: Field): SnapshotHealth[Field] => health()[field];
  for (const field of ['made', 'failed', 'newest'] as const) {
    new Gauge({
      name: `legwork_journal_snapshots_${field}`,
      help: help[field],
      registers: [registry],
      collect() {
        this.set(valueOf(field));
      },
    });
  }
}
