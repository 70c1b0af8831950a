import type { Prng } from '../../../src/base/prng.js';

/** What frames are made of, and what they must not be made of. */
const ALPHABET = Buffer.from('0123456789.,:"[]{}eEuUpab-+\\ \u0000\u00ff', 'latin1');

/** A frame with one to three small wounds: bytes changed, dropped, doubled, inserted, moved, cut off. */
export function mutate(prng: Prng, frame: Buffer): Buffer {
  let bytes = frame;
  for (let wounds = prng.between(1, 3); wounds > 0 && bytes.length > 2; wounds--) bytes = wound(prng, bytes);
  return bytes;
}

function wound(prng: Prng, bytes: Buffer): Buffer {
  const at = prng.below(bytes.length);
  const length = Math.min(prng.between(1, 12), bytes.length - at);
  switch (prng.below(9)) {
    case 0:
    case 1:
    case 2: { // a digit becomes another: the frame stays well formed
      const copy = Buffer.from(bytes);
      for (let i = at; i < copy.length; i++) {
        const byte = copy[i] ?? 0;
        if (byte < 48 || byte > 57) continue;
        copy[i] = 48 + prng.below(10);
        break;
      }
      return copy;
    }
    case 3: {
      const copy = Buffer.from(bytes);
      copy[at] = ALPHABET[prng.below(ALPHABET.length)] ?? 0;
      return copy;
    }
    case 4:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
    case 5:
      return Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]);
    case 6:
      return Buffer.concat([bytes.subarray(0, at), Buffer.from([ALPHABET[prng.below(ALPHABET.length)] ?? 0]), bytes.subarray(at)]);
    case 7:
      return bytes.subarray(0, at);
    default: { // a whole level again, or the bytes of one elsewhere
      const from = bytes.indexOf('["', at);
      const to = from < 0 ? -1 : bytes.indexOf(']', from);
      if (to < 0) return bytes;
      return Buffer.concat([bytes.subarray(0, to + 1), Buffer.from(','), bytes.subarray(from)]);
    }
  }
}
