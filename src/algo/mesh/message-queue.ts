import { MAX_MESSAGE_SIZE } from '../abi/layouts.generated.js';
import { runLimits } from '../limits.js';

/**
 * One receiver's messages, first in first out; the newest is dropped and counted when 1,024 wait.
 * Allocates: its cells, at the first message.
 */
export class MessageQueue {
  #bytes: Uint8Array | undefined;
  readonly #from = new Float64Array(runLimits.messageQueue);
  readonly #length = new Uint16Array(runLimits.messageQueue);
  #head = 0;
  #count = 0;
  dropped = 0;

  get waiting(): number {
    return this.#count;
  }

  /** Copies the bytes; at most 256. */
  offer(from: number, source: Uint8Array, at: number, length: number): boolean {
    if (this.#count >= runLimits.messageQueue) {
      this.dropped++;
      return false;
    }
    this.#bytes ??= new Uint8Array(runLimits.messageQueue * MAX_MESSAGE_SIZE);
    const cell = (this.#head + this.#count) % runLimits.messageQueue;
    this.#from[cell] = from;
    this.#length[cell] = length;
    this.#bytes.set(source.subarray(at, at + length), cell * MAX_MESSAGE_SIZE);
    this.#count++;
    return true;
  }

  /** Copies the oldest message's bytes to `target` and drops it. @returns the sender and the length, or undefined */
  take(target: Uint8Array, at: number): { readonly from: number; readonly length: number } | undefined {
    if (this.#count === 0 || this.#bytes === undefined) return undefined;
    const cell = this.#head;
    const length = this.#length[cell] ?? 0;
    target.set(this.#bytes.subarray(cell * MAX_MESSAGE_SIZE, cell * MAX_MESSAGE_SIZE + length), at);
    this.#head = (this.#head + 1) % runLimits.messageQueue;
    this.#count--;
    return { from: this.#from[cell] ?? 0, length };
  }

  clear(): void {
    this.#count = 0;
  }
}
