/** A node's policy with its defaults, and which time-in-force goes with which policy (semantics: "Policies"). */
import { stringifyExact } from '../json/stringify.js';
import type { PolicyKind, PolicySpec, Tif } from '../graph-spec.js';
import type { Listing, VenueId } from '../universe.js';
import type { DocumentContext } from './context.js';
import { type Field, isGiven, listOf, member, plainNumberOf, textOf, variantOf } from './fields.js';
import type { Problems } from './problems.js';
import { pointerPart } from './problems.js';
import { knownList } from './resolver.js';
import { compileSchema } from './schema-check.js';
import { closed } from './schemas/common.js';
import { policyNames, policyParameters } from './schemas/node.js';

const NS_PER_MS = 1_000_000;

const paramsChecks = new Map(
  policyNames.map((name) => {
    const { algo, ...rest } = policyParameters[name] ?? {};
    // `params` beside a bare word: the same members, none required (the algo may stand in the one-key form).
    return [name, compileSchema(closed(algo === undefined ? rest : { ...rest, algo }))];
  }),
);

/** Where a policy's parameters may stand: its one-key form, `execution.params`, and `execution.horizon_ms`. */
export interface PolicyFields {
  readonly policy: Field;
  readonly params: Field;
  readonly horizon: Field;
}

/** The node's market, for defaults that depend on it. */
export interface PolicyMarket {
  readonly orderType: 'market' | 'limit' | null;
  readonly tif: Tif | undefined;
  readonly listings: readonly Listing[];
  /** Interval of the pacing in ns, which caps horizons; Infinity = not paced. */
  readonly intervalNs: number;
}

/** The policy's kind as named; undefined when it is none that we know. */
export function policyKindOf(policy: Field): PolicyKind | undefined {
  if (!isGiven(policy)) return 'sor';
  const word = variantOf(policy)?.word;
  return policyNames.includes(word ?? '') ? (word as PolicyKind) : undefined;
}

class Parameters {
  readonly #fields: PolicyFields;
  readonly #body: Field;
  readonly #problems: Problems;

  constructor(fields: PolicyFields, problems: Problems) {
    this.#fields = fields;
    this.#body = variantOf(fields.policy)?.body ?? { value: undefined, at: fields.policy.at };
    this.#problems = problems;
  }

  /** The parameter, from wherever it stands; two places that disagree are a problem. */
  field(name: string): Field {
    const places = [member(this.#body, name), member(this.#fields.params, name)];
    if (name === 'horizon_ms') places.push(this.#fields.horizon);
    const given = places.filter(isGiven);
    const first = given[0] ?? { value: undefined, at: `${this.#fields.policy.at}/${name}` };
    for (const other of given.slice(1)) {
      if (stringifyExact(other.value) === stringifyExact(first.value)) continue;
      this.#problems.add(other.at, 'CONTRADICTION', `${name} is also given at ${first.at} with another value`);
    }
    return first;
  }

  number(name: string, fallback: number): number {
    return plainNumberOf(this.field(name)) ?? fallback;
  }
}

/** The policy as the core takes it; null when something about it is wrong (said in `problems`). */
export function normalisePolicy(
  fields: PolicyFields,
  market: PolicyMarket,
  context: DocumentContext,
  problems: Problems,
): PolicySpec | null {
  const kind = policyKindOf(fields.policy);
  if (kind === undefined) return null;
  if (context.unsupported?.has(`policy:${kind}`) === true) {
    problems.add(fields.policy.at, 'NOT_SUPPORTED', `the policy ${kind} is not supported by this engine`);
  }
  if (isGiven(fields.params)) paramsChecks.get(kind)?.(fields.params.value, fields.params.at, problems);
  const parameters = new Parameters(fields, problems);
  // Where there is none (0) there is nothing to cap.
  const horizon = (defaultMs: number): number => Math.min(parameters.number('horizon_ms', defaultMs) * NS_PER_MS, market.intervalNs);
  switch (kind) {
    case 'sor':
      return {
        kind,
        cooldownNs: parameters.number('cooldown_ms', 1_000) * NS_PER_MS,
        maxAttempts: parameters.number('max_attempts', 8),
        horizonNs: horizon(rests(market) ? 0 : 10_000),
      };
    case 'ioc_sweep':
      return { kind };
    case 'passive_limit':
      return { kind, horizonNs: horizon(60_000) };
    case 'aggressive_chase':
      return {
        kind,
        chaseIntervalNs: parameters.number('chase_interval_ms', 250) * NS_PER_MS,
        widenBps: parameters.number('widen_bps', 2),
        horizonNs: horizon(30_000),
      };
    case 'passive_ladder':
      return {
        kind,
        repegNs: parameters.number('repeg_ms', 100) * NS_PER_MS,
        horizonNs: horizon(30_000),
        stepNs: parameters.number('step_ms', 1_000) * NS_PER_MS,
      };
    case 'time_drip': {
      const horizonNs = horizon(60_000);
      // One drip every five seconds or so unless told otherwise: long enough to post, short enough to follow.
      const drips = Math.min(1_000, Math.max(2, Math.round(horizonNs / (5_000 * NS_PER_MS))));
      return { kind, horizonNs, drips: parameters.number('drips', drips) };
    }
    case 'wasm_algo':
    case 'mesh_algo':
      return normaliseAlgo(kind, parameters, fields.policy, market, context, problems);
  }
}

/** A limit order that may rest has no horizon unless it names one; what only takes has. */
function rests(market: PolicyMarket): boolean {
  return market.orderType === 'limit' && market.tif !== 'ioc' && market.tif !== 'fok';
}

function normaliseAlgo(
  kind: 'wasm_algo' | 'mesh_algo',
  parameters: Parameters,
  policy: Field,
  market: PolicyMarket,
  context: DocumentContext,
  problems: Problems,
): PolicySpec | null {
  const algo = textOf(parameters.field('algo'));
  if (algo === undefined) {
    problems.add(`${policy.at}/${pointerPart('algo')}`, 'REQUIRED', `${kind} needs the name or hash of a module`);
  }
  const named: Field[] = [];
  if (kind === 'wasm_algo') {
    const venue = parameters.field('venue');
    if (isGiven(venue)) named.push(venue);
  } else {
    const list = parameters.field('venues');
    listOf(list).forEach((value, index) => named.push({ value, at: `${list.at}/${index}` }));
  }
  const venues: VenueId[] = [];
  for (const field of named) {
    const name = textOf(field);
    if (name === undefined) continue;
    const venue = context.resolver.venue(name);
    if (venue === undefined) {
      problems.add(field.at, 'UNKNOWN_VENUE', `no venue "${name}"; ${knownList(context.resolver.venueNames())}`);
    } else if (!market.listings.some((listing) => listing.venue === venue.id)) {
      problems.add(field.at, 'CONTRADICTION', `the node may not trade on "${name}"`);
    } else if (venues.includes(venue.id)) problems.add(field.at, 'DUPLICATE', `"${name}" is named twice`);
    else venues.push(venue.id);
  }
  if (named.length === 0) venues.push(...market.listings.map((listing) => listing.venue));
  if (kind === 'wasm_algo' && named.length === 0 && venues.length > 1) {
    problems.add(`${policy.at}/venue`, 'REQUIRED', 'wasm_algo trades on one venue: name it here or pin the node');
  }
  const labelField = parameters.field('labels');
  const labels = kind === 'mesh_algo' ? listOf(labelField).filter((label) => typeof label === 'string') : [];
  if (labels.length === 0) {
    for (const id of venues) labels.push(context.resolver.universe.venues[id]?.name ?? String(id));
  } else if (labels.length !== venues.length || new Set(labels).size !== labels.length) {
    problems.add(labelField.at, 'CONTRADICTION', `expected one label of its own for each of ${venues.length} venues`);
  }
  const config = parameters.field('config');
  if (algo === undefined || problems.covers(policy.at)) return null;
  return { kind, algo, venues, labels, configJson: isGiven(config) ? stringifyExact(config.value) : '{}' };
}

/** Times in force that each policy refuses. */
const refusedTifs: Readonly<Record<PolicyKind, readonly Tif[]>> = {
  sor: [],
  ioc_sweep: ['gtc', 'gtd', 'post_only'],
  passive_limit: ['ioc', 'fok'],
  aggressive_chase: ['fok', 'post_only'],
  passive_ladder: ['ioc', 'fok'],
  time_drip: ['fok'],
  wasm_algo: [],
  mesh_algo: [],
};

/** Why a time in force can't go with the order, or null. `tif` as given, undefined = default. */
export function tifProblem(kind: PolicyKind, orderType: 'market' | 'limit', tif: Tif | undefined): string | null {
  if (tif === undefined) return null;
  if (refusedTifs[kind].includes(tif)) return `${kind} can't work with ${tif}`;
  if (orderType === 'market' && (tif === 'post_only' || tif === 'gtd')) return `a market order can't be ${tif}`;
  return null;
}

/** The time in force of a node that names none. */
export function defaultTif(kind: PolicyKind): Tif {
  return kind === 'ioc_sweep' ? 'ioc' : 'gtc';
}
