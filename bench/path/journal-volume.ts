/**
 * What the journal holds of a day with 1,000 open graphs on the shipped recordings: the real engine on virtual time,
 * its journal (class `process`) in a directory, every record's bytes counted by reading it back.
 *
 *   tapes ──▶ 4 simulated venues, 10 listings ──▶ books ──▶ scheduler (pre-filter) ──▶ journal ──▶ core
 *
 * Of 1,000 graphs 40 % are brackets whose stop waits for a price, 26 % resting limit orders, 14 % conditional orders that
 * wait for a price, 10 % day-long TWAPs of 5-minute slices, 10 % chases that reached their limit and
 * rest there. One that ends is replaced by one of its kind, so that 1,000 stay open.
 *
 * The last 10 % follow the touch in two more runs, re-pegged at most each second, all day long:
 *   in slices   a slice is due every 10 seconds (0.1 BTC, 1 ETH), what was not bought stays and follows
 *   walls       1,000 BTC, 10,000 ETH each, wholly in the market: once the touch comes to them every trade there is theirs,
 *               as many executions as the tapes have; what they write are these
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert, must } from '../../src/base/assert.js';
import type { CoreState } from '../../src/core/state.js';
import { recordBytes } from '../../src/journal/format.js';
import { JournalCursor } from '../../src/journal/journal-cursor.js';
import { realFs } from '../../src/journal/journal-fs.js';
import { VirtualClock } from '../../src/main/clock.js';
import { configHashOf, journalPath, openDataDirectory } from '../../src/main/data-directory.js';
import { FusedEngine } from '../../src/main/fused-engine.js';
import { pureCore } from '../../src/main/pure-core.js';
import { connectSimulatedVenues, loadRecordings, recordingStartNs, settleAtVenues, simulatedUniverse } from '../../src/main/simulated-venues.js';
import { normaliseOrder } from '../../src/protocol/document/order-body.js';
import { Resolver } from '../../src/protocol/document/resolver.js';
import { RecordDecoder } from '../../src/protocol/codec/group-decoder.js';
import { EventType } from '../../src/protocol/events.js';
import { History } from '../../src/scheduler/history.js';
import { touchOf } from '../../src/gateway/market-data.js';
import type { Row } from '../support/row.js';
import { isOpen } from '../../src/core/graph/graph-index.js';

const SECOND_NS = 1_000_000_000;
const WARM_UP_S = 20;
const DAY_S = 86_400;
const GRAPHS = 1_000;
const PLENTY_1E8 = '1000000000000000000';

type Pegs = 'none' | 'slices' | 'walls';
const said = { none: 'none follows the touch', slices: '100 follow the touch in slices', walls: '100 are walls at the touch' } as const;
/** Of 10 seconds, of a day. */
const SLICES = 8_640;

type Document = Readonly<Record<string, unknown>>;

function node(nodeId: string, side: 'buy' | 'sell', symbol: string, qty: number, more: Document): Document {
  return {
    node_id: nodeId, side, order_type: 'market', activation: 'root', instrument: { symbol, type: symbol.endsWith('PERP') ? 'perp' : 'spot' },
    quantity: { fixed: { qty_1e8: Math.round(qty * 1e8) } }, ...more,
  };
}

const limit = (price: number): Document => ({ order_type: 'limit', limit_price: price });
const wait = { activation: 'wait' };

/** The i-th graph of its kind at a mid of `usd`; prices on a grid that every venue has. */
function documentOf(kind: number, pegs: Pegs, i: number, symbol: string, usd: number): Document {
  const at = (share: number): number => Math.round((usd * share) / 10) * 10;
  const qty = symbol.startsWith('BTC') ? 0.1 : 1;
  // Spread over 2 % of the price, as those of many people are.
  const far = 0.01 + (i % 100) / 5_000;
  if (kind < 20) {
    const stop = { on_price: { symbol, direction: 'below', reference: 'graph_entry_price', offset_pct: -Math.round(10_000 * far) / 100 } };
    return {
      nodes: [
        node('entry', 'buy', symbol, qty, {}), node('tp', 'sell', symbol, qty, { ...wait, ...limit(at(1 + far)) }),
        node('sl', 'sell', symbol, qty, wait),
      ],
      edges: [
        { edge_id: 'e_tp', from_node: 'entry', to_node: 'tp', trigger: 'on_full_fill' },
        { edge_id: 'e_sl', from_node: 'entry', to_node: 'sl', trigger: stop },
      ],
    };
  }
  if (kind < 33) return { nodes: [node('rest', i % 2 === 0 ? 'buy' : 'sell', symbol, qty, limit(at(i % 2 === 0 ? 1 - far : 1 + far)))], edges: [] };
  if (kind < 40) {
    const above = { on_price: { symbol, direction: 'above', price: at(1 + far) } };
    return {
      nodes: [node('entry', 'buy', symbol, qty, {}), node('more', 'buy', symbol, qty, wait)],
      edges: [{ edge_id: 'e', from_node: 'entry', to_node: 'more', trigger: above }],
    };
  }
  if (kind < 45) return { nodes: [node('twap', 'buy', symbol, 288 * qty, { execution: { pacing: { uniform: { num_slices: 288, interval_ms: 300_000 } } } })], edges: [] };
  if (kind >= 45 && pegs !== 'none') {
    const execution = { policy: 'passive_ladder', params: { repeg_ms: 1_000, horizon_ms: 86_400_000 } };
    const paced = { ...execution, pacing: { uniform: { num_slices: SLICES, interval_ms: 10_000 } } };
    const isWall = pegs === 'walls';
    const much = (isWall ? 10_000 : SLICES) * qty;
    return { nodes: [node('follow', 'buy', symbol, much, { ...limit(at(1.05)), execution: isWall ? execution : paced })], edges: [] };
  }
  const execution = { policy: 'aggressive_chase', params: { chase_interval_ms: 1_000, horizon_ms: 86_400_000 } };
  return { nodes: [node('chase', 'buy', symbol, qty, { ...limit(at(1 - far)), execution })], edges: [] };
}

/** Of 50 kinds: 20 are brackets, 13 rest, 7 are conditional, 5 are TWAPs, 5 chase or follow the touch. */
const kindOf = (slot: number): number => Math.floor(slot / 4) % 50;

class Volume {
  readonly #clock = new VirtualClock();
  readonly #engine: FusedEngine<CoreState>;
  readonly #resolver = new Resolver(simulatedUniverse);
  readonly #kinds = new Map<string, number>();
  readonly #pegs: Pegs;
  #made = 0;
  /** Ended and replaced. */
  replaced = 0;

  constructor(log: Awaited<ReturnType<typeof openDataDirectory>>['log'], pegs: Pegs) {
    this.#pegs = pegs;
    this.#engine = new FusedEngine<CoreState>({
      core: pureCore, universe: simulatedUniverse, accounts: ['bench'], baseNs: recordingStartNs, epoch: 1, seed: 1, log,
      recovered: null, clock: this.#clock, history: new History(1), settle: settleAtVenues,
      connect: (sink, feed) => connectSimulatedVenues({ sink, feed, seed: 1, startNs: 0, accounts: 1 }),
      answer: () => {
        throw new Error('this bench asks nothing');
      },
    });
  }

  advance(seconds: number): void {
    for (let i = 0; i < seconds; i++) {
      this.#engine.advance(this.#clock, this.#clock.nowNs() + SECOND_NS);
      this.#refill();
    }
  }

  fund(): void {
    const balances = simulatedUniverse.venues.flatMap(({ id: venue }) => simulatedUniverse.assets.map(({ id: asset }) => ({ venue, asset, total1e8: PLENTY_1E8 })));
    this.#command({ kind: 'set_balances', balances, perps: [], replace: false });
  }

  /** Graphs that ended since are replaced by one of their kind. */
  #refill(): void {
    const { state } = this.#engine.scheduler;
    for (const [graphId, slot] of Array.from(this.#kinds)) {
      if (isOpen(state, graphId)) continue;
      this.#kinds.delete(graphId);
      this.replaced++;
      this.#submit(slot);
    }
  }

  fill(): void {
    for (let slot = 0; slot < GRAPHS; slot++) this.#submit(slot);
  }

  #submit(slot: number): void {
    const instruments = simulatedUniverse.instruments;
    const instrument = must(instruments[slot % instruments.length], 'instrument');
    const touch = touchOf(this.#engine.books.books(instrument.id, 1));
    const usd = (((touch.bidTicks + touch.askTicks) / 2) * instrument.tick1e9) / 1e9;
    const document = { graph_id: `v${this.#made++}`, ...documentOf(kindOf(slot), this.#pegs, this.#made, instrument.symbol, usd) };
    const made = normaliseOrder(document, { resolver: this.#resolver, accountId: 0, newGraphId: '', forceSandbox: true });
    assert(made.ok, made.ok ? '' : `${made.message}: ${JSON.stringify(document)}`);
    this.#kinds.set(made.graph.graphId, slot);
    this.#command({ kind: 'submit', graph: made.graph, bodyHash: made.bodyHash, repeatKey: '' });
  }

  #command(command: Parameters<FusedEngine<CoreState>['command']>[1]): void {
    this.#engine.command(0, command, (reply) => assert(reply.ok, reply.ok ? '' : `${command.kind}: ${reply.code} ${reply.message}`));
  }

  /** Events of the core: as many sequences. */
  get events(): number {
    return this.#engine.scheduler.events;
  }

  get open(): number {
    return this.#engine.scheduler.state.open.size;
  }

  stop(): void {
    this.#engine.stop();
  }
}

interface Counted {
  events: number;
  bytes: number;
}

const FRAMES = 0;

/** Events and bytes by event type after `from`; 0: frames of the records, as many as there are. */
function countEvents(directory: string, from: number): Map<number, Counted> {
  const byType = new Map<number, Counted>();
  const add = (type: number, bytes: number): void => {
    const counted = byType.get(type) ?? { events: 0, bytes: 0 };
    counted.events++;
    counted.bytes += bytes;
    byType.set(type, counted);
  };
  const cursor = new JournalCursor(realFs, journalPath(directory), 1);
  const decoder = new RecordDecoder();
  while (cursor.next()) {
    const { payloadAt, payloadBytes } = cursor;
    decoder.begin(cursor.type, cursor.bytes, cursor.view, payloadAt, payloadBytes);
    let at = decoder.at;
    const begins = at;
    for (let event = decoder.next(); event !== null; event = decoder.next()) {
      if (cursor.sequence > from) add(event.type, decoder.at - at);
      at = decoder.at;
    }
    if (cursor.sequence > from) add(FRAMES, recordBytes(payloadBytes) - (at - begins));
  }
  return byType;
}

/** @param seconds of the recording, after everything is open and `warmUpSeconds` have passed */
export async function journalVolumeRows(seconds: number, warmUpSeconds = WARM_UP_S): Promise<Row[]> {
  loadRecordings();
  const rows: Row[] = [];
  for (const kind of ['none', 'slices', 'walls'] as const) rows.push(...(await run(seconds, warmUpSeconds, kind)));
  return rows;
}

async function run(seconds: number, warmUpSeconds: number, pegs: Pegs): Promise<Row[]> {
  const directory = mkdtempSync(join(tmpdir(), 'legwork-bench-volume-'));
  try {
    const opened = await openDataDirectory({
      directory, durability: 'process', configHash: configHashOf(simulatedUniverse, ['bench']), history: new History(1),
      snapshotEvery: Number.MAX_SAFE_INTEGER,
    });
    const volume = new Volume(opened.log, pegs);
    volume.advance(1);
    volume.fund();
    volume.advance(3);
    volume.fill();
    volume.advance(warmUpSeconds);
    const from = volume.events;
    volume.replaced = 0;
    volume.advance(seconds);
    assert(volume.open > 0.95 * GRAPHS, `${volume.open} graphs are open`);
    volume.stop();
    await opened.leave();
    return rowsOf(countEvents(directory, from), seconds, volume, said[pegs]);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function rowsOf(byType: ReadonlyMap<number, Counted>, seconds: number, volume: Volume, what: string): Row[] {
  const named = new Map<number, string>(Object.entries(EventType).map(([name, type]) => [type, name]));
  const row = (what: string, { events, bytes }: Counted): Row => {
    const mbADay = (bytes / seconds) * DAY_S / 1e6;
    return { bench: 'journal-volume', what, value: mbADay, low: mbADay, high: mbADay, unit: 'MB/day', checksum: events };
  };
  const frames = must(byType.get(FRAMES), 'records');
  const all = [...byType.values()].reduce((sum, one) => ({ events: sum.events + one.events, bytes: sum.bytes + one.bytes }), { events: -frames.events, bytes: 0 });
  const most = [...byType].filter(([type]) => type !== FRAMES).sort((a, b) => b[1].bytes - a[1].bytes).slice(0, 2);
  return [
    row(`${volume.open} open graphs, ${what}: ${seconds} s of the recording, ${all.events} events in ${frames.events} records, ${volume.replaced} graphs replaced`, all),
    row(`of that frames: ${frames.events}`, frames),
    ...most.map(([type, counted]) => row(`of that ${named.get(type) ?? type}: ${counted.events} events`, counted)),
  ];
}
