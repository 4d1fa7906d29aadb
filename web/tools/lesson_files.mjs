// Where lessons and scenarios stand on the disk, and how a lesson's Markdown is cut into its sections.
//
//   lessons/<track>/<folder>/lesson.yaml, *.mm, <lang>.md         scenarios/<id>/scenario.yaml, scenario.mm
//   lessons/tracks.yaml: the tracks, and in each the ids of its lessons, in the order in which they are learned
//
//   ## split: A block is split in two      a step: its id in lesson.yaml, then its title
//   ### question                           a part of the step: question, feedback, goal ID, choice ID, ...
//   ## end: Where this bites               after the last step
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

export const languages = ['en', 'zh-Hans', 'zh-Hant'];
export const web = join(dirname(fileURLToPath(import.meta.url)), '..');

const folders = (path) =>
  existsSync(path)
    ? readdirSync(path, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => join(path, entry.name))
        .sort()
    : [];
const read = (path) => readFileSync(path, 'utf8').replaceAll('\r\n', '\n');

/** The tracks in their order: { id, lessons: ids in theirs }. */
export function readTracks(root = web) {
  return Object.entries(parse(read(join(root, 'lessons/tracks.yaml')))).map(([id, lessons]) => ({ id, lessons }));
}

/**
 * All lessons in the order of the tracks, one that no track names last:
 * { folder, data (lesson.yaml), texts: Map(language -> text), next: the id of the lesson after it, or null }.
 */
export function readLessons(root = web) {
  const order = readTracks(root).flatMap(({ lessons }) => lessons);
  const place = (lesson) => (order.includes(lesson.data.id) ? order.indexOf(lesson.data.id) : order.length);
  const lessons = folders(join(root, 'lessons'))
    .flatMap(folders)
    .filter((folder) => existsSync(join(folder, 'lesson.yaml')))
    .map((folder) => {
      const texts = new Map();
      for (const language of languages) {
        const path = join(folder, `${language}.md`);
        if (existsSync(path)) texts.set(language, { path, ...sectionsOf(read(path), path) });
      }
      return { folder, data: parse(read(join(folder, 'lesson.yaml'))), texts };
    })
    .sort((a, b) => place(a) - place(b));
  return lessons.map((lesson, index) => ({ ...lesson, next: lessons[index + 1]?.data.id ?? null }));
}

/** All scenarios: { id, folder, data (scenario.yaml), script }, in the order of their `position`. */
export function readScenarios(root = web) {
  return folders(join(root, 'scenarios'))
    .filter((folder) => existsSync(join(folder, 'scenario.yaml')))
    .map((folder) => ({
      id: basename(folder),
      folder,
      data: parse(read(join(folder, 'scenario.yaml'))),
      script: existsSync(join(folder, 'scenario.mm')) ? read(join(folder, 'scenario.mm')) : '',
    }))
    .sort((a, b) => a.data.position - b.data.position);
}

/** The panels with tabs, which can be brought to the front, by the names that src/ui/tiling.h gives them. */
export function readPanels() {
  const source = read(join(web, '../src/ui/tiling.h'));
  const names = /kPanelNames\[kPanels\] = \{([^}]*)\}/.exec(source)?.[1].match(/\w+/g) ?? [];
  const [, first, last] = /is_list_panel.*PanelId::(\w+) && id <= PanelId::(\w+)/.exec(source) ?? [];
  const tabs = names.slice(names.indexOf(first), names.indexOf(last) + 1);
  if (tabs.length === 0) throw new Error('src/ui/tiling.h no longer names the panels as lesson_files.mjs reads them');
  return tabs;
}

export const readScript = (lesson, name) => (existsSync(join(lesson.folder, name)) ? read(join(lesson.folder, name)) : null);

/** Front matter and sections of one language's file. A part's key is its heading: "body", "question", "goal whole". */
export function sectionsOf(source, path) {
  const front = /^---\n([\s\S]*?)\n---\n/.exec(source);
  if (!front) throw new Error(`${path}: no front matter between two lines of "---"`);
  const head = parse(front[1]);
  const prose = source.slice(front[0].length);
  const steps = new Map();
  let step = null;
  let part = null;
  let inCode = false;
  prose.split('\n').forEach((line, index) => {
    const number = front[0].split('\n').length + index;
    if (line.startsWith('```')) inCode = !inCode;
    const heading = inCode ? null : /^(#{2,3}) +(.+?)\s*$/.exec(line);
    if (heading?.[1] === '##') {
      const named = /^([a-z0-9-]+): (.+)$/.exec(heading[2]);
      if (!named) throw new Error(`${path}:${number}: a step's heading is "## id: Title", not "${line}"`);
      if (steps.has(named[1])) throw new Error(`${path}:${number}: step "${named[1]}" stands here twice`);
      step = { title: named[2], line: number, parts: new Map() };
      steps.set(named[1], step);
      part = openPart(step, 'body', number, path);
    } else if (heading) {
      if (!step) throw new Error(`${path}:${number}: this part belongs to no step`);
      part = openPart(step, heading[2], number, path);
    } else if (part) {
      part.text += `${line}\n`;
    } else if (line.trim()) {
      throw new Error(`${path}:${number}: text before the first step`);
    }
  });
  return { head, steps, hash: hashOf(head, prose) };
}

function openPart(step, name, number, path) {
  if (step.parts.has(name)) throw new Error(`${path}:${number}: part "${name}" stands here twice`);
  const part = { line: number + 1, text: '' };
  step.parts.set(name, part);
  return part;
}

// What a translation was made from: everything a reader reads, not the front matter's housekeeping.
function hashOf(head, prose) {
  const text = [head.title, head.summary, prose.trim()].join('\n');
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
