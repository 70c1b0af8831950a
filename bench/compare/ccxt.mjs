/**
 * A loop as one writes it with ccxt.pro: recorded frame → JSON.parse → its Binance order book → best ask → signed limit
 * order; beside the bare `JSON.parse` of the same frame. No network: the frames of the shipped recording are handed to the
 * handler that its client would call. Needs the package `ccxt` 4; says so and ends well where it isn't.
 * `node bench/compare/ccxt.mjs [passes]`
 */
const ccxt = await import('ccxt').then((module) => module.default, () => null);
if (ccxt === null) {
  console.log('compare: the package ccxt is not here (npm install --no-save ccxt@4): nothing measured');
  process.exit(0);
}
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
for (let i = 0; i < 3; i++) pass([], []);
const whole = [];
const parse = [];
let checksum = 0;
for (let i = 0; i < Number(process.argv[2] ?? 5); i++) checksum += pass(whole, parse);
console.log(`ccxt ${ccxt.version}: frame (${feed.meanBytes.toFixed(0)} B) to signed order p50 ${at(whole, 0.5).toFixed(1)} µs, p99 ${at(whole, 0.99).toFixed(0)} µs`);
console.log(`bare JSON.parse of the same frame p50 ${at(parse, 0.5).toFixed(1)} µs, p99 ${at(parse, 0.99).toFixed(0)} µs (${checksum} bytes)`);
console.log('ours: the rows "frame → order bytes, signed" of `npm run bench -- tick-to-order`');
