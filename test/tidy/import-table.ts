/**
 * Who may import whom: the one place that says it. A room may import itself, Node's built-ins (unless it is
 * pure) and the rooms named here. `docs/ARCHITECTURE.md` explains why.
 */
const below = ['base', 'protocol', 'memory', 'runtime', 'telemetry', 'market'] as const;

export const importTable: Readonly<Record<string, readonly string[]>> = {
  base: [],
  protocol: ['base'],
  memory: ['base'],
  runtime: ['base', 'memory'],
  telemetry: ['base', 'memory'],
  market: ['base', 'protocol', 'memory'],
  core: ['base', 'protocol'],
  algo: below,
  // memory: words shared with the thread that syncs for class power; Atomics live there only.
  journal: ['base', 'protocol', 'memory'],
  venues: below,
  scheduler: [...below, 'core', 'journal'],
  gateway: below,
  main: [...below, 'core', 'algo', 'journal', 'venues', 'scheduler', 'gateway'],
  cli: [...below, 'core', 'algo', 'journal', 'venues', 'scheduler', 'gateway', 'main'],
};

/** Rooms with no clock, no randomness, no promise, no Atomics and no I/O. */
export const pureRooms: readonly string[] = ['base', 'protocol', 'core'];
