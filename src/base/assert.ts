/** A broken invariant: the thread that meets it stops, the journal stays as it is. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

/** Stops on a broken invariant. Stays on in production; `message`, a constant, says what should have held. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}

/** Apart from `must`, so that this stays below the size that V8 puts in place of every call. */
function missing(what: string): never {
  throw new InvariantError(`missing: ${what}`);
}

/** The value, which the caller knows to be there; otherwise a broken invariant named by `what`. */
export function must<T>(value: T | undefined | null, what: string): T {
  if (value === undefined || value === null) missing(what);
  return value;
}

/** Ends a switch that handles every case; the compiler refuses it when a case is missing. */
export function unreachable(value: never): never {
  throw new InvariantError(`unreachable: ${String(value)}`);
}
