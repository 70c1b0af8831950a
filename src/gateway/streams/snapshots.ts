/** The present state of an account's channels, for a client that starts or missed too much. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { limits } from '../../base/limits.js';
import type { AccountEvent } from '../../protocol/effects.js';
import type { AccountId } from '../../protocol/universe.js';
import { eventsOf } from '../account-events.js';
import type { GatewayContext } from '../context.js';
import { ask } from '../engine.js';
import { limitsView } from '../routes/account.js';
import type { AccountChannel } from './channels.js';

/** Pages of a list that a snapshot reads; beyond them it says `truncated`. */
const PAGES_MAX = 20;
/** Of a page that are on the one before it. */
const OVERLAP_ROWS = 100;
const openOrders = ['NEW', 'WORKING', 'PARTIAL'] as const;
const openGraphs = ['submitted', 'active', 'paused', 'cancelling'] as const;

export interface Kept {
  /** The account's present sequence. */
  readonly seq: number;
  /** Events after `fromSeq`; null when some are no longer kept. */
  readonly events: readonly AccountEvent[] | null;
}

/** What is kept after `fromSeq`, in order. */
export async function eventsAfter(gateway: GatewayContext, account: AccountId, fromSeq: number): Promise<Kept> {
  const query = { kind: 'events', fromSeq, limit: 2 * limits.accountEventsKept } as const;
  const body = (await ask(gateway.port, account, query)) as { readonly seq?: unknown; readonly resync?: unknown };
  const events = eventsOf(body);
  const last = events.at(-1)?.seq ?? fromSeq;
  const seq = typeof body.seq === 'number' ? body.seq : last;
  const whole = body.resync !== true && fromSeq <= seq && (events[0]?.seq ?? fromSeq + 1) === fromSeq + 1 && last === seq;
  return { seq, events: whole ? events : null };
}

/** The account's present sequence. */
export async function presentSeq(gateway: GatewayContext, account: AccountId): Promise<number> {
  const query = { kind: 'events', fromSeq: Number.MAX_SAFE_INTEGER, limit: 1 } as const;
  const body = (await ask(gateway.port, account, query)) as { readonly seq?: unknown };
  return typeof body.seq === 'number' ? body.seq : 0;
}

/** The `data` of each snapshot frame of a channel: one for each open order, one in all for graphs and risk. */
export async function snapshotOf(gateway: GatewayContext, account: AccountId, channel: AccountChannel): Promise<unknown[]> {
  switch (channel) {
    case 'orders': {
      const rows: unknown[] = [];
      for (const status of openOrders) rows.push(...(await pages(gateway, account, { kind: 'orders', status })).rows);
      return rows;
    }
    case 'graphs': {
      const graphs: unknown[] = [];
      let truncated = false;
      for (const status of openGraphs) {
        const part = await pages(gateway, account, { kind: 'graphs', status });
        graphs.push(...part.rows);
        truncated ||= part.truncated;
      }
      return [{ graphs, ...(truncated ? { truncated } : {}) }];
    }
    case 'risk':
      return [await riskState(gateway, account)];
    default:
      return [];
  }
}

async function riskState(gateway: GatewayContext, account: AccountId): Promise<unknown> {
  const { port } = gateway;
  const [positions, own, kills] = await Promise.all([
    ask(port, account, { kind: 'positions', includeClosed: false }),
    ask(port, account, { kind: 'limits' }),
    ask(port, account, { kind: 'kill_switch' }),
  ]);
  const { totals } = positions as { readonly totals: unknown };
  const killed = (kills as { readonly active?: readonly unknown[] }).active ?? [];
  return { type: 'snapshot', totals, limits: limitsView(own), kill_switch: killed.length > 0 };
}

interface ListOf {
  readonly kind: 'orders' | 'graphs';
  readonly status?: string;
}

async function pages(
  gateway: GatewayContext,
  account: AccountId,
  list: ListOf,
): Promise<{ rows: unknown[]; truncated: boolean }> {
  const key = list.kind === 'orders' ? 'node_order_id' : 'graph_id';
  const rows = new Map<unknown, unknown>();
  let offset = 0;
  let more = true;
  for (let page = 0; more && page < PAGES_MAX; page++) {
    // The thread that answers trades, too.
    if (page > 0) await nextTurn();
    const body = (await ask(gateway.port, account, { ...list, limit: limits.listRowsMax, offset })) as Readonly<Record<string, unknown>>;
    const found = body[list.kind] as readonly Readonly<Record<string, unknown>>[];
    // Rows that went meanwhile move up those behind them: a page that doesn't overlap the one before may have passed some over.
    const isJoined = offset === 0 || found.some((row) => rows.has(row[key]));
    if (isJoined) for (const row of found) rows.set(row[key], row);
    more = !isJoined || body['has_more'] === true;
    offset = isJoined ? offset + found.length - OVERLAP_ROWS : Math.max(0, offset - limits.listRowsMax);
  }
  return { rows: [...rows.values()], truncated: more };
}
