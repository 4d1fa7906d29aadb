// The authoring tools: what they accept, what they refuse, and the whole check on the lessons that are here.

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LessonIndex } from '../src/lesson_types.ts';
import { comparisonOf, sentencesIn, stopPoint } from './lesson_compile.mjs';
import { sectionsOf, web } from './lesson_files.mjs';
import { blocksOf, plainText, spansOf } from './lesson_prose.mjs';
import { build, check, stamp } from './lessons.mjs';
import { checkUse, compareCatalogues, wordProblem } from './locales.mjs';
import { isLater, scopesOf, wordsOf } from './split_engine.mjs';

describe('prose', () => {
  test('becomes paragraphs, code, lists and notes', () => {
    const blocks = blocksOf('One `code` **strong**.\n\n- first\n- second\n\n```mm\na = 1\n```\n\n:::note\nAside.\n:::\n');
    expect(blocks.map((block: { kind: string }) => block.kind)).toEqual(['p', 'list', 'code', 'note']);
    expect(plainText(blocks)).toBe('One code strong.\nfirst\nsecond\na = 1\nAside.');
  });

  test('a line break is a space between words and nothing in Chinese', () => {
    expect(plainText(spansOf('two\nlines'))).toBe('two lines');
    expect(plainText(spansOf('空闲\n链表，\n9 阶'))).toBe('空闲链表，9 阶');
  });

  test('stays text where it looks like markup in code', () => {
    expect(spansOf('`<b>` is code')).toEqual([
      { kind: 'code', text: '<b>' },
      { kind: 'text', text: ' is code' },
    ]);
  });

  test.each([
    ['<b>bold</b>', 'HTML'],
    ['[out](https://elsewhere)', '#x='],
    ['- a\n  - b', 'list inside a list'],
    [':::warning\nx\n:::', ':::note'],
    [':::note\nnever closed', 'never closed'],
    ['# heading', 'heading'],
    ['63. Each CPU keeps lists.', 'begins with 1'],
  ])('%s is refused with its line', (source, reason) => {
    expect(() => blocksOf(source, 7)).toThrow(/^line [78]: /);
    expect(() => blocksOf(source, 7)).toThrow(reason);
  });
});

describe('expressions', () => {
  test('one comparison is split at its operator, anything else is not', () => {
    expect(comparisonOf('nr_free(DMA32, 10) == 240')).toEqual({ left: 'nr_free(DMA32, 10)', operator: '==', right: '240' });
    expect(comparisonOf('events("a >= b") >= 4').left).toBe('events("a >= b")');
    expect(comparisonOf('(a < b) + 1 > 1').operator).toBe('>');
    expect(comparisonOf('a == 1 && b == 2').left).toBeNull();
    expect(comparisonOf('1 << 8').left).toBeNull();
  });

  test('a stop point names its mark, line or step', () => {
    expect(stopPoint('mark:a: b')).toEqual({ at: 'mark', label: 'a: b' });
    expect(stopPoint('line:9')).toEqual({ at: 'line', line: 9 });
    expect(stopPoint('end')).toEqual({ at: 'end' });
  });

  test('sentences are counted in every script', () => {
    expect(sentencesIn('One, 1.5 GiB. Two!')).toBe(2);
    expect(sentencesIn('第一句，有 6.12。第二句。')).toBe(2);
  });
});

test('a heading inside code is no heading', () => {
  const text = sectionsOf('---\nlesson: a\n---\n## one: One\n```mm\n## not: A step\n```\n### question\nWhy?\n', 'x.md');
  expect([...text.steps.keys()]).toEqual(['one']);
  expect([...text.steps.get('one').parts.keys()]).toEqual(['body', 'question']);
});

describe('catalogues', () => {
  test('a missing key, an empty sentence and other parameters are found', () => {
    const errors = compareCatalogues({
      en: { 'a.one': 'One {n}.', 'a.two': 'Two.', 'a.three': 'Three.' },
      'zh-Hans': { 'a.one': '一 {m}。', 'a.two': '二。', 'a.three': '三。' },
      'zh-Hant': { 'a.one': '一 {n}。', 'a.two': '二。', 'a.three': ' ' },
    });
    expect(errors).toHaveLength(2);
    expect(errors.join()).toMatch(/zh-Hans.*"a.one" has \{m\}.*zh-Hant.*"a.three" is empty/);
  });

  test.each([
    ['这里 stands a whole English phrase', 'zh-Hans', 'English left over'],
    ['空閒链表', 'zh-Hans', 'other script'],
    ['進程的記憶體', 'zh-Hant', '進程'],
    ['{name} 是一个 page frame', 'zh-Hans', ''],
    ['行程的記憶體', 'zh-Hant', ''],
  ])('%s (%s): %s', (sentence, language, problem) => {
    expect(wordProblem(sentence, language)).toContain(problem);
    if (!problem) expect(wordProblem(sentence, language)).toBe('');
  });

  test('what the sources speak must exist, and what exists must be spoken', () => {
    const sources = ['Message("error.gone"); t("ui.a")', 'const key = `event.' + '$' + '{kind}`;'];
    expect(checkUse({ 'ui.a': 'A', 'ui.b': 'B', 'error.x': 'X', 'event.take': 'T' }, sources)).toEqual([
      'locales/en.json: "error.gone" is spoken but missing',
      'locales/en.json: "ui.b" is never spoken',
      'locales/en.json: "error.x" is never spoken',
    ]);
  });
});

test('the lessons, scenarios and catalogues that are here are in order', () => {
  const { errors, warnings } = check(null);
  expect([...errors, ...warnings]).toEqual([]);
});

describe('a copy of the lessons', () => {
  let root = '';
  const lesson = () => join(root, 'lessons/buddy/256-of-1024');
  const change = (file: string, from: string, to: string) => {
    const text = readFileSync(join(lesson(), file), 'utf8');
    expect(text).toContain(from);
    writeFileSync(join(lesson(), file), text.replace(from, to));
  };
  const ofLessons = (sentences: string[]) => sentences.filter((sentence) => sentence.includes('lessons'));

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'mmscope-tools-'));
    for (const folder of ['lessons', 'scenarios', 'locales']) cpSync(join(web, folder), join(root, folder), { recursive: true });
  });
  afterEach(() => rmSync(root, { recursive: true }));

  test('is built into one file a lesson and language, and an index', () => {
    expect(build(root)).toContain('lessons/buddy-256-of-1024.zh-Hant.json');
    const index = JSON.parse(readFileSync(join(root, 'generated/index.json'), 'utf8')) as LessonIndex;
    expect(index.scenarios[0]?.id).toBe('first-machine');
    const lesson = index.lessons.find(({ id }) => id === 'buddy-256-of-1024');
    expect(lesson?.steps.map((step) => step.kind)).toEqual(['run', 'predict', 'explain', 'predict', 'do', 'explore']);
  });

  test('stands in the order of tracks.yaml, which names every lesson', () => {
    const tracks = join(root, 'lessons/tracks.yaml');
    build(root);
    const index = JSON.parse(readFileSync(join(root, 'generated/index.json'), 'utf8')) as LessonIndex;
    expect(index.lessons.map(({ id }) => id)).toEqual(index.tracks.flatMap(({ lessons }) => lessons));
    writeFileSync(tracks, readFileSync(tracks, 'utf8').replace('buddy-256-of-1024', 'buddy-512-of-1024'));
    expect(ofLessons(check(null, root).errors)).toEqual([
      'lessons/tracks.yaml: there is no lesson "buddy/buddy-512-of-1024" (track/id)',
      'lessons/tracks.yaml: the lesson "buddy/buddy-256-of-1024" (track/id) stands in no track',
    ]);
  });

  test('a heading that one language lacks is an error', () => {
    change('zh-Hant.md', '### hint 3', 'hint 3');
    expect(ofLessons(check(null, root).errors).join()).toMatch(/zh-Hant.md: step whole-again has the parts .*, not /);
  });

  test('a panel that is none is an error, and a scenario has to name one', () => {
    change('lesson.yaml', 'kind: run\n', 'kind: run\n    panel: tracing\n');
    const scenario = join(root, 'scenarios/swap/scenario.yaml');
    writeFileSync(scenario, readFileSync(scenario, 'utf8').replace(/^panel: .*\n/m, ''));
    const { errors } = check(null, root);
    const tabs = 'buddy, pcp, ask, reclaim, slab, process';
    expect(errors.join()).toMatch(new RegExp(`256-of-1024: step .*\`panel\` is one of ${tabs}, not tracing`));
    expect(errors.join()).toMatch(new RegExp(`scenarios/swap: scenario.yaml: \`panel\` is one of ${tabs}, not missing`));
  });

  test('a link that leads nowhere is an error', () => {
    change('en.md', '(#x=fragmentation)', '(#x=fragment)');
    expect(ofLessons(check(null, root).errors).join()).toContain('en.md: "#x=fragment" leads nowhere');
  });

  test('a stale translation is a warning until it is stamped', () => {
    change('en.md', 'Run it, and watch', 'Now run it and watch');
    expect(check(null, root).warnings).toHaveLength(2);
    stamp(root);
    expect(check(null, root).warnings).toEqual([]);
  });

  test('the engine must see the start fail and the solution pass', () => {
    const answers = (truth: boolean) => ({
      run: () => '',
      evaluate: (_script: string, expressions: string[], at: string) => ({
        step: at === 'end' ? 9 : 1,
        values: expressions.map(() => ({ ok: true, number: at === 'end' ? 99 : 1, text: '', truth })),
        failure: null,
      }),
    });
    expect(check(answers(true), root).errors.join()).toContain('the start reaches every required goal');
    expect(check(answers(false), root).errors.join()).toContain('the solution does not reach goal whole');
  });
});

describe('the halves of the engine', () => {
  test.each([
    ['mmscope::Buddy::free_one(mmscope::Pfn)', ['mmscope', 'Buddy', 'free_one']],
    ['_ZN7mmscope5Buddy8free_oneENS_3PfnE', ['mmscope', 'Buddy', 'free_one']],
    ['_ZNK7mmscope12_GLOBAL__N_17Planner4planEv', ['mmscope', '_GLOBAL__N_1', 'Planner', 'plan']],
    ['mmscope::(anonymous namespace)::Planner::plan() const', ['mmscope', '_GLOBAL__N_1', 'Planner', 'plan']],
    ['void std::__2::__sort<mmscope::Buddy*>(mmscope::Buddy*)', ['std', '__2', '__sort']],
    ['qsort', ['qsort']],
  ])('%s lies in its scopes, however the linker writes it', (name, scopes) => {
    expect(scopesOf(name)).toEqual(scopes);
  });

  test('a line of the list means a class with its members, or a function, and nothing that only looks like it', () => {
    const words = wordsOf('# a comment\nPlanner\n(anonymous namespace)::key # mine\nprint_*\n!Planner::kept\n');
    const names = [
      'mmscope::Planner::plan()',
      '(anonymous namespace)::key(bool)',
      'mmscope::print_zoneinfo(int)',
      'mmscope::Answer::key(int)',
      'mmscope::PlannerOf()',
      'std::__2::vector<mmscope::Planner>::push_back(mmscope::Planner&&)',
      'mmscope::Planner::kept()',
    ];
    expect(names.filter((name) => isLater(name, words))).toEqual(names.slice(0, 3));
  });
});
