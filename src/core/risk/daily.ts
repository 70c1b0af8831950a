/** Daily loss of an account since 00:00 UTC: reducing only at the limit, halted at one and a half (semantics §9). */
import { assert, must } from '../../base/assert.js';
import { sometimes } from '../coverage.js';
import { emitAccount } from '../emit.js';
import type { Account, CoreState } from '../state.js';
import { startTimer, TimerKind } from '../timers.js';
import { PlainFacts } from '../views/told.js';

const DAY_NS = 86_400_000_000_000;

/** Realised + unrealised − fees of all own fills in USD 1e-9. */
export function accountPnl(state: CoreState, account: Account): bigint {
  let pnl = 0n;
  for (const position of account.positions) {
    if (position === null) continue;
    const instrument = must(state.universe.instruments[must(state.universe.listings[position.listing], 'listing').instrument], 'instrument');
    const { midQ } = must(state.markets[instrument.id], 'market');
    let value4 = position.realized.toBigInt() * 4n;
    if (position.lots !== 0 && midQ > 0) value4 += BigInt(position.lots) * BigInt(midQ) - position.cost.toBigInt() * 4n;
    pnl += (value4 * BigInt(instrument.tick1e9) * BigInt(instrument.lot1e8)) / 400_000_000n - position.fees.toBigInt();
  }
  return pnl;
}

export function judgeAccounts(state: CoreState): void {
  for (const account of state.accounts) {
    if (account.limits.maxDailyLossUsd1e9 === null) continue;
    const limit = BigInt(account.limits.maxDailyLossUsd1e9);
    const loss = account.dayBase.toBigInt() - accountPnl(state, account);
    const next = loss > (limit * 3n) / 2n ? 2 : loss > limit ? 1 : account.lossState;
    if (next <= account.lossState) continue;
    assert(loss > limit, 'a daily loss acts beyond its limit only');
    account.lossState = next;
    sometimes(state, 'DAILY_LOSS_HIT');
    emitAccount(state, account.id, 'risk', '', '', new PlainFacts({ type: 'daily_loss', state: next === 2 ? 'halted' : 'reducing_only', loss_usd_1e9: loss.toString() }));
  }
}

/** Midnight UTC: the day starts anew. */
export function startDay(state: CoreState): void {
  for (const account of state.accounts) {
    account.dayBase.setBigInt(accountPnl(state, account));
    account.lossState = 0;
    account.dayStartAtNs = state.tNs;
  }
  const now = BigInt(state.baseNs) + BigInt(state.tNs);
  const next = (now / BigInt(DAY_NS) + 1n) * BigInt(DAY_NS) - BigInt(state.baseNs);
  assert(Number(next) > state.tNs && Number(next) <= state.tNs + DAY_NS, 'the next midnight is within a day');
  startTimer(state, TimerKind.day, Number(next), null);
}
