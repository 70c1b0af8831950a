/**
 * The doors that are no plain routes, for the OpenAPI document: WebSocket upgrades and server-sent events. OpenAPI has
 * no words for frames; they are described in text and, as far as they are JSON, in `x-frames`.
 */
import { errorCodes, type ErrorCodeName } from '../../protocol/error-codes.js';
import type { Scope } from '../auth/principal.js';
import { accountChannels } from '../streams/channels.js';

interface Parameter {
  readonly name: string;
  readonly in: 'query' | 'header';
  readonly description: string;
  readonly schema: object;
}

interface StreamDoor {
  readonly path: string;
  readonly summary: string;
  readonly description: string;
  readonly scope: Scope;
  readonly good: { readonly status: '101' | '200'; readonly description: string; readonly content?: object };
  readonly parameters: readonly Parameter[];
  readonly frames?: object;
}

const text = { type: 'string' };
const seq = { type: 'integer', minimum: 0 };
const ticket: Parameter = {
  name: 'ticket', in: 'query', description: 'From GET /v1/ws/ticket: 30 s, single use, for browsers.', schema: { type: 'string', pattern: '^wst_' },
};
const closeCodes = 'Close codes: 1001 going away, 1008 too many frames, 1013 try again later, 4001 the key ended or the logon was refused, ';

const channelList = { type: 'array', maxItems: 1_000, items: text };

const streamFrames = {
  client: {
    type: 'object', additionalProperties: false,
    properties: { subscribe: channelList, unsubscribe: channelList, from_seq: { ...seq, description: 'The last account seq the client has.' } },
  },
  server: {
    anyOf: [
      {
        title: 'event', type: 'object', required: ['channel', 'data'],
        properties: { channel: text, data: {}, seq: { ...seq, description: 'Account channels only; gap-free over all of them.' }, snapshot: { const: true } },
      },
      {
        title: 'answer', type: 'object', required: ['subscribed', 'rejected'],
        properties: {
          subscribed: channelList, unsubscribed: channelList,
          rejected: { type: 'array', items: { type: 'object', required: ['channel', 'reason'], properties: { channel: text, reason: text } } },
        },
      },
      { title: 'resync', type: 'object', required: ['resync', 'seq'], properties: { resync: channelList, seq } },
      {
        title: 'error', type: 'object', required: ['error'],
        properties: { error: { type: 'object', required: ['code', 'message'], properties: { code: text, message: text } } },
      },
    ],
  },
};

function events(path: string, channel: 'tca' | 'risk', summary: string): StreamDoor {
  return {
    path, summary, scope: 'read',
    description:
      `Server-sent events of the account's \`${channel}\` channel: \`id\` is the account \`seq\`, \`event\` is \`${channel}\`, \`snapshot\` or ` +
      '`resync`, `data` is JSON. A comment every 5 s. Resume with `Last-Event-ID` or `from_seq`.',
    good: { status: '200', description: 'The stream; it does not end by itself.', content: { 'text/event-stream': { schema: text } } },
    parameters: [
      ticket,
      { name: 'from_seq', in: 'query', description: 'The last account seq the client has.', schema: seq },
      { name: 'Last-Event-ID', in: 'header', description: 'As from_seq; browsers send it by themselves.', schema: seq },
    ],
  };
}

export const streamDoors: readonly StreamDoor[] = [
  {
    path: '/v1/stream', summary: 'WebSocket: prices, books and everything that happens to the account, as JSON text frames.', scope: 'read',
    description:
      'Channels: `prices:<symbol>`, `book:<symbol>`, `traces:<deployment_id>` (what a module does, line by line: `kind` is action, fill, log, ' +
      'paused, died, restarted or dropped), `deployment:<deployment_id>` (its view, at once and at each change), ' + accountChannels.map((name) => `\`${name}\``).join(', ') + '. The answer to a control ' +
      'frame comes first, then snapshots, then events. Prices and books are conflated for a slow reader; account events never are: past ' +
      `1 MiB unread the connection ends with 4008 and the client resumes with \`from_seq\`. ${closeCodes}4008 too slow.`,
    good: { status: '101', description: 'Upgraded to WebSocket.' }, parameters: [ticket], frames: streamFrames,
  },
  {
    path: '/v1/ws/orders', summary: 'WebSocket: binary order entry, one FlatBuffer a binary message.', scope: 'trade',
    description:
      'Subprotocol `legwork.v1`; schema `schema/order-entry.fbs`. The first message is a Logon, which may bring the key where the upgrade ' +
      'had none. Sequences each way; a repeated client sequence is answered from memory; `last_seq` replays what was missed. ' +
      `${closeCodes}4002 taken over by another connection, 4003 silent, 4007 three bad frames within a minute, 4008 too slow.`,
    good: { status: '101', description: 'Upgraded to WebSocket.' }, parameters: [ticket],
  },
  events('/v1/tca/stream', 'tca', 'Server-sent events: transaction cost analysis of each order at its end.'),
  events('/v1/risk/stream', 'risk', 'Server-sent events: limits, breaches and alerts of the account.'),
];

const refusals: readonly ErrorCodeName[] = [
  'BAD_REQUEST', 'INVALID_PARAMS', 'UNAUTHORIZED', 'FORBIDDEN', 'RATE_LIMITED', 'SERVICE_UNAVAILABLE', 'INTERNAL_ERROR',
];

/** Path items of the document. */
export function streamPaths(): Record<string, unknown> {
  return Object.fromEntries(streamDoors.map((door) => [door.path, { get: operation(door) }]));
}

function operation(door: StreamDoor): unknown {
  const responses: Record<string, unknown> = { [door.good.status]: { description: door.good.description, ...(door.good.content === undefined ? {} : { content: door.good.content }) } };
  for (const code of refusals) {
    const status = String(errorCodes[code].status);
    const before = (responses[status] as { readonly description: string } | undefined)?.description;
    const description = `${before === undefined ? '' : `${before} `}${code}: ${errorCodes[code].meaning}`;
    responses[status] = { description, content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } } };
  }
  return {
    operationId: `get${door.path.replace(/[^A-Za-z0-9]+(.)?/g, (_, next: string | undefined) => (next ?? '').toUpperCase())}`,
    summary: door.summary, description: door.description, tags: ['streams'], 'x-scope': door.scope, parameters: door.parameters, responses,
    ...(door.frames === undefined ? {} : { 'x-frames': door.frames }),
  };
}
