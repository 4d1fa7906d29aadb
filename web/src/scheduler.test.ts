import { expect, test } from 'vitest';
import { type Clock, Scheduler, type Work } from './scheduler.ts';

/** A browser in which time passes only when work takes some. */
class TestBrowser implements Clock {
  time = 0;
  hidden = false;
  frames = new Map<number, () => void>();
  timers = new Map<number, () => void>();
  requested = 0;
  #next = 1;

  requestFrame(callback: () => void): number {
    this.requested += 1;
    this.frames.set(this.#next, callback);
    return this.#next++;
  }
  cancelFrame(id: number): void {
    this.frames.delete(id);
  }
  setTimer(callback: () => void): number {
    this.timers.set(this.#next, callback);
    return this.#next++;
  }
  clearTimer(id: number): void {
    this.timers.delete(id);
  }
  now = () => this.time;
  isHidden = () => this.hidden;

  fire(from: Map<number, () => void>): void {
    const due = [...from.values()];
    from.clear();
    for (const callback of due) {
      callback();
    }
  }
}

function setUp(parts: { work?: Work['work']; draw?: () => boolean } = {}) {
  const browser = new TestBrowser();
  const calls: string[] = [];
  const draw = () => {
    calls.push('draw');
    return false;
  };
  const scheduler = new Scheduler(browser, parts.draw ?? draw);
  const run: Work = {
    work: parts.work ?? (() => false),
    worked: (isOver) => calls.push(isOver ? 'over' : 'sliced'),
  };
  return { browser, calls, scheduler, run };
}

test('an idle page requests no frame', () => {
  const { browser, scheduler } = setUp();
  expect(browser.requested).toBe(0);
  scheduler.wake();
  scheduler.wake();
  browser.fire(browser.frames);
  expect(browser.requested).toBe(1);
  expect(browser.frames.size).toBe(0);
});

test('a picture that moves gets frames until it rests', () => {
  let left = 3;
  const { browser, scheduler } = setUp({ draw: () => --left > 0 });
  scheduler.wake();
  while (browser.frames.size > 0) {
    browser.fire(browser.frames);
  }
  expect(browser.requested).toBe(3);
});

test('an endless run leaves the browser room after about eight milliseconds', () => {
  const portions: number[] = [];
  const { browser, scheduler, calls, run } = setUp({
    work: (budget) => {
      portions.push(budget);
      browser.time += budget / 1_000; // a microsecond each
      return true;
    },
  });
  scheduler.startWork(run);
  for (let frame = 0; frame < 20; frame += 1) {
    const start = browser.time;
    browser.fire(browser.frames);
    expect(browser.time - start).toBeLessThan(12);
  }
  expect(Math.max(...portions)).toBeLessThanOrEqual(2_048);
  expect(calls.filter((call) => call === 'sliced')).toHaveLength(20);
});

test('after Stop not one more portion is worked', () => {
  let worked = 0;
  const { browser, scheduler, run } = setUp({
    work: () => {
      worked += 1;
      browser.time += 3;
      return true;
    },
  });
  scheduler.startWork(run);
  browser.fire(browser.frames);
  const before = worked;
  scheduler.stopWork(run);
  browser.fire(browser.frames);
  expect(worked).toBe(before);
  expect(browser.frames.size).toBe(0);
});

test('work alone does not have the picture drawn again', () => {
  const { browser, scheduler, calls, run } = setUp();
  scheduler.startWork(run);
  browser.fire(browser.frames);
  expect(calls).toEqual(['over']);
});

test('two pieces of work go on side by side, and one may end before the other', () => {
  const ended: string[] = [];
  const { browser, scheduler } = setUp();
  const piece = (name: string, slices: number): Work => ({
    work: () => {
      browser.time += 8;
      slices -= 1;
      return slices > 0;
    },
    worked: (isOver) => isOver && ended.push(name),
  });
  scheduler.startWork(piece('long', 3));
  scheduler.startWork(piece('short', 1));
  browser.fire(browser.frames);
  expect(ended).toEqual(['short']);
  while (browser.frames.size > 0) {
    browser.fire(browser.frames);
  }
  expect(ended).toEqual(['short', 'long']);
});

test('a hidden page pauses and goes on when it is seen again', () => {
  const { browser, scheduler, calls, run } = setUp();
  scheduler.startWork(run);
  browser.hidden = true;
  scheduler.visibilityChanged();
  expect(browser.frames.size).toBe(0);
  scheduler.wake();
  expect(browser.frames.size).toBe(0);
  browser.hidden = false;
  scheduler.visibilityChanged();
  browser.fire(browser.frames);
  expect(calls).toEqual(['over', 'draw']);
});

test('idle waits for the work, the picture and the timer', async () => {
  const { browser, scheduler, run } = setUp();
  let isIdle = false;
  scheduler.startWork(run);
  scheduler.after(250, () => scheduler.wake());
  const idle = scheduler.idle().then(() => {
    isIdle = true;
  });
  browser.fire(browser.frames);
  await Promise.resolve();
  expect(isIdle).toBe(false);
  browser.fire(browser.timers);
  await Promise.resolve();
  expect(isIdle).toBe(false);
  browser.fire(browser.frames);
  await idle;
  expect(isIdle).toBe(true);
});
