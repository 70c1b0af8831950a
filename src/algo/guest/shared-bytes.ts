import { allocateRegion, uint8View } from '../../memory/region.js';

const known = new WeakMap<Uint8Array, Uint8Array>();

/**
 * A module's bytes where every thread sees them: handing them to a thread, and to a fresh one after the watchdog, copies
 * nothing. Once a module; nobody writes them again.
 */
export function sharedBytes(bytes: Uint8Array): Uint8Array {
  const there = known.get(bytes);
  if (there !== undefined) return there;
  const shared = uint8View(allocateRegion(bytes.length)).subarray(0, bytes.length);
  shared.set(bytes);
  known.set(bytes, shared);
  return shared;
}
