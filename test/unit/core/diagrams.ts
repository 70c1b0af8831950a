/** State diagrams (Mermaid) of the core's tables, and the page with them put in between its markers. */
import { graphInputs, graphStatuses, graphTable } from '../../../src/core/graph/graph-table.js';
import { nodeInputs, nodeStatuses, nodeTable } from '../../../src/core/graph/node-table.js';
import { childInputs, childStates, childTable } from '../../../src/core/orders/child-table.js';

type Table = Readonly<Record<string, Readonly<Record<string, string | null>>>>;

function diagram(states: readonly string[], inputs: readonly string[], table: Table): string {
  const lines = ['```mermaid', 'stateDiagram-v2', `  [*] --> ${states[0] ?? ''}`];
  for (const state of states) {
    const byTarget = new Map<string, string[]>();
    for (const input of inputs) {
      const target = table[state]?.[input] ?? null;
      if (target === null || target === state) continue;
      byTarget.set(target, [...(byTarget.get(target) ?? []), input]);
    }
    for (const [target, names] of byTarget) lines.push(`  ${state} --> ${target}: ${names.join(', ')}`);
  }
  return [...lines, '```'].join('\n');
}

export function withDiagrams(page: string): string {
  const parts: Readonly<Record<string, string>> = {
    child: diagram(childStates, childInputs, childTable),
    node: diagram(nodeStatuses, nodeInputs, nodeTable),
    graph: diagram(graphStatuses, graphInputs, graphTable),
  };
  let out = page;
  for (const [name, text] of Object.entries(parts)) {
    const pattern = new RegExp(`<!-- ${name} -->[\\s\\S]*?<!-- /${name} -->`);
    out = out.replace(pattern, `<!-- ${name} -->\n${text}\n<!-- /${name} -->`);
  }
  return out;
}
