// A lesson's YAML and one language's sections to a Lesson of src/lesson_types.ts.
import { readScript } from './lesson_files.mjs';
import { blocksOf, spansOf } from './lesson_prose.mjs';

/** The headings that a step must have, in order, in every language. "body" is the text before the first of them. */
export function partsOf(step) {
  switch (step.kind) {
    case 'predict':
      return ['body', 'question', ...(step.mistakes ?? []).map((mistake) => `mistake ${mistake.id}`), 'feedback'];
    case 'do':
      return [
        'body',
        ...step.goals.map((goal) => `goal ${goal.id}`),
        ...Array.from({ length: step.hints }, (_, index) => `hint ${index + 1}`),
        'why',
      ];
    case 'explain':
      return ['body', 'question', ...step.choices.map((choice) => `choice ${choice.id}`)];
    case 'explore':
      return ['body', ...(step.variants ?? []).map((variant) => `variant ${variant.id}`)];
    default:
      return ['body'];
  }
}

export function stopPoint(text) {
  const [at, ...rest] = text.split(':');
  const value = rest.join(':');
  if (at === 'mark') return { at, label: value };
  if (at === 'line') return { at, line: Number(value) };
  if (at === 'step') return { at, step: Number(value) };
  return { at: 'end' };
}

/** `expr` as one comparison, so that a player can show both sides; nulls if it is anything else. */
export function comparisonOf(expr) {
  const nothing = { left: null, operator: null, right: null };
  let depth = 0;
  let found = null;
  for (let i = 0; i < expr.length; ++i) {
    if (expr[i] === '"') {
      i = expr.indexOf('"', i + 1);
      if (i < 0) return nothing;
    } else if ('([{'.includes(expr[i])) ++depth;
    else if (')]}'.includes(expr[i])) --depth;
    else if (depth === 0) {
      if (/^(&&|\|\|)/.test(expr.slice(i))) return nothing;
      if (/^(<<|>>)/.test(expr.slice(i))) {
        ++i;
        continue;
      }
      const operator = /^(==|!=|>=|<=|>|<)/.exec(expr.slice(i))?.[0];
      if (!operator) continue;
      if (found) return nothing;
      found = { left: expr.slice(0, i).trim(), operator, right: expr.slice(i + operator.length).trim() };
      i += operator.length - 1;
    }
  }
  return found?.left && found.right ? found : nothing;
}

/** The lesson in one language. Throws a sentence with file and line where the prose cannot be read. */
export function compileLesson(lesson, language) {
  const text = lesson.texts.get(language);
  const source = sourceOf(lesson);
  const steps = lesson.data.steps.map((step) => compileStep(lesson, step, text));
  const end = text.steps.get('end');
  return {
    id: lesson.data.id,
    language,
    stale: isStale(lesson, language),
    source,
    track: lesson.data.track,
    minutes: lesson.data.minutes,
    requires: lesson.data.requires ?? [],
    next: lesson.next,
    title: text.head.title,
    summary: text.head.summary,
    steps,
    closing: { title: end.title, blocks: partBlocks(text, end, 'body') },
  };
}

/** The language that the others were translated from: the one whose file names no source. */
export function sourceOf(lesson) {
  for (const [language, text] of lesson.texts) if (!text.head.source) return language;
  return null;
}

export function isStale(lesson, language) {
  const source = sourceOf(lesson);
  return language !== source && lesson.texts.get(language).head.source_hash !== lesson.texts.get(source).hash;
}

function compileStep(lesson, step, text) {
  const section = text.steps.get(step.id);
  const blocks = (part) => partBlocks(text, section, part);
  const base = {
    id: step.id,
    kind: step.kind,
    title: section.title,
    body: blocks('body'),
    script: readScript(lesson, step.scenario),
    focus: step.focus ?? null,
    panel: step.panel ?? null,
  };
  switch (step.kind) {
    case 'run':
      return { ...base, stopAt: stopPoint(step.stop_at) };
    case 'predict':
      return {
        ...base,
        askAt: stopPoint(step.ask_at),
        question: blocks('question'),
        answer: { type: step.answer.type, expr: step.answer.expr, at: stopPoint(step.answer.at) },
        mistakes: (step.mistakes ?? []).map(({ id, value }) => ({ value, feedback: blocks(`mistake ${id}`) })),
        feedback: blocks('feedback'),
      };
    case 'do':
      return {
        ...base,
        goals: step.goals.map(({ id, expr, optional }) => ({
          id,
          title: partSpans(text, section, `goal ${id}`),
          expr,
          ...comparisonOf(expr),
          optional: optional ?? false,
        })),
        hints: Array.from({ length: step.hints }, (_, index) => blocks(`hint ${index + 1}`)),
        solution: readScript(lesson, step.solution),
        why: blocks('why'),
      };
    case 'explain':
      return { ...base, question: blocks('question'), choices: step.choices.map((choice) => compileChoice(choice, blocks)) };
    default:
      return {
        ...base,
        variants: (step.variants ?? []).map(({ id, scenario }) => ({
          id,
          title: partSpans(text, section, `variant ${id}`),
          script: readScript(lesson, scenario),
        })),
      };
  }
}

// The first paragraph is the choice, what follows is said once it was taken.
function compileChoice({ id, right }, blocks) {
  const [first, ...feedback] = blocks(`choice ${id}`);
  if (first?.kind !== 'p' || feedback.length === 0) {
    throw new Error(`choice ${id}: a paragraph with the choice, then at least one with the feedback`);
  }
  return { id, right: right ?? false, text: first.spans, feedback };
}

function partBlocks(text, section, name) {
  return located(text, () => blocksOf(section.parts.get(name).text, section.parts.get(name).line));
}

function partSpans(text, section, name) {
  return located(text, () => spansOf(section.parts.get(name).text.trim(), section.parts.get(name).line));
}

function located(text, work) {
  try {
    return work();
  } catch (error) {
    throw error.line ? new Error(`${text.path}: ${error.message}`) : error;
  }
}

/** Two sentences, in English and in Chinese: what a scenario's description must be. */
export const sentencesIn = (text) => (text.match(/[.!?](?=\s|$)|[。！？]/g) ?? []).length;
