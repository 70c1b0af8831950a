/** What of the core's state is of one run, or of one `apply`. */
import type { Out } from '../protocol/effects.js';
import type { SampleEvent } from '../protocol/events.js';
import type { InstrumentId } from '../protocol/universe.js';
import type { TermsTable } from './graph/terms.js';
import type { OrderRoom } from './orders/aside.js';
import type { AlgoOrders } from './policies/algo-orders.js';
import type { Plan } from './sor/plan-types.js';
import type { Child, Graph, Node, NodeRun } from './state.js';
import type { ChildFacts } from './views/order-view.js';

/** What lives only during one `apply`; never hashed or encoded. */
export interface Scratch {
  out: Out;
  sample: SampleEvent | null;
  dirtyNodes: Node[];
  dirtyGraphs: Graph[];
  wanted: InstrumentId[];
  /** Terms of the newest documents, to be shared by those that say the same. */
  terms: TermsTable;
  /** What the newest record of an ended graph says, shared by the next that says the same. */
  said: string;
  /** Graphs looked at since it was last emptied (invariants-watch.ts); null in production. */
  touched: Set<Graph> | null;
  /** The node that decides on the sample at hand; null outside. */
  stepping: Node | null;
  /** What the node that asked for a look last wants to send; Infinity = a money target. */
  want: number;
  /** The child that was told of last, and what was said. */
  toldChild: Child | null;
  told: ChildFacts | null;
  /** By listing: see orders/resting.ts; null = not made yet. */
  resting: Set<Child>[] | null;
  /** See policies/algo-orders.ts. */
  readonly algoOrders: WeakMap<NodeRun, AlgoOrders>;
  /** How many orders of a node are kept; smaller in tests only: what is decided must not hang on it. */
  orderRoom: OrderRoom;
  /** Plans made and what became of their legs; null = nobody asks (all but previews). */
  trial: TrialPlan[] | null;
}

/** A plan as it was sent, for previews. */
export interface TrialPlan {
  node: Node;
  plan: Plan;
  limitTicks: number;
  /** For each leg '' = sent, SELF_TRADE = waits for own orders to be cancelled first, else why it was refused. */
  outcome: string[];
}
