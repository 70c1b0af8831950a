import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { RecordDecoder } from '../../../../src/protocol/codec/group-decoder.js';
import { GROUP_EVENTS_MAX, GroupEncoder } from '../../../../src/protocol/codec/group-encoder.js';
import { CodecError, groupType } from '../../../../src/protocol/codec/record-type.js';
import { EventType, ReportKind, type EngineEvent, type ReportEvent } from '../../../../src/protocol/events.js';
import { rare, report, sample, significant } from '../../../support/event-arbitraries.js';

class Group {
  readonly type: number;
  readonly bytes: Uint8Array;

  constructor(encoder: GroupEncoder) {
    this.type = groupType(encoder.count);
    this.bytes = encoder.bytes.slice(0, encoder.length);
    encoder.close();
  }
}

function groupOf(encoder: GroupEncoder, events: readonly EngineEvent[]): Group {
  for (const event of events) encoder.append(event);
  return new Group(encoder);
}

function read(decoder: RecordDecoder, { type, bytes }: Group): unknown[] {
  decoder.begin(type, bytes, new DataView(bytes.buffer), 0, bytes.length);
  const events: unknown[] = [];
  for (let event = decoder.next(); event !== null; event = decoder.next()) events.push(significant(event));
  return events;
}

/** Reports of few orders on few venues, as they come: most continue what came before. */
const flow: fc.Arbitrary<ReportEvent> = fc.record({
  order: fc.nat(4), kind: fc.constantFrom(1 as const, 3 as const, 3 as const, 3 as const, 4 as const, 9 as const), step: fc.nat(3),
  lots: fc.integer({ min: 1, max: 5_000 }), ticks: fc.integer({ min: 6_000_000, max: 6_000_004 }), odd: fc.nat(30),
}).map(({ order, kind, step, lots, ticks, odd }) => ({
  type: EventType.report, tNs: 1_000 * step, venue: odd === 1 ? 3 : order % 2, kind, clientOrderId: `L1-0-3B-${order}-0-5`,
  venueOrderId: odd === 2 ? '' : `kraken-${420 + order}`, execId: kind === 3 && odd !== 3 ? `kraken-x${odd === 4 ? '0' : ''}${99 + step}` : '',
  lastTicks: kind === 3 ? ticks : 0, lastLots: kind === 3 ? lots : 0, cumLots: odd === 5 ? -1 : lots, openLots: odd === 6 ? -1 : 9_000 - lots,
  priceTicks: 6_000_001, totalLots: 9_000 + (odd === 7 ? 1 : 0), feeAsset: kind === 3 ? 2 : 0,
  fee1e8: kind === 3 ? Math.ceil(ticks * lots * 0.0004) - (odd === 8 ? 77 : 0) : 0, maker: odd % 2 === 0 ? 1 : 0,
  venueTsNs: odd === 9 ? -1 : 990 * step, reason: odd === 10 ? 99 : 0, text: odd === 11 ? 'busy' : '',
}));

const SEED = 91;

test(`groups give back their events whatever came before (seed ${SEED})`, () => {
  const group = fc.record({ fresh: fc.nat(5), events: fc.array(fc.oneof(flow, flow, flow, sample, report, rare), { minLength: 1, maxLength: 12 }) });
  fc.assert(fc.property(fc.array(group, { minLength: 1, maxLength: 20 }), (groups) => {
    const encoder = new GroupEncoder();
    const decoder = new RecordDecoder();
    let late: RecordDecoder | null = null;
    for (const { fresh, events } of groups) {
      if (fresh === 0) {
        encoder.forget();
        late ??= new RecordDecoder();
      }
      const written = groupOf(encoder, events);
      const wanted = events.map(significant);
      assert.deepEqual(read(decoder, written), wanted);
      if (late !== null) assert.deepEqual(read(late, written), wanted);
    }
  }), { seed: SEED, numRuns: 300 });
});

const FILL: ReportEvent = {
  type: EventType.report, tNs: 43_974_562_929, venue: 2, kind: ReportKind.fill, clientOrderId: 'L1-0-7B-5i-0-5', venueOrderId: 'kraken-421',
  execId: 'kraken-x1881', lastTicks: 268_421, lastLots: 18_836, cumLots: 119_686_196, openLots: 817_414_304, priceTicks: 268_421,
  totalLots: 937_100_500, feeAsset: 0, fee1e8: 20_223_912, maker: 1, venueTsNs: 43_969_367_617, reason: 0, text: '',
};

/** The next execution of the same order, as the venue reports it. */
function after(fill: ReportEvent, lots: number, ns: number): ReportEvent {
  const number = Number(fill.execId.slice('kraken-x'.length)) + 1;
  return {
    ...fill, tNs: fill.tNs + ns, venueTsNs: fill.venueTsNs + ns, execId: `kraken-x${number}`, lastLots: lots, cumLots: fill.cumLots + lots,
    openLots: fill.openLots - lots, fee1e8: Math.ceil((268_421 * lots * 4) / 1_000),
  };
}

test('an execution that continues its order takes 17 bytes, one of the same burst eight', () => {
  const encoder = new GroupEncoder();
  groupOf(encoder, [FILL]);
  const first = after({ ...FILL, fee1e8: 0 }, 13_656, 1_191_701);
  groupOf(encoder, [first]);
  const second = after(first, 9_980, 1_191_701);
  const alone = groupOf(encoder, [second]).bytes.length;
  const burst: ReportEvent[] = [];
  for (let fill = after(second, 200, 900); burst.length < 10; fill = after(fill, 210 + burst.length, 0)) burst.push(fill);
  const all = groupOf(encoder, burst).bytes.length;
  assert.ok(alone <= 17 && all <= 17 + 9 * 8, `${alone} bytes alone, ${all} for ten of a burst`);
});

test('the bytes of a group are those in docs/JOURNAL.md', () => {
  const next = { ...FILL, tNs: 43_975_754_630, execId: 'kraken-x1882', lastLots: 13_656, cumLots: 119_699_852, openLots: 817_400_648, fee1e8: 14_662_229, venueTsNs: 43_970_809_318 };
  const end: ReportEvent = { ...next, kind: ReportKind.cancelled, execId: '', lastTicks: 0, lastLots: 0, openLots: 0, fee1e8: 0, maker: 0, venueTsNs: 43_970_809_718 };
  const events: EngineEvent[] = [FILL, next, end, { type: EventType.timer, tNs: next.tNs }];
  const written = groupOf(new GroupEncoder(), events);
  const text = readFileSync('docs/JOURNAL.md', 'utf8').split('```hex group\n')[1]?.split('```')[0]?.replace(/\s/g, '');
  assert.equal(Buffer.from(written.bytes).toString('hex'), text);
  assert.deepEqual(read(new RecordDecoder(), written), events);
});

test('a group that builds on one that was not read is refused, as are unknown forms and bytes left over', () => {
  const encoder = new GroupEncoder();
  groupOf(encoder, [FILL]);
  const second = groupOf(encoder, [after(FILL, 5, 0)]);
  assert.throws(() => read(new RecordDecoder(), second), CodecError);
  encoder.forget();
  const fresh = groupOf(encoder, [FILL]);
  assert.deepEqual(read(new RecordDecoder(), fresh), [FILL]);
  const changed = (at: number, value: number): Group => ({ type: fresh.type, bytes: fresh.bytes.with(at, value) });
  assert.throws(() => read(new RecordDecoder(), changed(1, 0xf5)), CodecError);
  assert.throws(() => read(new RecordDecoder(), changed(1, 0x9f)), CodecError);
  assert.throws(() => read(new RecordDecoder(), { type: fresh.type, bytes: Uint8Array.of(...fresh.bytes, 0) }), CodecError);
  assert.throws(() => read(new RecordDecoder(), { type: fresh.type, bytes: fresh.bytes.slice(0, -1) }), CodecError);
});

test('more orders than slots, and as many events as a group takes', () => {
  const encoder = new GroupEncoder();
  const decoder = new RecordDecoder();
  for (let round = 0; round < 4; round++) {
    const events = Array.from({ length: GROUP_EVENTS_MAX }, (_, i) => ({
      ...FILL, clientOrderId: `L1-0-7B-5i-0-${(i * (round + 1)) % 300}`, execId: `x${round * 1_000 + i}`,
    }));
    const written = groupOf(encoder, events);
    assert.deepEqual(read(decoder, written), events);
  }
  for (let i = 0; i < GROUP_EVENTS_MAX; i++) encoder.append(FILL);
  assert.equal(encoder.full, true);
});
