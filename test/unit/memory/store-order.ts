/**
 * Records the order in which a structure touches shared memory: typed arrays made while recording are proxies, Atomics
 * is watched. What is compared is what the proofs in the headers rest on.
 */
type Log = string[];

interface Wrapped {
  readonly target: Int32Array | Float64Array | Uint8Array;
}

/** @param name what a byte offset is called; unnamed bytes are called by their offset */
export function recordStores(name: (byte: number) => string, scene: (start: () => void) => void): Log {
  const log: Log = [];
  const targets = new WeakMap<object, Wrapped>();
  const real = { Int32Array: globalThis.Int32Array, Float64Array: globalThis.Float64Array };
  const store: (array: Int32Array, index: number, value: number) => number = Atomics.store;
  const load: (array: Int32Array, index: number) => number = Atomics.load;
  let recording = false;
  const note = (what: string, array: Int32Array | Float64Array | Uint8Array, index: number): void => {
    if (recording) log.push(`${what} ${name(index * array.BYTES_PER_ELEMENT)}`);
  };
  const watch = <T extends Int32Array | Float64Array>(array: T): T => {
    const proxy = new Proxy(array, {
      get(target, key): unknown {
        if (typeof key === 'string' && /^\d+$/.test(key)) note('read', target, Number(key));
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
      set(target, key, value): boolean {
        if (typeof key === 'string' && /^\d+$/.test(key)) note('write', target, Number(key));
        return Reflect.set(target, key, value, target);
      },
    });
    targets.set(proxy, { target: array });
    return proxy;
  };
  const bare = (array: object): Int32Array => (targets.get(array)?.target ?? array) as Int32Array;
  try {
    globalThis.Int32Array = new Proxy(real.Int32Array, { construct: (make, args) => watch(Reflect.construct(make, args) as Int32Array) });
    globalThis.Float64Array = new Proxy(real.Float64Array, { construct: (make, args) => watch(Reflect.construct(make, args) as Float64Array) });
    Atomics.store = ((array: Int32Array, index: number, value: number): number => {
      note('publish', bare(array), index);
      return store(bare(array), index, value);
    }) as typeof Atomics.store;
    Atomics.load = ((array: Int32Array, index: number): number => {
      note('observe', bare(array), index);
      return load(bare(array), index);
    }) as typeof Atomics.load;
    scene(() => {
      recording = true;
    });
  } finally {
    Object.assign(globalThis, real);
    Object.assign(Atomics, { store, load });
  }
  return log;
}
