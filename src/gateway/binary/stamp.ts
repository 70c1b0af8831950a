/**
 * The gateway's clock for acknowledgements: the machine's monotonic clock from the process's start. Finer than the
 * engine's own time, which stands still during a step; at speed 1 both count from the same epoch.
 */

/** Start of the process in ns since the Unix epoch, to the microsecond. */
export const stampBaseNs: bigint = BigInt(Math.round(performance.timeOrigin * 1_000)) * 1_000n;

/** Whole ns since `stampBaseNs`. */
export function stampNs(): number {
  return Math.round(performance.now() * 1_000_000);
}
