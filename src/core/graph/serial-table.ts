/**
 * Things by the serial of their graph. Serials count up, so that neighbours in it were made one after another: a page
 * of them is found at once, where a table by text has to look at memory all over. Pages whose things are gone go too.
 */
import { assert } from '../../base/assert.js';

const PAGE = 256;

interface Page<T> {
  readonly items: (T | undefined)[];
  count: number;
}

export class SerialTable<T extends object> {
  readonly #pages = new Map<number, Page<T>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(serial: number): T | undefined {
    const number = Math.floor(serial / PAGE);
    return this.#pages.get(number)?.items[serial - number * PAGE];
  }

  add(serial: number, item: T): void {
    assert(Number.isSafeInteger(serial), 'a serial is a whole number');
    const number = Math.floor(serial / PAGE);
    let page = this.#pages.get(number);
    if (page === undefined) {
      page = { items: new Array<T | undefined>(PAGE).fill(undefined), count: 0 };
      this.#pages.set(number, page);
    }
    assert(page.items[serial - number * PAGE] === undefined, 'a serial is used once');
    page.items[serial - number * PAGE] = item;
    page.count += 1;
    this.#size += 1;
    assert(page.count <= PAGE, 'a page holds so many');
  }

  remove(serial: number): void {
    const number = Math.floor(serial / PAGE);
    const page = this.#pages.get(number);
    assert(page !== undefined && page.items[serial - number * PAGE] !== undefined, 'what is removed is there');
    page.items[serial - number * PAGE] = undefined;
    page.count -= 1;
    this.#size -= 1;
    assert(page.count >= 0 && this.#size >= page.count, 'what a page holds is counted');
    if (page.count === 0) this.#pages.delete(number);
  }

  /** In the order in which pages were begun: that of serials, where they were added in it. */
  *values(): IterableIterator<T> {
    for (const { items } of this.#pages.values()) for (const item of items) if (item !== undefined) yield item;
  }
}
