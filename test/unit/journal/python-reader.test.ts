/** docs/JOURNAL.md is enough for a reader in another language: `python/read_journal.py` was written from it alone. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Prng } from '../../../src/base/prng.js';
import { EngineJournal } from '../../../src/journal/engine-journal.js';
import { EventReader } from '../../../src/journal/event-reader.js';
import { JournalCursor } from '../../../src/journal/journal-cursor.js';
import { realFs } from '../../../src/journal/journal-fs.js';
import {
  EventType, type DepthSide, type EngineEvent, type ListingQuote, type ReportKind, type VenueReason,
} from '../../../src/protocol/events.js';

const prng = new Prng(5);
const some = (most: number): number => (prng.chance(1, 3) ? 0 : prng.below(most));

function quote(listing: number): ListingQuote {
  const prints = some(7_000_000);
  return {
    listing, venue: prng.below(4), fresh: prng.chance(1, 2) ? 1 : 0, bidTicks: some(7_000_000), bidLots: 1 + prng.below(9_000),
    askTicks: some(7_000_000), askLots: 1 + prng.below(9_000), markTicks: some(7_000_000), lastHighTicks: prints,
    lastLowTicks: prints, lastTicks: some(7_000_000), lastAgeNs: 0, penaltyE6: some(900),
  };
}

function side(): DepthSide {
  const count = prng.below(5);
  return { count, pairs: Float64Array.from({ length: 2 * count }, () => 1 + prng.below(7_000_000)) };
}

const done = [0, 0];

/** Of one of two orders; most continue it. */
function execution(tNs: number, i: number): EngineEvent {
  const odd = prng.below(12);
  const lots = 1 + prng.below(9_000);
  done[i % 2] = (done[i % 2] ?? 0) + (odd === 0 ? 0 : lots) + (odd === 4 ? 1 : 0);
  const sum = done[i % 2] ?? 0;
  return {
    type: EventType.report, tNs, venue: i % 2, kind: odd === 0 ? 4 : 3, clientOrderId: `L1-0-3B-4-0-${i % 2}`, venueOrderId: `kraken-${i % 2}`,
    execId: odd === 0 ? '' : `kraken-x${odd === 1 ? '0' : ''}${i}`, lastTicks: odd === 0 ? 0 : 6_000_000 + prng.below(2), lastLots: odd === 0 ? 0 : lots,
    cumLots: sum, openLots: odd === 0 ? 0 : 9_000_000 - sum, priceTicks: 6_000_000, totalLots: 9_000_000, feeAsset: odd === 0 ? 0 : 1,
    fee1e8: odd === 0 ? 0 : Math.ceil(6_000_000 * lots * 0.00026), maker: 1, venueTsNs: odd === 2 ? -1 : tNs - 5_000_000, reason: 0, text: odd === 3 ? 'x' : '',
  };
}

function eventAt(i: number): EngineEvent {
  const tNs = 1_000_003 * i;
  switch (i % 6) {
    case 5:
      return execution(tNs, i);
    case 0:
      return { type: EventType.timer, tNs };
    case 1:
      return {
        type: EventType.sample, tNs, instrument: prng.below(9), reason: prng.below(8), medianSpreadTicks: prng.below(300),
        quotes: [quote(i), quote(1)].map((one) => ({ ...one, ...(one.bidTicks === 0 ? { bidLots: 0 } : {}), ...(one.askTicks === 0 ? { askLots: 0 } : {}) })),
        depthCount: 2, depth: [{ listing: 7, bids: side(), asks: side() }, { listing: 200, bids: side(), asks: side() }],
      };
    case 2:
      return {
        type: EventType.report, tNs, venue: prng.below(4), kind: (1 + prng.below(9)) as ReportKind, clientOrderId: `L1-0-${i}`,
        venueOrderId: prng.chance(1, 2) ? '' : `v${i}`, execId: `x${i}`, lastTicks: some(7_000_000), lastLots: some(1e12), cumLots: -1,
        openLots: some(1e12), priceTicks: -1, totalLots: some(2 ** 53), feeAsset: prng.below(3), fee1e8: -some(1e9),
        maker: prng.chance(1, 2) ? 1 : 0, venueTsNs: prng.chance(1, 2) ? -1 : tNs - prng.below(2_000_000), reason: prng.below(4) as VenueReason,
        text: prng.chance(1, 2) ? '' : 'no funds',
      };
    case 3:
      return { type: EventType.venueStatus, tNs, venue: 1, connected: 1, reconciled: 0, credentialsValid: 1 };
    default:
      // Not ASCII: goes as JSON under its kind.
      return { ...(eventAt(2) as Extract<EngineEvent, { type: 5 }>), tNs, text: 'gebühr' };
  }
}

/** As the reader prints it: levels as pairs, only what is used. */
function plain(event: EngineEvent): unknown {
  if (event.type !== EventType.sample) return event;
  const pairs = ({ count, pairs: flat }: DepthSide): number[][] => Array.from({ length: count }, (_, k) => [flat[2 * k] ?? 0, flat[2 * k + 1] ?? 0]);
  const { depthCount, ...rest } = event;
  return { ...rest, depth: event.depth.slice(0, depthCount).map(({ listing, bids, asks }) => ({ listing, bids: pairs(bids), asks: pairs(asks) })) };
}

test('a reader in Python reads events and snapshots as this engine does', async (t) => {
  if (spawnSync('python3', ['--version']).status !== 0) return t.diagnostic('python3 is not installed: not run');
  const directory = mkdtempSync(join(tmpdir(), 'legwork-python-'));
  t.after(() => rmSync(directory, { recursive: true }));
  for (let life = 0; life < 2; life++) {
    const journal = new EngineJournal({ directory, durability: 'process', configHash: new Uint8Array(32), nowMs: 0, segmentBytes: 16_384 });
    journal.replay(() => undefined);
    const log = journal.start();
    for (let i = 0; i < 400; i++) {
      log.append(eventAt(i));
      if (prng.chance(1, 4)) log.commit();
    }
    log.commit();
    const snapshot = journal.beginSnapshot();
    assert.ok(snapshot !== undefined);
    snapshot.write(new Uint8Array(5_000).fill(life), 5_000);
    snapshot.write(new Uint8Array(3), 3);
    await journal.publish(snapshot);
    await journal.close();
  }
  const read = spawnSync('python3', ['test/unit/journal/python/read_journal.py', directory], { encoding: 'utf8', maxBuffer: 1 << 26 });
  assert.equal(read.stderr, '');
  const lines = read.stdout.trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
  // The first segments are behind the older snapshot and gone: both begin with what is there.
  const records = lines.filter((line) => 'sequence' in line);
  const cursor = new JournalCursor(realFs, directory, records[0]?.['sequence'] as number);
  const reader = new EventReader(cursor);
  for (const line of records) {
    const event = reader.next();
    assert.ok(event !== null);
    assert.deepEqual(line, { sequence: reader.sequence, epoch: cursor.epoch, type: cursor.type, event: JSON.parse(JSON.stringify(plain(event))) });
  }
  assert.equal(reader.next(), null);
  assert.ok(records.length >= 400, `${records.length} records`);
  assert.deepEqual(lines.slice(records.length), [
    { snapshot: 400, epoch: 1, stateBytes: 5_003 }, { snapshot: 800, epoch: 2, stateBytes: 5_003 },
  ]);
});
