/** Snapshots of lists that change while they are read, page by page. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { limits } from '../../../../src/base/limits.js';
import { startGateway } from '../../../../src/gateway/gateway.js';
import { snapshotOf } from '../../../../src/gateway/streams/snapshots.js';
import type { EnginePort, Query } from '../../../../src/protocol/engine-port.js';
import { FakeEngine } from '../../../api/fake-engine.js';

/** Newest first, of one status; `between` is called after each page. */
function listed(open: { graph_id: string }[], between: (page: number) => void): EnginePort['query'] {
  let page = 0;
  return (_account, query: Query, done) => {
    assert.ok(query.kind === 'graphs');
    const all = query.status === 'active' ? open : [];
    const rows = all.slice(query.offset, query.offset + query.limit);
    done({ ok: true, body: { graphs: rows, has_more: query.offset + rows.length < all.length } });
    if (query.status === 'active') between(page++);
  };
}

/** Why this test? Other work goes on between two pages; what ended meanwhile moved up what was not read, which then nobody told. */
for (const went of [0, 1, 99, 100, 250, 1_000]) {
  test(`${went} rows that go after each page, and new ones that come, hide none that stays`, async () => {
    const engine = new FakeEngine();
    const gateway = await startGateway({ port: engine, listenPort: 0, dataDir: null, admin: null, log: pino({ level: 'silent' }) });
    const open = Array.from({ length: 4_000 }, (_, i) => ({ graph_id: `g${i}` }));
    const port = Object.assign(engine, {
      query: listed(open, (page) => {
        open.splice(0, page < 2 ? went : 0);
        open.unshift(...Array.from({ length: 7 }, (_, i) => ({ graph_id: `new${page}-${i}` })));
      }),
    });
    const [frame] = (await snapshotOf({ ...gateway.context, port }, 0, 'graphs')) as [{ graphs: { graph_id: string }[]; truncated?: true }];
    const told = new Set(frame.graphs.map(({ graph_id: id }) => id));
    assert.equal(told.size, frame.graphs.length, 'each once');
    assert.deepEqual(open.filter(({ graph_id: id }) => id.startsWith('g') && !told.has(id)), []);
    assert.equal(frame.truncated, undefined);
    assert.ok(limits.listRowsMax < 4_000);
    await gateway.close();
  });
}
