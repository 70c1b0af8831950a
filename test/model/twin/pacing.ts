/** "Pacing": how much of a paced node's total its slices due so far may do. */
import type { Sizes, TwinNode } from './history.js';

/**
 * Slices due so far, their quantities as cumulative-floor differences in trade lots. A changed total spreads what is
 * beyond the slices due over the others.
 */
export function plannedUntil(node: TwinNode, nowNs: number, wasHeld: boolean, sizes: Sizes): number {
  const pacing = node.spec.pacing;
  if (pacing === null || node.activatedNs < 0) return 0;
  const whole = node.totals.at(-1)?.lots ?? 0;
  // Slices that were not made when due collapse: what was planned at a change is then not known here.
  if (wasHeld && node.totals.length > 1) return whole;
  const lot = sizes.tradeLot(node.spec);
  const part = (rest: number, k: number, n: number): number => (k >= n ? rest : Math.floor((rest * k) / n / lot) * lot);
  const dueAt = (tNs: number): number => Math.min(pacing.slices, Math.floor((tNs - node.activatedNs) / pacing.intervalNs) + 1);
  let planned = 0;
  let made = 0;
  let total = node.totals[0]?.lots ?? 0;
  for (const { tNs, lots } of [...node.totals.slice(1), { tNs: nowNs, lots: whole }]) {
    planned += part(total - planned, dueAt(tNs) - made, pacing.slices - made);
    made = dueAt(tNs);
    planned = made >= pacing.slices ? lots : Math.min(planned, lots);
    total = lots;
  }
  return planned;
}
