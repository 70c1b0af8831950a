/** A WebSocket for tests that waits for frames with a deadline. */
import { WebSocket } from 'ws';

export type Frame = Readonly<Record<string, unknown>>;

export class StreamClient {
  readonly frames: Frame[] = [];
  readonly texts: string[] = [];
  readonly ws: WebSocket;
  closed: { readonly code: number; readonly reason: string } | null = null;
  readonly #watchers = new Set<() => void>();

  constructor(ws: WebSocket) {
    this.ws = ws;
    ws.on('message', (bytes: Buffer) => {
      const text = bytes.toString('utf8');
      this.texts.push(text);
      this.frames.push(JSON.parse(text) as Frame);
      this.#changed();
    });
    ws.on('close', (code: number, reason: Buffer) => {
      this.closed = { code, reason: reason.toString('utf8') };
      this.#changed();
    });
    ws.on('error', () => undefined);
  }

  static async open(port: number, key: string | null, path = '/v1/stream', headers: Record<string, string> = {}): Promise<StreamClient> {
    const auth = key === null ? {} : { Authorization: `Bearer ${key}` };
    const ws = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers: { ...auth, ...headers } });
    const client = new StreamClient(ws);
    await new Promise<void>((resolve, reject) => {
      ws.once('open', () => resolve());
      ws.once('error', reject);
    });
    return client;
  }

  /** The HTTP status with which an upgrade was refused. */
  static refused(port: number, path: string, headers: Record<string, string>): Promise<number> {
    const ws = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers });
    return new Promise((resolve, reject) => {
      ws.once('unexpected-response', (_, response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
        ws.on('error', () => undefined);
        ws.terminate();
      });
      ws.once('open', () => {
        ws.terminate();
        reject(new Error('the upgrade was accepted'));
      });
      ws.once('error', reject);
    });
  }

  send(frame: unknown): void {
    this.ws.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  of(channel: string): Frame[] {
    return this.frames.filter((frame) => frame['channel'] === channel);
  }

  /** Resolves once true; rejects after 15 s with what came. */
  until(what: string, ready: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (!ready()) return;
        this.#watchers.delete(look);
        clearTimeout(deadline);
        resolve();
      };
      const deadline = setTimeout(() => {
        this.#watchers.delete(look);
        reject(new Error(`waited for ${what}; closed ${JSON.stringify(this.closed)}; last ${this.texts.slice(-3).join(' ').slice(0, 600)}`));
      }, 15_000);
      this.#watchers.add(look);
      look();
    });
  }

  /** Resolves with the answer to a frame just sent. */
  async answer(frame: unknown): Promise<Frame> {
    const answers = (): Frame[] => this.frames.filter((each) => !('channel' in each));
    const before = answers().length;
    this.send(frame);
    await this.until('an answer', () => answers().length > before);
    return answers()[before] ?? {};
  }

  end(): void {
    this.ws.terminate();
  }

  #changed(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }
}
