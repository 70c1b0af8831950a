/**
 * A process of simulated venues:
 * `node venue-process.js --socket PATH --ledger FILE [--seed N] [--accounts N] [--recordings DIR]`.
 * Without recordings the market is generated. `--absent NAME` keeps one venue out: nobody reaches it. Prints `ready` once it listens;
 * ends with SIGTERM, and with `--guarded` when its standard input ends: with whoever started it, however that one ended.
 */
import { parseArgs } from 'node:util';
import { must } from '../../base/assert.js';
import { generatedVenues, loadTapes, replayedVenues, type SimulatedVenuesOptions } from '../sim/market.js';
import { buildUniverse } from '../sim/universe.js';
import { fileLedger, VenueServer } from './venue-server.js';

const { values } = parseArgs({
  options: {
    socket: { type: 'string' },
    ledger: { type: 'string' },
    seed: { type: 'string', default: '1' },
    accounts: { type: 'string', default: '1' },
    recordings: { type: 'string' },
    absent: { type: 'string' },
    guarded: { type: 'boolean', default: false },
  },
});

/** The venues look at their clock this often. */
const stepMs = 1;

const universe = buildUniverse();
const baseNs = BigInt(Date.now()) * 1_000_000n;
const started = process.hrtime.bigint();
const server = new VenueServer(baseNs, (listing) => must(universe.listings[listing], `listing ${listing}`).venue);
const options: SimulatedVenuesOptions = {
  universe, seed: Number(values.seed), startNs: 0, sink: server.sink, feed: server.feed, linkedAtStart: false,
  accounts: Array.from({ length: Number(values.accounts) }, (_, id) => id),
  audit: fileLedger(must(values.ledger, '--ledger FILE')),
};
const venues = values.recordings === undefined
  ? generatedVenues(options).venues
  : replayedVenues(loadTapes(values.recordings, universe), options);

server.listen(must(values.socket, '--socket PATH'), venues.filter((venue) => venue.name !== values.absent), () => process.stdout.write('ready\n'));
const timer = setInterval(() => server.step(Number(process.hrtime.bigint() - started)), stepMs);
process.on('SIGTERM', () => {
  clearInterval(timer);
  server.close();
  process.stdin.destroy();
});
if (values.guarded) process.stdin.resume().once('close', () => process.exit(0));
