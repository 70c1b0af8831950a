/** Graph ids and kill switches are an account's own: nothing that one account does touches or shows another's. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Command } from '../../../src/protocol/commands.js';
import { EventType } from '../../../src/protocol/events.js';
import { Driver } from './driver.js';
import { graph, node } from './specs.js';
import { USD } from './universe.js';

const resting = (accountId: number, price: number) => ({
  ...graph({ graphId: 'g1', nodes: [node({ nodeId: 'order', lots: 1, limit: price })] }), accountId,
});

function twoAccounts(): Driver {
  const d = new Driver();
  for (const { id } of d.universe.venues) {
    d.event({ type: EventType.balance, tNs: 0, accountId: 1, venue: id, asset: USD, total1e8: '500000000000000', asOfNs: 0 });
  }
  return d;
}

test('two accounts use the same graph id; neither answers, cancels or ends the other', () => {
  const d = twoAccounts();
  assert.ok(d.command({ kind: 'submit', graph: resting(0, 59_000), bodyHash: 'a', repeatKey: '' }, 0).ok);
  const other = d.command({ kind: 'submit', graph: resting(1, 58_000), bodyHash: 'b', repeatKey: '' }, 1);
  assert.ok(other.ok && other.body.kind === 'submitted' && !other.body.repeated, 'no conflict, no answer of the other');
  assert.equal(d.state.open.size, 2);
  assert.ok(d.command({ kind: 'cancel_graph', graphId: 'g1', flatten: false }, 1).ok);
  assert.deepEqual([...d.state.open.values()].map(({ accountId, status }) => [accountId, status]), [[0, 'active'], [1, 'cancelling']]);
});

test('what names a graph of another account is NOT_FOUND, a graph submitted for another account FORBIDDEN', () => {
  const d = twoAccounts();
  assert.ok(d.command({ kind: 'submit', graph: resting(0, 59_000), bodyHash: 'a', repeatKey: '' }, 0).ok);
  const scope = { kind: 'graph', graphId: 'g1', accountId: 1 } as const;
  const commands: readonly Command[] = [
    { kind: 'cancel_graph', graphId: 'g1', flatten: true }, { kind: 'pause_graph', graphId: 'g1' }, { kind: 'resume_graph', graphId: 'g1' },
    { kind: 'cancel_node', graphId: 'g1', nodeId: 'order' }, { kind: 'amend_node', graphId: 'g1', nodeId: 'order', lots: 2, limitTicks: null },
    { kind: 'kill', scope, reason: '', cancelOpen: true, allowExits: false }, { kind: 'kill_clear', scope },
  ];
  for (const command of commands) {
    const reply = d.command(command, 1);
    assert.equal(reply.ok ? 'accepted' : reply.code, 'NOT_FOUND', command.kind);
  }
  const forged = d.command({ kind: 'submit', graph: { ...resting(0, 59_000), graphId: 'g2' }, bodyHash: 'a', repeatKey: '' }, 1);
  assert.equal(forged.ok ? 'accepted' : forged.code, 'FORBIDDEN');
  assert.equal(d.graph().status, 'active', 'nothing happened to it');
});

test('a switch covers its own account; another can neither set nor clear nor see it', () => {
  const d = twoAccounts();
  const mine = { kind: 'account', accountId: 0 } as const;
  const kill = { kind: 'kill', scope: mine, reason: 'secret', cancelOpen: false, allowExits: false } as const;
  const forged = d.command(kill, 1);
  assert.equal(forged.ok ? 'accepted' : forged.code, 'FORBIDDEN');
  assert.ok(d.command(kill, 0).ok);
  assert.equal(d.command({ kind: 'kill_clear', scope: mine }, 1).ok, false);
  const own = d.command({ kind: 'kill', scope: { kind: 'venue', venue: 0, accountId: 1 }, reason: '', cancelOpen: true, allowExits: false }, 1);
  assert.ok(own.ok && own.body.kind === 'kill');
  assert.deepEqual(own.body.active.map(({ scope }) => scope.kind), ['venue'], 'only its own');
  assert.ok(d.command({ kind: 'submit', graph: resting(1, 58_000), bodyHash: 'b', repeatKey: '' }, 1).ok);
  const refused = d.command({ kind: 'submit', graph: resting(0, 58_000), bodyHash: 'b', repeatKey: '' }, 0);
  assert.equal(refused.ok ? 'accepted' : refused.code, 'KILL_SWITCH');
});
