/** The life of a graph as one table. The diagram in docs/CORE.md is generated from it. */
export const graphStatuses = [
  'submitted', 'active', 'paused', 'cancelling', 'completed', 'cancelled', 'failed',
] as const;
export type GraphStatus = (typeof graphStatuses)[number];

export const graphInputs = [
  'start', 'pause', 'resume', 'cancel', 'endCompleted', 'endCancelled', 'endFailed', 'lateFill',
] as const;
export type GraphInput = (typeof graphInputs)[number];

/** null = the input may not come in this state: a broken invariant. */
type Row = Readonly<Record<GraphInput, GraphStatus | null>>;

export const graphTable: Readonly<Record<GraphStatus, Row>> = {
  submitted: {
    start: 'active', pause: 'paused', resume: 'submitted', cancel: 'cancelling',
    endCompleted: null, endCancelled: 'cancelled', endFailed: 'failed', lateFill: null,
  },
  active: {
    start: null, pause: 'paused', resume: 'active', cancel: 'cancelling',
    endCompleted: 'completed', endCancelled: 'cancelled', endFailed: 'failed', lateFill: 'active',
  },
  paused: {
    start: null, pause: 'paused', resume: 'active', cancel: 'cancelling',
    endCompleted: 'completed', endCancelled: 'cancelled', endFailed: 'failed', lateFill: 'paused',
  },
  cancelling: {
    start: null, pause: 'cancelling', resume: 'cancelling', cancel: 'cancelling',
    endCompleted: null, endCancelled: 'cancelled', endFailed: 'failed', lateFill: 'cancelling',
  },
  // A late fill re-opens the exits it concerns, unless the user cancelled.
  completed: ended('completed', 'active'),
  cancelled: ended('cancelled', 'cancelled'),
  failed: ended('failed', 'active'),
};

function ended(status: GraphStatus, lateFill: GraphStatus): Row {
  return {
    start: null, pause: status, resume: status, cancel: status,
    endCompleted: null, endCancelled: null, endFailed: null, lateFill,
  };
}

export function isTerminalGraph(status: GraphStatus): boolean {
  return status === 'completed' || status === 'cancelled' || status === 'failed';
}
