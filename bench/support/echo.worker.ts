/** Answers a word by another, for the floor of hops between threads. Ends with -1. */
import { parentPort, workerData } from 'node:worker_threads';
import { int32View, type Region } from '../../src/memory/region.js';
import { observeInt32, publishInt32 } from '../../src/memory/words.js';

const words = int32View(workerData as Region);
parentPort?.postMessage('ready');
for (let seen = 0; seen !== -1; ) {
  const value = observeInt32(words, 0);
  if (value === seen) continue;
  seen = value;
  publishInt32(words, 64, value);
}
