// A work's name in the language of the page; of a scenario also what it is about, and the panel that shows it.

import { fetchLesson, findScenario } from './content.ts';
import { language, t } from './i18n.ts';
import type { Work } from './works.ts';

export interface Introduction {
  title: string;
  about?: string;
  panel?: string;
}

export async function introductionOf({ kind, id, title }: Work): Promise<Introduction> {
  switch (kind) {
    case 'scenario':
      return (await findScenario(id, language())) ?? { title };
    case 'lesson':
      return { title: (await fetchLesson(id.split('/')[0] ?? '', language()))?.title ?? title };
    case 'import':
      return { title: t('ui.work.import') };
    case 'link':
      return { title: t('ui.work.link') };
    case 'file':
      return { title };
  }
}
