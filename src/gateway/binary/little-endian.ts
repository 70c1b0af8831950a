/** Whole numbers below 2^53 as eight bytes. `setUint32` takes the low 32 bits of any of them, cheaper than a remainder. */
export function putU64(view: DataView, at: number, value: number): void {
  view.setUint32(at, value, true);
  view.setUint32(at + 4, value / 4_294_967_296, true);
}
