/**
 * `legwork demo`: the product's four graphs on simulated venues, shown live, with a summary at the end. On virtual
 * time the output is a function of the seed alone.
 */
import { createSimEngine, type SimEngine } from '../../main/sim-engine.js';
import { normaliseOrder } from '../../protocol/document/order-body.js';
import { Resolver } from '../../protocol/document/resolver.js';
import type { EventLog } from '../../scheduler/event-log.js';
import { demoGraphs } from './graphs.js';
import { costBps, graphTable } from './table.js';

export interface DemoOptions {
  readonly clock: 'wall' | 'virtual';
  readonly seed: number;
  /** Engine seconds a wall second; the TWAP's five minutes take 300 / speed. */
  readonly speed: number;
  readonly write: (text: string) => void;
  /** Redraw in place (a terminal) instead of printing only the end. */
  readonly live: boolean;
  /** Where the run's events go; null keeps none. */
  readonly log?: EventLog | null;
  /** Called with the engine before it is closed. */
  readonly atEnd?: (sim: SimEngine) => void;
}

const SECOND_NS = 1_000_000_000;
/** Books fill before the first order. */
const WARM_UP_NS = 3 * SECOND_NS;
/** The TWAP needs 300 s of engine time; what is open later is cancelled and said. */
const RUN_MAX_NS = 320 * SECOND_NS;
/** Take-profit and stop of the bracket, moved to where this recording trades. */
const TAKE_PROFIT_ABOVE = 1.0004;
const STOP_OFFSET_PCT = -0.05;

interface Shown {
  readonly title: string;
  readonly graphId: string;
}

export async function runDemo(options: DemoOptions): Promise<number> {
  const sim = createSimEngine({ clock: options.clock, speed: options.speed, seed: options.seed, log: options.log ?? null });
  options.write(
    `legwork demo: seed ${options.seed}, ${options.clock} clock` +
      `${options.clock === 'wall' ? `, speed ${options.speed}` : ''}; venues are simulated from recordings\n\n`,
  );
  await sim.advanceTo(WARM_UP_NS);
  const shown = await submitAll(sim, options);
  const drawn = { lines: 0 };
  const deadlineNs = sim.engine.nowNs() + RUN_MAX_NS;
  while (sim.engine.nowNs() < deadlineNs && !allEnded(sim, shown)) {
    await sim.advanceTo(sim.engine.nowNs() + SECOND_NS);
    if (options.live) draw(sim, shown, options, drawn);
  }
  for (const { graphId, title } of shown) {
    if (ended(sim, graphId)) continue;
    options.write(`still open at the end, cancelled: ${title}\n`);
    await sim.command({ kind: 'cancel_graph', graphId, flatten: false });
  }
  await sim.advanceTo(sim.engine.nowNs() + 2 * SECOND_NS);
  if (!options.live) options.write(`${graphTable(views(sim, shown)).join('\n')}\n`);
  else draw(sim, shown, options, drawn);
  options.write(`\n${summary(sim, shown).join('\n')}\n`);
  options.atEnd?.(sim);
  sim.close();
  return 0;
}

async function submitAll(sim: SimEngine, options: DemoOptions): Promise<Shown[]> {
  const shown: Shown[] = [];
  const resolver = new Resolver(sim.engine.universe);
  const graphs = demoGraphs(takeProfitPrice(sim), STOP_OFFSET_PCT);
  for (const [index, { title, document }] of graphs.entries()) {
    const made = normaliseOrder(document, {
      resolver,
      accountId: 0,
      newGraphId: `demo-${index + 1}`,
      forceSandbox: true,
    });
    if (!made.ok) throw new Error(`demo graph "${title}" was refused: ${JSON.stringify(made.problems)}`);
    const reply = await sim.command({ kind: 'submit', graph: made.graph, bodyHash: made.bodyHash, repeatKey: '' });
    if (!reply.ok) throw new Error(`demo graph "${title}" was refused: ${reply.code} ${reply.message}`);
    for (const warning of reply.warnings) options.write(`warning ${warning.code} (${title}): ${warning.message}\n`);
    shown.push({ title, graphId: made.graph.graphId });
  }
  return shown;
}

/** A little above the best bid, on a whole dollar: every venue's tick divides it. */
function takeProfitPrice(sim: SimEngine): number {
  const instrument = sim.engine.universe.instruments.find((one) => one.symbol === 'BTC-USD');
  if (instrument === undefined) throw new Error('the simulated universe lists no BTC-USD');
  const bids = sim.engine.books.books(instrument.id, 1).map((book) => book.bids[0] ?? 0);
  return Math.round((Math.max(...bids) * instrument.tick1e9 * TAKE_PROFIT_ABOVE) / 1e9);
}

function views(sim: SimEngine, shown: readonly Shown[]): { title: string; view: Record<string, unknown> }[] {
  return shown.map(({ title, graphId }) => ({ title, view: sim.graph(graphId) }));
}

function ended(sim: SimEngine, graphId: string): boolean {
  return ['completed', 'cancelled', 'failed'].includes(String(sim.graph(graphId)['status']));
}

function allEnded(sim: SimEngine, shown: readonly Shown[]): boolean {
  return shown.every(({ graphId }) => ended(sim, graphId));
}

function draw(sim: SimEngine, shown: readonly Shown[], options: DemoOptions, drawn: { lines: number }): void {
  const seconds = Math.floor(sim.engine.nowNs() / SECOND_NS);
  const lines = [`engine time ${seconds} s`, ...graphTable(views(sim, shown))];
  const up = drawn.lines === 0 ? '' : `\u001b[${drawn.lines}A\u001b[0J`;
  options.write(`${up}${lines.join('\n')}\n`);
  drawn.lines = lines.length;
}

function summary(sim: SimEngine, shown: readonly Shown[]): string[] {
  const lines = ['summary'];
  for (const { title, view } of views(sim, shown)) {
    const nodes = Object.entries(view['nodes'] as Record<string, Record<string, unknown>>);
    const parts = nodes
      .filter(([, node]) => node['role'] !== 'slice' && Number(node['filled_qty_1e8']) > 0)
      .map(([id, node]) => {
        const cost = costBps(node);
        const fees = Number(node['fees_usd_1e9']) / 1e9;
        return `${id} ${Number(node['filled_qty_1e8']) / 1e8} (${cost === null ? '?' : cost.toFixed(2)} bps, fees ${fees.toFixed(2)} USD)`;
      });
    lines.push(`  ${String(view['status']).padEnd(10)} ${title}: ${parts.join(', ') || 'no fills'}`);
  }
  lines.push(`  ${sim.fillCount()} fills, ${sim.eventCount()} events, trace ${sim.traceHash()}`);
  return lines;
}
