import * as abi from '../abi/layouts.generated.js';
import { toMultiple, type GuestAction, type RawAction } from './actions.js';
import type { IdSet } from './id-set.js';
import type { ListedOrder, SymbolState } from './symbol-state.js';

/** What the check of a raw entry came to. `counted`: a cancel of an unknown or dead order, no reject. */
export type Verdict = 'ok' | 'skip' | 'counted' | { readonly code: number };

const INVALID: Verdict = { code: abi.REJECT_CODE_INVALID_PARAMS };
const RISK: Verdict = { code: abi.REJECT_CODE_RISK };
const BAD_VENUE: Verdict = { code: abi.REJECT_CODE_BAD_VENUE };

/** What the check looks at beside the entry. */
export interface CheckContext {
  readonly symbols: readonly SymbolState[];
  readonly ids: IdSet;
  readonly maxKind: number;
  /** Only cancels are carried out (shutdown, stop). */
  readonly cancelsOnly: boolean;
  /** abi venue ids that the deployment may name; 0 is always its own. */
  readonly venues: ReadonlySet<number>;
}

/**
 * Judges one entry by the rules of ABI §4 and fills `out`. New orders and intents use up their id even if refused for
 * another reason, so that an id never means two things. Order of checks: id, kind, parameters, venue, room.
 */
export function checkAction(raw: RawAction, context: CheckContext, out: GuestAction): Verdict {
  const { kind } = raw;
  const noId = raw.idHigh === 0 && raw.idLow === 0;
  if (noId && kind === 0 && raw.qtyHigh === 0 && raw.qtyLow === 0) return 'skip';
  out.kind = kind;
  out.idHigh = raw.idHigh;
  out.idLow = raw.idLow;
  out.ref = 0;
  out.symbol = 0;
  if (kind === abi.ACTION_KIND_CANCEL) return checkCancel(context, out);
  if (noId || kind > context.maxKind) return INVALID;
  if (kind === abi.ACTION_KIND_AMEND) return context.cancelsOnly ? 'counted' : checkAmend(raw, context, out);
  if (context.cancelsOnly) return 'counted';
  return checkNew(raw, context, out);
}

function find(context: CheckContext, out: GuestAction): ListedOrder | undefined {
  for (let i = 0; i < context.symbols.length; i++) {
    const order = context.symbols[i]?.byId(out.idHigh, out.idLow);
    if (order === undefined) continue;
    out.symbol = i;
    return order.status === abi.ORDER_STATUS_DEAD ? undefined : order;
  }
  return undefined;
}

function clearTerms(out: GuestAction): void {
  out.venueId = 0;
  out.side = 0;
  out.orderType = 0;
  out.priceTicks = 0;
  out.qtyLots = 0;
  out.policy = 0;
  out.ttlMs = 0;
}

function checkCancel(context: CheckContext, out: GuestAction): Verdict {
  clearTerms(out);
  const order = find(context, out);
  if (order === undefined) return 'counted';
  out.ref = order.ref;
  return 'ok';
}

function checkAmend(raw: RawAction, context: CheckContext, out: GuestAction): Verdict {
  clearTerms(out);
  const order = find(context, out);
  if (order === undefined) return INVALID;
  const { spec } = context.symbols[out.symbol] as SymbolState;
  const price = toMultiple(raw.pxHigh, raw.pxLow, spec.tick1e9);
  const qty = toMultiple(raw.qtyHigh, raw.qtyLow, spec.lot1e8);
  if (price < 0 || qty < 0 || (price === 0 && qty === 0)) return INVALID;
  if (qty !== 0 && qty < order.filledLots) return INVALID;
  out.ref = order.ref;
  out.side = order.side;
  out.priceTicks = price;
  out.qtyLots = qty;
  return 'ok';
}

function checkNew(raw: RawAction, context: CheckContext, out: GuestAction): Verdict {
  clearTerms(out);
  const added = context.ids.add(raw.idHigh, raw.idLow);
  if (added === 'full') return RISK;
  if (added === 'known') return INVALID;
  const symbol = raw.symbolIdx === 0 ? 0 : raw.symbolIdx - 1;
  const state = context.symbols[symbol];
  if (state === undefined || raw.poolIdx !== 0) return INVALID;
  if (raw.side !== 1 && raw.side !== -1) return INVALID;
  const intent = raw.kind === abi.ACTION_KIND_INTENT;
  if (raw.orderType > (intent ? abi.INTENT_POLICY_AGGRESSIVE_CHASE : abi.ORDER_TYPE_POST_ONLY)) return INVALID;
  const qty = toMultiple(raw.qtyHigh, raw.qtyLow, state.spec.lot1e8);
  if (qty <= 0) return INVALID;
  const market = !intent && raw.orderType === abi.ORDER_TYPE_MARKET;
  const price = market ? 0 : toMultiple(raw.pxHigh, raw.pxLow, state.spec.tick1e9);
  if (!market && price <= 0) return INVALID;
  out.symbol = symbol;
  out.venueId = raw.venueId;
  out.side = raw.side;
  out.priceTicks = price;
  out.qtyLots = qty;
  out.orderType = intent ? abi.ORDER_TYPE_IOC : raw.orderType;
  out.policy = intent ? raw.orderType : 0;
  out.ttlMs = intent ? raw.ttlMs : 0;
  if (raw.venueId !== 0 && !context.venues.has(raw.venueId)) return BAD_VENUE;
  return state.orderCount >= abi.MAX_ORDERS ? RISK : 'ok';
}
