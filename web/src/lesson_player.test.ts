import { beforeEach, describe, expect, test } from 'vitest';
import { LessonPlayer, type Stage } from './lesson_player.ts';
import type { Lesson, Step } from './lesson_types.ts';
import { Progress } from './progress.ts';
import { guardedStore } from './storage.ts';

const base = { title: 'x', body: [], script: 'start', focus: null, panel: null };
const steps: Step[] = [
  { ...base, id: 'look', kind: 'run', stopAt: { at: 'mark', label: 'split' }, focus: 'pfn(a)' },
  {
    ...base,
    id: 'guess',
    kind: 'predict',
    askAt: { at: 'line', line: 4 },
    question: [],
    answer: { type: 'int', expr: 'nr_free(DMA32, 9)', at: { at: 'end' } },
    mistakes: [{ value: 2, feedback: [{ kind: 'p', spans: [] }] }],
    feedback: [],
  },
  {
    ...base,
    id: 'make',
    kind: 'do',
    goals: [
      { id: 'whole', title: [], expr: 'whole == 240', left: 'whole', operator: '==', right: '240', optional: false },
      { id: 'golf', title: [], expr: 'few', left: null, operator: null, right: null, optional: true },
    ],
    hints: [[], []],
    solution: 'solved',
    why: [],
  },
  {
    ...base,
    id: 'why',
    kind: 'explain',
    question: [],
    choices: [
      { id: 'no', right: false, text: [], feedback: [] },
      { id: 'yes', right: true, text: [], feedback: [] },
    ],
  },
  { ...base, id: 'play', kind: 'explore', variants: [{ id: 'one', title: [], script: 'variant' }] },
];
const lesson: Lesson = {
  id: 'lesson',
  language: 'en',
  stale: false,
  source: 'en',
  track: 'buddy',
  minutes: 5,
  requires: [],
  next: null,
  title: 'A lesson',
  summary: '',
  steps,
  closing: { title: '', blocks: [] },
};

class TestStage implements Stage {
  calls: string[] = [];
  values: Record<string, number> = {};
  finished = true;
  open(_: Lesson, step: Step, script: string) {
    this.calls.push(`open ${step.id} ${script}`);
  }
  offer(script: string) {
    this.calls.push(`offer ${script}`);
  }
  async runTo(point: object) {
    this.calls.push(`run ${Object.values(point).join(' ')}`);
    return 'done';
  }
  isFinished = () => this.finished;
  evaluate(expression: string) {
    const value = this.values[expression];
    const ok = value !== undefined;
    return { ok, isNumber: ok, number: String(value ?? ''), text: String(value ?? ''), error: null };
  }
  edit() {
    this.calls.push('edit');
  }
  select(pfn: number) {
    this.calls.push(`select ${pfn}`);
  }
}

let stage: TestStage;
let progress: Progress;
const memoryOnly = () =>
  guardedStore(() => {
    throw new Error('blocked');
  });
const player = (step: string) => new LessonPlayer(lesson, step, stage, progress);

beforeEach(() => {
  stage = new TestStage();
  progress = new Progress(memoryOnly());
});

test('an unknown step opens the first', () => {
  expect(player('nowhere').step.id).toBe('look');
});

test('a run step is done when its mark is reached, and shows what to look at', async () => {
  stage.values['pfn(a)'] = 4096;
  const playing = player('look');
  await playing.enter();
  expect(playing.result).toBeNull();
  await playing.watch();
  expect(stage.calls).toEqual(['open look start', 'select 4096', 'run mark split', 'select 4096']);
  expect(playing.result).toBe('done');
});

describe('a predict step', () => {
  test('asks before the answer can be seen, and takes it from the engine', async () => {
    const playing = player('guess');
    await playing.enter();
    expect(stage.calls.at(-1)).toBe('run line 4');
    expect(playing.isAsked).toBe(true);
    stage.values['nr_free(DMA32, 9)'] = 0;
    await playing.predict(0);
    expect(playing.prediction).toEqual({ guess: 0, answer: '0', isRight: true });
    expect(playing.result).toBe('done');
  });
  test('knows the misconception behind a wrong number', async () => {
    const playing = player('guess');
    await playing.enter();
    stage.values['nr_free(DMA32, 9)'] = 0;
    await playing.predict(2);
    expect(playing.prediction?.isRight).toBe(false);
    expect(playing.step.kind === 'predict' && playing.mistake(playing.step)?.value).toBe(2);
  });
});

describe('a do step', () => {
  test('shows where its goals stand, and is done at the end of a run that reaches them', async () => {
    stage.values = { 'whole == 240': 0, whole: 239, '240': 240, few: 0 };
    const playing = player('make');
    await playing.enter();
    expect(playing.goals[0]).toMatchObject({ current: '239', wanted: '240', isReached: false });
    stage.values['whole == 240'] = 1;
    stage.finished = false;
    playing.rested();
    expect(playing.result).toBeNull();
    stage.finished = true;
    playing.rested();
    expect(playing.result).toBe('done');
  });
  test('gives a hint after three failed runs', async () => {
    const playing = player('make');
    await playing.enter();
    for (const hints of [0, 0, 1, 1]) {
      playing.rested();
      expect(playing.hintsShown).toBe(hints);
    }
    playing.hint();
    playing.hint();
    expect(playing.hintsShown).toBe(2);
  });
  test('whose solution was shown is revealed, and done by doing it again', async () => {
    stage.values = { 'whole == 240': 1 };
    const revealed = player('make');
    await revealed.enter();
    revealed.showSolution();
    expect(stage.calls.at(-1)).toBe('offer solved');
    revealed.rested();
    expect(revealed.result).toBe('revealed');
    const again = player('make');
    await again.enter();
    again.rested();
    expect(again.result).toBe('done');
  });
});

test('an explain step is done by the right choice', async () => {
  const playing = player('why');
  await playing.enter();
  playing.choose('no');
  expect([playing.choice, playing.result]).toEqual(['no', null]);
  playing.choose('yes');
  expect(playing.result).toBe('done');
});

test('another language keeps the step and the answers', async () => {
  stage.values['nr_free(DMA32, 9)'] = 1;
  const playing = player('guess');
  await playing.enter();
  await playing.predict(1);
  playing.speak({ ...lesson, language: 'zh-Hans', steps: steps.map((step) => ({ ...step, title: '标题' })) });
  expect(playing.step).toMatchObject({ id: 'guess', title: '标题' });
  expect(playing.prediction?.isRight).toBe(true);
});

describe('progress', () => {
  test('moves to another browser as text, and nothing done is undone by it', () => {
    progress.finished('lesson', 'look', 'done');
    progress.opened('lesson', 'guess');
    const other = new Progress(memoryOnly());
    other.finished('lesson', 'make', 'done');
    expect(other.addText(progress.asText())).toBe(true);
    expect(other.addText('{"steps":{"lesson/make":"revealed","lesson/why":"stolen"}}')).toBe(true);
    expect(['look', 'make', 'why'].map((step) => other.result('lesson', step))).toEqual(['done', 'done', null]);
    expect(other.last).toBe('lesson/guess');
  });
  test('refuses what is none', () => {
    for (const text of ['', 'hello', '[]', '{"last":1}', 'null']) {
      expect(progress.addText(text)).toBe(false);
    }
  });
  test('survives a visit where storage is allowed', () => {
    const kept = new Map<string, string>();
    const storage = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => kept.set(key, value),
    };
    new Progress(guardedStore(() => storage as unknown as Storage)).finished('lesson', 'look', 'done');
    expect(new Progress(guardedStore(() => storage as unknown as Storage)).result('lesson', 'look')).toBe('done');
  });
});
