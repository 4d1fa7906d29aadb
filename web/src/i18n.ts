// Every word on the page comes from here: one flat catalogue per language, typed by the English keys.
//
// The English words that the page opens with are in the first chunk, because they stand in where others have not arrived;
// the rest (events, other languages, then errors, panes and help) is fetched when it is needed. An element says which sentence it shows in
// `data-t` attributes, so that the switch of the language finds it; what has parameters is spoken again by its owner
// when `languageChanged` is published.

import english from '#words/en/ui';
import type catalogue from '../locales/en.json';
import type { Message } from './engine_faces.ts';
import type { Language } from './lesson_types.ts';
import { Topic } from './topic.ts';

export type UiKey = keyof typeof catalogue;
export type Params = Record<string, string | number>;
type Catalogue = Record<string, string>;

type Loader = () => Promise<{ default: Catalogue }>;
type Part = 'page' | 'rare' | 'learn' | 'table' | 'help' | 'capture';
const loaders: Record<Part, Record<Language, Loader>> = {
  page: {
    en: () => import('#words/en/page'),
    'zh-Hans': () => import('#words/zh-Hans/page'),
    'zh-Hant': () => import('#words/zh-Hant/page'),
  },
  rare: {
    en: () => import('#words/en/rare'),
    'zh-Hans': () => import('#words/zh-Hans/rare'),
    'zh-Hant': () => import('#words/zh-Hant/rare'),
  },
  learn: {
    en: () => import('#words/en/learn'),
    'zh-Hans': () => import('#words/zh-Hans/learn'),
    'zh-Hant': () => import('#words/zh-Hant/learn'),
  },
  table: {
    en: () => import('#words/en/table'),
    'zh-Hans': () => import('#words/zh-Hans/table'),
    'zh-Hant': () => import('#words/zh-Hant/table'),
  },
  help: {
    en: () => import('#words/en/help'),
    'zh-Hans': () => import('#words/zh-Hans/help'),
    'zh-Hant': () => import('#words/zh-Hant/help'),
  },
  capture: {
    en: () => import('#words/en/capture'),
    'zh-Hans': () => import('#words/zh-Hans/capture'),
    'zh-Hant': () => import('#words/zh-Hant/capture'),
  },
};

let words: Catalogue = { ...english };
let current: Language = 'en';
const wanted = new Set<Part>(['page']);

export const languageChanged = new Topic<Language>();
export const language = (): Language => current;

/** Fetches and takes over a language. English UI words need no fetch, but its events and errors do. */
export async function useLanguage(next: Language): Promise<void> {
  const parts = await Promise.all([...wanted].map((part) => loaders[part][next]()));
  adoptCatalogue(next, Object.assign({}, ...parts.map((part) => part.default)));
}

/** The sentences about what a person did, errors, questions, and about rarer commands. Whoever spoke one before they were there repeats it. */
export async function fetchRareWords(): Promise<void> {
  if (wanted.has('rare')) {
    return;
  }
  await fetchWords('rare').then(
    () => languageChanged.publish(current),
    () => wanted.delete('rare'), // asked for again with the next sentence
  );
}

// A sentence by its key; one that is not there yet is a rare one, and is fetched with the others.
function template(key: string): string {
  const found = words[key];
  if (found === undefined) {
    void fetchRareWords();
  }
  return found ?? key;
}

/** Sentences that few need: from now on in every language of the page. */
export async function fetchWords(part: Part): Promise<void> {
  wanted.add(part);
  const asked = current;
  const fetched = (await loaders[part][asked]()).default;
  if (asked === current) {
    Object.assign(words, fetched);
  }
}

export function adoptCatalogue(next: Language, loaded: Catalogue): void {
  words = { ...english, ...loaded };
  current = next;
  languageChanged.publish(next);
}

export function t(key: UiKey, params: Params = {}): string {
  return sentence(key, (name) => {
    const value = params[name];
    return typeof value === 'number' ? number(value) : value;
  });
}

export const knows = (key: string): boolean => key in words;
/** The keys of a room of the catalogue, in its order. */
export const keysUnder = (room: string): string[] => Object.keys(words).filter((key) => key.startsWith(room));
/** A sentence whose key is put together at run time; the key itself where there is none. */
export const lookUp = (key: string, params: Params = {}): string => t(key as UiKey, params);

/** What the engine has to say, in words. */
export function speak(message: Message): string {
  return speakParts(message)
    .map((part) => part.text)
    .join('');
}

export interface SpokenPart {
  text: string;
  /** Set where the part is a page frame number, so that it can be clicked. */
  pfn?: number;
}

export function speakParts(message: Message): SpokenPart[] {
  const spoken = template(message.key);
  const byName = new Map(message.params.map((param) => [param.name, param]));
  return spoken.split(/(\{\w+\})/).map((text) => {
    const param = byName.get(text.slice(1, -1));
    if (!text.startsWith('{') || !param) {
      return { text };
    }
    const shown = param.kind === 'number' ? number(BigInt(param.value)) : param.value;
    const isFrame = param.kind === 'hex' && ['pfn', 'buddy', 'block'].includes(param.name);
    return isFrame ? { text: shown, pfn: Number(param.value) } : { text: shown };
  });
}

export function number(value: number | bigint): string {
  return new Intl.NumberFormat(current).format(value);
}

function sentence(key: string, parameter: (name: string) => string | undefined): string {
  return template(key).replace(/\{(\w+)\}/g, (whole, name: string) => parameter(name) ?? whole);
}

const places = [
  ['t', null],
  ['tLabel', 'aria-label'],
  ['tTitle', 'title'],
  ['tPlaceholder', 'placeholder'],
] as const;

/** Speaks every element under `root` that says in a `data-t` attribute what it shows. */
export function translate(root: ParentNode): void {
  for (const element of root.querySelectorAll<HTMLElement>(
    '[data-t],[data-t-label],[data-t-title],[data-t-placeholder]',
  )) {
    translateElement(element);
  }
}

export function translateElement(element: HTMLElement): void {
  for (const [place, attribute] of places) {
    const key = element.dataset[place] as UiKey | undefined;
    if (!key) {
      continue;
    }
    if (attribute) {
      element.setAttribute(attribute, t(key));
    } else {
      element.textContent = t(key);
    }
  }
}
