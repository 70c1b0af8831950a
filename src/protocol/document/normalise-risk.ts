/** The four risk layers of a document to a `RiskSpec`, with defaults. */
import type { FailureAction, RiskSpec } from '../graph-spec.js';
import type { VenueId } from '../universe.js';
import type { DocumentContext } from './context.js';
import { type Field, flagOf, listOf, member, numberOf, plainNumberOf, scaledOf, textOf, wordOf } from './fields.js';
import { moneyOf } from './normalise-edge.js';
import { type Problems, shown } from './problems.js';
import { knownList } from './resolver.js';

const NS_PER_MS = 1_000_000;
/** How long a hedge's protected part may stay unhedged. */
const HEDGE_FAIL_MS = 5_000;

export function normaliseRisk(risk: Field, context: DocumentContext, problems: Problems): RiskSpec {
  const admission = member(risk, 'admission');
  const preTrade = member(risk, 'pre_trade');
  const runtime = member(risk, 'runtime');
  const failure = member(risk, 'failure');
  const unhedged = scaledOf(member(runtime, 'max_unhedged_qty_1e8'), 0);
  return {
    admission: {
      maxNotionalUsd1e9: moneyOf(member(admission, 'max_notional_usd'), problems),
      maxLeverageE8: leverageOf(member(admission, 'max_leverage'), problems),
      requiredVenues: venuesOf(member(admission, 'required_venues'), context, problems),
    },
    preTrade: {
      maxSlippageBps: plainNumberOf(member(preTrade, 'max_slippage_bps')) ?? null,
      requireBalanceCheck: flagOf(member(preTrade, 'require_balance_check')) ?? true,
    },
    runtime: {
      maxUnhedgedQty1e8: unhedged?.toString() ?? null,
      maxLossUsd1e9: moneyOf(member(runtime, 'max_loss_usd'), problems),
      maxDrawdownUsd1e9: moneyOf(member(runtime, 'max_drawdown_usd'), problems),
    },
    failure: {
      onRuntimeBreach: (wordOf(member(failure, 'on_runtime_breach')) ?? 'cancel_all_open') as FailureAction,
      onDisconnect: (wordOf(member(failure, 'on_disconnect')) ?? 'pause_graph') as RiskSpec['failure']['onDisconnect'],
      onNodeFailure: (wordOf(member(failure, 'on_node_failure')) ?? null) as RiskSpec['failure']['onNodeFailure'],
      hedgeFailNs: (plainNumberOf(member(failure, 'hedge_fail_ms')) ?? HEDGE_FAIL_MS) * NS_PER_MS,
      flattenBuyback: flagOf(member(failure, 'flatten_buyback')) ?? false,
    },
  };
}

function leverageOf(field: Field, problems: Problems): number | null {
  if (numberOf(field) === undefined || problems.covers(field.at)) return null;
  const scaled = scaledOf(field, 8);
  if (scaled !== undefined && scaled > 0n) return Number(scaled);
  problems.add(field.at, 'RANGE', 'expected a leverage above zero with at most 8 decimals');
  return null;
}

function venuesOf(field: Field, context: DocumentContext, problems: Problems): VenueId[] {
  const ids = new Set<VenueId>();
  listOf(field).forEach((value, i) => {
    const name = textOf({ value, at: '' });
    if (name === undefined) return;
    const venue = context.resolver.venue(name);
    if (venue !== undefined) ids.add(venue.id);
    else {
      const message = `no venue ${shown(name)}; ${knownList(context.resolver.venueNames())}`;
      problems.add(`${field.at}/${i}`, 'UNKNOWN_VENUE', message);
    }
  });
  return [...ids].sort((a, b) => a - b);
}
