// Every promise that a lesson or a scenario makes, proved: form, languages, and by the engine what is reached.
//
// An error fails the check; a warning (a stale translation) is only listed, because an old translation still
// teaches and says so on its page.
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import Ajv from 'ajv';
import { compileLesson, isStale, partsOf, sentencesIn, sourceOf } from './lesson_compile.mjs';
import { languages, readPanels, readScript, web } from './lesson_files.mjs';

const validate = new Ajv({ allErrors: true }).compile(JSON.parse(readFileSync(join(web, 'lessons/lesson.schema.json'), 'utf8')));

const panels = readPanels();
const panelProblem = (name) => (panels.includes(name) ? '' : `\`panel\` is one of ${panels.join(', ')}, not ${name ?? 'missing'}`);

/**
 * { errors, warnings }: sentences, each beginning with where. `engine` may be null: then only form is checked.
 * `known` says what links may lead to: `places` ("lesson", "lesson/step") and `scenarios`.
 */
export function checkLesson(lesson, engine, known) {
  const report = new Report(relative(web, lesson.folder));
  if (!validate(lesson.data)) {
    for (const problem of mostTelling(validate.errors)) report.error(`lesson.yaml${problem.instancePath}: ${problem.message}`);
    return report;
  }
  checkReferences(lesson, known, report);
  checkLanguages(lesson, report);
  if (report.errors.length) return report;
  for (const language of languages) {
    try {
      checkLinks(compileLesson(lesson, language), known, report);
    } catch (error) {
      report.error(error.message);
    }
  }
  if (engine) for (const step of lesson.data.steps) checkStep(lesson, step, engine, report);
  return report;
}

export function checkScenario(scenario, engine) {
  const report = new Report(relative(web, scenario.folder));
  const { data, script } = scenario;
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(scenario.id)) report.error('the folder is its id: lower-case words joined by "-"');
  if (!Number.isInteger(data.position)) report.error('scenario.yaml: `position` orders the gallery and must be a whole number');
  if (panelProblem(data.panel)) report.error(`scenario.yaml: ${panelProblem(data.panel)}`);
  if (!script.startsWith('#!mm 1\n')) report.error('scenario.mm begins with "#!mm 1"');
  for (const language of languages) {
    const text = data[language] ?? {};
    if (!text.title?.trim()) report.error(`scenario.yaml: no title in ${language}`);
    const sentences = sentencesIn(text.about ?? '');
    if (sentences !== 2) report.error(`scenario.yaml: \`about\` in ${language} has ${sentences} sentences, not two`);
  }
  const failure = engine && report.errors.length === 0 ? engine.run(script) : '';
  if (failure) report.error(`scenario.mm: ${failure}`);
  return report;
}

/** Whether the tracks name every lesson, each in its own track and once, and nothing else. */
export function checkTracks(tracks, lessons) {
  const report = new Report('lessons/tracks.yaml');
  const named = tracks.flatMap(({ id, lessons: ids }) => ids.map((lesson) => `${id}/${lesson}`));
  const present = lessons.map(({ data }) => `${data.track}/${data.id}`);
  for (const place of new Set(named)) {
    if (!present.includes(place)) report.error(`there is no lesson "${place}" (track/id)`);
    if (named.filter((other) => other === place).length > 1) report.error(`"${place}" stands here twice`);
  }
  for (const place of present) if (!named.includes(place)) report.error(`the lesson "${place}" (track/id) stands in no track`);
  return report;
}

class Report {
  errors = [];
  warnings = [];
  constructor(place) {
    this.place = place;
  }
  error(sentence) {
    this.errors.push(`${this.place}: ${sentence}`);
  }
  warn(sentence) {
    this.warnings.push(`${this.place}: ${sentence}`);
  }
}

// `oneOf` reports every kind that does not fit; those that differ in `kind` itself are noise.
function mostTelling(problems) {
  const others = problems.filter((problem) => !['const', 'oneOf'].includes(problem.keyword));
  return others.length ? others.slice(0, 5) : problems.slice(0, 5);
}

function checkReferences(lesson, known, report) {
  const ids = lesson.data.steps.map((step) => step.id);
  for (const id of new Set(ids)) if (ids.filter((other) => other === id).length > 1) report.error(`two steps are called "${id}"`);
  for (const id of lesson.data.requires ?? []) {
    if (!known.places.has(id)) report.error(`there is no lesson "${id}"`);
  }
  for (const step of lesson.data.steps) {
    const scripts = [step.scenario, step.solution, ...(step.variants ?? []).map((variant) => variant.scenario)];
    for (const name of scripts) if (name && readScript(lesson, name) === null) report.error(`step ${step.id}: there is no ${name}`);
    if (step.panel && panelProblem(step.panel)) report.error(`step ${step.id}: ${panelProblem(step.panel)}`);
    if (step.kind === 'explain' && step.choices.filter((choice) => choice.right).length !== 1) {
      report.error(`step ${step.id}: exactly one choice is right`);
    }
  }
}

function checkLanguages(lesson, report) {
  if (!sourceOf(lesson)) report.error('no language is the source (the one whose front matter has no `source`)');
  for (const language of languages) {
    const text = lesson.texts.get(language);
    if (!text) {
      report.error(`${language}.md is missing`);
      continue;
    }
    const where = `${language}.md`;
    const { head } = text;
    if (head.lesson !== lesson.data.id) report.error(`${where}: front matter says lesson "${head.lesson}"`);
    if (head.lang !== language) report.error(`${where}: front matter says lang "${head.lang}"`);
    for (const key of ['title', 'summary']) if (!head[key]) report.error(`${where}: front matter has no ${key}`);
    checkHeadings(lesson, text, where, report);
    if (!head.source || !sourceOf(lesson)) continue;
    if (!head.source_hash) report.error(`${where}: no source_hash; run "node web/tools/lessons.mjs stamp" after translating`);
    else if (isStale(lesson, language)) report.warn(`${where} is stale: ${head.source} has changed since ${head.source_hash}`);
  }
}

function checkHeadings(lesson, text, where, report) {
  const wanted = [...lesson.data.steps.map((step) => step.id), 'end'];
  const present = [...text.steps.keys()];
  if (wanted.join() !== present.join()) report.error(`${where}: the steps are ${present.join(', ')}, not ${wanted.join(', ')}`);
  for (const step of [...lesson.data.steps, { id: 'end', kind: 'end' }]) {
    const section = text.steps.get(step.id);
    if (!section) continue;
    const parts = partsOf(step);
    const found = [...section.parts.keys()];
    if (parts.join() !== found.join()) {
      report.error(`${where}: step ${step.id} has the parts ${found.join(', ')}, not ${parts.join(', ')}`);
    }
    for (const [name, part] of section.parts) if (!part.text.trim()) report.error(`${where}: step ${step.id}, ${name} is empty`);
  }
}

// Every link of the prose, wherever it stands, leads to a scenario, a lesson or a step that exists.
function checkLinks(compiled, known, report) {
  for (const [, href] of JSON.stringify(compiled).matchAll(/"href":"(#[^"]*)"/g)) {
    const [kind, target] = [href.slice(1, 2), href.slice(3)];
    if (!(kind === 'x' ? known.scenarios : known.places).has(target)) report.error(`${compiled.language}.md: "${href}" leads nowhere`);
  }
}

function checkStep(lesson, step, engine, report) {
  const script = readScript(lesson, step.scenario);
  const fail = (sentence) => report.error(`step ${step.id}: ${sentence}`);
  const ask = (text, expressions, at) => {
    const answer = engine.evaluate(text, expressions, at);
    if (answer.failure) fail(`at ${at}: ${answer.failure}`);
    answer.values.forEach((value, index) => {
      if (!value.ok) fail(`at ${at}: \`${expressions[index]}\`: ${value.text}`);
    });
    return answer;
  };
  const focus = step.focus ? [step.focus] : [];
  if (step.kind === 'run') ask(script, focus.length ? focus : ['ops'], step.stop_at);
  if (step.kind === 'predict') checkPrediction(step, script, ask, fail);
  if (step.kind === 'do') checkGoals(step, script, readScript(lesson, step.solution), ask, fail);
  if (step.kind === 'explain' || step.kind === 'explore') ask(script, focus.length ? focus : ['ops'], 'end');
  for (const variant of step.variants ?? []) {
    const failure = engine.run(readScript(lesson, variant.scenario));
    if (failure) fail(`variant ${variant.id}: ${failure}`);
  }
}

function checkPrediction(step, script, ask, fail) {
  const { expr, at } = step.answer;
  const before = ask(script, [expr], step.ask_at);
  const after = ask(script, [expr], at);
  if (!before.values[0]?.ok || !after.values[0]?.ok) return;
  const right = Number(after.values[0].number);
  if (!Number.isInteger(right)) fail(`the answer \`${expr}\` is not a whole number: ${after.values[0].text}`);
  if (right === Number(before.values[0].number)) fail(`the answer ${right} can be read off before the run goes on`);
  if (after.step <= before.step) fail(`it asks at step ${before.step} and answers at step ${after.step}`);
  for (const mistake of step.mistakes ?? []) if (mistake.value === right) fail(`mistake ${mistake.id} is the right answer`);
}

function checkGoals(step, script, solution, ask, fail) {
  const expressions = step.goals.map((goal) => goal.expr);
  const start = ask(script, expressions, 'end').values;
  const end = ask(solution, expressions, 'end').values;
  if (step.goals.every((goal, index) => goal.optional || start[index]?.truth)) fail('the start reaches every required goal');
  step.goals.forEach((goal, index) => {
    if (!end[index]?.truth) fail(`the solution does not reach goal ${goal.id}: \`${goal.expr}\``);
  });
}

