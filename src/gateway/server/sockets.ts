/**
 * Connections that live on (streams, event streams, binary order entry): how many one address may hold, before and after
 * it says who it is, and what the metrics show of them.
 */
import type { HttpMetrics } from './metrics.js';

export const socketDoors = ['stream', 'events', 'orders'] as const;
export type SocketDoor = (typeof socketDoors)[number];

/** Connections that one address may hold open, unless configured otherwise. */
export const socketsPerAddressMax = 5_000;

export interface OpenSocket {
  /** Bytes handed over and not yet taken by the reader. */
  unreadBytes(): number;
}

export class Sockets {
  readonly #metrics: HttpMetrics;
  readonly #perAddress: number;
  readonly #open: Readonly<Record<SocketDoor, Set<OpenSocket>>> = { stream: new Set(), events: new Set(), orders: new Set() };
  readonly #byAddress = new Map<string, number>();

  constructor(metrics: HttpMetrics, perAddress: number) {
    this.#metrics = metrics;
    this.#perAddress = perAddress;
    for (const door of socketDoors) {
      const open = this.#open[door];
      const labels = `door="${door}"`;
      metrics.gauge('legwork_sockets_open', 'Connections open, by door.', labels, () => open.size);
    }
    for (const door of socketDoors) {
      const all = (): number[] => [...this.#open[door]].map((socket) => socket.unreadBytes());
      const sum = (): number => all().reduce((total, bytes) => total + bytes, 0);
      metrics.gauge('legwork_socket_unread_bytes', 'Bytes that readers have not taken yet, all of a door.', `door="${door}"`, sum);
    }
    for (const door of socketDoors) {
      const most = (): number => [...this.#open[door]].reduce((top, socket) => Math.max(top, socket.unreadBytes()), 0);
      metrics.gauge('legwork_socket_unread_bytes_max', 'Bytes that the slowest reader of a door has not taken yet.', `door="${door}"`, most);
    }
  }

  /** False when the address holds its most already. Ask before the upgrade. */
  hasRoom(address: string): boolean {
    if ((this.#byAddress.get(address) ?? 0) < this.#perAddress) return true;
    this.#metrics.refused('address_full');
    return false;
  }

  opened(door: SocketDoor, address: string, socket: OpenSocket): void {
    this.#open[door].add(socket);
    this.#byAddress.set(address, (this.#byAddress.get(address) ?? 0) + 1);
  }

  /** @param code the WebSocket close code; 0 for event streams */
  closed(door: SocketDoor, address: string, socket: OpenSocket, code: number): void {
    if (!this.#open[door].delete(socket)) return;
    const left = (this.#byAddress.get(address) ?? 1) - 1;
    if (left > 0) this.#byAddress.set(address, left);
    else this.#byAddress.delete(address);
    this.#metrics.closed(door, code);
  }
}
