import { beforeEach, expect, test } from 'vitest';
import { resumeStep } from './resume.ts';
import { guardedStore, type Store } from './storage.ts';
import { Works } from './works.ts';

let store: Store;
beforeEach(() => {
  store = guardedStore(() => {
    throw new Error('blocked');
  });
});
const scenario = { kind: 'scenario', id: 'merge', title: 'Merge', original: 'original' } as const;
const link = { kind: 'link', id: 'abc', title: 'A link', original: 'of a link' } as const;

test('a scenario opens with the draft made of it, until that is reverted', () => {
  const works = new Works(store);
  works.open(scenario);
  works.edit('changed');
  const later = new Works(store);
  later.open(scenario);
  expect([later.text, later.isChanged]).toEqual(['changed', true]);
  later.revert();
  const afterwards = new Works(store);
  afterwards.open(scenario);
  expect([afterwards.text, afterwards.isChanged]).toEqual(['original', false]);
});

test('opening a link keeps what was open, and the way back leads there and back again', () => {
  const works = new Works(store);
  works.open(scenario);
  works.edit('my work');
  works.rememberStep(7);
  works.open(link);
  expect(works.text).toBe('of a link');
  expect(works.previous).toMatchObject({ kind: 'scenario', text: 'my work', step: 7 });
  const previous = works.previous;
  if (previous) {
    works.reopen(previous);
  }
  expect(works.text).toBe('my work');
  expect(works.previous).toMatchObject({ kind: 'link', text: 'of a link' });
});

test('a link opened in a new visit does not lose what the last visit left', () => {
  const before = new Works(store);
  before.open(scenario);
  before.edit('left open');
  const now = new Works(store);
  now.open(link);
  expect(now.previous).toMatchObject({ text: 'left open' });
});

test('what is kept by another program under our names does no harm', () => {
  store.set('mm.work.v1', '{"text":3}');
  store.set('mm.previous.v1', 'not JSON');
  const works = new Works(store);
  expect([works.last, works.previous]).toEqual([null, null]);
});

test('after an edit, Step goes on from where nothing above was changed', () => {
  const script = 'a\nb\nc\n';
  expect(resumeStep(script, 'a\nb\nx\n', 2, 3)).toBe(2);
  expect(resumeStep(script, 'a\nx\nc\n', 2, 3)).toBe(0);
  expect(resumeStep(script, 'a\nb\nc\nd\n', 3, 0)).toBe(3);
  expect(resumeStep(script, 'a\nb\n', 3, 0)).toBe(0);
});
