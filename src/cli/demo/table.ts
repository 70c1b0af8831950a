/** The demo's table: one row a node, from wire-shaped graph views. Plain text, so that two runs can be compared. */

type Row = Readonly<Record<string, unknown>>;

const WIDTHS = [28, 10, 9, 22, 13, 13, 9] as const;
const HEADS = ['node', 'role', 'status', 'filled / target', 'average', 'arrival', 'cost bps'] as const;

/** Lines for every node of the graphs; slices that still wait are left out. */
export function graphTable(graphs: readonly { readonly title: string; readonly view: Row }[]): string[] {
  const lines = [line(HEADS), line(WIDTHS.map((width) => '-'.repeat(width)))];
  for (const { title, view } of graphs) {
    lines.push(`${title}  [${String(view['status'])}]`);
    for (const [nodeId, node] of Object.entries(view['nodes'] as Record<string, Row>)) {
      if (node['role'] === 'slice' && node['status'] === 'waiting') continue;
      lines.push(line(cells(nodeId, node)));
    }
  }
  return lines;
}

/** Cost against arrival in bps: positive is worse than arrival for that side; null before a fill. */
export function costBps(node: Row): number | null {
  const average = Number(node['avg_price_1e9']);
  const arrival = Number(node['arrival_mid_1e9']);
  if (average === 0 || arrival === 0) return null;
  const side = node['side'] === 'buy' ? 1 : -1;
  return (side * (average - arrival) * 10_000) / arrival;
}

function cells(nodeId: string, node: Row): string[] {
  const cost = costBps(node);
  return [
    `  ${nodeId}`,
    String(node['role']),
    String(node['status']),
    `${quantity(node['filled_qty_1e8'])} / ${quantity(node['target_qty_1e8'])}`,
    price(node['avg_price_1e9']),
    price(node['arrival_mid_1e9']),
    cost === null ? '' : cost.toFixed(2),
  ];
}

function line(values: readonly string[]): string {
  return values
    .map((value, i) => (i < 3 ? value.padEnd(WIDTHS[i] ?? 0) : value.padStart(WIDTHS[i] ?? 0)))
    .join(' ')
    .trimEnd();
}

function quantity(value: unknown): string {
  return (Number(value) / 1e8).toFixed(4);
}

function price(value: unknown): string {
  return Number(value) === 0 ? '' : (Number(value) / 1e9).toFixed(2);
}
