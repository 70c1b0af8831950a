import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closeLinks, MeshEnd } from '../../../src/algo/mesh/mesh-end.js';
import { createLinks, relink } from '../../../src/algo/mesh/mesh-link.js';
import { Prng } from '../../../src/base/prng.js';

const target = new Uint8Array(256);

function say(end: MeshEnd, from: number, to: number, text: string): boolean {
  const bytes = new TextEncoder().encode(`--${text}`);
  return end.send(from, to, bytes, 2, bytes.length - 2);
}

/** The next message for a receiver as `sender:text`, '' = none. */
function hear(end: MeshEnd, to: number, here: boolean): string {
  const { from, length } = end.take(to, here, target, 0);
  return from < 0 ? '' : `${from}:${new TextDecoder().decode(target.subarray(0, length))}`;
}

function all(end: MeshEnd, to: number, here: boolean): string[] {
  const heard: string[] = [];
  for (let one = hear(end, to, here); one !== ''; one = hear(end, to, here)) heard.push(one);
  return heard;
}

test('first in, first out per pair; senders take turns; who runs elsewhere is asked for apart', () => {
  const links = createLinks(4);
  const mine = new MeshEnd(links, [0, 1]);
  const other = new MeshEnd(links, [2, 3]);
  for (const text of ['a', 'b']) assert.ok(say(mine, 0, 1, text) && say(other, 2, 1, text) && say(other, 3, 1, text));
  assert.ok(mine.hasFromElsewhere());
  assert.equal(mine.waiting(1), 6);
  assert.deepEqual(all(mine, 1, true), ['0:a', '0:b']);
  assert.deepEqual(all(mine, 1, false), ['2:a', '3:a', '2:b', '3:b']);
  assert.equal(mine.hasFromElsewhere(), false);
  assert.equal(mine.waiting(1), 0);
  assert.ok(say(mine, 1, 3, 'x'.repeat(256)) && say(mine, 1, 3, ''));
  assert.deepEqual(all(other, 3, false), [`1:${'x'.repeat(256)}`, '1:']);
});

test('a receiver\'s queue holds 1,024 over all senders: the newest is dropped and counted', () => {
  const links = createLinks(3);
  const [a, b, c] = [0, 1, 2].map((place) => new MeshEnd(links, [place])) as [MeshEnd, MeshEnd, MeshEnd];
  for (let n = 0; n < 1_024; n++) assert.ok(n % 3 === 0 ? say(a, 0, 2, `${n}`) : say(b, 1, 2, `${n}`));
  assert.equal(say(a, 0, 2, 'late'), false);
  assert.equal(say(b, 1, 2, 'late'), false);
  assert.deepEqual([c.waiting(2), c.dropped(2)], [1_024, 2]);
  assert.notEqual(hear(c, 2, false), '');
  assert.ok(say(a, 0, 2, 'again'), 'one was taken');
  assert.equal(say(b, 1, 2, 'late'), false);
  assert.equal(all(c, 2, false).length, 1_024);
  assert.deepEqual([c.waiting(2), c.dropped(2)], [0, 3]);
});

test('who does not run gets nothing: not what is sent then, not what waited, not what passed it by', () => {
  const links = createLinks(2);
  const sender = new MeshEnd(links, [0]);
  const receiver = new MeshEnd(links, [1]);
  const early = new MeshEnd(createLinks(2), [0]);
  assert.ok(say(early, 0, 1, 'before it is made') && say(sender, 0, 1, 'waits'));
  assert.equal(receiver.setOpen(1, false), 1);
  assert.equal(say(sender, 0, 1, 'closed'), false);
  receiver.setOpen(1, true);
  assert.deepEqual(all(receiver, 1, false), []);
  assert.ok(say(sender, 0, 1, 'now'));
  assert.deepEqual(all(receiver, 1, false), ['0:now']);
  assert.equal(sender.dropped(1), 0, 'only what found it full is counted');
  closeLinks(links, 1);
  assert.equal(say(sender, 0, 1, 'dead'), false);
});

test('fresh links of one that begins anew: what waited from the old one comes first, others notice nothing', () => {
  const links = createLinks(3);
  const stays = new MeshEnd(links, [0]);
  const third = new MeshEnd(links, [1]);
  const ended = new MeshEnd(links, [2]);
  assert.ok(say(ended, 2, 0, 'old') && say(third, 1, 0, 'before') && say(stays, 0, 2, 'to the old one'));
  const fresh = relink(links, new Set([2]));
  assert.equal(fresh[0]?.[1], links[0]?.[1]);
  stays.rewire(fresh);
  third.rewire(fresh);
  assert.ok(say(ended, 2, 0, 'a ghost'), 'its thread may not have ended yet');
  assert.ok(say(stays, 0, 2, 'waits for it'));
  const anew = new MeshEnd(fresh, [2]);
  assert.ok(say(anew, 2, 0, 'new') && say(stays, 0, 2, 'hello') && say(third, 1, 0, 'after'));
  assert.deepEqual(all(stays, 0, false), ['2:old', '2:a ghost', '1:before', '2:new', '1:after']);
  assert.deepEqual(all(anew, 2, false), ['0:waits for it', '0:hello']);
});

test('random sends, takes, stops and starts against a list for each pair, seed 11', () => {
  const random = new Prng(11);
  const size = 3;
  const links = createLinks(size);
  const ends = links.map((_, place) => new MeshEnd(links, [place]));
  const twin = links.map(() => links.map(() => [] as string[]));
  const open = links.map(() => true);
  for (let n = 0; n < 20_000; n++) {
    const [from, to] = [random.below(size), random.below(size)];
    const end = ends[to];
    const row = twin[to];
    assert.ok(end !== undefined && row !== undefined);
    if (random.chance(1, 50)) {
      open[to] = random.chance(2, 3);
      end.setOpen(to, open[to]);
      for (const list of row) list.length = 0;
    } else if (random.chance(3, 5)) {
      const waiting = row.reduce((sum, list) => sum + list.length, 0);
      const taken = from !== to && open[to] === true && waiting < 1_024;
      assert.equal(say(ends[from] ?? end, from, to, `${n}`), taken, `${n}`);
      if (taken) row[from]?.push(`${n}`);
    } else {
      const [sender = '', text] = hear(end, to, false).split(':');
      if (sender === '') assert.ok(row.every((list) => list.length === 0), `${n}`);
      else assert.equal(text, row[Number(sender)]?.shift(), `${n}`);
    }
  }
});
