import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Router, decodeOnce } from '../../../src/gateway/server/router.js';
import { ok, route, type Method } from '../../../src/gateway/server/route.js';
import { graphOf, parseNodeOrderId } from '../../../src/gateway/orders/ids.js';

function router(...rows: readonly (readonly [Method, string])[]): Router {
  return new Router(rows.map(([method, path]) =>
    route({ method, path, tag: '', summary: '', scope: null, answers: {}, handle: () => ok({}) }),
  ));
}

test('a literal segment wins over a parameter, and backs off where it leads nowhere', () => {
  const r = router(['GET', '/v1/positions/unified'], ['GET', '/v1/positions/{id}'], ['GET', '/v1/positions/{id}/x'], ['POST', '/v1/positions/{id}']);
  const table: readonly (readonly [string, string, string])[] = [
    ['GET', '/v1/positions/unified', '/v1/positions/unified'],
    ['GET', '/v1/positions/other', '/v1/positions/{id}'],
    ['GET', '/v1/positions/unified/x', '/v1/positions/{id}/x'],
    ['POST', '/v1/positions/unified', 'method GET'],
    ['DELETE', '/v1/positions/a', 'method GET, POST'],
    ['GET', '/v1/positions/', 'none'],
    ['GET', '/v1/positions', 'none'],
    ['GET', '/v1/positions/a/y', 'none'],
    ['GET', '/v1/positions/a%2Fx', '/v1/positions/{id}'],
    ['GET', '/v1/positions/%e0%80', 'bad'],
  ];
  for (const [method, url, expected] of table) {
    const match = r.match(method, url);
    const got = match.kind === 'route' ? match.route.path : match.kind === 'method' ? `method ${match.allow}` : match.kind;
    assert.equal(got, expected, `${method} ${url}`);
  }
});

test('the same route twice is refused at start', () => {
  assert.throws(() => router(['GET', '/a/{x}'], ['GET', '/a/{y}']), /defined twice/);
});

test('segments are decoded once', () => {
  assert.equal(decodeOnce('a%3Ab'), 'a:b');
  assert.equal(decodeOnce('a%253Ab'), 'a%3Ab');
  assert.equal(decodeOnce('a%0ab'), null);
  assert.equal(decodeOnce('%'), null);
});

test('order ids with and without prefix', () => {
  assert.deepEqual(parseNodeOrderId('g:n:1'), { graphId: 'g', nodeId: 'n', id: 'g:n:1' });
  assert.deepEqual(parseNodeOrderId('graph:g:n.2:10'), { graphId: 'g', nodeId: 'n.2', id: 'g:n.2:10' });
  for (const text of ['', 'g', 'g:n', 'g:n:0', 'g:n:01', 'g:n:1:2', 'g/x:n:1', 'graph:g:n', ':n:1', 'g::1']) {
    assert.equal(parseNodeOrderId(text), null, text);
  }
  assert.equal(graphOf('graph:g:n:1'), 'g');
  assert.equal(graphOf('g'), 'g');
});
