import { ByteReader } from './byte-reader.js';
import { ByteWriter } from './byte-writer.js';

const CUSTOM = 0;
const HEADER_BYTES = 8;

/**
 * The module without its custom sections: names and debug information, most of a Rust debug build. Nothing that runs
 * changes. @throws RefusalError MALFORMED
 */
export function stripCustom(bytes: Uint8Array): Uint8Array {
  const out = new ByteWriter(bytes.length).bytes(bytes, 0, HEADER_BYTES);
  const reader = new ByteReader(bytes, HEADER_BYTES);
  while (!reader.done) {
    const start = reader.at;
    const id = reader.u8();
    const end = reader.u32() + reader.at;
    // A length beyond the file is left as it is: the admission says what is wrong.
    if (id !== CUSTOM) out.bytes(bytes, start, Math.min(end, bytes.length));
    reader.at = end;
  }
  return out.view().slice();
}
