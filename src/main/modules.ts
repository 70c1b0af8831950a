/**
 * Modules that trade, beside a scheduler: those of graphs' nodes and those that were deployed. On the wall clock they
 * run on threads of their own, one an account; on virtual time inline, so that a run repeats itself.
 */
import { assert } from '../base/assert.js';
import { runLimits } from '../algo/limits.js';
import type { CoreState } from '../core/state.js';
import type { SharedMarket } from '../market/shared-market.js';
import type { EnginePort } from '../protocol/engine-port.js';
import type { AlgoActionEvent, AlgoEndedEvent } from '../protocol/events.js';
import type { AccountId, Instrument } from '../protocol/universe.js';
import type { History } from '../scheduler/history.js';
import { STALE_AFTER_NS, type MarketView } from '../scheduler/market-view.js';
import { AlgoNodes } from './algo-nodes.js';
import { builtInAlgo } from './built-in-algos.js';
import { DeploymentStore } from './deployment-store.js';
import { Deployments } from './deployments.js';
import type { Guests } from './fused-engine.js';
import { accountRisk } from './guests/account-risk.js';
import type { GuestFactory } from './guests/guest-driver.js';
import { LocalGuests } from './guests/local-guests.js';
import { ThreadGuests, type ThreadGuestsOptions } from './guests/thread-guests.js';
import type { Unit } from './guests/units.js';
import { namedModules } from './named-modules.js';
import { resumeAlgoNodes } from './resume-algo-nodes.js';

export interface ModulesParts {
  readonly engine: EnginePort;
  readonly state: CoreState;
  readonly history: History;
  readonly books: MarketView;
  readonly market: SharedMarket;
  readonly say: (event: AlgoActionEvent | AlgoEndedEvent) => void;
  /** Where deployments are kept; null = with the process. */
  readonly deploymentsFolder: string | null;
  /** Null: inline. */
  readonly threads: ThreadGuestsOptions | null;
}

export interface Modules extends Guests {
  readonly algos: AlgoNodes;
  readonly deployments: Deployments;
  readonly guests: GuestFactory;
  /** Before the first step. @param epoch of a recovered engine, null for a fresh one */
  recover(epoch: number | null): void;
  close(): void;
}

export function openModules(parts: ModulesParts): Modules {
  const { engine, state, history, books, market, say, deploymentsFolder: folder, threads } = parts;
  assert(runLimits.staleAfterNs === STALE_AFTER_NS, 'guests and the engine call the same books stale');
  const guests: GuestFactory = threads === null ? new LocalGuests(books, market) : new ThreadGuests(market, threads);
  const limitsOf = (accountId: AccountId) => state.accounts[accountId]?.limits ?? null;
  const riskOf = (accountId: AccountId, instrument: Instrument, unit: Unit) => accountRisk(limitsOf(accountId), instrument, unit, books);
  const deployments = new Deployments({
    engine, guests, riskOf, limitsOf, store: folder === null ? null : new DeploymentStore(folder), named: () => namedModules(state),
  });
  const algos = new AlgoNodes({
    universe: engine.universe, baseNs: engine.baseNs(), guests, riskOf, say, nowNs: () => engine.nowNs(),
    accountOf: (graphKey) => state.graphs.get(graphKey)?.accountId ?? 0,
    module: (name, accountId) => builtInAlgo(name) ?? deployments.module(name, accountId),
    log: (graphKey, nodeId, label, text) => history.trace({ kind: 'trace', graphKey, nodeId, text: `${label}: ${text}` }, engine.nowNs()),
  });
  return {
    algos, deployments, guests,
    step: (now) => guests.step(now) + algos.step(now) + deployments.step(now),
    nextDueNs: () => Math.min(algos.nextDueNs(), deployments.nextDueNs()),
    recover: (epoch) => {
      const open = epoch === null ? [] : [...state.open.values()].map(({ graphId, accountId }) => ({ graphId, accountId }));
      deployments.recover({ openGraphs: open, fills: (accountId) => history.fills(accountId) });
      if (epoch !== null) resumeAlgoNodes(state, algos, say, epoch, engine.nowNs());
    },
    close: () => {
      deployments.close();
      guests.close();
    },
  };
}
