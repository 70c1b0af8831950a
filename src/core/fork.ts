/**
 * A trial copy of what a new order of one account looks at and changes: its balances, positions and live orders, the
 * markets, the kill switches. Events applied to it do what they would do live and leave the original as it was.
 *
 * What others own (their graphs, timers, waiters, armed edges) is not in it. Costs O(instruments + the account's
 * balances + live orders), whatever else is open.
 */
import { assert, must } from '../base/assert.js';
import { Wide } from '../base/wide.js';
import { createState } from './apply.js';
import { copyNode } from './graph/new-node.js';
import { newMarket, type Market } from './market.js';
import type { Account, AccountPosition, Balance, CoreState, Node, VenueState } from './state.js';

/** Only commands and samples of that account may be applied to the answer: its live orders' nodes are not copied. */
export function forkFor(state: CoreState, accountId: number): CoreState {
  const fork = createState();
  assert(state.accounts[accountId] !== undefined, 'a trial is of an account');
  fork.tNs = state.tNs;
  fork.baseNs = state.baseNs;
  fork.epoch = state.epoch;
  fork.seed = state.seed;
  fork.universe = state.universe;
  fork.kills = state.kills;
  fork.graphSerial = state.graphSerial;
  fork.planted = state.planted;
  fork.accounts = state.accounts.map((account) => (account.id === accountId ? copyAccount(account) : account));
  fork.venues = state.venues.map((venue) => copyVenue(venue, accountId));
  fork.markets = state.markets.map((market) => copyMarket(state, market));
  fork.scratch.trial = [];
  assert(fork.accounts.length === state.accounts.length && fork.markets.length === state.markets.length, 'a trial sees what there is');
  return fork;
}

function copyWide(from: Wide): Wide {
  const to = new Wide();
  to.copyFrom(from);
  assert(to.compare(from) === 0, 'a copy is worth the same');
  return to;
}

function copyAccount(account: Account): Account {
  return {
    ...account,
    balances: account.balances.map((balance) => (balance === null ? null : copyBalance(balance))),
    positions: account.positions.map((position) => (position === null ? null : copyPosition(position))),
    dayBase: copyWide(account.dayBase),
  };
}

function copyBalance(balance: Balance): Balance {
  return { ...balance, total: copyWide(balance.total), reserved: copyWide(balance.reserved) };
}

function copyPosition(position: AccountPosition): AccountPosition {
  return { ...position, cost: copyWide(position.cost), realized: copyWide(position.realized), fees: copyWide(position.fees) };
}

function copyVenue(venue: VenueState, accountId: number): VenueState {
  assert(accountId >= 0, 'a trial is of an account');
  const own = venue.live.filter((child) => child.node.graph.accountId === accountId);
  return { ...venue, live: own.map((child, livePos) => ({ ...child, livePos, unknownTimer: null, node: copyResting(child.node) })) };
}

/** Enough of a resting order's node for it to be told to stay away; its timers stay with the original. */
function copyResting(node: Node): Node {
  const copy = copyNode(node);
  const run = must(node.run, 'run of a node with an order');
  assert(copy !== node && run.live + run.counterLive > 0, 'what rests is live');
  copy.run = { ...run, policyTimer: null, retryTimer: null, horizonTimer: null, gtdTimer: null, alertTimer: null };
  return copy;
}

function copyMarket(state: CoreState, market: Market): Market {
  return {
    ...newMarket(must(state.universe.instruments[market.id], 'instrument of a market')),
    sampledAtNs: market.sampledAtNs,
    quotes: market.quotes.map((quote) => ({ ...quote })),
    prints: market.prints.map((prints) => prints.map((print) => ({ ...print }))),
    freshMask: market.freshMask,
    freshCount: market.freshCount,
    freshChangedAtNs: market.freshChangedAtNs,
    midQ: market.midQ,
    midAtNs: market.midAtNs,
    medianSpreadTicks: market.medianSpreadTicks,
  };
}
