/**
 * Text as UTF-8 bytes in one growing buffer, for encodings of many megabytes. By hand: pure rooms have no platform
 * encoder. Lone surrogates become U+FFFD.
 */
const FIRST_BYTES = 65_536;

export class ByteText {
  #buffer = new Uint8Array(FIRST_BYTES);
  #used = 0;

  /** @param text of code points below 128: the caller's promise */
  ascii(text: string): void {
    const buffer = this.#room(text.length);
    let at = this.#used;
    for (let i = 0; i < text.length; i++) buffer[at++] = text.charCodeAt(i);
    this.#used = at;
  }

  /** A JSON string, quotes and escapes included: the bytes of `JSON.stringify(text)`. */
  quoted(text: string): void {
    // Each may become two.
    const buffer = this.#room(2 * text.length + 2);
    let at = this.#used;
    buffer[at++] = 0x22;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      // Controls have escapes of their own, what isn't ASCII takes several bytes: begun anew.
      if (code < 0x20 || code >= 0x7f) return this.text(JSON.stringify(text));
      if (code === 0x22 || code === 0x5c) buffer[at++] = 0x5c;
      buffer[at++] = code;
    }
    buffer[at++] = 0x22;
    this.#used = at;
  }

  /** Any text. */
  text(text: string): void {
    // A UTF-16 unit takes at most three bytes; pairs take four for two.
    const out = this.#room(3 * text.length);
    let at = this.#used;
    for (let i = 0; i < text.length; i++) {
      let code = text.charCodeAt(i);
      if (code < 0x80) {
        out[at++] = code;
        continue;
      }
      if (code >= 0xd800 && code < 0xe000) {
        const whole = text.codePointAt(i) ?? 0;
        if (whole > 0xffff) i++;
        code = whole > 0xffff ? whole : 0xfffd;
      }
      if (code < 0x800) out[at++] = 0xc0 | (code >> 6);
      else {
        if (code < 0x1_0000) out[at++] = 0xe0 | (code >> 12);
        else {
          out[at++] = 0xf0 | (code >> 18);
          out[at++] = 0x80 | ((code >> 12) & 63);
        }
        out[at++] = 0x80 | ((code >> 6) & 63);
      }
      out[at++] = 0x80 | (code & 63);
    }
    this.#used = at;
  }

  /** What was written; more may follow, the view stays as it is. */
  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#used);
  }

  #room(bytes: number): Uint8Array {
    if (this.#used + bytes <= this.#buffer.length) return this.#buffer;
    const larger = new Uint8Array(Math.max(2 * this.#buffer.length, this.#used + bytes));
    larger.set(this.#buffer.subarray(0, this.#used));
    this.#buffer = larger;
    return larger;
  }
}
