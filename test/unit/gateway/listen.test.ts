/**
 * Why this test? Two engines once shared one port in silence: the library asks the system for SO_REUSEPORT unless told
 * otherwise, and each process then gets some of the connections.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createApp, listen } from '../../../src/gateway/server/uws.js';

test('a port that is taken is refused', async () => {
  const first = createApp(null);
  const second = createApp(null);
  const { port } = await listen(first, '127.0.0.1', 0);
  try {
    await assert.rejects(listen(second, '127.0.0.1', port), /cannot listen on 127\.0\.0\.1/);
  } finally {
    first.close();
    second.close();
  }
});
