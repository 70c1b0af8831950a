/**
 * Which kill switches stand, as the main thread knows them, and the board that makes venues' threads obey them. A switch
 * stands on the board before the engine thread has seen it; it comes off once the engine has cleared it. One that the
 * engine does not answer in time is carried out by the venues' threads alone: they cancel what it covers. What stood
 * before a restart stands on the board before there are threads of venues.
 *
 * Commands have a number, rising as they are sent: an answer to a clearing says nothing of a switch sent after it.
 */
import type { Command, KillScope, KillState } from '../../protocol/commands.js';
import type { AccountId, VenueId } from '../../protocol/universe.js';
import { KILL_CANCEL, KILL_EXITS, KILL_OPENING, type GraphSwitch, type KillBoardWriter } from './kill-board.js';

export type KillCommand = Extract<Command, { kind: 'kill' }>;
export type KillOrClear = Extract<Command, { kind: 'kill' | 'kill_clear' }>;

interface Standing {
  readonly scope: KillScope;
  /** Number of the command; 0: of an earlier life. */
  readonly number: number;
  bits: number;
}

export class KillSwitches {
  readonly #board: KillBoardWriter;
  readonly #standing = new Map<string, Standing>();

  constructor(board: KillBoardWriter) {
    this.#board = board;
  }

  /** Those that the journal brought back. */
  restore(kills: readonly KillState[]): void {
    for (const { scope, allowExits } of kills) this.#stand(scope, allowExits, 0);
  }

  /** From now on nothing that it covers leaves. */
  engage({ scope, allowExits }: KillCommand, number: number): void {
    this.#stand(scope, allowExits, number);
  }

  /** The engine does not answer: what is live and covered is cancelled from the venues' threads. */
  enforce({ scope, cancelOpen }: KillCommand): void {
    const standing = this.#standing.get(keyOf(scope));
    if (standing === undefined || !cancelOpen) return;
    standing.bits |= KILL_CANCEL;
    this.#write();
  }

  /** The engine has answered, in time or not: what it took it carries out itself, what it cleared or refused stands no more. */
  answered({ kind, scope }: KillOrClear, number: number, isOk: boolean): void {
    const standing = this.#standing.get(keyOf(scope));
    if (standing === undefined || standing.number > number) return;
    if (kind === 'kill' && isOk) standing.bits &= ~KILL_CANCEL;
    else if (kind === 'kill' || isOk) this.#standing.delete(keyOf(scope));
    else return;
    this.#write();
  }

  #stand(scope: KillScope, allowExits: boolean, number: number): void {
    // Anew at the end: the newest graphs' switches have a place on the board.
    this.#standing.delete(keyOf(scope));
    this.#standing.set(keyOf(scope), { scope, number, bits: KILL_OPENING | (allowExits ? 0 : KILL_EXITS) });
    this.#write();
  }

  #write(): void {
    const graphs: GraphSwitch[] = [];
    for (const { scope, bits } of this.#standing.values()) if (scope.kind === 'graph') graphs.push({ ...scope, bits });
    this.#board.write((venue, accountId) => {
      let bits = 0;
      for (const { scope, bits: own } of this.#standing.values()) if (covers(scope, venue, accountId)) bits |= own;
      return bits;
    }, graphs);
  }
}

function covers(scope: KillScope, venue: VenueId, accountId: AccountId): boolean {
  switch (scope.kind) {
    case 'global': return true;
    case 'account': return scope.accountId === accountId;
    case 'venue': return scope.accountId === accountId && scope.venue === venue;
    case 'graph': return false;
  }
}

function keyOf(scope: KillScope): string {
  switch (scope.kind) {
    case 'global': return 'global';
    case 'account': return `account ${scope.accountId}`;
    case 'venue': return `venue ${scope.venue} ${scope.accountId}`;
    case 'graph': return `graph ${scope.accountId} ${scope.graphId}`;
  }
}
