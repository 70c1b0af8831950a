/**
 * A loop as one writes it with ccxt.pro: recorded frame → JSON.parse → its Binance order book → best ask → signed limit
 * order; beside the bare `JSON.parse` of the same frame. No network: the frames of the shipped recording are handed to the
 * handler that its client would call; and our own path to signed order bytes over the same frames, in the same process.
 * Needs the package `ccxt` 4 in a folder of its own; says so and ends well where it isn't.
 * `node bench/compare/ccxt.mjs FOLDER [passes]`
 */
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const folder = process.argv[2] ?? '.';
const ccxt = await load(folder);
if (ccxt === null) {
  console.log(`compare: the package ccxt is not in ${folder} (mkdir it, npm install ccxt@4 there): nothing measured`);
  process.exit(0);
}
const { TickToOrder } = await import(new URL('../../dist/bench/path/tick-to-order.js', import.meta.url).href);
const { loadRecordedFeed } = await import(new URL('../../dist/bench/support/recorded-feed.js', import.meta.url).href);
const feed = loadRecordedFeed('BTCUSDT', 'binance-spot-btcusdt-20240808');
const texts = feed.frames.map((frame) => frame.toString());
const exchange = new ccxt.pro.binance({ apiKey: 'key', secret: 'bench secret' });
exchange.setMarkets([{
  id: 'BTCUSDT', lowercaseId: 'btcusdt', symbol: 'BTC/USDT', base: 'BTC', quote: 'USDT', baseId: 'BTC', quoteId: 'USDT', type: 'spot',
  spot: true, swap: false, future: false, option: false, margin: false, contract: false, active: true,
  precision: { amount: 0.00001, price: 0.01 }, limits: { amount: {}, price: {}, cost: {} }, info: { orderTypes: ['LIMIT', 'MARKET'] },
}]);
const client = { url: exchange.urls.api.ws.spot, resolve() {}, reject(error) { throw error; }, subscriptions: {} };
const snapshot = JSON.parse(feed.snapshot);
const pairs = (levels) => levels.map(([price, size]) => [Number(price), Number(size)]);

async function load(from) {
  try {
    return (await import(pathToFileURL(createRequire(resolve(from, 'index.js')).resolve('ccxt')).href)).default;
  } catch {
    return null;
  }
}

function pass(whole, parse) {
  const book = exchange.orderBook({}, 5_000);
  book.reset({ bids: pairs(snapshot.bids), asks: pairs(snapshot.asks), nonce: snapshot.lastUpdateId, symbol: 'BTC/USDT' });
  exchange.orderbooks['BTC/USDT'] = book;
  let bytes = 0;
  for (const text of texts) {
    const started = performance.now();
    exchange.handleOrderBook(client, JSON.parse(text).data);
    const request = exchange.createOrderRequest('BTC/USDT', 'limit', 'buy', 0.01, book.asks[0][0], { timeInForce: 'IOC' });
    bytes += exchange.sign('order', 'private', 'POST', request).body.length;
    const between = performance.now();
    bytes += JSON.parse(text).data.b.length;
    whole.push(between - started);
    parse.push(performance.now() - between);
  }
  return bytes;
}

const at = (values, share) => values.sort((a, b) => a - b)[Math.floor(values.length * share)] * 1_000;
const ours = new TickToOrder();
const oursOnce = () => ours.pass({ frames: texts.length, signed: true, rate: null });
for (let i = 0; i < 3; i++) {
  pass([], []);
  oursOnce();
}
const whole = [];
const parse = [];
let checksum = 0;
const fired = { p50: [], p99: [] };
for (let i = 0; i < Number(process.argv[3] ?? 5); i++) {
  checksum += pass(whole, parse);
  const { fired: histogram } = oursOnce();
  fired.p50.push(histogram.getValueAtPercentile(50));
  fired.p99.push(histogram.getValueAtPercentile(99));
}
const middle = (values) => values.sort((a, b) => a - b)[values.length >> 1] / 1_000;
console.log(`ccxt ${ccxt.version}: frame (${feed.meanBytes.toFixed(0)} B) to signed order p50 ${at(whole, 0.5).toFixed(1)} µs, p99 ${at(whole, 0.99).toFixed(0)} µs`);
console.log(`bare JSON.parse of the same frame p50 ${at(parse, 0.5).toFixed(1)} µs, p99 ${at(parse, 0.99).toFixed(0)} µs (${checksum} bytes)`);
const [p50, p99] = [middle(fired.p50), middle(fired.p99)];
console.log(`ours, signed, by turns with it: p50 ${p50.toFixed(1)} µs, p99 ${p99.toFixed(0)} µs; ccxt takes ${(at(whole, 0.5) / p50).toFixed(1)} times as long, p99 ${(at(whole, 0.99) / p99).toFixed(1)} times`);
