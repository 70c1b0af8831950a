/**
 * An engine on threads that is about to be killed: submits orders over the rings, prints the id of each that was
 * accepted once its answer is there, and goes on until somebody ends it. `engine-process.js DIRECTORY`
 */
import { must } from '../../src/base/assert.js';
import { threadsRig } from './support.js';

const rig = await threadsRig({ dataDir: must(process.argv[2], 'DIRECTORY') });
for (let i = 0; ; i++) {
  const graphId = `killed-${i}`;
  const reply = await rig.submit({ symbol: 'ETH-USD', side: i % 2 === 0 ? 'buy' : 'sell', qty: 0.01, graph_id: graphId });
  if (reply.ok) process.stdout.write(`${graphId}\n`);
}
