import { beforeEach, describe, expect, test } from 'vitest';
import type { Diagnostic } from './engine_faces.ts';
import { ImportCollection, largestImport } from './import_collection.ts';

/** Recognises blocks that begin with "zoneinfo A", "buddyinfo A" ...; a machine's pieces must bear the same letter. */
const engine = {
  problem: null as Diagnostic | null,
  recognise(text: string) {
    const lines = text.split('\n');
    const starts = lines.flatMap((line, index) => (/^(\w+info|script)/.test(line) ? [index] : []));
    const pieces = starts.map((start, index) => ({
      kind: /^\w+/.exec(lines[start] ?? '')?.[0] ?? '',
      firstLine: start + 1,
      lines: (starts[index + 1] ?? lines.length) - start,
    }));
    return { pieces, problem: this.problem };
  },
  importScript(text: string) {
    const machines = new Set([...text.matchAll(/info (\w)/g)].map((match) => match[1]));
    const problem =
      machines.size > 1 ? { line: 0, column: 0, length: 0, message: { key: 'import.mixed', params: [] } } : null;
    return { script: problem ? '' : text, problem };
  },
};
let collection: ImportCollection;
beforeEach(() => {
  engine.problem = null;
  collection = new ImportCollection(engine);
});

describe('the pieces of a machine', () => {
  test('may come together, in any order', () => {
    expect(collection.add('buddyinfo A\n1 2\nzoneinfo A\n3\n')).toEqual({
      kind: 'script',
      script: 'buddyinfo A\n1 2\nzoneinfo A\n3\n',
    });
  });
  test('may come one after another', () => {
    expect(collection.add('buddyinfo A')).toEqual({ kind: 'missing', missing: ['zoneinfo'] });
    expect(collection.add('pagetypeinfo A')).toEqual({ kind: 'missing', missing: ['zoneinfo'] });
    expect(collection.add('zoneinfo A')).toMatchObject({ kind: 'script' });
    expect(collection.pieces.map((piece) => piece.kind)).toEqual(['buddyinfo', 'pagetypeinfo', 'zoneinfo']);
  });
  test('pagetypeinfo joins the machine that is there', () => {
    collection.add('buddyinfo A\nzoneinfo A');
    expect(collection.add('pagetypeinfo A')).toEqual({
      kind: 'script',
      script: 'buddyinfo A\nzoneinfo A\npagetypeinfo A\n',
    });
  });
  test('slabinfo joins it too, before or after', () => {
    collection.add('buddyinfo A\nzoneinfo A');
    expect(collection.add('slabinfo A')).toEqual({ kind: 'script', script: 'buddyinfo A\nzoneinfo A\nslabinfo A\n' });
  });
  test('slabinfo alone is a machine, which the others may join', () => {
    expect(collection.add('slabinfo A')).toEqual({ kind: 'script', script: 'slabinfo A\n' });
    expect(collection.add('zoneinfo A')).toEqual({ kind: 'missing', missing: ['buddyinfo'] });
    expect(collection.add('buddyinfo A')).toEqual({
      kind: 'script',
      script: 'slabinfo A\nzoneinfo A\nbuddyinfo A\n',
    });
  });
  test('after a whole machine the next one begins', () => {
    collection.add('buddyinfo A\nzoneinfo A\npagetypeinfo A');
    expect(collection.add('zoneinfo B')).toEqual({ kind: 'missing', missing: ['buddyinfo'] });
    expect(collection.add('buddyinfo B')).toEqual({ kind: 'script', script: 'zoneinfo B\nbuddyinfo B\n' });
  });
  test('make the same machine again when asked', () => {
    collection.add('buddyinfo A');
    expect(collection.build()).toEqual({ kind: 'missing', missing: ['zoneinfo'] });
    const outcome = collection.add('zoneinfo A');
    expect(collection.build()).toEqual(outcome);
  });
  test('of two machines do not make one, and the right piece mends it', () => {
    collection.add('zoneinfo A');
    expect(collection.add('buddyinfo B')).toMatchObject({ kind: 'problem' });
    expect(collection.add('buddyinfo A')).toMatchObject({ kind: 'script' });
  });
  test('can be forgotten', () => {
    collection.add('zoneinfo A');
    collection.forget();
    expect(collection.add('buddyinfo A')).toEqual({ kind: 'missing', missing: ['zoneinfo'] });
  });
});

test('a script is opened as one', () => {
  expect(collection.add('script\nalloc')).toEqual({ kind: 'script', script: 'script\nalloc' });
});
test('what is nothing known changes nothing', () => {
  collection.add('zoneinfo A');
  expect(collection.add('hello')).toEqual({ kind: 'unknown' });
  expect(collection.pieces).toHaveLength(1);
});
test('what is wrong with a piece is told', () => {
  engine.problem = { line: 3, column: 1, length: 2, message: { key: 'import.truncated', params: [] } };
  expect(collection.add('zoneinfo A')).toEqual({ kind: 'problem', problem: engine.problem });
});
test('ten megabytes are not read', () => {
  expect(collection.add('x'.repeat(largestImport + 1))).toEqual({ kind: 'too-large' });
});
