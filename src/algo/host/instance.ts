import { assert } from '../../base/assert.js';
import * as abi from '../abi/layouts.generated.js';
import type { AbiProfile } from '../abi/profiles.js';
import { initFeatures, writeFeatures, type FeatureValues } from '../features/feature-values.js';
import { runLimits } from '../limits.js';
import type { MeshEnd } from '../mesh/mesh-end.js';
import { checkAction, type CheckContext } from './action-check.js';
import { ActionReader, emptyAction, type GuestAction, type RawAction } from './actions.js';
import { BookWriter, type BookTop } from './book-top.js';
import { Guard, lossExceeded, positionExceeded } from './guard.js';
import { GuestMemory, TimeBase } from './guest-memory.js';
import { IdSet } from './id-set.js';
import type { InstanceSpec } from './instance-spec.js';
import { loadGuest, type LoadedGuest } from './load-guest.js';
import { LogBook, type LogLine } from './log-book.js';
import { NbboWriter, type VenueSlot } from './nbbo.js';
import { writeConfig, writeMeshState, writeMeshTable, type ConfigParam } from './regions.js';
import { writeStateBody, writeStateHead, writeUnrealized, type RiskView } from './state-writer.js';
import { addLots, SymbolState, unixDay } from './symbol-state.js';

/** Why an instance is dead. */
export type DeathReason = 'TRAP' | 'OUT_OF_FUEL' | 'CALL_DEPTH' | 'BAD_ACTIONS' | 'WATCHDOG';

/** Why the host stopped an instance that is alive. */
export type PauseReason = 'DAILY_LOSS_LIMIT' | 'POSITION_LIMIT';

/** Who hears what an instance does. Nobody of these may call back into the instance. */
export interface InstanceSink {
  /** A checked action, in order; `action` is reused, copy what you keep. */
  act(instance: AlgoInstance, action: GuestAction): void;
  log(instance: AlgoInstance, line: LogLine): void;
  /** Its orders must be cancelled; its position stays. */
  died(instance: AlgoInstance, reason: DeathReason, detail: string): void;
  /** Its memory is larger than before. */
  grew?(instance: AlgoInstance): void;
  /** A limit stopped it; its open orders have been told to be cancelled already. */
  paused?(instance: AlgoInstance, reason: PauseReason): void;
}

// The one block of the guest's heap, cut as ABI §2 says.
const BOOK = 0;
const STATE = BOOK + abi.L2_BOOK_SIZE;
const NBBO = STATE + abi.ALGO_STATE_SIZE;
const FILL = NBBO + abi.NBBO_SNAPSHOT_SIZE;
const REJECT = FILL + abi.FILL_SIZE;
const PAYLOAD = REJECT + abi.REJECT_SIZE;
const NS_PER_DAY = 86_400_000_000_000n;

/**
 * One running module: writes its inputs, calls it, checks what it wants. Everything is synchronous and depends on the
 * calls only, so that the same calls give the same actions.
 * Allocates: nothing per callback (messages and log text excepted).
 */
export class AlgoInstance {
  readonly spec: InstanceSpec;
  readonly symbols: SymbolState[];
  readonly logs = new LogBook();
  /** `stopped`: no callbacks, no new orders, everything else stays. `ended`: shut down. */
  status: 'running' | 'stopped' | 'dead' | 'ended' = 'running';
  death: { readonly reason: DeathReason; readonly detail: string } | undefined;
  /** Why the host stopped it; `start` clears it. */
  pauseReason: PauseReason | undefined;
  callbacks = 0;
  cancelsIgnored = 0;
  badSends = 0;
  readonly #profile: AbiProfile;
  readonly #sink: InstanceSink;
  readonly #mesh: MeshEnd | undefined;
  readonly #guest: LoadedGuest;
  readonly #memory: GuestMemory;
  readonly #base: TimeBase;
  readonly #baseDay: number;
  readonly #baseDayNs: number;
  readonly #reader = new ActionReader();
  readonly #ids = new IdSet(runLimits.orderIdsKept);
  readonly #action = emptyAction();
  readonly #check: CheckContext & { cancelsOnly: boolean };
  /** Rejects of the actions being taken, told after the last of them: four numbers each. */
  readonly #refused = new Float64Array(4 * abi.MAX_ACTIONS);
  readonly #books: BookWriter;
  readonly #nbbo: NbboWriter;
  readonly #guard = new Guard();
  readonly #state: number;
  #risk: RiskView;
  #configSequence = 0;
  #nextRef = 1;
  #nowNs = 0;
  #inGuest = false;
  /** Symbol whose state stands in guest memory; -1 = none yet. */
  #shown = -1;
  #stateChanged = true;
  /** Loaded: before that nothing the guest logs or sends is heard. */
  #ready = false;

  /** @param mesh where its messages come from. @throws RefusalError INSTANTIATE, MEMORY or ALLOC */
  constructor(spec: InstanceSpec, module: WebAssembly.Module, profile: AbiProfile, sink: InstanceSink, mesh?: MeshEnd) {
    this.spec = spec;
    this.#mesh = mesh;
    this.#profile = profile;
    this.#sink = sink;
    this.#risk = spec.risk;
    this.symbols = spec.symbols.map((symbol) => new SymbolState(symbol));
    spec.carried?.forEach((position, i) => this.symbols[i]?.restore(position));
    this.#check = { symbols: this.symbols, ids: this.#ids, maxKind: profile.maxKind, cancelsOnly: false, venues: spec.venues };
    this.#base = new TimeBase(spec.baseNs);
    this.#baseDay = Number(spec.baseNs / NS_PER_DAY);
    this.#baseDayNs = Number(spec.baseNs % NS_PER_DAY);
    const imports = {
      log: (level: number, ptr: number, length: number) => this.#onLog(level, ptr, length),
      send: (to: bigint, ptr: number, length: number) => this.#onSend(to, ptr, length),
    };
    this.#guest = loadGuest(module, profile, imports, spec.fuel);
    this.#memory = new GuestMemory(this.#guest.memory);
    this.#books = new BookWriter(this.#memory);
    this.#nbbo = new NbboWriter(this.#memory, this.#books);
    this.#state = this.#guest.block + STATE;
    this.#ready = true;
    if (profile.features) initFeatures(this.#memory);
    if (!profile.regions) return;
    writeConfig(this.#memory, spec.config, this.#configSequence, this.#base, 0);
    const self = { label: spec.label, id: spec.meshId };
    writeMeshTable(this.#memory, self, spec.peers);
    writeMeshState(this.#memory, this.#state, self, spec.peers);
  }

  get memoryBytes(): number {
    return this.#memory.bytes;
  }

  /** The module has this callback and the instance runs. */
  get wantsNbbo(): boolean {
    return this.status === 'running' && this.#guest.functions.onNbbo !== undefined;
  }

  // ── callbacks ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** A new book of the instance's own venue. @param symbol index into the deployment's symbols */
  onBook(symbol: number, top: BookTop, features: FeatureValues | undefined, tNs: number): void {
    const state = this.symbols[symbol];
    if (state === undefined || this.status !== 'running') return;
    state.mid2 = top.mid2;
    if (state.positionLots !== 0 && this.#risk.maxDailyLoss1e9 > 0 &&
      lossExceeded(this.#risk, this.symbols, unixDay(this.#baseDay, this.#baseDayNs, tNs))) return this.#pause('DAILY_LOSS_LIMIT', tNs);
    const { onBook } = this.#guest.functions;
    if (onBook === undefined) return;
    this.#prepare(symbol, features, tNs);
    const at = this.#guest.block + BOOK;
    this.#books.write(at, top, state.spec, this.#symbolId(symbol), this.#base);
    let pointer = 0;
    try {
      this.#inGuest = true;
      pointer = onBook(at, this.#state);
    } catch (error) {
      return this.#trapped(error);
    }
    this.#took(symbol, pointer);
  }

  onNbbo(symbol: number, slots: readonly VenueSlot[], features: FeatureValues | undefined, tNs: number): void {
    const { onNbbo } = this.#guest.functions;
    const { layout } = this.#profile;
    const state = this.symbols[symbol];
    if (onNbbo === undefined || layout === undefined || state === undefined || this.status !== 'running') return;
    this.#prepare(symbol, features, tNs);
    const at = this.#guest.block + NBBO;
    this.#nbbo.write(at, layout, slots, state.spec, this.#symbolId(symbol), this.#base, tNs);
    let pointer = 0;
    try {
      this.#inGuest = true;
      pointer = onNbbo(at, abi.VENUE_BOOKS_AT, this.#state);
    } catch (error) {
      return this.#trapped(error);
    }
    this.#took(symbol, pointer);
  }

  /** Delivers the next waiting message. @param here of senders of this thread, or of the others. @returns false: none waits */
  deliverMessage(here: boolean, tNs: number): boolean {
    if (this.#mesh === undefined || this.status !== 'running') return false;
    const at = this.#guest.block + PAYLOAD;
    const { from, length } = this.#mesh.take(this.spec.place, here, this.#memory.u8, at);
    const { onMessage } = this.#guest.functions;
    if (from < 0 || onMessage === undefined) return from >= 0;
    this.#prepare(0, undefined, tNs);
    let pointer = 0;
    try {
      this.#inGuest = true;
      pointer = onMessage(BigInt(from + 1), at, length, this.#state);
    } catch (error) {
      this.#trapped(error);
      return true;
    }
    this.#took(0, pointer);
    return true;
  }

  onHeartbeat(features: FeatureValues | undefined, tNs: number): void {
    const { onHeartbeat } = this.#guest.functions;
    if (onHeartbeat === undefined || this.status !== 'running') return;
    this.#prepare(0, features, tNs);
    let pointer = 0;
    try {
      this.#inGuest = true;
      pointer = onHeartbeat(this.#state);
    } catch (error) {
      return this.#trapped(error);
    }
    this.#took(0, pointer);
  }

  /** Once, last: only its cancels are carried out. The caller then cancels what is still open. */
  shutdown(tNs: number): void {
    const { onShutdown } = this.#guest.functions;
    if (this.status === 'dead' || this.status === 'ended') return;
    if (onShutdown !== undefined) {
      this.#check.cancelsOnly = true;
      this.#prepare(0, undefined, tNs);
      try {
        this.#inGuest = true;
        const pointer = onShutdown(this.#state);
        this.#took(0, pointer);
      } catch (error) {
        this.#trapped(error);
      }
    }
    if (this.death === undefined) this.#become('ended');
  }

  // ── what the engine tells ─────────────────────────────────────────────────────────────────────────────────────

  orderAcked(symbol: number, ref: number): void {
    const order = this.symbols[symbol]?.byRef(ref);
    if (order === undefined || order.status !== abi.ORDER_STATUS_PENDING) return;
    order.status = abi.ORDER_STATUS_ACKED;
    this.#stateChanged = true;
  }

  /** Books the fill, then calls on_fill. A fill after the order's end is booked all the same. */
  orderFilled(symbol: number, ref: number, priceTicks: number, qtyLots: number, side: number, tNs: number): void {
    const state = this.symbols[symbol];
    if (state === undefined) return;
    const order = state.byRef(ref);
    state.fill(side, priceTicks, qtyLots, unixDay(this.#baseDay, this.#baseDayNs, tNs));
    this.#stateChanged = true;
    if (order !== undefined) {
      order.filledLots = addLots(order.filledLots, qtyLots);
      if (order.filledLots >= order.qtyLots) order.status = abi.ORDER_STATUS_DEAD;
      else if (order.status !== abi.ORDER_STATUS_DEAD) order.status = abi.ORDER_STATUS_PARTIAL;
    }
    const { onFill } = this.#guest.functions;
    if (this.status === 'running' && positionExceeded(this.#risk, this.symbols)) this.#pause('POSITION_LIMIT', tNs);
    if (onFill === undefined || this.status !== 'running') return;
    this.#prepare(symbol, undefined, tNs);
    const at = this.#guest.block + FILL;
    const memory = this.#memory;
    memory.set32(at + abi.FILL_ORDER_ID, order?.idLow ?? 0);
    memory.set32(at + abi.FILL_ORDER_ID + 4, order?.idHigh ?? 0);
    memory.setScaled(at + abi.FILL_PX_1E9, priceTicks, state.spec.tick1e9);
    memory.setScaled(at + abi.FILL_QTY_1E8, side * qtyLots, state.spec.lot1e8);
    memory.setTime(at + abi.FILL_RECV_NS, this.#base, tNs);
    memory.set8(at + abi.FILL_SIDE, side);
    memory.set8(at + abi.FILL_SIDE + 1, this.#symbolId(symbol) & 0xff);
    memory.set8(at + abi.FILL_SIDE + 2, this.#symbolId(symbol) >> 8);
    try {
      this.#inGuest = true;
      onFill(at, this.#state);
    } catch (error) {
      return this.#trapped(error);
    }
    this.#left(symbol);
  }

  /** The venue or a rule refused a new order: it is dead, on_reject is called. */
  orderRejected(symbol: number, ref: number, code: number, tNs: number): void {
    const order = this.symbols[symbol]?.byRef(ref);
    if (order === undefined) return;
    order.status = abi.ORDER_STATUS_DEAD;
    this.#stateChanged = true;
    this.#reject(symbol, order.idHigh, order.idLow, code, tNs);
  }

  /** An amend was refused: the order stays as it was, on_reject is called with its id. */
  amendRejected(symbol: number, ref: number, code: number, tNs: number): void {
    const order = this.symbols[symbol]?.byRef(ref);
    if (order !== undefined) this.#reject(symbol, order.idHigh, order.idLow, code, tNs);
  }

  orderAmended(symbol: number, ref: number, priceTicks: number, qtyLots: number): void {
    const order = this.symbols[symbol]?.byRef(ref);
    if (order === undefined) return;
    order.priceTicks = priceTicks;
    order.qtyLots = qtyLots;
    this.#stateChanged = true;
  }

  /** Cancelled or expired: listed as DEAD in the next callback, then gone. */
  orderDone(symbol: number, ref: number): void {
    const order = this.symbols[symbol]?.byRef(ref);
    if (order === undefined) return;
    order.status = abi.ORDER_STATUS_DEAD;
    this.#stateChanged = true;
  }

  /** New limits of the account; a position that they no longer allow pauses the instance. */
  riskChanged(risk: RiskView, tNs = this.#nowNs): void {
    this.#risk = risk;
    this.#shown = -1;
    if (this.status === 'running' && positionExceeded(risk, this.symbols)) this.#pause('POSITION_LIMIT', tNs);
  }

  /** New parameters, between callbacks. */
  configure(params: readonly ConfigParam[], tNs: number): void {
    assert(!this.#inGuest, 'config changes between callbacks only');
    if (this.#profile.regions) writeConfig(this.#memory, params, ++this.#configSequence, this.#base, tNs);
  }

  stop(): void {
    if (this.status === 'running') this.#become('stopped');
  }

  start(): void {
    if (this.status === 'stopped') this.#become('running');
    this.pauseReason = undefined;
  }

  /** For the watchdog's side: the thread was ended under it. */
  kill(reason: DeathReason, detail: string): void {
    if (this.status === 'dead' || this.status === 'ended') return;
    this.#become('dead');
    this.death = { reason, detail };
    this.#sink.log(this, this.logs.note(this.#nowNs, abi.LOG_LEVEL_ERROR, `ended by the host: ${reason}: ${detail}`));
    this.#sink.died(this, reason, detail);
  }

  /** It died before the host was started anew: it doesn't run again, and nobody hears of it twice. */
  bury(): void {
    this.#become('dead');
  }

  /** Messages to who doesn't run are dropped, also those that wait. */
  #become(status: AlgoInstance['status']): void {
    this.status = status;
    this.#mesh?.setOpen(this.spec.place, status === 'running');
  }

  /** Stopped by a limit: no more callbacks until `start`; its open orders are cancelled. */
  #pause(reason: PauseReason, tNs: number): void {
    this.stop();
    this.pauseReason = reason;
    const what = reason === 'DAILY_LOSS_LIMIT' ? 'the daily loss limit' : 'the position limit';
    this.#sink.log(this, this.logs.note(tNs, abi.LOG_LEVEL_WARN, `paused by the host: ${what} is passed`));
    this.symbols.forEach((state, symbol) => {
      for (let i = 0; i < state.orderCount; i++) {
        const order = state.orders[i];
        if (order === undefined || order.status === abi.ORDER_STATUS_DEAD) continue;
        Object.assign(this.#action, emptyAction(), { kind: abi.ACTION_KIND_CANCEL, idHigh: order.idHigh, idLow: order.idLow, ref: order.ref, symbol });
        this.#sink.act(this, this.#action);
      }
    });
    this.#sink.paused?.(this, reason);
  }

  // ── inside ────────────────────────────────────────────────────────────────────────────────────────────────────

  #symbolId(symbol: number): number {
    return this.symbols.length === 1 ? 0 : symbol + 1;
  }

  /** State and features into guest memory, then the callback may be called. */
  #prepare(symbol: number, features: FeatureValues | undefined, tNs: number): void {
    assert(!this.#inGuest, 'a guest is never re-entered');
    this.#nowNs = tNs;
    this.callbacks++;
    const state = this.symbols[symbol];
    if (state === undefined) return;
    if (this.#shown !== symbol) {
      writeStateHead(this.#memory, this.#state, this.#profile, state, this.#risk, this.#symbolId(symbol));
      this.#shown = symbol;
      this.#stateChanged = true;
    }
    if (this.#stateChanged) {
      writeStateBody(this.#memory, this.#state, state, unixDay(this.#baseDay, this.#baseDayNs, tNs));
      state.markDeadShown();
      this.#stateChanged = false;
    } else if (state.positionLots !== 0) writeUnrealized(this.#memory, this.#state, state);
    if (features !== undefined && this.#profile.features) writeFeatures(this.#memory, features, this.#base);
  }

  /** A callback returned normally. */
  #left(symbol: number): void {
    this.#inGuest = false;
    if (this.#memory.refresh()) this.#sink.grew?.(this);
    const state = this.symbols[symbol];
    if (state === undefined || state.orderCount === 0) return;
    const before = state.orderCount;
    state.sweep();
    if (state.orderCount !== before) this.#stateChanged = true;
  }

  /** A callback returned its actions: all are copied and bounds-checked before the first is carried out. */
  #took(symbol: number, pointer: number): void {
    this.#left(symbol);
    const count = this.#reader.take(this.#memory, pointer);
    if (typeof count === 'string') return this.kill('BAD_ACTIONS', `actions at ${pointer >>> 0}: ${count}`);
    let refused = 0;
    for (let i = 0; i < count; i++) refused += this.#carryOut(i, 4 * refused);
    const list = this.#refused;
    for (let i = 0; i < 4 * refused; i += 4) {
      this.#reject(list[i] ?? 0, list[i + 1] ?? 0, list[i + 2] ?? 0, list[i + 3] ?? 0, this.#nowNs);
    }
  }

  /** @param at where its reject is noted. @returns 1 when it was refused */
  #carryOut(i: number, at: number): 0 | 1 {
    const raw = this.#reader.read(i, this.#profile);
    const action = this.#action;
    const verdict = checkAction(raw, this.#check, action);
    if (verdict === 'skip') return 0;
    if (verdict === 'counted') {
      this.cancelsIgnored++;
      return 0;
    }
    if (typeof verdict === 'object') return this.#refuseAfter(at, raw, verdict.code);
    if (action.kind === abi.ACTION_KIND_AMEND) {
      const limit = this.#guard.checkAmend(this.#risk, this.#nowNs);
      if (limit >= 0) return this.#refuseAfter(at, raw, limit);
    }
    if (action.kind === abi.ACTION_KIND_NEW || action.kind === abi.ACTION_KIND_INTENT) {
      const state = this.symbols[action.symbol];
      const limit = state === undefined ? -1 : this.#guard.check(this.#risk, state, action, this.#nowNs);
      if (limit >= 0) return this.#refuseAfter(at, raw, limit);
      action.ref = this.#nextRef++;
      state?.list(action.idHigh, action.idLow, action.ref, action.side, action.priceTicks, action.qtyLots);
      this.#stateChanged = true;
    }
    this.#sink.act(this, action);
    return 0;
  }

  /** Notes a reject for when all actions are taken. */
  #refuseAfter(at: number, raw: Readonly<RawAction>, code: number): 1 {
    this.#refused[at] = this.#action.symbol;
    this.#refused[at + 1] = raw.idHigh;
    this.#refused[at + 2] = raw.idLow;
    this.#refused[at + 3] = code;
    return 1;
  }

  #reject(symbol: number, idHigh: number, idLow: number, code: number, tNs: number): void {
    const { onReject } = this.#guest.functions;
    if (onReject === undefined || this.status !== 'running') return;
    this.#prepare(symbol, undefined, tNs);
    const at = this.#guest.block + REJECT;
    this.#memory.zero(at, abi.REJECT_SIZE);
    this.#memory.set32(at + abi.REJECT_ORDER_ID, idLow);
    this.#memory.set32(at + abi.REJECT_ORDER_ID + 4, idHigh);
    this.#memory.set8(at + abi.REJECT_CODE, code);
    this.#memory.set8(at + abi.REJECT_CODE + 1, this.#symbolId(symbol) & 0xff);
    this.#memory.set8(at + abi.REJECT_CODE + 2, this.#symbolId(symbol) >> 8);
    try {
      this.#inGuest = true;
      onReject(at);
    } catch (error) {
      return this.#trapped(error);
    }
    this.#left(symbol);
  }

  #trapped(error: unknown): void {
    this.#inGuest = false;
    this.#memory.refresh();
    const deep = error instanceof RangeError || Number(this.#guest.depth.value) < 0;
    if (Number(this.#guest.fuel.value) < 0) return this.kill('OUT_OF_FUEL', 'the callback ran longer than its fuel');
    if (deep) return this.kill('CALL_DEPTH', `calls nested deeper than ${runLimits.callDepth}`);
    this.kill('TRAP', error instanceof Error ? error.message : String(error));
  }

  #onLog(level: number, ptr: number, length: number): void {
    if (!this.#ready) return;
    this.#memory.refresh();
    const line = this.logs.write(this.#nowNs, level, this.#memory.u8, ptr, length);
    if (line !== undefined) this.#sink.log(this, line);
  }

  #onSend(to: bigint, ptr: number, length: number): void {
    if (!this.#ready) return;
    this.#memory.refresh();
    const at = ptr >>> 0;
    const bytes = length >>> 0;
    const id = Number(BigInt.asUintN(64, to));
    const known = this.spec.peers.some((peer) => peer.id === id);
    if (!known || bytes > abi.MAX_MESSAGE_SIZE || at + bytes > this.#memory.bytes) return void this.badSends++;
    this.#mesh?.send(this.spec.place, id - 1, this.#memory.u8, at, bytes);
  }
}
