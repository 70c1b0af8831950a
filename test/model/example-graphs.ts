/** The product text's four graphs, scaled to the model's lots, each with the steps that are interleaved on it. */
import type { GraphSpec, NodeSpec } from '../../src/protocol/graph-spec.js';
import type { Step } from './steps.js';
import { MS, SECOND, graphOf, perp, plainNode, spot, startTicks } from './world.js';

export interface Example {
  readonly name: string;
  readonly spec: GraphSpec;
  readonly alphabet: readonly Step[];
  /** States at depth 6, in thousands: shares the search among threads. */
  readonly weight: number;
}

const exit: NodeSpec = { ...plainNode, side: -1, activation: 'wait', quantity: { kind: 'fixed', lots: 20 } };
const half: Step = { kind: 'fill', pick: 0, eighths: 4, baseFee: 0 };
const whole: Step = { kind: 'fill', pick: 0, eighths: 8, baseFee: 0 };
const second: Step = { kind: 'fill', pick: 1, eighths: 8, baseFee: 0 };
const back: Step = { kind: 'end', pick: 0 };
const confirm: Step = { kind: 'confirm', pick: 0 };
const later: Step = { kind: 'time', ms: 1_100 };
const none = { sizing: { kind: 'none' }, keepParent: false } as const;

const simple = graphOf([{ ...plainNode, quantity: { kind: 'fixed', lots: 20 } }], []);

const twap = graphOf(
  [{
    ...plainNode, quantity: { kind: 'fixed', lots: 40 },
    pacing: { slices: 4, intervalNs: 1_000 * MS, carry: 'next' },
  }],
  [],
);

const hedge = graphOf(
  [
    { ...plainNode, quantity: { kind: 'fixed', lots: 20 } },
    {
      ...plainNode, nodeId: 'n1', instrument: perp, side: -1, activation: 'wait', quantity: { kind: 'fixed', lots: 20 },
      policy: { kind: 'aggressive_chase', chaseIntervalNs: 250 * MS, widenBps: 2, horizonNs: 30 * SECOND },
    },
  ],
  [{ ...none, edgeId: 'e0', from: 0, to: 1, trigger: { kind: 'on_fill_ratio', ratioE8: 50_000_000 } }],
);

const bracket = graphOf(
  [
    { ...plainNode, quantity: { kind: 'fixed', lots: 20 }, urgency: 'high' },
    { ...exit, nodeId: 'n1', orderType: 'limit', limitTicks: startTicks + 100 },
    { ...exit, nodeId: 'n2', urgency: 'high' },
  ],
  [
    { ...none, edgeId: 'e0', from: 0, to: 1, trigger: { kind: 'on_full_fill' } },
    {
      ...none, edgeId: 'e1', from: 0, to: 2,
      trigger: {
        kind: 'on_price', instrument: spot, direction: 'below', source: 'mid', confirmNs: 0, allowImmediate: false,
        level: { kind: 'graph_entry_price', offsetPpm: -50_000 },
      },
    },
  ],
);

const fall: Step = { kind: 'mid', instrument: spot, delta: -3_100 };

export const examples: readonly Example[] = [
  { name: 'simple order', spec: simple, alphabet: [half, whole, back, { kind: 'lose', pick: 0 }, later], weight: 2.8 },
  { name: 'twap', spec: twap, alphabet: [half, whole, back, confirm, later], weight: 4.6 },
  { name: 'hedge', spec: hedge, alphabet: [half, whole, second, back, later], weight: 3.6 },
  { name: 'bracket', spec: bracket, alphabet: [half, whole, back, confirm, fall, later], weight: 9 },
];
