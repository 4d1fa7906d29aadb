// The page begins here: the engine and the words are fetched at the same time, the page stands before either is there.

import '../style.css';
import { App } from './app.ts';
import { type Started, startEngine } from './engine.ts';
import type { Engine } from './engine_faces.ts';
import { fetchRareWords, useLanguage } from './i18n.ts';
import { chooseLanguage, languageKey } from './language.ts';
import type { Tab } from './layout.ts';
import { tabs } from './layout.ts';
import { openAddress } from './opening.ts';
import { openImportPane, openLessonIn, showPane } from './panes.ts';
import { guardedStore } from './storage.ts';
import { Theme } from './theme.ts';

// A page that nobody touches for so long is made ready too, for being offline.
const restBeforePreparing = 5000; // milliseconds

async function start(): Promise<App> {
  const query = new URLSearchParams(location.search);
  const store = guardedStore();
  let app: App | null = null;
  const arriving = startEngine((reason) => void crashed(app, reason));
  const chosen = chooseLanguage(query.get('lang'), store.get(languageKey), navigator.languages);
  onFirstTouch(() => void fetchRareWords());
  const words = useLanguage(chosen).catch(() => undefined); // then the keys stand for the sentences
  if (chosen !== 'en') {
    await words;
  }
  document.documentElement.lang = chosen;
  const settings = { isEmbedded: query.get('embed') === '1', isTesting: query.get('testing') === '1' };
  app = new App(store, new Theme(store), settings, showPane);
  app.page.layout.show(tabs.find((tab: Tab) => tab === store.get('mm.tab.v1')) ?? 'script');
  const started = await arriving.catch((error: unknown) => crashed(app, String(error)));
  await words;
  if (started) {
    await begin(app, started);
  }
  return app;
}

async function begin(app: App, started: Started): Promise<void> {
  addFonts(started);
  app.attach(started);
  const fetchRest = () => started.fetchRest().catch(() => undefined); // who needs it then says so
  onFirstTouch(fetchRest);
  if (location.hash !== '' || app.works.last !== null) {
    await fetchRest(); // any script may come, not only the one that the page opens with
  }
  const openLesson = openLessonIn(app);
  const reopen = () => void openAddress(app, openLesson, false);
  window.addEventListener('hashchange', reopen);
  document.addEventListener('click', (event) => {
    const link = (event.target as Element).closest('a[href^="#"]');
    if (link?.getAttribute('href') === location.hash) {
      reopen(); // the address stays, so the browser tells nobody
    }
  });
  acceptDrops(app);
  await openAddress(app, openLesson, true);
  setTimeout(() => void Promise.all([fetchRest(), fetchRareWords()]), restBeforePreparing);
}

/** The first sign of somebody at the page, who may do anything next. */
function onFirstTouch(prepare: () => void): void {
  for (const gesture of ['pointermove', 'pointerdown', 'keydown', 'paste', 'dragenter']) {
    addEventListener(gesture, prepare, { once: true, capture: true, passive: true });
  }
}

/** The page's words stand in the same typefaces as the picture's, from the same bytes. */
function addFonts({ mono, sans }: Started): void {
  document.fonts.add(new FontFace('JetBrains Mono', mono.buffer));
  document.fonts.add(new FontFace('Inter', sans.buffer));
}

/** Files may be dropped anywhere. */
function acceptDrops(app: App): void {
  document.addEventListener('dragover', (event) => {
    if (event.dataTransfer?.types.includes('Files')) {
      event.preventDefault();
    }
  });
  document.addEventListener('drop', (event) => {
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length > 0) {
      event.preventDefault();
      app.page.layout.reveal('import');
      const read = openImportPane(app).then((pane) => pane.readFiles(files));
      void read.catch(() => undefined); // its place says that the pane could not be fetched
    }
  });
}

async function crashed(app: App | null, reason: string): Promise<null> {
  const { showCrash } = await import('./crash.ts');
  showCrash(reason, app?.works.text ?? '');
  return null;
}

// The page's face for its tests, and for whoever opens the browser's console.
const running = start();
const face = {
  engine: null as Engine | null,
  ready: running.then((app) => {
    face.engine = app.engine;
  }),
  idle: async () => (await running).idle(),
};
Object.assign(window, { mmscope: face });
