/** The engine's callbacks as promises, its refusals as API errors. */
import { must } from '../base/assert.js';
import type { Command, Reply } from '../protocol/commands.js';
import type { EnginePort, Query } from '../protocol/engine-port.js';
import type { AccountId } from '../protocol/universe.js';
import type { Call } from './server/route.js';
import { refusal, type ApiErrorOptions } from './server/api-error.js';

export type GoodReply = Extract<Reply, { ok: true }>;

/** The answer to a query. @throws ApiError with the engine's code */
export function ask(port: EnginePort, account: AccountId, query: Query): Promise<unknown> {
  return new Promise((resolve, reject) => {
    port.query(account, query, (reply) => {
      if (reply.ok) resolve(reply.body);
      else reject(refusal(reply.code, reply.message));
    });
  });
}

/** The reply to a command that was accepted. @throws ApiError with the engine's code */
export function tell(port: EnginePort, account: AccountId, command: Command): Promise<GoodReply> {
  return new Promise((resolve, reject) => {
    port.command(account, command, (reply) => {
      if (reply.ok) resolve(reply);
      else reject(refused(reply));
    });
  });
}

/** A feature inside a document that we lack is 422, not 501 (wire.md, Conventions). */
export function refused(reply: Extract<Reply, { ok: false }>): Error {
  const options: ApiErrorOptions = {
    ...(reply.code === 'NOT_SUPPORTED' ? { status: 422 } : {}),
    ...(reply.field === undefined ? {} : { details: [{ field: reply.field, message: reply.message }] }),
  };
  return refusal(reply.code, reply.message, options);
}

/** When a command took effect, as every answer to one says. */
export function stamp(call: Call, reply: GoodReply): { ts_ns: bigint; seq: number } {
  call.warnings.push(...reply.warnings);
  return { ts_ns: call.gateway.port.baseNs() + BigInt(reply.tNs), seq: reply.seq };
}

/** What a cancelled graph leaves behind, as the answer says it: venues by name. */
export function leftBehind(call: Call, reply: GoodReply): { venue: string; symbol: string; qty_1e8: bigint }[] {
  const { venues } = call.gateway.names.universe;
  return (reply.body.kind === 'graph' ? reply.body.left : []).map((row) => ({
    venue: must(venues[row.venue], 'venue').name,
    symbol: row.symbol,
    qty_1e8: BigInt(row.qty1e8),
  }));
}
