/**
 * What a backtest came to, from its fills, marks and orders: a pure function and its three renderings. Money is in
 * the quote currency as a double, for reading; the engine's books are exact elsewhere.
 */

export interface ReportFill {
  readonly tNs: number;
  /** Instance label or node. */
  readonly who: string;
  readonly side: 1 | -1;
  /** Quote currency per unit. */
  readonly price: number;
  readonly quantity: number;
  /** In quote currency, rebates negative. */
  readonly fee: number;
  readonly maker: boolean;
  /** Mid of the instrument when it filled. */
  readonly mid: number;
  /** Of a graph over several instruments; the report's own if not given. */
  readonly symbol?: string;
}

export interface ReportMark {
  readonly tNs: number;
  readonly mid: number;
  readonly symbol?: string;
}

export interface ReportOrder {
  readonly who: string;
  readonly placedNs: number;
  /** -1 = never acknowledged. */
  readonly ackedNs: number;
  /** -1 = never filled. */
  readonly firstFillNs: number;
  readonly quantity: number;
  readonly filled: number;
  /** Rested in the book: neither IOC nor FOK nor market. */
  readonly resting: boolean;
}

export interface BacktestInput {
  readonly name: string;
  readonly symbol: string;
  readonly seed: number;
  readonly startNs: number;
  readonly endNs: number;
  /** In time order. */
  readonly fills: readonly ReportFill[];
  /** In time order, at least one. */
  readonly marks: readonly ReportMark[];
  readonly orders: readonly ReportOrder[];
  readonly callbacks: number;
  readonly rejects: number;
  /** Instruments that count for the position (all of one base); all if not given. */
  readonly positionOf?: ReadonlySet<string>;
  /** Label and reason of each instance that died. */
  readonly deaths: readonly string[];
}

export interface EquityPoint {
  readonly tNs: number;
  readonly equity: number;
  readonly position: number;
}

export interface BacktestReport {
  readonly name: string;
  readonly symbol: string;
  readonly seed: number;
  readonly seconds: number;
  readonly fills: number;
  readonly makerShare: number;
  readonly bought: number;
  readonly sold: number;
  readonly turnover: number;
  readonly positionLeft: number;
  readonly maxPosition: number;
  /** total = spread + inventory − fees, exactly as doubles add. */
  readonly pnl: { readonly total: number; readonly spread: number; readonly fees: number; readonly inventory: number };
  /** Largest fall of the equity from its peak, which starts at 0. */
  readonly maxDrawdown: number;
  readonly orders: number;
  readonly rejects: number;
  readonly deaths: readonly string[];
  readonly callbacks: number;
  /** Of resting orders: how many filled at all, and seconds from acknowledgement to the first fill. */
  readonly queue: { readonly resting: number; readonly filledShare: number; readonly waitP50: number; readonly waitP90: number };
  readonly equity: readonly EquityPoint[];
}

/**
 * spread = Σ side·(mid − price)·quantity: what trading away from the mid earned at the moment of each fill;
 * inventory = what the mid did to the position afterwards; fees as charged.
 */
export function buildReport(input: BacktestInput): BacktestReport {
  const { fills, orders } = input;
  let spread = 0;
  let fees = 0;
  let bought = 0;
  let sold = 0;
  let turnover = 0;
  for (const { side, price, quantity, fee, mid } of fills) {
    spread += side * (mid - price) * quantity;
    fees += fee;
    turnover += price * quantity;
    if (side > 0) bought += quantity;
    else sold += quantity;
  }
  const equity = equityCurve(input);
  const total = equity.at(-1)?.equity ?? 0;
  let peak = 0;
  let maxDrawdown = 0;
  let maxPosition = 0;
  for (const point of equity) {
    peak = Math.max(peak, point.equity);
    maxDrawdown = Math.max(maxDrawdown, peak - point.equity);
    maxPosition = Math.max(maxPosition, Math.abs(point.position));
  }
  const resting = orders.filter((order) => order.resting && order.ackedNs >= 0);
  const waits = resting.filter(({ firstFillNs }) => firstFillNs >= 0).map((order) => (order.firstFillNs - order.ackedNs) / 1e9);
  waits.sort((a, b) => a - b);
  return {
    name: input.name, symbol: input.symbol, seed: input.seed, seconds: (input.endNs - input.startNs) / 1e9,
    fills: fills.length, makerShare: share(fills.filter(({ maker }) => maker).length, fills.length), bought, sold,
    turnover, positionLeft: equity.at(-1)?.position ?? 0, maxPosition,
    pnl: { total, spread, fees, inventory: total - spread + fees }, maxDrawdown, orders: orders.length,
    rejects: input.rejects, deaths: input.deaths, callbacks: input.callbacks,
    queue: {
      resting: resting.length, filledShare: share(waits.length, resting.length), waitP50: quantile(waits, 0.5),
      waitP90: quantile(waits, 0.9),
    },
    equity,
  };
}

interface Holding {
  position: number;
  mid: number;
}

/** Equity after fees at each mark and each fill, everything held marked to its instrument's last mid. */
function equityCurve({ fills, marks, symbol: own, positionOf }: BacktestInput): EquityPoint[] {
  const points: EquityPoint[] = [];
  const held = new Map<string, Holding>();
  let cash = 0;
  let next = 0;
  const marked = (symbol: string, mid: number): Holding => {
    const holding = held.get(symbol) ?? { position: 0, mid };
    holding.mid = mid;
    held.set(symbol, holding);
    return holding;
  };
  const point = (tNs: number): void => {
    let equity = cash;
    let position = 0;
    for (const [symbol, holding] of held) {
      equity += holding.position * holding.mid;
      if (positionOf === undefined || positionOf.has(symbol)) position += holding.position;
    }
    points.push({ tNs, equity, position });
  };
  const take = (until: number): void => {
    for (let fill = fills[next]; fill !== undefined && fill.tNs <= until; fill = fills[++next]) {
      cash -= fill.side * fill.price * fill.quantity + fill.fee;
      marked(fill.symbol ?? own, fill.mid).position += fill.side * fill.quantity;
      point(fill.tNs);
    }
  };
  for (const { tNs, mid, symbol } of marks) {
    take(tNs);
    marked(symbol ?? own, mid);
    point(tNs);
  }
  take(Infinity);
  return points;
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

/** The nearest-rank quantile of a sorted list; 0 of none. */
function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? 0;
}
