/**
 * The engine thread's round: commands and reports off their rings, the scheduler's cycle, requests and answers onto
 * theirs. Owns the core's state, the journal and the history. Doesn't know its thread.
 */
import { must } from '../../base/assert.js';
import type { CoreState } from '../../core/state.js';
import { CounterWriter } from '../../memory/counters.js';
import { plainEvent } from '../../protocol/account-event.js';
import { EventDecoder } from '../../protocol/codec/event-decoder.js';
import type { Command, Reply } from '../../protocol/commands.js';
import type { AccountEvent, Effect, VenueOrder } from '../../protocol/effects.js';
import type { EnginePort, Query, QueryReply } from '../../protocol/engine-port.js';
import { EventType } from '../../protocol/events.js';
import type { AccountId, VenueId } from '../../protocol/universe.js';
import type { Agent } from '../../runtime/agent.js';
import { recordHistory, type History } from '../../scheduler/history.js';
import type { MarketView } from '../../scheduler/market-view.js';
import { Scheduler, type OrderGate, type Said, type SchedulerOptions } from '../../scheduler/scheduler.js';
import { answerQuery, type AnswerSource } from '../answers.js';
import type { Clock } from '../clock.js';
import { writeCore, writeMarket, writeSnapshots, type EngineFigures } from '../engine-figures.js';
import type { Modules } from '../modules.js';
import { markGraph, type GraphMark } from './kill-board.js';
import {
  ACCOUNT, ALERT, ANSWER, ASK, DEPLOY, DEPLOYED, DEPLOYMENT_EVENT, REPLY, type Answered, type Asked, type Deployed, type DeploymentAnswered,
  type Replied,
} from './messages.js';
import { CANCEL, QUERY, RECONCILE, SETTLE, sendAmend, sendKnown, sendPlace, sendRequest } from './order-record.js';
import type { Outbox } from './outbox.js';
import type { RecordReceiver, TakeRecord } from './record-receiver.js';
import { STAMP_BYTES, type RecordSender } from './record-sender.js';
import { readValue, sendValue } from './value-codec.js';
import { callDeployments } from './threaded-deployments.js';
import type { Settlement } from './venue-agent.js';

/** Taken from each ring a round. */
const RECORDS_MAX = 256;
/** Freshness is looked at this often: silence makes no sound of its own. */
const SILENCE_CHECK_NS = 100_000_000;
/** While modules run. */
const MODULES_NS = 1_000_000;
/** While so many batches wait for the main thread, account events are left out: it asks for them again. */
const OUTBOX_WAITING_MAX = 256;

export interface EngineAgentParts {
  readonly name: string;
  readonly clock: Clock;
  readonly market: MarketView;
  readonly history: History;
  readonly outbox: Outbox;
  /** By venue. */
  readonly orders: readonly RecordSender[];
  readonly scheduler: Omit<SchedulerOptions<CoreState>, 'gate' | 'listener' | 'market'>;
  readonly figures: EngineFigures;
  readonly answers: Pick<AnswerSource, 'stamps' | 'snapshots'>;
}

export class EngineAgent implements Agent {
  readonly name: string;
  readonly scheduler: Scheduler<CoreState>;
  /** The engine as its own thread sees it: for the host of modules. */
  readonly port: EnginePort;
  /** Account events left out because the main thread did not keep up. */
  left = 0;
  readonly #parts: EngineAgentParts;
  readonly #source: AnswerSource;
  readonly #decoder = new EventDecoder();
  readonly #senders: readonly RecordSender[];
  readonly #wasAlive: boolean[];
  readonly #figures: { readonly core: CounterWriter; readonly market: CounterWriter; readonly snapshots: CounterWriter };
  readonly #graph: GraphMark = { low: 0, high: 0 };
  readonly #accountListeners = new Set<(event: AccountEvent) => void>();
  #modules: Modules | null = null;
  /** Calls of the deployment port under way. */
  #deploying = 0;
  #rings: readonly RecordReceiver[] = [];
  #nextSilenceCheckNs = 0;
  #nowNs: number;

  constructor(parts: EngineAgentParts) {
    this.name = parts.name;
    this.#parts = parts;
    this.#nowNs = parts.clock.nowNs();
    this.#senders = [...new Set(parts.orders)];
    this.#wasAlive = parts.scheduler.universe.venues.map(() => false);
    this.scheduler = new Scheduler<CoreState>({
      ...parts.scheduler, market: parts.market, gate: this.gate, listener: { effect: (effect, tNs) => this.#tell(effect, tNs) },
    });
    this.#source = {
      state: this.scheduler.state, history: parts.history, market: parts.market, startedNs: this.#nowNs, nowNs: () => this.#nowNs,
      ...parts.answers,
    };
    const { core, market, snapshots } = parts.figures;
    this.#figures = { core: new CounterWriter(core), market: new CounterWriter(market), snapshots: new CounterWriter(snapshots) };
    this.port = this.#ownPort();
  }

  /** Once, before the first round: commands first, then the venues' reports. */
  open(rings: readonly RecordReceiver[]): void {
    this.#rings = rings;
    this.scheduler.open(this.#nowNs);
  }

  /** Requests to the venues' threads. */
  readonly gate: OrderGate = {
    place: ({ order }, stamps) => this.#place(order, stamps),
    cancel: ({ venue, accountId, clientOrderId }) => sendRequest(this.#to(venue), CANCEL, venue, accountId, clientOrderId),
    amend: ({ venue, accountId, clientOrderId, lots, limitTicks }) =>
      sendAmend(this.#to(venue), venue, accountId, clientOrderId, lots, limitTicks),
    query: ({ venue, accountId, clientOrderId }) => sendRequest(this.#to(venue), QUERY, venue, accountId, clientOrderId),
    queryPosition: (venue, accountId) => sendRequest(this.#to(venue), RECONCILE, venue, accountId, ''),
  };

  doWork(): number {
    const { clock, market } = this.#parts;
    let done = 0;
    for (const sender of this.#senders) done += sender.flush();
    for (const ring of this.#rings) done += ring.receive(RECORDS_MAX);
    this.#nowNs = clock.nowNs();
    market.setNow(this.#nowNs);
    if (this.#nowNs >= this.#nextSilenceCheckNs) {
      this.#nextSilenceCheckNs = this.#nowNs + SILENCE_CHECK_NS;
      market.noticeSilence(this.#nowNs, this.#wasAlive);
      this.#writeFigures();
    }
    done += this.#modules?.step(this.#nowNs) ?? 0;
    done += this.scheduler.doWork(this.#nowNs);
    return done + this.#parts.outbox.flush();
  }

  nextDueNs(): number {
    const modulesNs = this.#modules?.nextDueNs() ?? Infinity;
    const dueNs = Math.min(this.scheduler.nextDueNs(), this.#nextSilenceCheckNs);
    // Threads of modules have no bell here: while there are some, their rings and messages are looked at.
    return modulesNs === Infinity && this.#deploying === 0 ? dueNs : Math.min(dueNs, modulesNs, this.#nowNs + MODULES_NS);
  }

  waitsForNews(): boolean {
    return this.scheduler.waitsForNews();
  }

  /** Modules that trade, before the first round; they speak to the engine by `port`. */
  host(modules: Modules): void {
    this.#modules = modules;
    modules.deployments.onEvent((event) => this.#parts.outbox.put(DEPLOYMENT_EVENT, event));
  }

  onClose(): void {
    for (const sender of this.#senders) sender.flush();
    this.#modules?.close();
    this.#parts.outbox.flush();
  }

  /** What an earlier life left at the venues: their threads cancel it if a kill switch says so while this one hangs. */
  tellLive(): void {
    for (const { live } of this.scheduler.state.venues) {
      for (const { venue, clientOrderId, node } of live) {
        const { accountId, graphId } = node.graph;
        sendKnown(this.#to(venue), { venue, accountId, clientOrderId }, node.role !== 'opening', markGraph(graphId, this.#graph));
      }
    }
  }

  /** Balances and positions set by hand are the simulated venues' as well. */
  settle(settlement: Settlement): void {
    for (const sender of new Set(this.#parts.orders)) sendValue(sender, SETTLE, settlement);
  }

  /** Carries out one record of the main thread. */
  readonly fromMain: TakeRecord = (type, from, at, length) => {
    if (type === ASK) {
      const { id, accountId, query } = readValue(from.uint8, at, length) as Asked; // the port's
      const answered: Answered = { id, reply: copyable(query, answerQuery(this.#source, accountId, query)) };
      return this.#parts.outbox.put(ANSWER, answered);
    }
    if (type === DEPLOY) return this.#deploy(readValue(from.uint8, at, length) as Deployed); // the port's
    const event = this.#decoder.decode(type, from.uint8, from.view, at + STAMP_BYTES, length - STAMP_BYTES);
    if (event.type !== EventType.command) throw new RangeError(`the main thread sends commands, not events of type ${event.type}`);
    const { accountId, commandId, command } = event;
    return this.scheduler.command(
      accountId, command, (reply) => this.#reply(commandId, accountId, command, reply), from.view.getFloat64(at, true),
    );
  };

  /** Takes what a venue said for the next cycle. */
  readonly fromVenue: TakeRecord = (type, { uint8, view }, at, length) => {
    this.scheduler.venueSaid(this.#decoder.decode(type, uint8, view, at + STAMP_BYTES, length - STAMP_BYTES) as Said); // a VenueSink's
  };

  #writeFigures(): void {
    const { market, answers } = this.#parts;
    writeCore(this.#figures.core, this.scheduler.events, this.left, this.scheduler.state.kept.cut);
    writeMarket(this.#figures.market, market);
    if (answers.snapshots !== undefined) writeSnapshots(this.#figures.snapshots, answers.snapshots());
  }

  #ownPort(): EnginePort {
    const { universe, accounts, baseNs } = this.#parts.scheduler;
    return {
      universe, accounts, books: this.#parts.market, baseNs: () => baseNs, nowNs: () => this.#nowNs,
      command: (accountId, command, done) => this.scheduler.command(accountId, command, done),
      query: (accountId, query, done) => done(answerQuery(this.#source, accountId, query)),
      onAccountEvent: (listener) => {
        this.#accountListeners.add(listener);
        return () => this.#accountListeners.delete(listener);
      },
      onAlert: () => () => undefined,
    };
  }

  #deploy({ id, accountId, call }: Deployed): void {
    const { outbox } = this.#parts;
    const answer = (reply: DeploymentAnswered['reply']): void => {
      this.#deploying--;
      const answered: DeploymentAnswered = { id, reply };
      outbox.put(DEPLOYED, answered);
    };
    this.#deploying++;
    callDeployments(must(this.#modules, 'host of modules').deployments, accountId, call, answer);
  }

  #reply(id: number, accountId: AccountId, command: Command, reply: Reply): void {
    if (reply.ok && command.kind === 'set_balances') this.settle({ accountId, command });
    const replied: Replied = { id, reply };
    this.#parts.outbox.put(REPLY, replied);
  }

  #tell(effect: Effect, tNs: number): void {
    const { history, outbox } = this.#parts;
    switch (effect.kind) {
      case 'account':
        history.account(effect);
        for (const listener of this.#accountListeners) listener(effect);
        if (outbox.waiting > OUTBOX_WAITING_MAX) this.left++;
        else outbox.put(ACCOUNT, plainEvent(effect));
        break;
      case 'trace':
      case 'time_base': recordHistory(history, effect, tNs); break;
      case 'alert': outbox.put(ALERT, effect); break;
      case 'algo_start':
      case 'algo_stop':
      case 'algo_report': this.#modules?.algos.effect(effect); break;
      default:
    }
  }

  /** What is not known to be an exit or a hedge counts as opening. */
  #place(order: VenueOrder, stamps: Float64Array | null): void {
    const node = this.scheduler.state.children.get(order.clientOrderId)?.node;
    const graph = markGraph(node?.graph.graphId ?? '', this.#graph);
    sendPlace(this.#to(order.venue), order, node !== undefined && node.role !== 'opening', graph, stamps);
  }

  #to(venue: VenueId): RecordSender {
    return must(this.#parts.orders[venue], 'orders ring of a venue');
  }
}

/** The answer as it may be handed to another thread: events make what they say when they are read. */
function copyable(query: Query, reply: QueryReply): QueryReply {
  if (query.kind !== 'events' || !reply.ok) return reply;
  const body = reply.body as { readonly events: readonly AccountEvent[] }; // answers.ts
  return { ...reply, body: { ...body, events: body.events.map(plainEvent) } };
}
