/** What is legal but may surprise (semantics: "The document"). */
import { must } from '../../base/assert.js';
import type { EdgeSpec, NodeSpec, RiskSpec, Warning } from '../graph-spec.js';
import type { Universe } from '../universe.js';
import type { NodeRole } from './roles.js';

export interface WarningInput {
  readonly nodes: readonly NodeSpec[];
  readonly edges: readonly EdgeSpec[];
  readonly risk: RiskSpec;
  readonly roles: readonly NodeRole[];
  readonly universe: Universe;
}

export function warningsOf(input: WarningInput): Warning[] {
  const found: Warning[] = [];
  input.roles.forEach((role, i) => {
    const node = must(input.nodes[i], 'node');
    const field = `/nodes/${i}`;
    if (role.mixed) {
      const message = `${node.nodeId} is an exit or hedge of some parents and not of others: it counts as opening`;
      found.push({ code: 'MIXED_ROLE', message, field });
    }
    if (role.role === 'hedge' && overHedges(i, input)) {
      const message = `${node.nodeId} may be larger than what its parent has filled when it starts; size its edge`;
      found.push({ code: 'OVER_HEDGE', message, field });
    }
    if (role.role === 'exit' && exceedsParents(i, role, input)) {
      const message = `${node.nodeId} is larger than what it exits: it is capped at what is filled`;
      found.push({ code: 'EXIT_CAPPED', message, field });
    }
    const hedges = input.roles.flatMap((other, h) => (other.role === 'hedge' && other.parents.includes(i) ? [h] : []));
    if (hedges.length > 0 && hasExits(i, input.roles)) {
      for (const h of hedges) {
        if (hasExits(h, input.roles)) continue;
        const hedge = must(input.nodes[h], 'hedge').nodeId;
        const message = `${node.nodeId} has exits, its hedge ${hedge} has none and stays open after them`;
        found.push({ code: 'HEDGE_NOT_UNWOUND', message, field: `/nodes/${h}` });
      }
    }
  });
  const { maxDrawdownUsd1e9: drawdown, maxLossUsd1e9: loss } = input.risk.runtime;
  if (drawdown !== null && loss !== null && BigInt(drawdown) < BigInt(loss)) {
    const message = 'max_drawdown_usd is below max_loss_usd: the drawdown limit acts first';
    found.push({ code: 'DRAWDOWN_BELOW_LOSS', message, field: '/risk/runtime/max_drawdown_usd' });
  }
  return found;
}

function hasExits(p: number, roles: readonly NodeRole[]): boolean {
  return roles.some((role) => role.role === 'exit' && role.parents.includes(p));
}

/** Own quantity in base units at 1e-8; null where it is money or comes from the edges. */
function size1e8(node: NodeSpec, universe: Universe): bigint | null {
  if (node.quantity.kind !== 'fixed') return null;
  return BigInt(node.quantity.lots) * BigInt(must(universe.instruments[node.instrument], 'instrument').lot1e8);
}

function overHedges(index: number, input: WarningInput): boolean {
  const own = size1e8(must(input.nodes[index], 'hedge'), input.universe);
  if (own === null) return false;
  return input.edges.some((edge) => {
    if (edge.to !== index || edge.sizing.kind !== 'none') return false;
    const target = size1e8(must(input.nodes[edge.from], 'parent'), input.universe);
    if (target === null) return false;
    // Filled for certain when it fires, in 1e-16: the ratio asked for, everything, or nothing known.
    const trigger = edge.trigger;
    const ratio = trigger.kind === 'on_fill_ratio' ? trigger.ratioE8 : trigger.kind === 'on_full_fill' ? 1e8 : 0;
    return own * 100_000_000n > target * BigInt(ratio);
  });
}

function exceedsParents(index: number, role: NodeRole, input: WarningInput): boolean {
  const own = size1e8(must(input.nodes[index], 'exit'), input.universe);
  if (own === null) return false;
  if (!input.edges.some((edge) => edge.to === index && edge.sizing.kind === 'none')) return false;
  let total = 0n;
  for (const p of role.parents) {
    const size = size1e8(must(input.nodes[p], 'P'), input.universe);
    if (size === null) return false;
    total += size;
  }
  return own > total;
}
