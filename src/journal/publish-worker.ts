/** Thread of SnapshotPublisher: syncs, names and prunes while the engine goes on. */
import { parentPort } from 'node:worker_threads';
import { must } from '../base/assert.js';
import { realFs } from './journal-fs.js';
import { publishSnapshot } from './publish-snapshot.js';

const port = must(parentPort, 'publish-worker runs as a worker thread');

port.on('message', (request: { readonly directory: string; readonly sequence: number; readonly keepBytes: number }) => {
  try {
    publishSnapshot(realFs, request.directory, request.sequence, request.keepBytes);
    port.postMessage({ sequence: request.sequence, failure: '' });
  } catch (cause) {
    port.postMessage({ sequence: request.sequence, failure: cause instanceof Error ? cause.message : String(cause) });
  }
});
