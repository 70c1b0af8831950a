/**
 * The incremental invariants are sound: a graph that an event did not touch is the same as before the event, and so
 * are the books where nothing but prices came in; both are also looked at in full after every event here.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventType } from '../../src/protocol/events.js';
import { checkInvariants } from '../../src/core/invariants.js';
import type { CoreState, Graph } from '../../src/core/state.js';
import { Simulation } from './simulation.js';

/** What refers back or out of a graph, and what came with the submit and never changes. */
const OUTSIDE = new Set(['graph', 'spec', 'container', 'node', 'edge', 'child', 'owner', 'current', 'reply', 'dirty', 'pos', 'heapPos', 'livePos']);

function printOf(value: unknown): string {
  return JSON.stringify(value, (key, item: unknown) => (OUTSIDE.has(key) ? undefined : item));
}

function change(from: string, to: string): string {
  let at = 0;
  while (from[at] === to[at]) at++;
  return `${from.slice(at - 60, at + 30)} became ${to.slice(at - 60, at + 30)}`;
}

function booksOf(state: CoreState): string {
  const live = state.venues.map((venue) => venue.live.map((child) => `${child.clientOrderId} ${child.state} ${child.reservedQuote} ${child.reservedBase}`));
  const reserved = state.accounts.map((account) => account.balances.map((balance) => balance?.reserved.toBigInt().toString()));
  return JSON.stringify([live, reserved]);
}

for (const seed of [3, 11]) {
  test(`what the watch leaves out has not changed (seed ${seed})`, () => {
    const before = new Map<Graph, string>();
    let books = '';
    let left = 0;
    const simulation = new Simulation({
      seed, seconds: 12, eager: false,
      beforeCheck: (state, event, touched) => {
        checkInvariants(state);
        for (const graph of state.graphs.values()) {
          const known = before.get(graph);
          if (!touched.has(graph) && known !== undefined) {
            left++;
            const now = printOf(graph);
            if (now !== known) assert.fail(`${graph.graphId} changed in an event of type ${event.type} without being touched: ${change(known, now)}`);
          } else before.set(graph, printOf(graph));
        }
        const quiet = touched.size === 0 && event.type === EventType.sample;
        const now = quiet && books !== '' ? books : booksOf(state);
        if (quiet && books !== '') assert.equal(booksOf(state), books, 'books changed in an event that touched nothing');
        books = now;
      },
    });
    const { problems } = simulation.run();
    assert.deepEqual(problems, []);
    assert.ok(left > 1_000, `only ${left} comparisons`);
  });
}
