/**
 * What an account is told, as the core leaves it: the numbers of that moment, from which the shape of the wire is made
 * when somebody reads it. Most events are never read by anyone (nobody listens, nobody resumes), and a wire object
 * costs more than the decision it tells of.
 *
 * Facts never change after they were made and hold nothing that does: no node, child, graph or market, whose figures go
 * on (and which history would keep alive), only numbers, texts and parts of the universe. Times are of the base they
 * were taken in, whose text they keep.
 */
import { plainEvent } from '../../protocol/account-event.js';
import type { AccountEvent } from '../../protocol/effects.js';
import type { AccountId } from '../../protocol/universe.js';

/** A wire object under construction. */
export type WireObject = Record<string, unknown>;

/** What facts need of the event or node that they belong to. */
export interface OfNode {
  readonly graphId: string;
  readonly nodeId: string;
}

export interface Facts {
  view(of: OfNode): unknown;
}

export class Told implements AccountEvent {
  readonly kind = 'account';
  readonly accountId: AccountId;
  readonly seq: number;
  readonly tNs: number;
  readonly channel: AccountEvent['channel'];
  readonly graphId: string;
  readonly nodeId: string;
  /** null: a muted core, which nobody listens to. */
  readonly facts: Facts | null;

  constructor(
    accountId: AccountId, seq: number, tNs: number, channel: AccountEvent['channel'], graphId: string, nodeId: string, facts: Facts | null,
  ) {
    this.accountId = accountId;
    this.seq = seq;
    this.tNs = tNs;
    this.channel = channel;
    this.graphId = graphId;
    this.nodeId = nodeId;
    this.facts = facts;
  }

  /** Made anew at each reading, always the same. */
  get data(): unknown {
    return this.facts === null ? null : this.facts.view(this);
  }

  toJSON(): AccountEvent {
    return plainEvent(this);
  }
}

/** Facts that are the wire shape already: rare events. */
export class PlainFacts implements Facts {
  readonly data: unknown;

  constructor(data: unknown) {
    this.data = data;
  }

  view(): unknown {
    return this.data;
  }
}
