/** How a paced quantity is cut: cumulative-floor differences in trade lots, summing exactly. */

/** Lots of slice `index` (1..slices); `lots` is a multiple of `tradeLot`. Exact for every safe integer. */
export function sliceLots(lots: number, tradeLot: number, slices: number, index: number): number {
  const total = Math.floor(lots / tradeLot);
  return (share(total, slices, index) - share(total, slices, index - 1)) * tradeLot;
}

/** floor(total · index / slices) without a product beyond 2^53. */
function share(total: number, slices: number, index: number): number {
  const whole = Math.floor(total / slices);
  return whole * index + Math.floor(((total - whole * slices) * index) / slices);
}

/** The smallest slice of a pacing. */
export function smallestSliceLots(lots: number, tradeLot: number, slices: number): number {
  return Math.floor(Math.floor(lots / tradeLot) / slices) * tradeLot;
}

/** Counts after expansion: a paced node adds its slices, one edge to each. */
export function expandedCounts(spec: {
  readonly nodes: readonly { readonly pacing: { readonly slices: number } | null }[];
  readonly edges: readonly unknown[];
}): { readonly nodes: number; readonly edges: number } {
  let slices = 0;
  for (const node of spec.nodes) slices += node.pacing?.slices ?? 0;
  return { nodes: spec.nodes.length + slices, edges: spec.edges.length + slices };
}
