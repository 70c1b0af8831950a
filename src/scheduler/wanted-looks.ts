/** Looks at the books that the core asked for and has not had, one an instrument at most. Allocates: never after construction. */
import { must } from '../base/assert.js';
import { plainReadFloat64, plainWriteFloat64 } from '../memory/words.js';
import type { InstrumentId } from '../protocol/universe.js';

export class WantedLooks {
  readonly #queue: InstrumentId[] = [];
  readonly #isQueued: boolean[];
  readonly #levels: Float64Array;
  readonly #askLots: Float64Array;
  readonly #bidLots: Float64Array;

  constructor(instruments: number) {
    this.#isQueued = Array.from({ length: instruments }, () => false);
    this.#levels = new Float64Array(instruments);
    this.#askLots = new Float64Array(instruments);
    this.#bidLots = new Float64Array(instruments);
  }

  get waiting(): number {
    return this.#queue.length;
  }

  /** One look serves all who ask for it: the most of what each wants. */
  add(instrument: InstrumentId, levels: number, askLots: number, bidLots: number): void {
    const isFirst = !must(this.#isQueued[instrument], 'instrument');
    most(this.#levels, instrument, levels, isFirst);
    most(this.#askLots, instrument, askLots, isFirst);
    most(this.#bidLots, instrument, bidLots, isFirst);
    if (!isFirst) return;
    this.#isQueued[instrument] = true;
    this.#queue.push(instrument);
  }

  /** The oldest; its numbers stay readable until it is asked for again. */
  take(): InstrumentId {
    const instrument = must(this.#queue[0], 'a wanted look');
    for (let i = 1; i < this.#queue.length; i++) this.#queue[i - 1] = must(this.#queue[i], 'wanted');
    this.#queue.pop();
    this.#isQueued[instrument] = false;
    return instrument;
  }

  levels(instrument: InstrumentId): number {
    return plainReadFloat64(this.#levels, instrument);
  }

  askLots(instrument: InstrumentId): number {
    return plainReadFloat64(this.#askLots, instrument);
  }

  bidLots(instrument: InstrumentId): number {
    return plainReadFloat64(this.#bidLots, instrument);
  }
}

function most(values: Float64Array, index: number, value: number, isFirst: boolean): void {
  plainWriteFloat64(values, index, isFirst ? value : Math.max(plainReadFloat64(values, index), value));
}
