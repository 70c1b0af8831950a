/**
 * The core: one pure function from a state and an event to effects. No clock, no randomness, no I/O, no promise; what
 * is not in the event or the state cannot matter. Effects come in the order in which they must be carried out.
 */
import { assert, unreachable } from '../base/assert.js';
import type { Out } from '../protocol/effects.js';
import { EventType, type EngineEvent, type TimeBaseEvent, type UniverseEvent } from '../protocol/events.js';
import { Wide } from '../base/wide.js';
import { shiftTimes } from './codec.js';
import { sometimes } from './coverage.js';
import { emit, traceMix } from './emit.js';
import { onCommand } from './graph/commands.js';
import { GraphIndex } from './graph/graph-index.js';
import { KEEP_BYTES_AT_FIRST } from './graph/kept.js';
import { newTermsTable } from './graph/terms.js';
import { newMarkets } from './market.js';
import { ORDER_ROOM } from './orders/aside.js';
import { ChildIndex } from './orders/child-index.js';
import { onOpenOrders, onReport } from './orders/reports.js';
import { onAlgoAction, onAlgoEnded } from './policies/algo.js';
import { startDay } from './risk/daily.js';
import { onSample } from './sample.js';
import { settle } from './settle.js';
import type { Account, CoreState } from './state.js';
import { onTimers } from './timer-events.js';
import { onBalance, onVenuePosition, onVenueStatus, resumeAfter } from './venue-events.js';

/** Applies one event. Never throws for anything an event says; an `InvariantError` means the core is broken. */
export function apply(state: CoreState, event: EngineEvent, out: Out): void {
  state.scratch.out = out;
  assert(state.scratch.dirtyNodes.length === 0 && state.scratch.sample === null, 'an event begins with nothing left of the last');
  if (event.type === EventType.timeBase) onTimeBase(state, event);
  assert(event.tNs >= state.tNs, 'engine time never goes back');
  state.tNs = event.tNs;
  traceMix(state, event.type);
  dispatch(state, event);
  settle(state);
  assert(state.scratch.dirtyNodes.length === 0 && state.scratch.wanted.length === 0, 'an event leaves no work behind');
  state.scratch.sample = null;
}

function dispatch(state: CoreState, event: EngineEvent): void {
  switch (event.type) {
    case EventType.sample:
      return onSample(state, event);
    case EventType.report:
      return onReport(state, event);
    case EventType.timer:
      return onTimers(state, event.tNs);
    case EventType.command:
      return onCommand(state, event.accountId, event.commandId, event.command);
    case EventType.venueStatus:
      return onVenueStatus(state, event);
    case EventType.balance:
      return onBalance(state, event);
    case EventType.venuePosition:
      return onVenuePosition(state, event);
    case EventType.algoAction:
      return onAlgoAction(state, event);
    case EventType.algoEnded:
      return onAlgoEnded(state, event);
    case EventType.openOrders:
      onOpenOrders(state, event);
      return resumeAfter(state, event.venue);
    case EventType.universe:
      return onUniverse(state, event);
    case EventType.timeBase:
      return undefined;
    default:
      return unreachable(event);
  }
}

/** A new base shifts every stored time; a new epoch makes client order ids that no earlier process made. */
function onTimeBase(state: CoreState, event: TimeBaseEvent): void {
  if (state.baseNs !== '' && state.baseNs !== event.baseNs) {
    const shift = Number(BigInt(state.baseNs) - BigInt(event.baseNs));
    shiftTimes(state, shift);
    assert(Number.isSafeInteger(shift), 'times shift by whole ns');
    state.tNs = Math.max(0, state.tNs + shift);
    state.kills = state.kills.map((kill) => ({ ...kill, sinceNs: kill.sinceNs + shift }));
    emit(state, { kind: 'time_base', shiftNs: shift });
    sometimes(state, 'TIME_BASE_SHIFTED');
  }
  const restarted = state.epoch !== 0 && event.epoch !== state.epoch;
  state.baseNs = event.baseNs;
  state.epoch = event.epoch;
  state.seed = event.seed;
  assert(state.epoch > 0 && state.baseNs !== '', 'a process has a number and a base of time');
  // Answers that a dead process owed count as lost.
  if (restarted) for (const entries of state.repeats.values()) for (const entry of entries) if (entry.state === 0) entry.state = 2;
}

function onUniverse(state: CoreState, event: UniverseEvent): void {
  if (state.markets.length > 0) {
    // The same universe again after a restart: venues start disconnected, everything else stays.
    assert(JSON.stringify(state.universe) === JSON.stringify(event.universe), 'the universe of a state does not change');
    return;
  }
  state.universe = event.universe;
  state.markets = newMarkets(event.universe);
  state.venues = event.universe.venues.map(() => ({
    connected: 0, reconciled: 0, credentialsValid: 0, sinceAtNs: -1, reconciledAtNs: -1, live: [],
  }));
  state.accounts = event.accounts.map((_, id) => newAccount(id));
  assert(state.venues.length === state.universe.venues.length && state.accounts.length > 0, 'a universe has venues and accounts');
  assert(state.baseNs !== '', 'the time base comes before the universe');
  startDay(state);
}

function newAccount(id: number): Account {
  return {
    id, seq: 0,
    limits: {
      maxOrderNotionalUsd1e9: null, maxOrderQty1e8: null, maxPositionUsd1e9: null, maxDailyLossUsd1e9: null,
      maxOrderRate: null, reduceOnly: false,
    },
    balances: [], positions: [], rateAtNs: -1, rateCount: 0, dayStartAtNs: -1, dayBase: new Wide(), lossState: 0,
  };
}

const NOWHERE: Out = { push: () => undefined };

export function createState(): CoreState {
  const graphs = new GraphIndex();
  return {
    version: 1, tNs: 0, baseNs: '', epoch: 0, seed: 0,
    universe: { assets: [], instruments: [], venues: [], listings: [] },
    accounts: [], venues: [], markets: [], graphs, open: new Map(), children: new ChildIndex(graphs), endedQueue: [],
    endedHead: 0, ended: graphs.ended,
    keep: { wholeBytes: KEEP_BYTES_AT_FIRST.whole, recordBytes: KEEP_BYTES_AT_FIRST.records },
    kept: { wholeBytes: 0, recordBytes: 0, cut: 0, toldAtNs: -1 },
    repeats: new Map(), parked: [], kills: [], orphanExecs: [], awayOrders: new Map(),
    timers: { items: [] }, timerSeq: 0, graphSerial: 0, traceA: 0x9747_b28c, traceB: 0x3c6e_f372, traceCount: 0,
    tracing: false, muted: false, planted: 0, coverage: null,
    scratch: {
      out: NOWHERE, sample: null, dirtyNodes: [], dirtyGraphs: [], wanted: [], terms: newTermsTable(), said: '', touched: null, stepping: null, want: 0, toldChild: null, told: null,
      resting: null, algoOrders: new WeakMap(), orderRoom: ORDER_ROOM, trial: null,
    },
  };
}
