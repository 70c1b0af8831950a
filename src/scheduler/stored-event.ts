/** An account event that was read from a file: what it says is parsed when somebody looks. */
import { must } from '../base/assert.js';
import type { AccountEvent } from '../protocol/effects.js';
import { parseJson } from '../protocol/json/parse.js';
import type { AccountId } from '../protocol/universe.js';

export class StoredEvent implements AccountEvent {
  readonly kind = 'account';
  readonly accountId: AccountId;
  readonly seq: number;
  readonly tNs: number;
  readonly channel: AccountEvent['channel'];
  readonly graphId: string;
  readonly nodeId: string;
  /** `data` as JSON. */
  readonly text: string;
  #data: unknown = undefined;

  constructor(fields: Omit<AccountEvent, 'kind' | 'data'>, text: string) {
    this.accountId = fields.accountId;
    this.seq = fields.seq;
    this.tNs = fields.tNs;
    this.channel = fields.channel;
    this.graphId = fields.graphId;
    this.nodeId = fields.nodeId;
    this.text = text;
  }

  get data(): unknown {
    if (this.#data !== undefined) return this.#data;
    const parsed = parseJson(this.text);
    this.#data = parsed.ok ? parsed.value : null;
    return must(this.#data, `data of event ${this.seq}: it was written by this engine and checked when it was read`);
  }
}
