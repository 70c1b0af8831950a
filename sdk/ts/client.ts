/** Reference client of the JSON interface: requests, and the stream with resume. */
import { WebSocket } from 'ws';

export interface LegworkOptions {
  /** `http://127.0.0.1:50052` */
  readonly baseUrl: string;
  readonly key: string;
}

/** An answer that was no success: the envelope's code and message. */
export class LegworkError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export interface StreamFrame {
  readonly channel: string;
  /** Account channels only. */
  readonly seq?: number;
  readonly snapshot?: boolean;
  readonly data: unknown;
}

export class LegworkClient {
  readonly #options: LegworkOptions;

  constructor(options: LegworkOptions) {
    this.#options = options;
  }

  /**
   * The answer's JSON; integers beyond 2^53 are bigint. @throws LegworkError
   * @param body a text is sent as it is, so that integers beyond 2^53 can be written exactly
   */
  async request(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.#options.baseUrl}${path}`, {
      method,
      headers: { Authorization: `Bearer ${this.#options.key}`, 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const value = text === '' ? null : parseExact(text);
    if (response.ok) return value;
    const { error } = value as { readonly error: { readonly code: string; readonly message: string } };
    throw new LegworkError(response.status, error.code, error.message);
  }

  /**
   * Frames of the channels until the returned function is called. After a lost connection it connects again and goes
   * on from the last account sequence. @param onEnd called when the key is no longer good
   */
  stream(channels: readonly string[], onFrame: (frame: StreamFrame) => void, onEnd: (reason: string) => void): () => void {
    let lastSeq: number | null = null;
    let stopped = false;
    let ws: WebSocket;
    const connect = (): void => {
      const headers = { Authorization: `Bearer ${this.#options.key}` };
      ws = new WebSocket(`${this.#options.baseUrl.replace(/^http/, 'ws')}/v1/stream`, { headers });
      ws.on('open', () => ws.send(JSON.stringify({ subscribe: channels, ...(lastSeq === null ? {} : { from_seq: lastSeq }) })));
      ws.on('message', (bytes: Buffer) => {
        const frame = parseExact(bytes.toString('utf8')) as StreamFrame;
        if (typeof frame.channel !== 'string') return;
        if (typeof frame.seq === 'number') lastSeq = Math.max(lastSeq ?? 0, frame.seq);
        onFrame(frame);
      });
      ws.on('error', () => undefined);
      ws.on('unexpected-response', (_, response) => {
        stopped = true;
        onEnd(`refused with ${response.statusCode ?? 0}`);
      });
      ws.on('close', (code) => {
        if (stopped) return;
        if (code === 4001) onEnd('the key ended');
        else setTimeout(connect, 200);
      });
    };
    connect();
    return () => {
      stopped = true;
      ws.close();
    };
  }
}

/** Strings and whole number tokens of a JSON text: what is inside a string or a fraction is never taken for an integer. */
const tokens = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const MARK = '\\u0000';

/** JSON in which integers beyond 2^53 become bigint. */
export function parseExact(text: string): unknown {
  const marked = text.replace(tokens, (token) => (/^-?\d{16,}$/.test(token) ? `"${MARK}${token}"` : token));
  return JSON.parse(marked, (_, value: unknown) => {
    if (typeof value !== 'string' || !/^\u0000-?\d{16,}$/.test(value)) return value;
    const whole = BigInt(value.slice(1));
    return Number.isSafeInteger(Number(whole)) ? Number(whole) : whole;
  }) as unknown;
}
