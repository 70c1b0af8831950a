/** The room that ended graphs and their records are counted with is about what they take on the heap. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CoreFeeder, START_MID } from '../../../bench/support/core-feeder.js';
import { edgeSpec, graphSpec, marketNode } from '../../../bench/support/core-specs.js';
import { exposeGc } from '../../../bench/support/heap.js';


function heapBytes(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

/** Opens and fills graphs of so many nodes in a row. */
function openAndFill(feeder: CoreFeeder, from: number, graphs: number, nodes: number): void {
  for (let i = from; i < from + graphs; i++) {
    feeder.tNs += 1_000;
    const row = Array.from({ length: nodes }, (_, k) => marketNode(`n${k}`, (i + k) % 2 === 0 ? 1 : -1, k === 0));
    const edges = row.slice(1).map((_, k) => edgeSpec(k, k + 1, { kind: 'on_full_fill' }));
    feeder.submit(graphSpec(`g${i}`, row, edges), START_MID);
    for (let k = 0; k < nodes; k++) feeder.fill(feeder.takePlaced(), START_MID);
  }
}

function measured(graphs: number, nodes: number, wholeBytes: number, counted: (feeder: CoreFeeder) => number): { heap: number; counted: number } {
  exposeGc();
  const feeder = new CoreFeeder();
  feeder.keepEnded(wholeBytes, 1e9);
  openAndFill(feeder, 0, graphs, nodes);
  const [heapBefore, countedBefore] = [heapBytes(), counted(feeder)];
  openAndFill(feeder, graphs, graphs, nodes);
  return { heap: (heapBytes() - heapBefore) / graphs, counted: (counted(feeder) - countedBefore) / graphs };
}

function near({ heap, counted }: { heap: number; counted: number }): void {
  assert.ok(counted > heap * 0.75 && counted < heap * 1.5, `counted as ${counted.toFixed(0)} bytes, ${heap.toFixed(0)} on the heap`);
}

for (const nodes of [1, 5]) {
  test(`an ended graph of ${nodes} filled nodes is counted as about what it takes`, () => near(measured(1_500 / nodes, nodes, 1e9, ({ state }) => state.kept.wholeBytes)));
}

test('a record is counted as about what it takes', () => near(measured(3_000, 1, 1e5, ({ state }) => state.kept.recordBytes)));
