/**
 * The engine as the main thread sees it: the gateway's port over the rings to and from the engine thread, prices from
 * the shared books. An engine thread that hangs does not hang the main thread: questions are refused after a while,
 * kill switches are carried out by the venues' threads.
 */
import { CounterWriter } from '../../memory/counters.js';
import type { DoorbellRinger } from '../../memory/doorbell.js';
import { EventEncoder } from '../../protocol/codec/event-encoder.js';
import type { Command, KillScope, Reply } from '../../protocol/commands.js';
import type { AccountEvent, Effect } from '../../protocol/effects.js';
import type { DeploymentEvent } from '../../protocol/deployment-port.js';
import type { BookAccess, EnginePort, Query, QueryReply, ThreadRow } from '../../protocol/engine-port.js';
import { EventType } from '../../protocol/events.js';
import type { AccountId, Universe } from '../../protocol/universe.js';
import type { Agent } from '../../runtime/agent.js';
import type { MarketView } from '../../scheduler/market-view.js';
import { gaugeText } from '../../telemetry/exposition.js';
import { telemetryText } from '../../telemetry/shared-telemetry.js';
import { AccountStream } from './account-stream.js';
import { countersText, writeMarket } from '../engine-figures.js';
import { ENGINE_THREAD, MAIN_THREAD, type EngineMemory } from './engine-memory.js';
import { coveredCells, KillBoardReader } from './kill-board.js';
import type { KillCommand, KillOrClear, KillSwitches } from './kill-switches.js';
import {
  ACCOUNT, ALERT, ANSWER, ASK, DEPLOY, DEPLOYED, DEPLOYMENT_EVENT, REPLY, type Answered, type Asked, type Deployed, type DeploymentAnswered,
  type Replied,
} from './messages.js';
import { readBatch } from './outbox.js';
import { RecordReceiver } from './record-receiver.js';
import { RecordSender } from './record-sender.js';
import { ThreadedDeployments } from './threaded-deployments.js';
import type { ThreadClock } from './thread-clock.js';
import { sendValue } from './value-codec.js';

/** Batches. */
const RECORDS_MAX = 16;
/** A kill switch that the engine thread has not answered by then is carried out without it. */
const KILL_GRACE_MS = 100;
/** Commands and questions that the engine thread may owe an answer: more are refused. */
const OWED_MAX = 50_000;
const CHECK_MS = 50;

type Alert = Extract<Effect, { kind: 'alert' }>;

export interface ThreadedPortParts {
  readonly universe: Universe;
  readonly accounts: readonly string[];
  readonly baseNs: bigint;
  readonly clock: ThreadClock;
  readonly memory: EngineMemory;
  readonly market: MarketView;
  readonly engineBell: DoorbellRinger;
  readonly switches: KillSwitches;
  /** Null while the engine thread works, else what is wrong with it. */
  readonly trouble: () => string | null;
  /** The main thread has something to look for. */
  readonly wake: () => void;
  readonly threads: () => readonly ThreadRow[];
}

interface OwedReply {
  readonly command: Command;
  readonly sinceMs: number;
  readonly done: (reply: Reply) => void;
}

export class ThreadedPort implements EnginePort, Agent {
  readonly name = MAIN_THREAD;
  readonly universe: Universe;
  readonly accounts: readonly string[];
  readonly books: BookAccess;
  readonly deployments: ThreadedDeployments;
  readonly #parts: ThreadedPortParts;
  readonly #commands: RecordSender;
  readonly #outbox: RecordReceiver;
  readonly #mainMarket: CounterWriter;
  readonly #encoder = new EventEncoder();
  readonly #replies = new Map<number, OwedReply>();
  readonly #answers = new Map<number, (reply: QueryReply) => void>();
  /** Kill switches and their clearing whose caller was answered without the engine: its late word still counts for the board. */
  readonly #late = new Map<number, KillOrClear>();
  readonly #stream: AccountStream;
  readonly #accountListeners = new Set<(event: AccountEvent) => void>();
  readonly #alertListeners = new Set<(alert: Alert) => void>();
  /** Why nothing is taken any more. */
  #ended: string | null = null;
  #nextId = 1;
  #nextCheckMs = 0;

  constructor(parts: ThreadedPortParts) {
    this.#parts = parts;
    this.universe = parts.universe;
    this.accounts = parts.accounts;
    this.#mainMarket = new CounterWriter(parts.memory.mainMarket);
    this.#commands = new RecordSender(parts.memory.commands, parts.engineBell);
    this.#outbox = new RecordReceiver(parts.memory.outbox, (_type, { uint8 }, at, length) => readBatch(uint8, at, length, this.#take));
    this.deployments = new ThreadedDeployments((id, accountId, call) => {
      const deployed: Deployed = { id, accountId, call };
      sendValue(this.#commands, DEPLOY, deployed);
      parts.wake();
    }, parts.trouble);
    this.books = sharedBooks(parts.market, parts.clock);
    this.#stream = new AccountStream({
      ask: (accountId, fromSeq, limit, done) => this.#events(accountId, fromSeq, limit, done),
      deliver: (event) => {
        for (const listener of this.#accountListeners) listener(event);
      },
    });
  }

  nowNs(): number {
    return this.#parts.clock.nowNs();
  }

  baseNs(): bigint {
    return this.#parts.baseNs;
  }

  command(accountId: AccountId, command: Command, done: (reply: Reply) => void, receivedMs = performance.now()): void {
    if (this.#ended !== null) return done(unavailable(this.#ended));
    if (command.kind !== 'kill' && this.#replies.size >= OWED_MAX) return done(unavailable('the engine owes too many answers'));
    const id = this.#nextId++;
    // Of another account's the engine says that it is forbidden: nothing stands meanwhile.
    if (command.kind === 'kill' && isOwn(command.scope, accountId)) this.#parts.switches.engage(command, id);
    this.#replies.set(id, { command, sinceMs: performance.now(), done });
    this.#commands.stamp(this.#parts.clock.machine.atNs(receivedMs));
    this.#encoder.append({ type: EventType.command, tNs: 0, accountId, commandId: id, command }, this.#commands);
    this.#parts.wake();
  }

  query(accountId: AccountId, query: Query, done: (reply: QueryReply) => void): void {
    const trouble = this.#ended ?? this.#parts.trouble();
    if (trouble !== null) return done(this.#without(query, trouble));
    if (this.#answers.size >= OWED_MAX) return done(unavailable('the engine owes too many answers'));
    const id = this.#nextId++;
    this.#answers.set(id, done);
    const asked: Asked = { id, accountId, query };
    sendValue(this.#commands, ASK, asked);
    this.#parts.wake();
  }

  onAccountEvent(listener: (event: AccountEvent) => void): () => void {
    this.#accountListeners.add(listener);
    return () => this.#accountListeners.delete(listener);
  }

  onAlert(listener: (alert: Alert) => void): () => void {
    this.#alertListeners.add(listener);
    return () => this.#alertListeners.delete(listener);
  }

  threads(): readonly ThreadRow[] {
    return this.#parts.threads();
  }

  metricsText(): string {
    const { telemetry, venueThreads, killBoard, figures, mainMarket } = this.#parts.memory;
    writeMarket(this.#mainMarket, this.#parts.market);
    return telemetryText(telemetry) + countersText(venueThreads.map(({ name, counters }) => ({ thread: name, counters })))
      + countersText([{ thread: ENGINE_THREAD, counters: figures.core }])
      + countersText([{ thread: ENGINE_THREAD, counters: figures.market }, { thread: MAIN_THREAD, counters: mainMarket }])
      + gaugeText('legwork_kill_board_covered', coveredCells(killBoard))
      + gaugeText('legwork_kill_board_graphs', new KillBoardReader(killBoard).graphs());
  }

  doWork(): number {
    const done = this.#commands.flush() + this.#outbox.receive(RECORDS_MAX);
    // Nobody here waits for a price, but the tapes are read before they are lapped.
    this.#parts.market.takeDirty();
    const nowMs = performance.now();
    if (nowMs >= this.#nextCheckMs) {
      this.#nextCheckMs = nowMs + CHECK_MS;
      this.#check(nowMs);
    }
    return done;
  }

  /** It owes answers: looks often enough to notice that they don't come. */
  nextDueNs(): number {
    return this.#replies.size + this.#answers.size > 0 ? this.nowNs() + CHECK_MS * 1e6 : Infinity;
  }

  /** Everybody who waits is told that no answer will come; nothing is taken from now on. */
  abandon(why: string): void {
    this.#ended = why;
    for (const { done } of this.#replies.values()) done(unknown(why));
    for (const done of this.#answers.values()) done(unavailable(why));
    this.#replies.clear();
    this.#answers.clear();
    this.deployments.abandon(why, true);
  }

  readonly #take = (type: number, value: unknown): void => {
    // Each as the engine thread's agent sends it.
    if (type === REPLY) this.#replied(value as Replied);
    else if (type === ANSWER) this.#answered(value as Answered);
    else if (type === ACCOUNT) this.#stream.take(value as AccountEvent);
    else if (type === ALERT) for (const listener of this.#alertListeners) listener(value as Alert);
    else if (type === DEPLOYED) this.deployments.answered(value as DeploymentAnswered);
    else if (type === DEPLOYMENT_EVENT) this.deployments.happened(value as DeploymentEvent);
    else throw new RangeError(`no record of the engine thread has type ${type}`);
  };

  #replied({ id, reply }: Replied): void {
    const owed = this.#replies.get(id);
    const command = owed?.command ?? this.#late.get(id);
    this.#replies.delete(id);
    this.#late.delete(id);
    if (command?.kind === 'kill' || command?.kind === 'kill_clear') this.#parts.switches.answered(command, id, reply.ok);
    owed?.done(reply);
  }

  #answered({ id, reply }: Answered): void {
    const done = this.#answers.get(id);
    this.#answers.delete(id);
    done?.(reply);
  }

  #check(nowMs: number): void {
    const trouble = this.#parts.trouble();
    for (const [id, { command, sinceMs, done }] of this.#replies) {
      if (command.kind === 'kill' && nowMs - sinceMs >= KILL_GRACE_MS) {
        this.#replies.delete(id);
        this.#late.set(id, command);
        this.#parts.switches.enforce(command);
        done(this.#enforcedReply(command));
      } else if (trouble !== null) {
        this.#replies.delete(id);
        if (command.kind === 'kill' || command.kind === 'kill_clear') this.#late.set(id, command);
        done(unknown(trouble));
      }
    }
    if (trouble === null) return;
    for (const done of this.#answers.values()) done(unavailable(trouble));
    this.#answers.clear();
    this.deployments.abandon(trouble, false);
  }

  #enforcedReply({ scope, reason, allowExits }: KillCommand): Reply {
    const tNs = this.nowNs();
    const message = 'the engine thread did not answer; the threads of the venues send nothing that this switch covers and cancel what is live';
    return {
      ok: true, tNs, seq: 0, body: { kind: 'kill', active: [{ scope, reason, allowExits, sinceNs: tNs }], graphs: [] },
      warnings: [{ code: 'ENFORCED_AT_VENUES', message }],
    };
  }

  /** Health is told without the engine; everything else is refused. */
  #without(query: Query, trouble: string): QueryReply {
    if (query.kind !== 'health') return unavailable(trouble);
    return { ok: true, body: { ready: false, trouble } };
  }

  #events(
    accountId: AccountId, fromSeq: number, limit: number, done: (events: readonly AccountEvent[] | null) => void,
  ): void {
    this.query(accountId, { kind: 'events', fromSeq, limit }, (reply) => {
      const body = reply.ok ? (reply.body as { readonly resync: boolean; readonly events: readonly AccountEvent[] }) : null; // answers.ts
      done(body === null || body.resync ? null : body.events);
    });
  }
}

function isOwn(scope: KillScope, accountId: AccountId): boolean {
  return scope.kind === 'global' || scope.accountId === accountId;
}

function sharedBooks(market: MarketView, clock: ThreadClock): BookAccess {
  return {
    books: (instrument, depth) => {
      market.setNow(clock.nowNs());
      return market.books(instrument, depth);
    },
    version: (instrument) => market.version(instrument),
    trades: (instrument, sinceNs, limit) => market.trades(instrument, sinceNs, limit),
  };
}

function unavailable(why: string): { readonly ok: false; readonly code: string; readonly message: string } {
  return { ok: false, code: 'SERVICE_UNAVAILABLE', message: why };
}

/** The command is on its way and may still take effect. */
function unknown(why: string): { readonly ok: false; readonly code: string; readonly message: string } {
  return { ok: false, code: 'INTERNAL_ERROR', message: `${why}; whether this took effect is not known: ask again by id` };
}
