/** Values between threads of one process, integers beyond 2^53 and all: V8's own serialisation. */
import { deserialize, serialize } from 'node:v8';
import type { RecordSender } from './record-sender.js';

export function sendValue(to: RecordSender, type: number, value: unknown): void {
  to.send(type, serialize(value));
}

/** The value of a record that sendValue() wrote on another thread. The caller knows its type by the record's. */
export function readValue(bytes: Uint8Array, at: number, length: number): unknown {
  // A copy: deserialising reads no shared memory.
  return deserialize(Buffer.from(bytes.slice(at, at + length)));
}
