/** The small world of the model tests with venues of several abilities: some amend natively, some do not. */
import { must } from '../../src/base/assert.js';
import type { Prng } from '../../src/base/prng.js';
import type { Universe } from '../../src/protocol/universe.js';
import { modelUniverse } from '../model/world.js';

const variants: readonly Universe[] = [0, 1, 2, 3].map((bits) => ({
  ...modelUniverse,
  venues: modelUniverse.venues.map((venue) => ({ ...venue, nativeAmend: (bits & (1 << venue.id)) !== 0 })),
}));

export function simUniverse(prng: Prng): Universe {
  return must(variants[prng.below(variants.length)], 'universe');
}
