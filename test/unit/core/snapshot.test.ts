/** Round trip in the middle of a bracket: the decoded state hashes and acts like the original. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { apply, createState } from '../../../src/core/apply.js';
import { checkInvariants } from '../../../src/core/invariants.js';
import { OLDEST_STATE_READ, STATE_VERSION } from '../../../src/core/codec.js';
import { stateHash, traceHash } from '../../../src/core/state-hash.js';
import { decodeState, encodeState } from '../../../src/core/snapshot.js';
import type { CoreState } from '../../../src/core/state.js';
import type { Effect } from '../../../src/protocol/effects.js';
import { Driver } from './driver.js';
import { busyCore, goOn } from './old-state.js';
import { edge, graph, node, onEntry } from './specs.js';
import { BTC_USD } from './universe.js';

function bracketHalfway(): Driver {
  const d = new Driver();
  d.run(graph({
    nodes: [node({ nodeId: 'entry', lots: 100 }), node({ nodeId: 'tp', side: -1, lots: 100, limit: 80_000 }), node({ nodeId: 'sl', side: -1, lots: 100 })],
    edges: [edge(0, 1, { kind: 'on_full_fill' }), edge(0, 2, onEntry('below', -50_000))],
  }));
  d.fill(d.child('entry'), 100, 60_000);
  return d;
}

test('a snapshot round-trips exactly and goes on alike', () => {
  const d = bracketHalfway();
  const copy = decodeState(encodeState(d.state));
  assert.equal(stateHash(copy), stateHash(d.state));
  const from = d.events.length;
  d.tick(BTC_USD, 56_000);
  d.gone(d.child('tp'));
  const effects: Effect[] = [];
  for (const event of d.events.slice(from)) apply(copy, event, effects);
  assert.equal(stateHash(copy), stateHash(d.state));
  assert.equal(traceHash(copy), traceHash(d.state));
});

test('graphs made after a round trip hash like those made without one', () => {
  const d = bracketHalfway();
  const copy = decodeState(encodeState(d.state));
  const from = d.events.length;
  d.run(graph({ graphId: 'later', nodes: [node({ nodeId: 'alone', lots: 10 })], edges: [] }));
  const effects: Effect[] = [];
  for (const event of d.events.slice(from)) apply(copy, event, effects);
  assert.equal(stateHash(copy), stateHash(d.state));
});

test('replaying the events gives the same state and trace', () => {
  const d = bracketHalfway();
  d.tick(BTC_USD, 56_000);
  const again = createState();
  const effects: Effect[] = [];
  for (const event of d.events) apply(again, JSON.parse(JSON.stringify(event, toPlain), fromPlain) as (typeof d.events)[number], effects);
  assert.equal(stateHash(again), stateHash(d.state));
  assert.equal(traceHash(again), traceHash(d.state));
});

function toPlain(_key: string, value: unknown): unknown {
  return value instanceof Float64Array ? { float64: [...value] } : value;
}

function fromPlain(_key: string, value: unknown): unknown {
  const floats = (value as { float64?: number[] } | null)?.float64;
  return floats === undefined ? value : Float64Array.from(floats);
}

test('a state of an unknown version is refused', () => {
  const [version, body] = JSON.parse(new TextDecoder().decode(encodeState(bracketHalfway().state))) as [number, unknown];
  for (const other of [OLDEST_STATE_READ - 1, version + 1]) {
    const bytes = new TextEncoder().encode(JSON.stringify([other, body]));
    assert.throws(() => decodeState(bytes), new RegExp(`state version ${OLDEST_STATE_READ} to ${version} expected, got ${other}`));
  }
});

test('texts that look like what stands for values as before come back as they were', () => {
  const d = bracketHalfway();
  for (const [i, reason] of ['~1', '~~1', '~', '~1', '~~1', 'plain', 'plain', '~x'].entries()) {
    d.command({ kind: 'kill', scope: { kind: 'graph', graphId: 'g1', accountId: 0 }, reason, cancelOpen: false, allowExits: i % 2 === 0 });
    d.command({ kind: 'kill_clear', scope: { kind: 'graph', graphId: 'g1', accountId: 0 } });
    d.node('sl').reason = reason;
    d.node('tp').reason = reason;
    const copy = decodeState(encodeState(d.state));
    assert.deepEqual([...copy.graphs.values()].map((graph) => graph.nodes.map((node) => node.reason)), [['', reason, reason]]);
    assert.equal(stateHash(copy), stateHash(d.state));
  }
});

test('a busy core round-trips exactly and goes on alike', () => {
  const d = busyCore();
  goesOnAlike(d, decodeState(encodeState(d.state)));
});

for (let version = OLDEST_STATE_READ; version < STATE_VERSION; version++) {
  test(`a state of version ${version} is read, holds together and goes on like one of this build`, () => {
    const d = busyCore();
    const copy = decodeState(readFileSync(`test/unit/core/fixtures/state-${version}.json`));
    assert.deepEqual(gist(copy), gist(d.state));
    assert.equal(stateHash(decodeState(encodeState(copy))), stateHash(copy));
    const from = d.events.length;
    goOn(d);
    const effects: Effect[] = [];
    for (const event of d.events.slice(from)) {
      apply(copy, event, effects);
      checkInvariants(copy);
    }
    assert.deepEqual(gist(copy), gist(d.state));
  });
}

/** What a state is about, without what builds tell differently: sequences of streams, running hashes. */
function gist(state: CoreState): unknown {
  return {
    graphs: [...state.graphs.values()].map(({ graphId, status, nodes, edges, ...graph }) => ({
      graphId, status, documentNodes: graph.documentNodes, hasAnswer: graph.answeredAtNs,
      nodes: nodes.map((node) => [
        node.nodeId, node.status, node.role, node.spec, node.ceiling, node.limitTicks, node.released, node.filled, node.inEdges, node.outEdges,
        node.ps, node.peers, node.exits, node.hedges, node.groups, node.reason, node.run?.activatedAtNs, node.run?.live, node.run?.children.length,
      ]),
      edges: edges.map((edge) => [edge.edgeId, edge.from, edge.to, edge.spec, edge.state, edge.level, edge.firedCount, edge.released, edge.armedAtNs]),
    })),
    timers: state.timers.items.map(({ dueAtNs, kind }) => [dueAtNs, kind]),
    positions: state.accounts.map(({ positions }) => positions.map((position) => [position?.lots, position?.cost.toBigInt()])),
    children: [...state.children.values()].map((child) => [child.clientOrderId, child.state, child.lots, child.filled, child.node.nodeId]),
  };
}

function goesOnAlike(d: Driver, copy: CoreState): void {
  assert.equal(new TextDecoder().decode(encodeState(copy)), new TextDecoder().decode(encodeState(d.state)));
  const from = d.events.length;
  goOn(d);
  const effects: Effect[] = [];
  for (const event of d.events.slice(from)) apply(copy, event, effects);
  assert.equal(stateHash(copy), stateHash(d.state));
  assert.equal(traceHash(copy), traceHash(d.state));
}

test('a muted replay says no data and decides the same', () => {
  const d = bracketHalfway();
  d.tick(BTC_USD, 56_000);
  const again = createState();
  again.muted = true;
  const effects: Effect[] = [];
  for (const event of d.events) apply(again, event, effects);
  assert.equal(stateHash(again), stateHash(d.state));
  assert.equal(traceHash(again), traceHash(d.state));
  const told = effects.filter((effect) => effect.kind === 'account' && effect.channel !== 'risk');
  assert.ok(told.length > 5 && told.every((effect) => effect.kind === 'account' && effect.data === null));
});
