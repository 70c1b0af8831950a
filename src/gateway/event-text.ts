/**
 * What an account event says, made once however many sockets of however many kinds follow the account: cores and files make
 * it anew at each reading.
 */
import type { AccountEvent } from '../protocol/effects.js';
import { stringifyExact } from '../protocol/json/stringify.js';

export type EventData = Readonly<Record<string, unknown>>;

/** An event goes to all who follow its account before the next one comes, so that the last one is all there is to keep. */
let lastEvent: AccountEvent | null = null;
let lastData: unknown = null;
let lastText: string | null = null;

function look(event: AccountEvent): void {
  if (event === lastEvent) return;
  lastEvent = event;
  lastData = event.data;
  lastText = null;
}

/** Its data; null where that is no object. */
export function eventData(event: AccountEvent): EventData | null {
  look(event);
  return typeof lastData === 'object' ? (lastData as EventData | null) : null;
}

/** The JSON text of its data. */
export function eventText(event: AccountEvent): string {
  look(event);
  return (lastText ??= stringifyExact(lastData));
}
