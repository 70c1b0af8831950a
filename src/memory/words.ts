/**
 * The only ways to touch shared memory. `publish`/`observe` are ordered (sequentially consistent, JavaScript
 * knows no other), `plainRead`/`plainWrite` are not: they are right only between an observe and a publish that
 * hand the bytes over, or where a stale answer does no harm. Indices are in words of the view.
 */

/** Everything written before is visible to whoever observes this value. */
export function publishInt32(words: Int32Array, index: number, value: number): void {
  Atomics.store(words, index, value);
}

/** What was published here last; everything written before that publish is visible from now on. */
export function observeInt32(words: Int32Array, index: number): number {
  return Atomics.load(words, index);
}

export function plainReadInt32(words: Int32Array, index: number): number {
  return words[index] as number; // index is inside by construction of the layout
}

export function plainWriteInt32(words: Int32Array, index: number, value: number): void {
  words[index] = value;
}

export function plainReadUint32(words: Uint32Array, index: number): number {
  return words[index] as number; // as above
}

export function plainReadFloat64(words: Float64Array, index: number): number {
  return words[index] as number; // as above
}

export function plainWriteFloat64(words: Float64Array, index: number, value: number): void {
  words[index] = value;
}

/**
 * So many words from one array into another, as plainRead and plainWrite would. Four a step: index checks are what a copy
 * costs; written out, since a compiler inlines only so much of what is called from one place.
 */
export function plainCopyFloat64(from: Float64Array, at: number, into: Float64Array, words: number): void {
  let i = 0;
  for (const fours = words & -4; i < fours; i += 4) {
    into[i] = from[at + i] as number; // as above
    into[i + 1] = from[at + i + 1] as number;
    into[i + 2] = from[at + i + 2] as number;
    into[i + 3] = from[at + i + 3] as number;
  }
  for (; i < words; i++) into[i] = from[at + i] as number;
}

export function plainReadUint8(bytes: Uint8Array, index: number): number {
  return bytes[index] as number; // as above
}

export function plainWriteUint8(bytes: Uint8Array, index: number, value: number): void {
  bytes[index] = value;
}

const fenceWord = new Int32Array(new SharedArrayBuffer(4));
const strongLoads = process.arch === 'x64' || process.arch === 'ia32';

/**
 * Keeps plain reads before it from being satisfied after the observe that follows: a sequence lock's second
 * look. x86 never moves a load over a load, so nothing is needed there; elsewhere a read-modify-write of a word
 * that nobody shares is the barrier JavaScript has.
 */
export function loadFence(): void {
  if (!strongLoads) Atomics.add(fenceWord, 0, 0);
}

/**
 * Keeps plain writes after it from becoming visible before the publish that came before it: a sequence lock's
 * first store. x86 never moves a store over a store; elsewhere as in loadFence.
 */
export function storeFence(): void {
  if (!strongLoads) Atomics.add(fenceWord, 0, 0);
}
