import { beforeEach, expect, test } from 'vitest';
import { emptyDrop } from './drop_reader.ts';
import type { CaptureEngine, CapturePart, CaptureStatus } from './engine_faces.ts';
import { LockStep, type LockStepStatus } from './lock_step.ts';
import type { Work } from './scheduler.ts';

/** Takes every file that is called trace; its replay is three slices long. */
class TestEngine {
  state: CaptureStatus['state'] = 'empty';
  names: string[] = [];
  left = 0;
  calls: string[] = [];
  beginFile = (name: string) => {
    this.names.push(name);
  };
  addBytes = () => {};
  takeBackFile = () => {
    this.names.pop();
  };
  isMemoryTrace = () => false;
  explanations = () => [];
  takeDrop = () => {
    const parts = this.names.map((name): CapturePart => (name === 'trace' ? 'trace' : 'none'));
    this.names = [];
    if (parts.includes('trace')) {
      this.restart();
    }
    return parts;
  };
  chooseKernel = (version: string) => {
    this.calls.push(version);
    this.restart();
  };
  restart = () => {
    this.state = 'running';
    this.left = 3;
  };
  stop = () => {
    this.state = 'stopped';
  };
  work = () => {
    this.left -= 1;
    this.state = this.left > 0 ? 'running' : 'finished';
    return this.left > 0;
  };
  status = () => ({ state: this.state, kind: 'trace' }) as CaptureStatus;
}

let engines: TestEngine[];
let die: () => void;
let working: Set<Work>;
let time: number;
let lockStep: LockStep;
let states: LockStepStatus['state'][];

beforeEach(() => {
  engines = [];
  working = new Set();
  time = 0;
  states = [];
  const start = async (onAbort: () => void) => {
    die = onAbort;
    engines.push(new TestEngine());
    return engines.at(-1) as CaptureEngine;
  };
  const scheduler = {
    startWork: (work: Work) => void working.add(work),
    stopWork: (work: Work) => void working.delete(work),
  };
  lockStep = new LockStep(start, scheduler, () => (time += 5));
  lockStep.changed.subscribe(({ state }) => states.push(state));
});

const take = (...names: string[]) => lockStep.take(names.map((name) => new File(['x'], name)));

test('no engine is fetched before the first drop, and one is enough', async () => {
  expect(lockStep.status.state).toBe('empty');
  expect(engines).toHaveLength(0);
  await Promise.all([take('trace'), take('trace')]);
  expect(engines).toHaveLength(1);
});

test('a capture is read, then replayed in the slices of the scheduler', async () => {
  const drop = await take('trace', 'letter');
  expect(drop.files.map(({ part }) => part)).toEqual(['trace', 'none']);
  expect(working.has(lockStep)).toBe(true);
  while (lockStep.work(64)) {
    lockStep.worked();
  }
  lockStep.worked();
  expect(states).toEqual(['reading', 'running', 'running', 'running', 'finished']);
  expect(lockStep.milliseconds).toBe(15);
});

test('what is no capture starts no work', async () => {
  await take('letter');
  expect(working.size).toBe(0);
  expect(states).toEqual(['reading', 'empty']);
});

test('stopped, it works no more until it begins again or another kernel is chosen', async () => {
  await take('trace');
  lockStep.stop();
  expect([states.at(-1), working.size]).toEqual(['stopped', 0]);
  lockStep.restart();
  expect([states.at(-1), working.size]).toEqual(['running', 1]);
  lockStep.stop();
  lockStep.chooseKernel('6.1');
  expect(engines[0]?.calls).toEqual(['6.1']);
  expect([states.at(-1), working.size]).toEqual(['running', 1]);
});

test('forgotten, it lets its engine go, and the next drop has another', async () => {
  await take('trace');
  lockStep.forget();
  expect([states.at(-1), working.size]).toEqual(['empty', 0]);
  expect(lockStep.work(64)).toBe(false);
  await take('trace');
  expect(engines).toHaveLength(2);
});

test('an engine that cannot be fetched is told of, and the next drop asks again', async () => {
  const fetches = [Promise.reject(new Error('offline')), Promise.resolve(new TestEngine() as CaptureEngine)];
  const scheduler = { startWork: () => {}, stopWork: () => {} };
  const offline = new LockStep(() => fetches.shift() as Promise<CaptureEngine>, scheduler);
  expect(await offline.take([new File(['x'], 'trace')])).toEqual(emptyDrop);
  expect(offline.status.state).toBe('dead');
  await offline.take([new File(['x'], 'trace')]);
  expect(offline.status.state).toBe('running');
});

test('an engine that dies is told of, and the next drop has another', async () => {
  await take('trace');
  die();
  expect([states.at(-1), working.size]).toEqual(['dead', 0]);
  await take('trace');
  expect(states.at(-1)).toBe('running');
  expect(engines).toHaveLength(2);
});
