/** The engine's core behind the face that the model tests see. */
import { must } from '../../src/base/assert.js';
import { apply, createState } from '../../src/core/apply.js';
import { checkInvariants } from '../../src/core/invariants.js';
import { plantedBugs, type PlantedBug } from '../../src/core/planted.js';
import type { CoreState } from '../../src/core/state.js';
import { nextTimerNs } from '../../src/core/timers.js';
import type { Effect } from '../../src/protocol/effects.js';
import type { EngineUnderTest, GraphView } from './engine.js';
import { stateKey } from './state-key.js';

function viewOf(state: CoreState, graphId: string): GraphView {
  const graph = must(state.graphs.get(graphId), `graph ${graphId}`);
  let reserved = 0;
  for (const account of state.accounts) {
    for (const balance of account.balances) if (balance !== null) reserved += Math.abs(balance.reserved.toNumber());
  }
  // Slices and what flattens come after the nodes of the document.
  const said = graph.nodes.filter((node) => node.container === null && !node.nodeId.startsWith('flatten.'));
  return {
    status: graph.status,
    reserved,
    nodes: said.map((node) => ({
      status: node.status, filled: node.filled, released: node.released, activatedNs: node.run?.activatedAtNs ?? -1,
    })),
    edges: graph.edges.map((edge) => ({ state: edge.state, firedCount: edge.firedCount, released: edge.released })),
  };
}

export function makeEngine(planted?: PlantedBug): EngineUnderTest {
  const state = createState();
  if (planted !== undefined) state.planted = plantedBugs[planted];
  return {
    apply: (event) => {
      const effects: Effect[] = [];
      apply(state, event, effects);
      return effects;
    },
    nextTimerNs: () => nextTimerNs(state),
    view: (graphId) => viewOf(state, graphId),
    nodeOf: (clientOrderId) => {
      const { node } = must(state.children.get(clientOrderId), `child ${clientOrderId}`);
      return (node.container ?? node).index;
    },
    key: () => stateKey(state),
    check: () => checkInvariants(state),
  };
}
