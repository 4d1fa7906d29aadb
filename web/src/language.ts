// Which language: `?lang=`, else what was chosen before, else what the browser asks for.

import type { Language } from './lesson_types.ts';

export const languageKey = 'mm.language.v1'; // in the store
export const languages: readonly Language[] = ['en', 'zh-Hans', 'zh-Hant'];
export const languageNames: Record<Language, string> = { en: 'English', 'zh-Hans': '简体中文', 'zh-Hant': '繁體中文' };

/** The nearest language we speak: zh-CN and zh-SG read Hans, zh-TW, zh-HK and zh-MO read Hant. */
export function nearestLanguage(tag: string): Language | null {
  const [primary, ...rest] = tag.toLowerCase().split(/[-_]/);
  if (primary === 'en') {
    return 'en';
  }
  if (primary !== 'zh') {
    return null;
  }
  if (rest.includes('hant')) {
    return 'zh-Hant';
  }
  if (rest.includes('hans')) {
    return 'zh-Hans';
  }
  return rest.some((part) => ['tw', 'hk', 'mo'].includes(part)) ? 'zh-Hant' : 'zh-Hans';
}

export function chooseLanguage(query: string | null, saved: string | null, wanted: readonly string[]): Language {
  for (const tag of [query, saved, ...wanted]) {
    const found = tag ? nearestLanguage(tag) : null;
    if (found) {
      return found;
    }
  }
  return 'en';
}
