/**
 * The life of a child order as one table: what the venue (or the lack of its answer) says, in each state.
 * Terminal states absorb everything but fills, which are booked without leaving the state. The diagram in
 * docs/CORE.md is generated from it.
 */
export const childStates = [
  'sent', 'live', 'partial', 'unknown', 'filled', 'cancelled', 'rejected', 'expired',
] as const;
export type ChildState = (typeof childStates)[number];

export const childInputs = [
  'ack', 'partialFill', 'lastFill', 'cancelled', 'expired', 'reject', 'lost', 'foundOpen', 'notFound',
] as const;
export type ChildInput = (typeof childInputs)[number];

type Row = Readonly<Record<ChildInput, ChildState>>;

const absorbing = (state: ChildState): Row => ({
  ack: state,
  partialFill: state,
  lastFill: state,
  cancelled: state,
  expired: state,
  reject: state,
  lost: state,
  foundOpen: state,
  notFound: state,
});

export const childTable: Readonly<Record<ChildState, Row>> = {
  sent: {
    ack: 'live',
    // A fill may overtake its acknowledgement.
    partialFill: 'partial',
    lastFill: 'filled',
    cancelled: 'cancelled',
    expired: 'expired',
    reject: 'rejected',
    lost: 'unknown',
    foundOpen: 'live',
    notFound: 'sent',
  },
  live: {
    ack: 'live',
    partialFill: 'partial',
    lastFill: 'filled',
    cancelled: 'cancelled',
    expired: 'expired',
    // Some venues acknowledge first and refuse later.
    reject: 'rejected',
    // Acknowledged orders do not become doubtful by a lost answer to something else.
    lost: 'unknown',
    foundOpen: 'live',
    // A restarted venue forgot it: nothing of it can fill any more.
    notFound: 'cancelled',
  },
  partial: {
    ack: 'partial',
    partialFill: 'partial',
    lastFill: 'filled',
    cancelled: 'cancelled',
    expired: 'expired',
    // With fills it is a cancel of the rest, whatever the venue calls it.
    reject: 'cancelled',
    lost: 'unknown',
    foundOpen: 'partial',
    notFound: 'cancelled',
  },
  unknown: {
    ack: 'live',
    partialFill: 'partial',
    lastFill: 'filled',
    cancelled: 'cancelled',
    expired: 'expired',
    reject: 'rejected',
    lost: 'unknown',
    foundOpen: 'live',
    notFound: 'rejected',
  },
  filled: absorbing('filled'),
  // A full execution after the cancel: the venue's last word counts for quantity, the state stays.
  cancelled: absorbing('cancelled'),
  rejected: absorbing('rejected'),
  expired: absorbing('expired'),
};

/** True while it may still fill: counted at full open size. */
export function isLiveChild(state: ChildState): boolean {
  return state === 'sent' || state === 'live' || state === 'partial' || state === 'unknown';
}
