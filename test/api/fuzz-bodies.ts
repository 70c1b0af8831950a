/** Seeded hostile HTTP bodies: raw bytes, broken JSON, and valid documents with something changed. */
import { Prng } from '../../src/base/prng.js';

/** Documents of the product and of wire.md, as a client would send them. */
export const validDocuments: readonly string[] = [
  '{"symbol":"ETH-USD","side":"buy","qty":0.5}',
  '{"symbol":"BTC-USD","side":"sell","qty":0.1,"order_type":"limit","price":70000,"tif":"gtc","venue":"kraken"}',
  '{"symbol":"BTC-USD","side":"buy","notional":2500.5,"max_slippage_bps":20,"urgency":"high"}',
  `{"nodes":[{"node_id":"twap","instrument":{"symbol":"BTC-USD","type":"spot"},"side":"buy","order_type":"market","quantity":{"fixed":{"qty_1e8":100000000}},"execution":{"pacing":{"uniform":{"num_slices":10,"interval_ms":30000}}},"activation":"root"}],"edges":[]}`,
  `{"nodes":[{"node_id":"spot","instrument":{"symbol":"ETH-USD","type":"spot"},"side":"buy","order_type":"market","quantity":{"fixed":{"qty_1e8":20000000000}},"execution":{"policy":"sor","urgency":"medium"},"activation":"root"},{"node_id":"hedge","instrument":{"symbol":"ETH-USD-PERP","type":"perp","venue":"hyperliquid"},"side":"sell","order_type":"market","quantity":{"fixed":{"qty_1e8":20000000000}},"execution":{"policy":"aggressive_chase"},"activation":"wait"}],"edges":[{"edge_id":"e0","from_node":"spot","to_node":"hedge","trigger":"on_fill_ratio","condition":{"fill_ratio_gte":0.5}}]}`,
  `{"nodes":[{"node_id":"entry","instrument":{"symbol":"BTC-USD"},"side":"buy","order_type":{"limit":{"price_1e9":50000000000000}},"quantity":{"fixed":{"qty_1e8":10000000}}},{"node_id":"tp","instrument":{"symbol":"BTC-USD"},"side":"sell","order_type":{"limit":{"price_1e9":80000000000000}},"quantity":{"fixed":{"qty_1e8":10000000}}},{"node_id":"sl","instrument":{"symbol":"BTC-USD"},"side":"sell","order_type":"market","quantity":{"fixed":{"qty_1e8":10000000}}}],"edges":[{"from_node":"entry","to_node":"tp","trigger":"full_fill"},{"edge_id":"e_sl","from_node":"entry","to_node":"sl","trigger":{"on_price":{"symbol":"BTC-USD","direction":"below","reference":"graph_entry_price","offset_pct":-5.0}}}],"risk":{"admission":{"max_notional_usd":500000},"runtime":{"max_loss_usd":10000},"failure":{"on_runtime_breach":"cancel_all_open"}},"metadata":{"a":[1,2]}}`,
];

const odd: readonly unknown[] = [
  null, true, 0, -1, 1e308, -0, 2 ** 53, '', 'x', '__proto__', '\u0000', '\ud800', [], {}, [[]], { a: {} }, 'NaN', '1e999',
  [null], 'on_price', 'sor', { limit: {} }, { fixed: { qty_1e8: '1' } }, { uniform: { num_slices: 1e9, interval_ms: 0 } },
];
const texts: readonly string[] = [
  '9223372036854775807', '9223372036854775808', '1e400', '-1e-400', '0.000000000000000000001', '123456789012345678901234567890',
  'NaN', 'Infinity', '01', '+1', '.5', '0x10', "'x'", 'undefined', '"\\ud800"', '"\\x"', '{"__proto__":{"qty":1}}',
];

type Tree = Record<string, unknown>;

/** A valid document with 1..3 members removed, replaced, renamed, duplicated or moved. */
export function mutated(prng: Prng): string {
  const document = JSON.parse(prng.pick(validDocuments)) as Tree;
  for (let n = prng.between(1, 3); n > 0; n--) change(prng, document);
  const text = JSON.stringify(document);
  return prng.chance(1, 3) ? text.replace(/-?\d+(\.\d+)?/, () => prng.pick(texts)) : text;
}

function change(prng: Prng, root: Tree): void {
  const spots: [Tree, string][] = [];
  const walk = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const key of Object.keys(node)) {
      spots.push([node as Tree, key]);
      walk((node as Tree)[key]);
    }
  };
  walk(root);
  if (spots.length === 0) return;
  const [holder, key] = prng.pick(spots);
  switch (prng.below(6)) {
    case 0:
      delete holder[key];
      break;
    case 1:
      holder[key] = structuredClone(prng.pick(odd));
      break;
    case 2:
      holder[`${key}${prng.pick(['_', 's', '\u0000', ' '])}`] = holder[key];
      break;
    case 3: {
      const [other, name] = prng.pick(spots);
      holder[key] = structuredClone(other[name]);
      break;
    }
    case 4:
      if (Array.isArray(holder[key])) holder[key] = Array.from({ length: prng.between(2, 40) }, () => (holder[key] as unknown[])[0]);
      else if (typeof holder[key] === 'number') holder[key] = (holder[key] as number) * prng.pick([-1, 1e9, 1e-9, 3.3, 0]);
      else holder[key] = [holder[key]];
      break;
    default:
      if (typeof holder[key] === 'string') holder[key] = (holder[key] as string).toUpperCase().slice(0, prng.below(12));
      else holder[key] = { [key]: holder[key] };
  }
}

/** Bytes that are hardly ever a document: random, cut, flipped, spliced, deep, repeated. */
export function malformed(prng: Prng): Buffer {
  const base = Buffer.from(prng.pick(validDocuments));
  switch (prng.below(7)) {
    case 0:
      return Buffer.from(Array.from({ length: prng.below(200) }, () => prng.below(256)));
    case 1:
      return base.subarray(0, prng.below(base.length));
    case 2:
      for (let n = prng.between(1, 4); n > 0; n--) {
        const i = prng.below(base.length);
        base[i] = (base[i] ?? 0) ^ (1 << prng.below(8));
      }
      return base;
    case 3: {
      const other = Buffer.from(prng.pick(validDocuments));
      return Buffer.concat([base.subarray(0, prng.below(base.length)), other.subarray(prng.below(other.length))]);
    }
    case 4: {
      const open = prng.pick(['[', '{"a":', '[{"nodes":']);
      return Buffer.from(open.repeat(prng.between(1, 3_000)) + prng.pick(['', '1', ']']));
    }
    case 5: {
      const cut = prng.below(base.length);
      return Buffer.concat([base.subarray(0, cut), Buffer.from(prng.pick(texts)), base.subarray(cut)]);
    }
    default: {
      const text = base.toString();
      return Buffer.from(text.replace(/"(\w+)":/, (all) => `${all}1,${all}`));
    }
  }
}
