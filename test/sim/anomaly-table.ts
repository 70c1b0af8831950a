/**
 * The anomalies that must each be a named test on the core and again through a venue that tells things badly. The table
 * in docs/TESTING.md is made from this list (`node dist/test/sim/anomaly-table.js`), a test holds them equal.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface Anomaly {
  readonly name: string;
  /** Test files under test/ and the test's name, in full or its beginning up to a `…`. */
  readonly core: readonly [file: string, test: string];
  readonly venue: readonly [file: string, test: string];
}

const CORE = 'unit/core/anomalies.test.ts';
const VENUE = 'sim/anomalies.test.ts';

export const anomalies: readonly Anomaly[] = [
  { name: 'acknowledgement lost, order live', core: [CORE, 'acknowledgement lost, order live: …'], venue: [VENUE, 'acknowledgement lost, order live'] },
  { name: 'acknowledgement lost, order not live', core: [CORE, 'acknowledgement lost, order never arrived: …'], venue: [VENUE, 'acknowledgement lost, order not live'] },
  { name: 'acknowledgement lost, order filled', core: [CORE, 'acknowledgement lost, order filled'], venue: [VENUE, 'acknowledgement lost, order filled'] },
  { name: 'duplicate acks and fills', core: [CORE, 'duplicate acknowledgement and duplicate fill'], venue: [VENUE, 'duplicate and reordered acknowledgements and fills'] },
  { name: 'reordered acks and fills', core: [CORE, 'fills out of order; …'], venue: [VENUE, 'duplicate and reordered acknowledgements and fills'] },
  { name: 'fill before ack', core: [CORE, 'fills out of order; cumulative quantity going back; fill before ack'], venue: [VENUE, 'fill before acknowledgement'] },
  { name: 'fill after cancel ack', core: [CORE, 'fill after the cancel was confirmed: …'], venue: [VENUE, 'fill after the cancel was acknowledged'] },
  { name: 'cancel refused because filled', core: [CORE, 'cancel refused because filled'], venue: [VENUE, 'cancel refused because filled'] },
  { name: 'partial fill then reject', core: [CORE, 'partial fill, then refused: …'], venue: [VENUE, 'partial fill, then refused'] },
  { name: 'venue cancels by itself', core: [CORE, 'the venue cancels by itself'], venue: [VENUE, 'the venue cancels by itself'] },
  { name: 'fills larger than sent', core: [CORE, 'overfill is booked, flagged, alerted; …'], venue: [VENUE, 'fills larger than sent; …'] },
  { name: 'execution id repeated', core: [CORE, 'an execution id repeated under other figures …'], venue: [VENUE, 'an execution id repeated'] },
  { name: 'cumulative quantity going back', core: [CORE, 'fills out of order; cumulative quantity going back; …'], venue: [VENUE, 'a cumulative quantity that goes back'] },
  { name: 'average price missing', core: [CORE, 'average price missing: …'], venue: [VENUE, 'average price missing'] },
  { name: 'venue restart that forgets open orders', core: [CORE, 'a venue restart forgets open orders'], venue: [VENUE, 'a venue restart that forgets open orders'] },
  { name: 'venue accepts twice', core: [CORE, 'the venue accepts an order twice: …'], venue: [VENUE, 'fills larger than sent; the venue accepts twice'] },
  { name: 'disconnect at every step of every policy', core: ['unit/core/disconnect.test.ts', 'disconnect at every step of ${name}'], venue: ['sim/disconnect-steps.test.ts', 'disconnect at every step of ${name}'] },
  { name: 'clock steps back', core: [CORE, "a venue's clock steps back: …"], venue: [VENUE, 'the clock of a venue steps back'] },
  { name: 'two fills in one message', core: [CORE, 'two fills in one message: …'], venue: [VENUE, 'two fills in one message'] },
  { name: 'amend racing a fill', core: [CORE, 'two fills in one message (same instant) and an amend racing a fill'], venue: [VENUE, 'an amend racing a fill'] },
  { name: 'cancel-all racing new orders', core: [CORE, 'cancel of everything at a venue racing new orders'], venue: [VENUE, 'cancel of everything racing new orders'] },
  { name: 'balance update older than a fill', core: [CORE, 'a balance older than a fill is not applied'], venue: [VENUE, 'a balance older than a fill'] },
  { name: 'entry cancelled then filled late with a stop skipped', core: [CORE, 'entry cancelled, its stop skipped, then a late fill: …'], venue: [VENUE, 'entry cancelled, then filled late with its stop skipped'] },
  { name: "take-profit's venue dead while the stop fires", core: [CORE, 'the take-profit sits at a dead venue while the stop fires: …'], venue: [VENUE, "the take-profit's venue is dead while the stop fires"] },
  { name: 'hedge venue refusing for ten minutes', core: [CORE, 'the hedge venue refuses for ten minutes: …'], venue: [VENUE, 'the hedge venue refuses for ten minutes'] },
  { name: 'fee in base leaving an off-lot exit', core: ['unit/core/semantics-page.test.ts', 'a fee in base makes every exit quantity the net one'], venue: [VENUE, 'a fee in base leaves an off-lot exit'] },
  { name: 'stale feed with an armed stop', core: [CORE, 'stale feed with an armed stop: …'], venue: [VENUE, 'stale feed with an armed stop'] },
  { name: 'kill switch in the middle of a release', core: [CORE, 'kill switch in the middle of a release'], venue: [VENUE, 'kill switch in the middle of a release'] },
];

const page = 'docs/TESTING.md';
const marks = ['<!-- anomalies: generated -->', '<!-- anomalies: end -->'] as const;

/** Names of the tests of a file under test/, as its source writes them. */
export function testsOf(file: string): string[] {
  const text = readFileSync(`test/${file}`, 'utf8');
  return [...text.matchAll(/\btest\((?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|`((?:[^`\\]|\\.)*)`)/g)].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
}

export function anomalyTable(): string {
  const cell = ([file, test]: readonly [string, string]): string => `\`${file.replace(/\.test\.ts$/, '')}\`: ${test.replaceAll('|', '/')}`;
  const rows = anomalies.map((entry) => `| ${entry.name} | ${cell(entry.core)} | ${cell(entry.venue)} |`);
  return ['| anomaly | on the core | through a venue |', '|---|---|---|', ...rows].join('\n');
}

/** What stands between the marks of docs/TESTING.md. */
export function tableOnPage(): string {
  return readFileSync(page, 'utf8').split(marks[0])[1]?.split(marks[1])[0]?.trim() ?? '';
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [before, rest] = readFileSync(page, 'utf8').split(marks[0]);
  const after = rest?.split(marks[1])[1];
  if (before === undefined || after === undefined) throw new Error(`${page} has lost its marks for the table of anomalies: put ${marks.join(' and ')} back`);
  writeFileSync(page, `${before}${marks[0]}\n${anomalyTable()}\n${marks[1]}${after}`);
}
