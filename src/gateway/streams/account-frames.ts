/** Account events and snapshots as frames of `/v1/stream`. */
import type { AccountEvent } from '../../protocol/effects.js';
import { stringifyExact } from '../../protocol/json/stringify.js';
import { eventText } from '../event-text.js';

/** An event goes to all who follow its account before the next one comes. */
let lastEvent: AccountEvent | null = null;
let lastFrame = '';

/** `{"channel","seq","data"}` */
export function eventFrame(event: AccountEvent): string {
  if (event !== lastEvent) {
    lastFrame = `{"channel":"${event.channel}","seq":${event.seq},"data":${eventData(event)}}`;
    lastEvent = event;
  }
  return lastFrame;
}

/** The event's data; TCA rows always say which order they are of. */
export function eventData(event: AccountEvent): string {
  if (event.channel !== 'tca') return eventText(event);
  const { data, graphId } = event;
  if (typeof data !== 'object' || data === null || 'graph_id' in data) return eventText(event);
  return stringifyExact({ graph_id: graphId, node_id: event.nodeId, ...data });
}

/** A part of the present state; `seq` is the account's present one. */
export function snapshotFrame(channel: string, seq: number, data: unknown): string {
  return `{"channel":"${channel}","seq":${seq},"snapshot":true,"data":${stringifyExact(data)}}`;
}

/** Events before `seq` are no longer kept: what follows is the present state. */
export function resyncFrame(channels: readonly string[], seq: number): string {
  return stringifyExact({ resync: channels, seq });
}

export function errorFrame(code: string, message: string): string {
  return stringifyExact({ error: { code, message } });
}
