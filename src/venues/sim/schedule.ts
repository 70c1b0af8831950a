/** What is due when: a binary heap by time, first come first served at one instant. */
export type ActionKind = 'entry' | 'report' | 'local';

export interface Action {
  readonly dueNs: number;
  readonly order: number;
  /** `entry`: on the way to the venue; `report`: on the way from it; `local`: neither, never lost. */
  readonly kind: ActionKind;
  readonly run: () => void;
  /** What becomes of it when the connection drops while it is on the way. */
  readonly lost: (() => void) | null;
}

export class Schedule {
  #heap: Action[] = [];
  #count = 0;

  get size(): number {
    return this.#heap.length;
  }

  dueNs(): number {
    return this.#heap[0]?.dueNs ?? Infinity;
  }

  add(dueNs: number, kind: ActionKind, run: () => void, lost: (() => void) | null = null): void {
    const heap = this.#heap;
    heap.push({ dueNs, order: this.#count++, kind, run, lost });
    let at = heap.length - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#before(at, parent)) break;
      this.#swap(at, parent);
      at = parent;
    }
  }

  /** Takes the next action; null when nothing is planned. */
  take(): Action | null {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined) return null;
    if (heap.length === 0) return first;
    heap[0] = last;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      if (left >= heap.length) break;
      const least = left + 1 < heap.length && this.#before(left + 1, left) ? left + 1 : left;
      if (!this.#before(least, at)) break;
      this.#swap(at, least);
      at = least;
    }
    return first;
  }

  /** Takes out everything of these kinds, in order of time. */
  drain(kinds: readonly ActionKind[]): readonly Action[] {
    const all = this.#heap.sort((a, b) => a.dueNs - b.dueNs || a.order - b.order);
    // A sorted array is a heap.
    this.#heap = all.filter((action) => !kinds.includes(action.kind));
    return all.filter((action) => kinds.includes(action.kind));
  }

  #before(a: number, b: number): boolean {
    const x = this.#heap[a];
    const y = this.#heap[b];
    if (x === undefined || y === undefined) return false;
    return x.dueNs < y.dueNs || (x.dueNs === y.dueNs && x.order < y.order);
  }

  #swap(a: number, b: number): void {
    const x = this.#heap[a];
    const y = this.#heap[b];
    if (x === undefined || y === undefined) return;
    this.#heap[a] = y;
    this.#heap[b] = x;
  }
}
