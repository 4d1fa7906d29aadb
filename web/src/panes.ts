// The panes that are fetched when somebody first looks at them.

import type { App } from './app.ts';
import type { ImportPane } from './import_pane.ts';
import { type Tab, unfetched } from './layout.ts';
import type { LearnPane } from './learn_pane.ts';
import type { LessonPlayer } from './lesson_player.ts';
import type { OpenLesson } from './opening.ts';
import { Progress } from './progress.ts';
import { fetchWords, t } from './i18n.ts';

let importPane: Promise<ImportPane> | null = null;
let learnPane: Promise<LearnPane> | null = null;
let galleryIsThere = false;
let terminalIsThere = false;

/** Where a pane cannot be fetched, its place says so. */
export async function showPane(app: App, tab: Tab): Promise<void> {
  await openPane(app, tab).catch(() => app.page.layout.fill(tab, unfetched()));
}

async function openPane(app: App, tab: Tab): Promise<void> {
  if (tab === 'import') {
    await openImportPane(app);
  } else if (tab === 'learn') {
    const pane = await openLearnPane(app);
    if (!pane.isInLesson) {
      await pane.showIndex();
    }
  } else if (tab === 'terminal' && !terminalIsThere) {
    await openTerminal(app);
  } else if (tab === 'gallery' && !galleryIsThere) {
    const { GalleryPane } = await import('./gallery_pane.ts');
    const pane = new GalleryPane();
    await pane.show();
    app.page.layout.fill('gallery', pane.element);
    galleryIsThere = true;
  }
}

async function openTerminal(app: App): Promise<void> {
  const [{ TerminalPane }] = await Promise.all([import('./terminal_pane.ts'), fetchWords('rare')]);
  const pane = new TerminalPane({
    terminal: (line) => app.engine.terminal(line),
    beginCommand: (line) => app.engine.beginCommand(line),
    continueCommand: () => app.engine.continueCommand(),
    endCommand: () => app.engine.endCommand(),
    completions: (line) => app.engine.completions(line),
    evaluate: (expression) => app.engine.evaluate(expression),
    memAvailable: () => app.engine.memAvailable(),
    showFrames: (kinds, of) => {
      app.engine.showKinds(kinds);
      app.engine.showFramesOf(of);
      app.scheduler.wake();
    },
    showPanel: (name) => app.showPanel(name),
    append: (command) => app.script.append(command),
    putBack: (place) => app.script.putBack(place),
    kernelLog: () => app.kernelLog(),
  });
  app.rested.subscribe(() => {
    if (!app.script.isAppending) {
      pane.rested();
    }
  });
  app.script.appended.subscribe(() => pane.rested());
  app.play.changed.subscribe(() => {
    if (!app.script.isAppending) {
      pane.moved();
    }
  });
  app.page.layout.fill('terminal', pane.element);
  terminalIsThere = true;
}

export function openImportPane(app: App): Promise<ImportPane> {
  importPane ??= Promise.all([import('./import_pane.ts'), fetchWords('capture')]).then(([{ ImportPane }]) => {
    const pane = new ImportPane(app.engine, app.scheduler, {
      openImport: (script) => openForeign(app, 'import', t('ui.work.import'), script),
      openFile: (name, script) => openForeign(app, 'file', name, script),
    });
    app.page.layout.fill('import', pane.element);
    return pane;
  });
  importPane.catch(() => {
    importPane = null;
  });
  return importPane;
}

export const openLessonIn =
  (app: App): OpenLesson =>
  async (id, step) => {
    app.page.layout.reveal('learn');
    const pane = await openLearnPane(app).catch(() => null);
    if (!pane) {
      return true; // its place says that it could not be fetched
    }
    if (id === null) {
      await pane.showIndex();
      return true;
    }
    return pane.open(id, step);
  };

function openLearnPane(app: App): Promise<LearnPane> {
  learnPane ??= Promise.all([import('./learn_pane.ts'), fetchWords('learn')]).then(([{ LearnPane }]) => {
    const pane = new LearnPane(stageOf(app), new Progress(app.store));
    app.rested.subscribe(() => pane.rested());
    pane.changed.subscribe((player) => app.page.script.showGoals(goalsOf(player)));
    app.page.layout.fill('learn', pane.element);
    app.works.opened.subscribe((work) => {
      if (work.kind !== 'lesson') {
        pane.putAside();
      }
    });
    return pane;
  });
  learnPane.catch(() => {
    learnPane = null;
  });
  return learnPane;
}

/** What the editor shows of the lesson; its address leads back to it. */
function goalsOf(player: LessonPlayer | null) {
  if (player?.step.kind !== 'do') {
    return null;
  }
  const goals = player.goals.filter(({ goal }) => !goal.optional);
  const address = `#l=${player.lesson.id}/${player.step.id}`;
  return { reached: goals.filter((goal) => goal.isReached).length, all: goals.length, address };
}

function stageOf(app: App): ConstructorParameters<typeof LearnPane>[0] {
  return {
    open: (lesson, step, script) => {
      const work = { kind: 'lesson', id: `${lesson.id}/${step.id}`, title: lesson.title, original: script } as const;
      app.openAtStart(work);
      if (step.panel !== null) {
        app.showPanel(step.panel);
      }
    },
    offer: (script) => app.replaceText(script),
    runTo: (point) => app.play.runTo(point),
    isFinished: () => ['finished', 'failed'].includes(app.play.status.state),
    evaluate: (expression) => app.engine.evaluate(expression),
    select: (pfn) => app.select(pfn),
    edit: () => app.page.layout.reveal('script'),
  };
}

function openForeign(app: App, kind: 'import' | 'file', title: string, script: string): void {
  history.replaceState(null, '', location.pathname + location.search);
  app.page.layout.showView('picture');
  void app.open({ kind, id: kind === 'file' ? title : 'import', title, original: script }, null);
}
