declare const brand: unique symbol;

/** A primitive with a meaning of its own: assignable to its primitive, never the other way round. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** Price in ticks of the instrument (not of a listing), a safe integer. */
export type Ticks = Brand<number, 'Ticks'>;
/** Quantity in lots of the instrument (not of a listing), a safe integer. */
export type Lots = Brand<number, 'Lots'>;
/** Nanoseconds of engine time since the journaled base, a safe integer that never goes back. */
export type TimeNs = Brand<number, 'TimeNs'>;
/** Basis points, 1/10,000. */
export type Bps = Brand<number, 'Bps'>;
