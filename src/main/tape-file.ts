import { createWriteStream, type WriteStream } from 'node:fs';

/** A tape on disk, written behind the engine's back: a disk that is full ends the tape, not the engine. */
export class TapeFile {
  readonly path: string;
  #stream: WriteStream | null;

  constructor(path: string) {
    this.path = path;
    this.#stream = createWriteStream(path, { flags: 'a', mode: 0o600 });
    this.#stream.on('error', () => {
      this.#stream = null;
    });
  }

  append(text: string): void {
    this.#stream?.write(text);
  }

  close(): void {
    this.#stream?.end();
    this.#stream = null;
  }
}
