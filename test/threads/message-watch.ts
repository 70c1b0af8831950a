/**
 * Counts what a thread posts through message ports, in shared memory. As a module beside a worker's agents it watches
 * that worker; watchPosts() does the same on the thread that calls it. Every way of posting ends in
 * `MessagePort.prototype.postMessage`: `parentPort`, `Worker.postMessage`, channels of one's own.
 */
import { MessageChannel, MessagePort, parentPort, threadId } from 'node:worker_threads';
import type { Agent } from '../../src/runtime/agent.js';

/** Int32 words of the shared buffer: threads under watch, messages posted, wish that each agent posts one a round. */
const WATCHED = 0;
const POSTED = 1;
const PLANT = 2;

export interface MessageWatch {
  readonly words: SharedArrayBuffer;
  watched(): number;
  posted(): number;
  /** Agents beside the workers' own post a message a round from now on: the count must rise. */
  plant(): void;
}

export function messageWatch(): MessageWatch {
  const buffer = new SharedArrayBuffer(16);
  const words = new Int32Array(buffer);
  return {
    words: buffer,
    watched: () => Atomics.load(words, WATCHED),
    posted: () => Atomics.load(words, POSTED),
    plant: () => void Atomics.store(words, PLANT, 1),
  };
}

/** Watches this thread until the function returned is called. */
export function watchPosts(buffer: SharedArrayBuffer): () => void {
  const words = new Int32Array(buffer);
  const prototype = MessagePort.prototype as { postMessage: (this: MessagePort, ...args: unknown[]) => void }; // overloads of one method
  const own = prototype.postMessage;
  prototype.postMessage = function postMessage(...args): void {
    Atomics.add(words, POSTED, 1);
    own.apply(this, args);
  };
  const { port1, port2 } = new MessageChannel();
  const before = Atomics.load(words, POSTED);
  port1.postMessage('is it counted');
  port2.close();
  if (Atomics.load(words, POSTED) !== before + 1) throw new Error(`posts of thread ${threadId} are not counted`);
  Atomics.add(words, WATCHED, 1);
  return () => {
    prototype.postMessage = own;
  };
}

export function makeAgent(data: unknown): Agent {
  const buffer = data as SharedArrayBuffer; // messageWatch()'s
  const words = new Int32Array(buffer);
  watchPosts(buffer);
  return {
    name: 'message watch',
    doWork: () => {
      if (Atomics.load(words, PLANT) === 1) parentPort?.postMessage({ kind: 'log', text: 'planted' });
      return 0;
    },
  };
}
