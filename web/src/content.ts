// Lessons and scenarios: compiled by web/tools, fetched one by one when somebody asks for them.

import type { Language, Lesson, LessonIndex, Scenario } from './lesson_types.ts';

const lessons = import.meta.glob<Lesson>('../generated/lessons/*.json', { import: 'default' });
const scenarios = import.meta.glob<Scenario>('../generated/scenarios/*.json', { import: 'default' });
const openings = import.meta.glob<Scenario>('../generated/opening.*.json', { import: 'default' });
const index = import.meta.glob<LessonIndex>('../generated/index.json', { import: 'default' });

export async function fetchIndex(): Promise<LessonIndex> {
  const load = index['../generated/index.json'];
  return load ? load() : { languages: [], tracks: [], lessons: [], scenarios: [] };
}

export async function fetchLesson(id: string, language: Language): Promise<Lesson | null> {
  return (await lessons[`../generated/lessons/${id}.${language}.json`]?.()) ?? null;
}

const found = new Map<string, Scenario>();

/** Without a name: the one that opens by default. */
export async function findScenario(id: string | null, language: Language): Promise<Scenario | null> {
  const known = found.get(`${id}.${language}`);
  if (known) return known;
  const load =
    id === null
      ? openings[`../generated/opening.${language}.json`]
      : scenarios[`../generated/scenarios/${id}.${language}.json`];
  const scenario = (await load?.()) ?? null;
  if (scenario) found.set(`${scenario.id}.${language}`, scenario);
  return scenario;
}
