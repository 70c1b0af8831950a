/**
 * The life of a node as one table. `refuse`, `cancel`, `expire`, `fill` arrive only when nothing of it is live.
 * The diagram in docs/CORE.md is generated from it.
 */
export const nodeStatuses = [
  'waiting', 'pending', 'working', 'paused', 'filled', 'cancelled', 'expired', 'rejected', 'skipped',
] as const;
export type NodeStatus = (typeof nodeStatuses)[number];

export const nodeInputs = [
  'activate', 'send', 'idle', 'pause', 'resume', 'fill', 'cancel', 'expire', 'refuse', 'skip', 'reopen', 'rearm',
] as const;
export type NodeInput = (typeof nodeInputs)[number];

/** null = the input may not come in this state: a broken invariant. */
type Row = Readonly<Record<NodeInput, NodeStatus | null>>;

export const nodeTable: Readonly<Record<NodeStatus, Row>> = {
  waiting: {
    activate: 'pending', send: null, idle: 'waiting', pause: 'waiting', resume: 'waiting', fill: null,
    cancel: 'cancelled', expire: null, refuse: 'rejected', skip: 'skipped', reopen: null, rearm: null,
  },
  pending: {
    activate: null, send: 'working', idle: 'pending', pause: 'paused', resume: 'pending', fill: 'filled',
    cancel: 'cancelled', expire: 'expired', refuse: 'rejected', skip: 'skipped', reopen: null, rearm: null,
  },
  working: {
    activate: null, send: 'working', idle: 'pending', pause: 'paused', resume: 'working', fill: 'filled',
    cancel: 'cancelled', expire: 'expired', refuse: 'rejected', skip: null, reopen: null, rearm: null,
  },
  paused: {
    activate: null, send: 'paused', idle: 'paused', pause: 'paused', resume: 'pending', fill: 'filled',
    cancel: 'cancelled', expire: 'expired', refuse: 'rejected', skip: 'skipped', reopen: null, rearm: null,
  },
  // Only a late fill leaves a terminal state: it re-opens the exits it concerns.
  filled: terminal('filled'),
  cancelled: terminal('cancelled'),
  expired: terminal('expired'),
  rejected: terminal('rejected'),
  skipped: terminal('skipped'),
};

function terminal(status: NodeStatus): Row {
  return {
    activate: null, send: null, idle: status, pause: status, resume: status, fill: null,
    cancel: null, expire: null, refuse: null, skip: null, reopen: 'pending', rearm: 'waiting',
  };
}

export function isTerminalNode(status: NodeStatus): boolean {
  return (
    status === 'filled' || status === 'cancelled' || status === 'expired' || status === 'rejected' ||
    status === 'skipped'
  );
}
