// What is seen: the bar, the pane for words, the picture, the timeline and the log, and how they show a moment.

import { Banners } from './banners.ts';
import { Bar, type BarActions } from './bar.ts';
import { make } from './dom.ts';
import type { Engine, Status } from './engine_faces.ts';
import { fetchWords, knows, language, speak, t, translate } from './i18n.ts';
import { Layout, type Tab, unfetched } from './layout.ts';
import type { Language } from './lesson_types.ts';
import { LogView } from './log_view.ts';
import { Picture } from './picture.ts';
import { mostSentences } from './play.ts';
import { type ScriptActions, ScriptPane } from './script_pane.ts';
import type { Store } from './storage.ts';
import type { TablePane } from './table_pane.ts';
import type { Theme } from './theme.ts';
import { Timeline } from './timeline.ts';

/** The pane for words stands beside the picture; on narrower screens it lies over it, on demand. */
const isBeside = matchMedia('(min-width: 1200px)');

export interface PageSettings {
  isEmbedded: boolean;
  isTesting: boolean;
}

export interface PageActions {
  bar: Omit<BarActions, 'togglePane' | 'theme'>;
  script: ScriptActions;
  seek(step: number): void;
  select(pfn: number): void;
  /** Does a command here and now. */
  append(command: string): void;
  lookAt(event: number): void;
  nextEvent(): void;
  previousEvent(): void;
  /** What the kernel logged about the last command; null where it is no longer wanted. */
  readKernelLog(isWanted: () => boolean): Promise<string | null>;
  /** The picture has to be drawn again. */
  wake(): void;
}

export class Page {
  readonly banners = new Banners();
  readonly layout: Layout;
  readonly script: ScriptPane;
  readonly bar: Bar;
  readonly picture: Picture;
  readonly #timeline: Timeline;
  readonly #log: LogView;
  #table: TablePane | null = null;
  #status: Status | null = null; // at the last rest
  #engine: Engine | null = null;
  #selected = -1;

  constructor(
    private readonly store: Store,
    private readonly theme: Theme,
    settings: PageSettings,
    private readonly actions: PageActions,
  ) {
    this.layout = new Layout(store, !settings.isEmbedded && isBeside.matches && store.get('mm.open.v1') !== 'no');
    this.picture = new Picture(actions.wake, settings.isTesting ? 1 : null);
    this.script = new ScriptPane(actions.script);
    this.#timeline = new Timeline(actions.seek);
    this.#log = new LogView(actions);
    this.bar = new Bar({
      ...actions.bar,
      togglePane: () => this.layout.setOpen(!this.layout.isOpen),
      theme: (choice) => theme.choose(choice),
    });
    this.#build(settings.isEmbedded);
    this.#listen();
  }

  /** The engine has arrived: what shows numbers can be made. */
  attach(engine: Engine): void {
    this.#engine = engine;
    this.layout.tabShown.subscribe((tab) => void this.#openTable(tab, engine));
    void this.#openTable(this.layout.tab, engine);
    this.theme.changed.subscribe(() => this.showTheme());
    this.showTheme();
    this.bar.setReady(true);
  }

  showTheme(): void {
    this.picture.setTheme(this.theme.shown, this.theme.reducedMotion);
  }

  showTitle(title: string): void {
    this.bar.showTitle(title);
  }

  /** Cheap enough for every frame of a run. `line`: what comes next, where the script shown is the one that runs. */
  showMoment(status: Status, isRunning: boolean, line: number): void {
    this.#timeline.show(status, isRunning);
    this.bar.showRun(status, isRunning);
    this.script.showLine(line);
  }

  /** The machine has come to rest: tables, log, sentences. */
  showState(status: Status): void {
    this.#status = status;
    this.#showWords(status);
    this.showFrame();
  }

  /** The selection, if it is another one than was shown. */
  followSelection(): void {
    if (this.#engine && this.#engine.selected() !== this.#selected) {
      this.showFrame();
    }
  }

  showFrame(): void {
    if (this.#engine) {
      this.#selected = this.#engine.selected();
      this.#table?.showFrame(this.#selected < 0 ? null : this.#engine.frame(this.#selected));
    }
  }

  /** Everything that stands here, in another language. */
  spokenAgain(next: Language, status: Status | null, isRunning: boolean): void {
    document.documentElement.lang = next;
    translate(document);
    this.#timeline.spokenAgain();
    this.bar.showChoices(next, this.theme.choice);
    if (status) {
      this.#timeline.show(status, isRunning);
      this.showState(status);
    }
  }

  /** The tables are fetched when somebody first looks at them. */
  async #openTable(tab: Tab, engine: Engine): Promise<void> {
    if (tab !== 'table' || this.#table) {
      return;
    }
    const fetched = Promise.all([import('./table_pane.ts'), fetchWords('table')]).catch(() => null);
    const [module] = (await fetched) ?? [];
    if (!module) {
      this.layout.fill('table', unfetched());
      return;
    }
    this.#table ??= new module.TablePane(engine, this.actions.append);
    this.layout.fill('table', this.#table.element);
    if (this.#status) {
      this.showState(this.#status);
    }
  }

  #showWords(status: Status): void {
    if (!this.#engine || !knows(status.summary.key)) {
      return; // the words are still on their way, and come with `spokenAgain`
    }
    const summary = speak(status.summary);
    this.#table?.show(summary, status.machineNotes.map(speak));
    this.picture.label(summary);
    const events = this.#engine.toldEvents(mostSentences);
    this.#log.show(status, this.#engine.narration(mostSentences), events);
  }

  #build(isEmbedded: boolean): void {
    const stage = make('div', { class: 'stage' }, this.banners.element, this.picture.element);
    const { views, pane, separator } = this.layout;
    this.layout.fill('script', this.script.element);
    const main = make('main', {}, views, pane, separator, stage, this.#timeline.element, this.#log.element);
    document.body.replaceChildren(this.bar.element, main);
    document.documentElement.toggleAttribute('data-embedded', isEmbedded);
    this.bar.setReady(false);
    this.bar.showChoices(language(), this.theme.choice);
    this.bar.showPane(this.layout.isOpen);
    this.bar.showTitle('');
    this.picture.label(t('ui.name'));
  }

  #listen(): void {
    this.layout.paneToggled.subscribe((isOpen) => {
      if (isBeside.matches) {
        this.store.set('mm.open.v1', isOpen ? 'yes' : 'no');
      }
      this.bar.showPane(isOpen);
    });
    this.layout.tabShown.subscribe((tab) => {
      this.store.set('mm.tab.v1', tab);
      if (tab === 'script') {
        this.script.shown();
      }
    });
    this.picture.lost.subscribe((isLost) => {
      if (isLost) {
        this.banners.show({ kind: 'context', text: () => t('ui.picture.lost'), isBad: true });
      } else {
        this.banners.hide('context');
        this.showTheme();
      }
    });
  }
}
