import { beforeEach, expect, test } from 'vitest';
import type { Engine, Status } from './engine_faces.ts';
import { Play } from './play.ts';
import { type Clock, Scheduler } from './scheduler.ts';

/** A script of ten commands, one statement each; `endless` never ends. */
class TestEngine {
  step = 0;
  wish: number | null = null;
  endless = false;
  load = (source: string) =>
    source === 'bad' ? [{ line: 1, column: 1, length: 1, message: { key: 'x', params: [] } }] : this.reset();
  private reset() {
    this.step = 0;
    return [];
  }
  run = () => {
    this.wish = Number.POSITIVE_INFINITY;
  };
  seek = (step: number) => {
    this.wish = step;
    this.event = 0;
  };
  stop = () => {
    this.wish = null;
  };
  event = 0;
  toldEvents = () => [0, 3, 5];
  lookAt = (event: number) => {
    this.event = event;
  };
  work = (budget: number) => {
    if (this.wish === null) {
      return false;
    }
    if (this.endless) {
      return true;
    }
    const aim = Math.min(this.wish, 10);
    this.step = aim < this.step ? aim : Math.min(aim, this.step + budget);
    if (this.step === aim) {
      this.wish = null;
    }
    return this.wish !== null;
  };
  status = (): Status =>
    ({
      step: this.step,
      lastStep: 10,
      event: this.event,
      events: this.step > 0 ? 7 : 0,
      line: this.step < 10 ? this.step + 1 : 0,
      state: this.wish !== null ? 'running' : this.step < 10 ? 'paused' : 'finished',
    }) as Status;
}

let engine: TestEngine;
let play: Play;
let frames: (() => void)[];
let timers: (() => void)[];
let time: number;

beforeEach(() => {
  engine = new TestEngine();
  frames = [];
  timers = [];
  time = 0;
  const clock: Clock = {
    requestFrame: (callback) => frames.push(callback),
    cancelFrame: () => {},
    setTimer: (callback) => timers.push(callback),
    clearTimer: () => timers.pop(),
    now: () => {
      time += 0.5;
      return time;
    },
    isHidden: () => false,
  };
  const scheduler = new Scheduler(clock, () => false);
  play = new Play(engine as unknown as Engine, scheduler, clock.now);
});

/** Lets frames and timers happen until nothing is left, at most `most` rounds. */
async function settle(most = 100): Promise<void> {
  for (let round = 0; round < most && (frames.length > 0 || timers.length > 0); round += 1) {
    const due = frames.length > 0 ? frames.splice(0) : timers.splice(0);
    for (const callback of due) {
      callback();
    }
    await Promise.resolve();
    await Promise.resolve();
    await Promise.resolve();
  }
}

test('runs to the end, and once more from the start', async () => {
  const ending = play.run();
  await settle();
  expect([await ending, play.status.step]).toEqual(['done', 10]);
  const steps: number[] = [];
  play.changed.subscribe((status) => steps.push(status.step));
  play.run();
  await settle();
  expect(steps).toContain(0);
  expect(play.status.step).toBe(10);
});

test('steps and goes back', async () => {
  play.step();
  await settle();
  play.step();
  await settle();
  play.back();
  await settle();
  expect(play.status.step).toBe(1);
});

test('a new wish ends the one before', async () => {
  engine.endless = true;
  const first = play.run();
  await settle(3);
  engine.endless = false;
  const second = play.seek(4);
  await settle();
  expect([await first, await second, play.status.step]).toEqual(['stopped', 'done', 4]);
});

test('what runs unasked runs out of its allowance and stands still', async () => {
  engine.endless = true;
  const ending = play.autoRun();
  await settle(2_000);
  expect(await ending).toBe('out-of-allowance');
  expect([play.isRunning, engine.wish]).toEqual([false, null]);
});

test('stops at once', async () => {
  engine.endless = true;
  const ending = play.run();
  await settle(3);
  play.stop();
  expect([await ending, play.isRunning]).toEqual(['stopped', false]);
});

test('at a speed, one step after another, each of them seen', async () => {
  play.speed = 3;
  const seen: number[] = [];
  play.rested.subscribe((status) => seen.push(status.step));
  const ending = play.run();
  await settle();
  expect(await ending).toBe('done');
  expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(play.isRunning).toBe(false);
});

test('is stopped between two steps', async () => {
  play.speed = 1;
  const ending = play.run();
  await settle(1);
  play.stop();
  await ending;
  await settle();
  expect([play.status.step, play.isRunning]).toEqual([1, false]);
});

test('a faulty script leaves the machine where it is', async () => {
  play.seek(5);
  await settle();
  expect(play.load('bad')).toHaveLength(1);
  expect(play.status.step).toBe(5);
  expect(play.load('good')).toEqual([]);
  expect(play.status.step).toBe(0);
});

test('events lead through a step and on to the next, and back', async () => {
  play.load('good');
  const go = async (move: Promise<void>) => {
    for (let turn = 0; turn < 5; turn += 1) {
      frames.shift()?.();
      await Promise.resolve();
    }
    await move;
    return [engine.step, engine.event];
  };
  expect(await go(play.nextEvent())).toEqual([1, 3]);
  expect(await go(play.nextEvent())).toEqual([1, 5]);
  expect(await go(play.nextEvent())).toEqual([1, 0]);
  expect(await go(play.nextEvent())).toEqual([2, 3]);
  expect(await go(play.previousEvent())).toEqual([1, 0]);
  expect(await go(play.previousEvent())).toEqual([1, 5]);
});
