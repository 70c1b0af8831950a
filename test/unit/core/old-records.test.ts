/**
 * What earlier versions kept of ended graphs that were put away is read and still does its work: a submit asked again is
 * answered, a cancel asked again too, what venues tell late of their orders is booked once. `fixtures/ended-<version>.json`
 * are such a state as earlier builds wrote it: of two graphs put away and one open.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { apply } from '../../../src/core/apply.js';
import { checkInvariants } from '../../../src/core/invariants.js';
import { stateHash } from '../../../src/core/state-hash.js';
import { decodeState, encodeState } from '../../../src/core/snapshot.js';
import type { CoreState } from '../../../src/core/state.js';
import type { Command, Reply } from '../../../src/protocol/commands.js';
import type { Effect } from '../../../src/protocol/effects.js';
import { EventType, ReportKind, VenueReason, type EngineEvent, type ReportEvent } from '../../../src/protocol/events.js';
import { graph, node } from './specs.js';
import { BINANCE, USD } from './universe.js';

/** As the builds that wrote the fixtures named them. */
const FILLED = 'L1-0-0B-1-0-1';
const CANCELLED = 'L1-0-0B-2-0-1';

class Read {
  readonly state: CoreState;
  readonly effects: Effect[] = [];
  #commandId = 0;

  constructor(version: number) {
    this.state = decodeState(readFileSync(`test/unit/core/fixtures/ended-${version}.json`));
  }

  event(event: EngineEvent): void {
    apply(this.state, event, this.effects);
    checkInvariants(this.state);
  }

  command(command: Command): Reply {
    const commandId = ++this.#commandId;
    this.event({ type: EventType.command, tNs: this.state.tNs, accountId: 0, commandId, command });
    const effect = this.effects.findLast((entry) => entry.kind === 'reply');
    assert.ok(effect?.kind === 'reply' && effect.commandId === commandId);
    return effect.reply;
  }

  told(fields: Partial<ReportEvent>): void {
    this.event({
      type: EventType.report, tNs: this.state.tNs, venue: BINANCE, kind: ReportKind.fill, clientOrderId: '', venueOrderId: '', execId: '', lastTicks: 0, lastLots: 0,
      cumLots: -1, openLots: -1, priceTicks: -1, totalLots: -1, feeAsset: USD, fee1e8: 0, maker: 0, venueTsNs: this.state.tNs, reason: VenueReason.none, text: '', ...fields,
    });
  }

  /** Lots that the account's position moves by with this fill. */
  fill(clientOrderId: string, execId: string, lots: number): number {
    const before = this.position();
    this.told({ clientOrderId, execId, lastTicks: 59_000, lastLots: lots });
    return this.position() - before;
  }

  position(): number {
    return this.state.accounts[0]?.positions[0]?.lots ?? 0;
  }
}

for (const version of [6, 7, 9]) {
  test(`records of version ${version}: two of graphs put away, an order open; what is read is written and read again alike`, () => {
    const { state } = new Read(version);
    assert.deepEqual([...state.ended.values()].map(({ key, status }) => [key, status]), [['filled', 'completed'], ['cancelled', 'cancelled']]);
    assert.deepEqual([...state.open.values()].map(({ graphId }) => graphId), ['open']);
    assert.equal(stateHash(decodeState(encodeState(state))), stateHash(state));
    checkInvariants(state);
    assert.ok(state.kept.recordBytes > 0);
  });

  test(`records of version ${version}: a submit asked again has its first answer, another body under its name none`, () => {
    const read = new Read(version);
    const again = graph({ graphId: 'filled', nodes: [node({ nodeId: 'order', lots: 10, limit: 60_100 })] });
    const reply = read.command({ kind: 'submit', graph: again, bodyHash: 'body', repeatKey: '' });
    assert.ok(reply.ok && reply.body.kind === 'submitted');
    assert.deepEqual([reply.body.repeated, reply.body.nodeIds, reply.tNs], [true, ['order'], 0]);
    const other = read.command({ kind: 'submit', graph: again, bodyHash: 'other', repeatKey: '' });
    assert.equal(other.ok ? '' : other.code, 'CONFLICT');
    const cancel = read.command({ kind: 'cancel_graph', graphId: 'cancelled', flatten: false });
    assert.ok(cancel.ok && cancel.body.kind === 'graph');
    assert.deepEqual(cancel.body.left.map((left) => left.qty1e8), ['500000'], 'what it left is named as it was then');
    const over = read.command({ kind: 'pause_graph', graphId: 'cancelled' });
    assert.equal(over.ok ? '' : over.message, 'graph cancelled is cancelled');
  });

  test(`records of version ${version}: executions of orders put away are booked once`, () => {
    const read = new Read(version);
    assert.equal(read.fill(FILLED, 'x1', 4), 0, 'it was told before the graph was put away');
    assert.equal(read.fill(FILLED, 'x9', 2), 2, 'a new one is booked to the account');
    assert.equal(read.fill(FILLED, 'x9', 2), 0);
    // Two of its five lots came with a cumulative figure: the execution that explains them moves nothing.
    assert.equal(read.fill(CANCELLED, 'late', 2), 0);
    assert.equal(read.fill(CANCELLED, 'later', 1), 1);
  });

  test(`records of version ${version}: they leave with the first graph that is put away after their week`, () => {
    const read = new Read(version);
    const DAY = 24 * 3_600 * 1e9;
    read.event({ type: EventType.timer, tNs: 6.5 * DAY });
    const [child] = read.state.children.values();
    assert.ok(child !== undefined && read.command({ kind: 'cancel_graph', graphId: 'open', flatten: false }).ok);
    read.told({ kind: ReportKind.cancelled, clientOrderId: child.clientOrderId, cumLots: 0, venue: child.venue });
    assert.equal(read.state.open.size, 0);
    assert.equal(read.state.ended.size, 2);
    read.event({ type: EventType.timer, tNs: 7.6 * DAY });
    assert.deepEqual([...read.state.ended.values()].map(({ key }) => key), ['open'], 'what ended last takes the place of both');
  });
}
