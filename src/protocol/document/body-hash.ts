/**
 * Hash of what a document means, for idempotency: two documents with one `graph_id` are the same order if and only
 * if their hashes agree. Names stand in for the universe's indices, so that it survives another configuration.
 * Not in it: the id, the account, warnings.
 */
import { must } from '../../base/assert.js';
import { RunningHash } from '../../base/hash.js';
import type { GraphSpec } from '../graph-spec.js';
import type { InstrumentId, Universe, VenueId } from '../universe.js';
import { lotsTo1e8, ticksTo1e9 } from '../wire-numbers.js';

/** 16 hexadecimal digits. A collision matters only between two documents of one graph id. */
export function bodyHash(spec: GraphSpec, universe: Universe): string {
  return hashOfText(canonicalText(spec, universe));
}

/** The hash of a canonical text. */
export function hashOfText(text: string): string {
  const hash = new RunningHash();
  hash.uint32(text.length);
  // Two characters a step: they are 16 bits each.
  for (let i = 0; i < text.length; i += 2) hash.uint32(text.charCodeAt(i) | (text.charCodeAt(i + 1) << 16));
  return hash.hex();
}

/** Members in a fixed order, names for indices, wire integers for ticks and lots. */
export function canonicalText(spec: GraphSpec, universe: Universe): string {
  const instrumentOf = (id: InstrumentId) => must(universe.instruments[id], 'instrument');
  const venueOf = (id: VenueId) => must(universe.venues[id], 'venue').name;
  const nodes = spec.nodes.map((node) => {
    const instrument = instrumentOf(node.instrument);
    const lots = (value: number): string => lotsTo1e8(instrument, value).toString();
    const { quantity, policy } = node;
    return [
      node.nodeId,
      instrument.symbol,
      node.side,
      node.orderType,
      node.limitTicks === null ? null : ticksTo1e9(instrument, node.limitTicks).toString(),
      quantity.kind === 'fixed' ? ['fixed', lots(quantity.lots)] : entries(quantity),
      node.venues === null ? null : node.venues.map(venueOf),
      'venues' in policy ? [...entries(policy), policy.venues.map(venueOf)] : entries(policy),
      node.urgency,
      node.maxSlippageBps,
      node.tif,
      node.expireAtNs,
      node.reduceOnly,
      node.pacing === null ? null : entries(node.pacing),
      node.join,
      node.activation,
    ];
  });
  const edges = spec.edges.map((edge) => {
    const { trigger, sizing } = edge;
    const child = instrumentOf(must(spec.nodes[edge.to], 'child').instrument);
    const level =
      trigger.kind === 'on_price' && trigger.level.kind === 'absolute'
        ? ['absolute', ticksTo1e9(instrumentOf(trigger.instrument), trigger.level.quarterTicks).toString()]
        : trigger.kind === 'on_price'
          ? entries(trigger.level)
          : null;
    return [
      edge.edgeId,
      edge.from,
      edge.to,
      trigger.kind === 'on_price'
        ? [trigger.kind, instrumentOf(trigger.instrument).symbol, trigger.direction, level, trigger.source,
            trigger.confirmNs, trigger.allowImmediate]
        : entries(trigger),
      sizing.kind === 'fixed' ? ['fixed', lotsTo1e8(child, sizing.lots).toString()] : entries(sizing),
      edge.keepParent,
    ];
  });
  const groups = spec.groups.map(entries);
  const { admission, preTrade, runtime, failure } = spec.risk;
  const risk = [
    admission.maxNotionalUsd1e9, admission.maxLeverageE8, admission.requiredVenues.map(venueOf),
    entries(preTrade), entries(runtime), entries(failure),
  ];
  return JSON.stringify([nodes, edges, groups, spec.autoGroups, risk, spec.isSandbox, spec.metadataJson]);
}

/** Name and value of every plain member, by name, so that the order of construction does not matter. */
function entries(value: object): unknown[] {
  return Object.entries(value)
    .filter(([key]) => key !== 'venues')
    .sort(([a], [b]) => (a < b ? -1 : 1));
}
