import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDoorbell } from '../../../src/memory/doorbell-layout.js';
import { DoorbellRinger, DoorbellSleeper } from '../../../src/memory/doorbell.js';
import type { Agent } from '../../../src/runtime/agent.js';
import { DutyLoop } from '../../../src/runtime/duty-loop.js';
import { EventLoopRunner } from '../../../src/runtime/event-loop-runner.js';
import { Heartbeat, Watchdog } from '../../../src/runtime/heartbeat.js';
import { createHeartbeats } from '../../../src/runtime/heartbeat-layout.js';
import { BackoffIdle, WaitIdle, makeIdleStrategy, type IdleStrategy } from '../../../src/runtime/idle-strategy.js';
import { MonotonicClock } from '../../../src/runtime/monotonic-clock.js';

function scene(idle?: IdleStrategy) {
  const beats = createHeartbeats(['engine', 'venue']);
  const watchdog = new Watchdog(beats, 1_000);
  const heartbeat = new Heartbeat(beats, 'engine');
  let now = 0;
  const log: string[] = [];
  const spin: IdleStrategy = { reset: () => log.push('reset'), idle: () => (log.push('idle'), false) };
  return {
    watchdog, log,
    parts: (agents: readonly Agent[]) => ({ agents, idle: idle ?? spin, heartbeat, nowNs: () => (now += 1e6) }),
  };
}

test('duty loop: work resets the idle strategy, a stop ends it, every agent is closed', () => {
  const { watchdog, log, parts } = scene();
  let rounds = 0;
  const worker: Agent = {
    name: 'worker',
    doWork: () => {
      rounds++;
      if (rounds === 5) watchdog.askStop('engine');
      return rounds === 2 ? 1 : 0;
    },
    onClose: () => log.push('closed worker'),
  };
  const other: Agent = { name: 'other', doWork: () => 0, onClose: () => log.push('closed other') };
  const loop = new DutyLoop(parts([worker, other]));
  loop.run();
  assert.deepEqual(log, ['idle', 'reset', 'idle', 'idle', 'idle', 'closed worker', 'closed other']);
  assert.equal(loop.busyRounds, 1);
  assert.equal(watchdog.report(0)[0]?.state, 'closed');
});

test('duty loop: a busy loop too sees the stop, within 64 rounds', () => {
  const { watchdog, parts } = scene();
  let rounds = 0;
  const busy: Agent = { name: 'busy', doWork: () => (rounds++ === 10 ? (watchdog.askStop('engine'), 1) : 1) };
  new DutyLoop(parts([busy])).run();
  assert.ok(rounds <= 11 + 64, `${rounds} rounds`);
});

test('duty loop: one without work beats too, after each sleep and at least every 64 rounds', () => {
  const { watchdog, parts } = scene();
  let rounds = 0;
  const idle: Agent = { name: 'idle', doWork: () => (++rounds === 129 ? (watchdog.askStop('engine'), 0) : 0) };
  new DutyLoop(parts([idle])).run();
  assert.equal(rounds, 129);
  assert.equal(watchdog.report(4e6)[0]?.ageMs, 1, 'beats at the start, after 64 and after 128 rounds, a tick of the clock each');
  const sleeping = scene({ reset: () => undefined, idle: () => true });
  rounds = 119;
  new DutyLoop(sleeping.parts([{ ...idle, doWork: () => (++rounds === 129 ? (sleeping.watchdog.askStop('engine'), 0) : 0) }])).run();
  assert.equal(sleeping.watchdog.report(11e6)[0]?.ageMs, 0, 'and at each of ten sleeps');
});

test('duty loop: an agent that throws closes all and is reported as failed, the error goes on', () => {
  const { watchdog, log, parts } = scene();
  const bad: Agent = {
    name: 'bad',
    doWork: () => {
      throw new Error('broken');
    },
    onClose: () => log.push('closed bad'),
  };
  const other: Agent = { name: 'other', doWork: () => 0, onClose: () => log.push('closed other') };
  assert.throws(() => new DutyLoop(parts([other, bad])).run(), /broken/);
  assert.deepEqual(log, ['closed other', 'closed bad']);
  assert.equal(watchdog.report(0)[0]?.state, 'failed');
});

test('watchdog: a running thread that stops beating is stuck, one that never ran or has ended is not', () => {
  const beats = createHeartbeats(['engine', 'venue']);
  const watchdog = new Watchdog(beats, 500);
  const heartbeat = new Heartbeat(beats, 'engine');
  heartbeat.setState(1);
  heartbeat.beat(2_000e6);
  assert.deepEqual(watchdog.report(2_400e6).map(({ name, stuck, ageMs }) => [name, stuck, ageMs]), [['engine', false, 400], ['venue', false, 0]]);
  assert.equal(watchdog.report(2_501e6)[0]?.stuck, true);
  heartbeat.setState(2);
  assert.equal(watchdog.report(9_000e6)[0]?.stuck, false);
  assert.throws(() => new Heartbeat(beats, 'nobody'), /nobody/);
});

test('idle: work found between announcing and sleeping keeps the thread awake', () => {
  const bell = createDoorbell();
  const ringer = new DoorbellRinger(bell);
  const idle = new WaitIdle(new DoorbellSleeper(bell));
  assert.equal(idle.idle(() => true, () => 1e9, () => true), false); // would sleep for ever if it slept
  assert.equal(ringer.ring(), false, 'nobody sleeps');
  assert.equal(idle.idle(() => (assert.equal(ringer.ring(), true), false), () => 1e9, () => true), true); // rung after the look: the sleep ends at once
  assert.equal(ringer.ring(), false);
});

test('idle: who waits for no news sleeps on when there are some, and wakes when rung', () => {
  const bell = createDoorbell();
  const ringer = new DoorbellRinger(bell);
  const idle = new WaitIdle(new DoorbellSleeper(bell));
  const rings = (waitsForNews: boolean, ring: () => boolean): boolean => {
    let woke = false;
    idle.idle(() => ((woke = ring()), false), () => (woke ? 1e9 : 0), () => waitsForNews);
    return woke;
  };
  assert.equal(rings(true, () => ringer.news()), true);
  assert.equal(rings(false, () => ringer.news()), false);
  assert.equal(rings(false, () => ringer.ring()), true);
  assert.equal(ringer.news() || ringer.ring(), false, 'awake');
});

test('duty loop: before it sleeps it asks whether any agent waits for news', () => {
  const asked: boolean[] = [];
  const { watchdog, parts } = scene({ reset: () => undefined, idle: (_look, _ms, waits) => (asked.push(waits()), watchdog.askStop('engine'), true) });
  const agent = (waits?: boolean): Agent => ({ name: 'a', doWork: () => 0, ...(waits === undefined ? {} : { waitsForNews: () => waits }) });
  for (const agents of [[agent(false)], [agent(false), agent(true)], [agent(false), agent()]]) new DutyLoop(parts(agents)).run();
  assert.deepEqual(asked, [false, true, true]);
});

test('idle: backoff looks many times before it sleeps, and again after a reset', () => {
  let now = 0;
  const idle = new BackoffIdle(new DoorbellSleeper(createDoorbell()), () => (now += 0.001));
  const roundsToSleep = (): number => {
    let looked = false;
    let rounds = 0;
    while (!looked) {
      rounds++;
      idle.idle(() => (looked = true), () => 0, () => true);
    }
    return rounds;
  };
  const first = roundsToSleep();
  assert.ok(first > 1_000);
  assert.equal(roundsToSleep(), first);
  for (const name of ['spin', 'backoff', 'wait'] as const) {
    assert.ok(makeIdleStrategy(name, new DoorbellSleeper(createDoorbell())));
  }
});

test('idle: backoff stops waiting awake for work that comes seldom, and begins again when it comes soon', () => {
  let now = 0;
  const idle = new BackoffIdle(new DoorbellSleeper(createDoorbell()), () => (now += 0.001));
  /** Idle until so much time has passed, then work. Rounds awake before the first sleep. */
  const awakeUntil = (ms: number): number => {
    const end = now + ms;
    let rounds = 0;
    let slept = 0;
    while (now < end) {
      if (idle.idle(() => false, () => 0, () => true)) slept++;
      else if (slept === 0) rounds++;
      if (slept > 0) now += 0.05;
    }
    idle.reset();
    return rounds;
  };
  for (let i = 0; i < 4; i++) assert.ok(awakeUntil(5) > 100);
  for (let i = 0; i < 3; i++) assert.equal(awakeUntil(5), 0);
  awakeUntil(0.2); // it slept, but work came soon
  assert.ok(awakeUntil(5) > 100);
});

test('event loop runner: sleeps when idle, a ring wakes it, stop closes the agents', async () => {
  const bell = createDoorbell();
  const ringer = new DoorbellRinger(bell);
  const beats = createHeartbeats(['gateway']);
  const clock = new MonotonicClock(process.hrtime.bigint());
  let todo = 0;
  let closed = 0;
  const seen: number[] = [];
  await new Promise<void>((resolve, reject) => {
    const runner: EventLoopRunner = new EventLoopRunner({
      agents: [{
        name: 'reader',
        doWork: () => {
          if (todo === 0) return 0;
          seen.push(todo);
          todo = 0;
          if (seen.length === 3) {
            setImmediate(() => {
              runner.stop();
              resolve();
            });
          }
          return 1;
        },
        onClose: () => closed++,
      }],
      sleeper: new DoorbellSleeper(bell),
      heartbeat: new Heartbeat(beats, 'gateway'),
      nowNs: () => clock.nowNs(),
      onFailure: reject,
    });
    runner.start();
    let number = 0;
    const whenAsleep = (): void => {
      if (number === 3) return;
      if (runner.sleeps > number) {
        todo = ++number;
        ringer.ring();
      }
      setImmediate(whenAsleep);
    };
    whenAsleep();
  });
  assert.deepEqual(seen, [1, 2, 3]);
  assert.equal(closed, 1);
  assert.equal(new Watchdog(beats, 1_000).report(clock.nowNs())[0]?.state, 'closed');
});

test('event loop runner: an agent that throws stops it with the reason', async () => {
  const beats = createHeartbeats(['gateway']);
  const error = await new Promise<unknown>((resolve) => {
    new EventLoopRunner({
      agents: [{
        name: 'bad',
        doWork: () => {
          throw new Error('broken');
        },
      }],
      sleeper: new DoorbellSleeper(createDoorbell()),
      heartbeat: new Heartbeat(beats, 'gateway'),
      nowNs: () => 1,
      onFailure: resolve,
    }).start();
  });
  assert.match(String(error), /broken/);
  assert.equal(new Watchdog(beats, 1).report(0)[0]?.state, 'failed');
});

test('monotonic clock: never back, and two of one base agree', () => {
  const base = process.hrtime.bigint();
  const one = new MonotonicClock(base);
  const two = new MonotonicClock(base);
  let last = 0;
  for (let n = 0; n < 1_000; n++) {
    const a = one.nowNs();
    const b = two.nowNs();
    assert.ok(a >= last);
    assert.ok(b - a > -1_000_000, `${b - a} ns apart`);
    last = a;
  }
});
