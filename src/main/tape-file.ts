import { createWriteStream, type WriteStream } from 'node:fs';

/** Bytes that all tapes together may still take. */
export interface TapesRoom {
  left: number;
}

/** A tape on disk, written behind the engine's back: a disk that is full, or no room, ends the tape, not the engine. */
export class TapeFile {
  readonly path: string;
  readonly #room: TapesRoom;
  #stream: WriteStream | null;

  constructor(path: string, room: TapesRoom) {
    this.path = path;
    this.#room = room;
    this.#stream = createWriteStream(path, { flags: 'a', mode: 0o600 });
    this.#stream.on('error', () => {
      this.#stream = null;
    });
  }

  /** @param text whole lines */
  append(text: string): void {
    if (this.#stream === null) return;
    this.#room.left -= text.length;
    if (this.#room.left > 0) return void this.#stream.write(text);
    this.#stream.write('["full"]\n');
    this.close();
  }

  close(): void {
    this.#stream?.end();
    this.#stream = null;
  }
}
