/** A reader of server-sent events for tests: raw HTTP, a wait with a deadline. */
import { request, type ClientRequest, type IncomingMessage } from 'node:http';

export class EventStream {
  text = '';
  ended = false;
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly #request: ClientRequest;
  readonly #watchers = new Set<() => void>();

  /** Use `open`. */
  private constructor(sent: ClientRequest, response: IncomingMessage) {
    this.#request = sent;
    this.status = response.statusCode ?? 0;
    this.headers = response.headers;
    const changed = (): void => {
      for (const watcher of [...this.#watchers]) watcher();
    };
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      this.text += chunk;
      changed();
    });
    response.on('close', () => {
      this.ended = true;
      changed();
    });
    response.on('error', () => undefined);
  }

  /** Resolves when the head is there, whatever the status. */
  static open(port: number, path: string, headers: Record<string, string> = {}): Promise<EventStream> {
    return new Promise((resolve, reject) => {
      const sent = request({ host: '127.0.0.1', port, path, headers, agent: false }, (response) => resolve(new EventStream(sent, response)));
      sent.on('error', reject);
      sent.end();
    });
  }

  /** Resolves once true; rejects after 15 s with what came. */
  until(what: string, ready: (text: string) => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (!ready(this.text)) return;
        this.#watchers.delete(look);
        clearTimeout(deadline);
        resolve();
      };
      const deadline = setTimeout(() => {
        this.#watchers.delete(look);
        reject(new Error(`waited for ${what}; ended ${this.ended}; so far ${this.text.slice(-600)}`));
      }, 15_000);
      this.#watchers.add(look);
      look();
    });
  }

  end(): void {
    this.#request.destroy();
  }
}
