/** What a client may send on `/v1/stream`: one JSON object that subscribes, unsubscribes, or both. */
import { err, ok, type Result } from '../../base/result.js';
import { parseJson } from '../../protocol/json/parse.js';
import { isJsonObject, type JsonValue } from '../../protocol/json/values.js';

export interface ControlFrame {
  readonly subscribe: readonly string[];
  readonly unsubscribe: readonly string[] | null;
  /** The last account `seq` the client has; null = snapshots. */
  readonly fromSeq: number | null;
}

/** Channels in one frame. */
export const channelsPerFrameMax = 1_000;
const fields = new Set(['subscribe', 'unsubscribe', 'from_seq']);

/** The error is for people: what was expected and what came. */
export function parseControlFrame(bytes: Uint8Array): Result<ControlFrame, string> {
  const parsed = parseJson(bytes);
  if (!parsed.ok) return err(`the frame is not JSON: ${parsed.error.message}`);
  const frame = parsed.value;
  if (!isJsonObject(frame)) return err('the frame must be a JSON object, {"subscribe":[…]}');
  for (const name of Object.keys(frame)) {
    if (!fields.has(name)) return err(`unknown field "${name.slice(0, 64)}"; expected subscribe, unsubscribe, from_seq`);
  }
  const subscribe = channelList(frame['subscribe'], 'subscribe');
  if (!subscribe.ok) return subscribe;
  const unsubscribe = channelList(frame['unsubscribe'], 'unsubscribe');
  if (!unsubscribe.ok) return unsubscribe;
  if (subscribe.value === null && unsubscribe.value === null) return err('expected "subscribe" or "unsubscribe"');
  const fromSeq = frame['from_seq'] ?? null;
  if (fromSeq !== null && !(typeof fromSeq === 'number' && Number.isSafeInteger(fromSeq) && fromSeq >= 0)) {
    return err('from_seq must be a whole number from 0');
  }
  return ok({ subscribe: subscribe.value ?? [], unsubscribe: unsubscribe.value, fromSeq });
}

function channelList(value: JsonValue | undefined, name: string): Result<readonly string[] | null, string> {
  if (value === undefined || value === null) return ok(null);
  if (!Array.isArray(value)) return err(`${name} must be a list of channel names`);
  const items = value as readonly JsonValue[];
  if (items.length > channelsPerFrameMax) return err(`${name} has ${items.length} channels; at most ${channelsPerFrameMax}`);
  const texts: string[] = [];
  for (const item of items) {
    if (typeof item !== 'string') return err(`${name} must hold strings`);
    texts.push(item);
  }
  return ok([...new Set(texts)]);
}
