/** The JSON text of an account event's data, written once however many sockets of however many kinds follow the account. */
import type { AccountEvent } from '../protocol/effects.js';
import { stringifyExact } from '../protocol/json/stringify.js';

/** An event goes to all who follow its account before the next one comes, so that the last one is all there is to keep. */
let lastEvent: AccountEvent | null = null;
let lastText = '';

export function eventText(event: AccountEvent): string {
  if (event !== lastEvent) {
    lastText = stringifyExact(event.data);
    lastEvent = event;
  }
  return lastText;
}
