/**
 * The victim: a real engine on a data directory, its venues in another process. Speaks JSON lines on stdin and stdout:
 * commands in, replies and account events out. Ends cleanly (with a snapshot) on SIGTERM.
 */
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { must } from '../../src/base/assert.js';
import { checkInvariants } from '../../src/core/invariants.js';
import { PausedBy } from '../../src/core/state.js';
import { stateHash } from '../../src/core/state-hash.js';
import { cancelOpening, exitCodeOf } from '../../src/main/last-words.js';
import { openRemoteEngine } from '../../src/main/remote-engine.js';
import { plainEvent } from '../../src/protocol/account-event.js';
import { stringifyExact } from '../../src/protocol/json/stringify.js';
import { buildUniverse } from '../../src/venues/sim/universe.js';
import type { Asked, Said } from './engine-client.js';
import { stuck } from './stuck.js';
import { unprotected } from './unprotected.js';

const { values } = parseArgs({
  options: {
    directory: { type: 'string' },
    socket: { type: 'string' },
    segment: { type: 'string', default: '131072' },
    durability: { type: 'string', default: 'process' },
  },
});

function say(message: Said): void {
  process.stdout.write(`${stringifyExact(message)}\n`);
}

process.on('uncaughtException', (error) => {
  process.stderr.write(`engine: ${error.stack ?? error.message}\n`);
  process.exit(exitCodeOf(error));
});

const remote = await openRemoteEngine({
  directory: must(values.directory, '--directory DIR'), socketPath: must(values.socket, '--socket PATH'),
  universe: buildUniverse(), accounts: ['default'], durability: values.durability === 'power' ? 'power' : 'process', seed: 1, segmentBytes: Number(values.segment),
  snapshotEvery: 120, keepBytes: 0, snapshotFailed: (why) => process.stderr.write(`engine: background snapshot: ${why}\n`),
});
const { engine, directory } = remote;
const { state } = engine.scheduler;
checkInvariants(state);
engine.onAccountEvent((event) => say({ op: 'event', event: plainEvent(event) }));
say({ op: 'opened', epoch: directory.epoch, events: directory.events, notes: directory.notes });
engine.onFailure((error) => {
  process.stderr.write(`engine: ${error instanceof Error ? error.message : String(error)}\n`);
  say({ op: 'failed', cancelled: cancelOpening(state, (venue, accountId, id) => engine.venues[venue]?.cancel(accountId, id)) });
  setTimeout(() => process.exit(exitCodeOf(error)), 50);
});
engine.run();
const watch = setInterval(() => {
  if (!remote.isReady()) return;
  clearInterval(watch);
  checkInvariants(state);
  say({ op: 'ready', unprotected: unprotected(state) });
}, 2);

// Whoever started it is gone, however it ended.
process.stdin.once('end', () => process.exit(1));

createInterface({ input: process.stdin }).on('line', (line) => {
  const asked = JSON.parse(line) as Asked;
  if (asked.op === 'command') {
    engine.command(0, asked.command, (reply) => say({ op: 'reply', id: asked.id, reply }));
    return;
  }
  if (asked.op === 'history') {
    const events = engine.history.events(0).map(plainEvent);
    say({ op: 'history', id: asked.id, events });
    return;
  }
  if (asked.op === 'reconcile') {
    for (const venue of engine.venues) venue.reconcile(0);
    return;
  }
  checkInvariants(state);
  const open = [...state.open.values()];
  say({
    op: 'status', id: asked.id, open: open.map((graph) => graph.graphId), seq: state.accounts[0]?.seq ?? 0,
    unprotected: unprotected(state), stuck: stuck(state),
    paused: open.filter((graph) => (graph.pausedBy & PausedBy.user) !== 0).map((graph) => graph.graphId),
    hash: stateHash(state),
  });
});

process.once('SIGTERM', () => {
  clearInterval(watch);
  void remote.close().then(() => process.exit(0));
});
