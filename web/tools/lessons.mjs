// Lessons and scenarios: `node web/tools/lessons.mjs build | check | stamp`.
//
//   build   lessons/ and scenarios/ to generated/ (types and files: src/lesson_types.ts). Needs no engine.
//   check   proves them with the native engine, and checks the catalogues (locales.mjs). Exits 1 on an error.
//           `--no-engine` checks form and languages alone and says that it did.
//   stamp   writes into each translation the hash of the source text that it was now made from.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkLesson, checkScenario, checkTracks } from './lesson_check.mjs';
import { compileLesson, sourceOf } from './lesson_compile.mjs';
import { findEngine, NativeEngine } from './lesson_engine.mjs';
import { languages, readLessons, readScenarios, readTracks, web } from './lesson_files.mjs';
import { checkLocales } from './locales.mjs';

/** Writes generated/ anew; the names of the files written. */
export function build(root = web) {
  const lessons = readLessons(root);
  const scenarios = readScenarios(root);
  const files = new Map([['index.json', indexOf(readTracks(root), lessons, scenarios)]]);
  for (const language of languages) {
    for (const [place, { id, data, script }] of scenarios.entries()) {
      const scenario = { id, ...data[language], panel: data.panel, script };
      files.set(`scenarios/${id}.${language}.json`, scenario);
      if (place === 0) files.set(`opening.${language}.json`, scenario);
    }
    for (const lesson of lessons) files.set(`lessons/${lesson.data.id}.${language}.json`, compileLesson(lesson, language));
  }
  const folder = join(root, 'generated');
  rmSync(folder, { recursive: true, force: true });
  for (const inside of ['lessons', 'scenarios']) mkdirSync(join(folder, inside), { recursive: true });
  for (const [name, content] of files) writeFileSync(join(folder, name), `${JSON.stringify(content)}\n`);
  return [...files.keys()];
}

function indexOf(tracks, lessons, scenarios) {
  const perLanguage = (text) => Object.fromEntries(languages.map((language) => [language, text(language)]));
  return {
    languages,
    tracks,
    lessons: lessons.map(({ data, texts }) => ({
      id: data.id,
      track: data.track,
      minutes: data.minutes,
      steps: data.steps.map(({ id, kind }) => ({ id, kind })),
      title: perLanguage((language) => texts.get(language).head.title),
      summary: perLanguage((language) => texts.get(language).head.summary),
    })),
    scenarios: scenarios.map(({ id, data }) => ({
      id,
      title: perLanguage((language) => data[language].title),
      about: perLanguage((language) => data[language].about),
    })),
  };
}

/** { errors, warnings } over everything. `engine` null: form only. */
export function check(engine, root = web) {
  const lessons = readLessons(root);
  const scenarios = readScenarios(root);
  const ids = lessons.map((lesson) => lesson.data.id);
  const places = lessons.flatMap(({ data }) => (data.steps ?? []).map((step) => `${data.id}/${step.id}`));
  const known = { places: new Set([...ids, ...places]), scenarios: new Set(scenarios.map((scenario) => scenario.id)) };
  const reports = [
    ...lessons.map((lesson) => checkLesson(lesson, engine, known)),
    ...scenarios.map((scenario) => checkScenario(scenario, engine)),
    checkTracks(readTracks(root), lessons),
    checkLocales(root),
  ];
  if (new Set(ids).size !== ids.length) reports.push({ errors: ['two lessons have the same id'], warnings: [] });
  return {
    lessons: lessons.length,
    scenarios: scenarios.length,
    errors: reports.flatMap((report) => report.errors),
    warnings: reports.flatMap((report) => report.warnings),
  };
}

/** Says of each translation that it is one of the source as it stands now. */
export function stamp(root = web) {
  for (const lesson of readLessons(root)) {
    const source = lesson.texts.get(sourceOf(lesson));
    for (const text of lesson.texts.values()) {
      if (!text.head.source) continue;
      const content = readFileSync(text.path, 'utf8').replace(/^source_hash:.*\n/m, '');
      writeFileSync(text.path, content.replace(/^source: .*\n/m, `$&source_hash: ${source.hash}\n`));
    }
  }
}

function main(command, options) {
  if (command === 'build') return build().length ? 0 : 1;
  if (command === 'stamp') return stamp() ?? 0;
  if (command !== 'check') {
    console.error('usage: node web/tools/lessons.mjs build | check [--no-engine] | stamp');
    return 2;
  }
  const binary = options.includes('--no-engine') ? null : findEngine();
  if (!binary && !options.includes('--no-engine')) {
    console.error('lessons: the native engine is not built (build/native/mmscope-cli); "./mmscope build" makes it');
    return 1;
  }
  const engine = binary && new NativeEngine(binary);
  const { lessons, scenarios, errors, warnings } = check(engine);
  engine?.close();
  for (const warning of warnings) console.warn(`warning: ${warning}`);
  for (const error of errors) console.error(error);
  const judged = engine ? 'run by the engine' : 'NOT run (no engine)';
  console.log(`${lessons} lessons and ${scenarios} scenarios in ${languages.length} languages, ${judged}: ${errors.length} errors`);
  return errors.length ? 1 : 0;
}

if (process.argv[1]?.endsWith('lessons.mjs')) process.exitCode = main(process.argv[2], process.argv.slice(3));
