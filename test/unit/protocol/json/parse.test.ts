/** The strict parser: same values as JSON.parse, and the differences that the engine needs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Prng } from '../../../../src/base/prng.js';
import { jsonDepthMax, parseJson } from '../../../../src/protocol/json/parse.js';
import { stringifyExact } from '../../../../src/protocol/json/stringify.js';
import { ExactDecimal, RawJson, scaledInteger, type JsonObject } from '../../../../src/protocol/json/values.js';

function value(text: string | Uint8Array): unknown {
  const parsed = parseJson(text);
  assert.ok(parsed.ok, parsed.ok ? '' : parsed.error.message);
  return parsed.value;
}

function problem(text: string | Uint8Array): string {
  const parsed = parseJson(text);
  assert.ok(!parsed.ok, `accepted: ${String(text)}`);
  return parsed.error.message;
}

test('integers beyond 2^53 are exact bigints, smaller ones numbers', () => {
  assert.deepEqual(value('[9007199254740991,9007199254740992,-9007199254740993,0]'), [
    9007199254740991, 9007199254740992n, -9007199254740993n, 0,
  ]);
  assert.equal(value('123456789012345678901234567890'), 123456789012345678901234567890n);
});

test('decimals that a double would change keep their text', () => {
  assert.equal(value('61234.5'), 61234.5);
  assert.equal(value('0.30000000000000004'), 0.30000000000000004);
  const exact = value('12345678901.12345678');
  assert.ok(exact instanceof ExactDecimal && exact.text === '12345678901.12345678');
  assert.equal(scaledInteger(exact, 8), 1234567890112345678n);
  assert.ok(value('1e400') instanceof ExactDecimal, 'no infinity comes out of a document');
  assert.equal(value('1.5e3'), 1500);
});

test('duplicate names, depth, and forms that are not JSON are refused with their place', () => {
  assert.equal(problem('{"side":"buy",\n "side":"sell"}'), 'the name "side" appears twice at line 2 column 2');
  assert.equal(problem('{"__proto__":1,"__proto__":2}'), 'the name "__proto__" appears twice at line 1 column 16');
  assert.match(problem('['.repeat(jsonDepthMax + 1)), /nested deeper than 64/);
  assert.deepEqual(value('['.repeat(jsonDepthMax) + ']'.repeat(jsonDepthMax)) instanceof Array, true);
  const bad = [
    '', ' ', '{', '[1,]', '{"a":1,}', '{a:1}', "{'a':1}", '01', '1.', '.5', '+1', '-', '1e', 'NaN', 'Infinity', 'nul',
    'tru', '"\u0001"', '"\\x"', '"\\u12g4"', '"abc', '[1 2]', '{"a" 1}', '1 1', '\ufeff{}', '{"a":undefined}', '//',
    '"a\\', '[1}', '{"a":1]',
  ];
  for (const text of bad) problem(text);
  assert.match(problem(new Uint8Array([0x22, 0xff, 0x22])), /UTF-8/);
});

test('__proto__ and constructor are names like any other', () => {
  const object = value('{"__proto__":{"polluted":1},"constructor":2}') as JsonObject;
  assert.deepEqual(Object.keys(object), ['__proto__', 'constructor']);
  assert.equal(({} as { polluted?: number }).polluted, undefined);
  assert.equal(object['toString'], undefined);
  assert.equal(stringifyExact(object), '{"__proto__":{"polluted":1},"constructor":2}');
});

test('a raw member is checked and kept letter for letter', () => {
  const parsed = parseJson('{"metadata": {"x": 1.0, "y":[ 1e5 ]}, "n":{"metadata":1}}', { rawKey: 'metadata' });
  assert.ok(parsed.ok);
  const body = parsed.value as JsonObject;
  assert.ok(body['metadata'] instanceof RawJson);
  assert.equal(stringifyExact(body), '{"metadata":{"x": 1.0, "y":[ 1e5 ]},"n":{"metadata":1}}');
  assert.ok(!parseJson('{"metadata":{"x":}}', { rawKey: 'metadata' }).ok);
});

test('the writer writes integers of any size and refuses what JSON has not', () => {
  assert.equal(stringifyExact({ a: 2n ** 70n, b: undefined, c: [undefined, null, 'x"'] }), '{"a":1180591620717411303424,"c":[null,null,"x\\""]}');
  assert.throws(() => stringifyExact(Number.NaN), /not finite/);
  assert.throws(() => stringifyExact(() => 1), /no form/);
  let deep: unknown = 1;
  for (let i = 0; i < 100; i++) deep = [deep];
  assert.throws(() => stringifyExact(deep), /nested deeper/);
});

/** A random value that JSON.parse and JSON.stringify carry without loss. */
function random(prng: Prng, depth: number): unknown {
  switch (prng.below(depth > 4 ? 5 : 7)) {
    case 0:
      return null;
    case 1:
      return prng.chance(1, 2);
    case 2:
      return prng.between(-1_000_000, 1_000_000) / prng.pick([1, 2, 8, 1000, 3]);
    case 3:
      return prng.pick([1e-7, 1e21, 5e-324, 1.7976931348623157e308, 0.1, 123456789.123]);
    case 4:
      return String.fromCharCode(...Array.from({ length: prng.below(8) }, () => prng.below(0x3000)));
    case 5:
      return Array.from({ length: prng.below(5) }, () => random(prng, depth + 1));
    default:
      return Object.fromEntries(Array.from({ length: prng.below(5) }, (_, i) => [`k${i}"\\`, random(prng, depth + 1)]));
  }
}

test('agrees with JSON.parse on random documents (seed 7) and on their damaged copies', () => {
  const prng = new Prng(7);
  for (let i = 0; i < 3_000; i++) {
    const text = JSON.stringify(random(prng, 0), null, prng.chance(1, 3) ? 1 : 0);
    assert.equal(JSON.stringify(JSON.parse(stringifyExact(value(text)))), JSON.stringify(JSON.parse(text)));
    const at = prng.below(text.length);
    const damaged = text.slice(0, at) + prng.pick(['', '"', '{', '}', ',', ':', '0', 'e', '\\', '-', '.']) + text.slice(at + 1);
    let theirs = true;
    try {
      JSON.parse(damaged);
    } catch {
      theirs = false;
    }
    const ours = parseJson(damaged);
    if (ours.ok) assert.ok(theirs, `accepted ${damaged}`);
    else assert.ok(!theirs || ours.error.message.includes('twice'), `refused ${damaged}: ${ours.error.message}`);
  }
});
