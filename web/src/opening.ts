// What the address asks for, opened: a link, a scenario, a lesson, or what was open the last time.

import type { App } from './app.ts';
import { findScenario } from './content.ts';
import { crc32 } from './crc32.ts';
import { language, t, type UiKey, useLanguage } from './i18n.ts';
import { nearestLanguage } from './language.ts';
import { type Link, type LinkProblem, readLink } from './link.ts';

const problemSentences: Record<LinkProblem, UiKey> = {
  altered: 'ui.link.altered',
  'too-long': 'ui.link.tooLong',
  'too-large': 'ui.link.tooLarge',
  newer: 'ui.link.newer',
};

/** `isFirst`: the page has just been opened, so something has to be. */
export async function openAddress(app: App, openLesson: OpenLesson, isFirst: boolean): Promise<void> {
  app.page.banners.hide('link');
  const link = await readLink(location.hash);
  const wanted = 'settings' in link ? link.settings.language : null;
  const spoken = wanted ? nearestLanguage(wanted) : null;
  if (spoken) {
    await useLanguage(spoken);
  }
  const isOpen = await openLink(app, openLesson, link);
  if (!isOpen && isFirst && !(await app.reopenLast())) {
    await openScenario(app, null, null);
  }
}

/** Opens a lesson in the Learn pane; null: its list. False if there is no such lesson. */
export type OpenLesson = (id: string | null, step: string | null) => Promise<boolean>;

async function openLink(app: App, openLesson: OpenLesson, link: Link): Promise<boolean> {
  switch (link.kind) {
    case 'none':
      if (location.hash === '#l=') {
        await openLesson(null, null);
      }
      return false;
    case 'scenario':
      return (await openScenario(app, link.id, link.settings.step)) || missing(app, link.id);
    case 'lesson':
      return (await openLesson(link.id, link.step)) || missing(app, link.id);
    case 'script':
      return openScript(app, link);
    case 'unreadable':
      app.page.banners.show({
        kind: 'link',
        text: () => t(problemSentences[link.problem]),
        raw: link.raw,
        isBad: true,
      });
      return false;
  }
}

async function openScenario(app: App, id: string | null, step: number | null): Promise<boolean> {
  const scenario = await findScenario(id, language());
  if (!scenario) {
    return false;
  }
  if (id !== null) {
    app.page.layout.showView('picture');
  }
  await app.open({ kind: 'scenario', id: scenario.id, title: scenario.title, original: scenario.script }, step);
  return true;
}

function missing(app: App, id: string): false {
  app.page.banners.show({ kind: 'link', text: () => t('ui.link.missing', { id }), isBad: true });
  return false;
}

async function openScript(app: App, link: Extract<Link, { kind: 'script' }>): Promise<boolean> {
  const { script, settings, problem } = link;
  const id = crc32(new TextEncoder().encode(script));
  if (problem) {
    app.page.banners.show({ kind: 'link', text: () => t('ui.link.altered'), raw: location.hash.slice(1), isBad: true });
  } else if (settings.revision !== null && settings.revision !== app.engine.modelRevision()) {
    app.page.banners.show({ kind: 'link', text: () => t('ui.link.otherModel') });
  }
  await app.open({ kind: 'link', id, title: t('ui.work.link'), original: script }, settings.step);
  return true;
}
