// The page, put together: who hears what, and what every control does.

import { Banners } from './banners.ts';
import { Bar } from './bar.ts';
import { fetchLesson, fetchScenarios } from './content.ts';
import { make } from './dom.ts';
import type { Engine, Started, Status } from './engine.ts';
import { knows, language, languageChanged, speak, t, translate, useLanguage } from './i18n.ts';
import type { LearnPane } from './learn_pane.ts';
import { languageKey } from './language.ts';
import { Layout, type Tab } from './layout.ts';
import type { Language, Scenario } from './lesson_types.ts';
import { LogView, mostSentences } from './log_view.ts';
import { Picture } from './picture.ts';
import { type Ending, Play } from './play.ts';
import { resumeStep } from './resume.ts';
import { browserClock, Scheduler } from './scheduler.ts';
import { ScriptPane } from './script_pane.ts';
import { listenToShortcuts } from './shortcuts.ts';
import type { Store } from './storage.ts';
import { TablePane } from './table_pane.ts';
import type { Theme } from './theme.ts';
import { Timeline } from './timeline.ts';
import { type Work, Works } from './works.ts';

export interface PageSettings {
  isEmbedded: boolean;
  isTesting: boolean;
}

export class App {
  readonly scheduler: Scheduler;
  readonly works: Works;
  readonly banners = new Banners();
  readonly layout: Layout;
  readonly script: ScriptPane;
  readonly bar: Bar;
  readonly picture: Picture;
  readonly timeline: Timeline;
  readonly log: LogView;
  table: TablePane | null = null;
  learn: LearnPane | null = null;

  #engine: Engine | null = null;
  #play: Play | null = null;
  #loadedText: string | null = null; // what the machine was made from
  #selected = -1;

  constructor(
    readonly store: Store,
    readonly theme: Theme,
    readonly settings: PageSettings,
    private readonly panes: (app: App, tab: Tab) => void,
  ) {
    this.works = new Works(store);
    this.scheduler = new Scheduler(browserClock, {
      work: (budget) => this.#play?.work(budget) ?? false,
      worked: (isOver) => this.#play?.worked(isOver),
      draw: (milliseconds) => this.picture.draw(milliseconds),
    });
    this.layout = new Layout(store, !settings.isEmbedded && store.get('mm.open.v1') !== 'no');
    this.picture = new Picture(() => this.scheduler.wake(), settings.isTesting ? 1 : null);
    this.script = new ScriptPane({
      edited: (text) => this.works.edit(text),
      run: () => this.run(),
      revert: () => this.#replaceText(this.works.work.original),
      download: () => this.download(),
    });
    this.timeline = new Timeline((step) => this.#play?.seek(step));
    this.log = new LogView((pfn) => this.select(pfn));
    this.bar = new Bar(this.#barActions());
    this.#build();
    this.#listen();
  }

  get play(): Play {
    if (!this.#play) {
      throw new Error('the engine is not there yet');
    }
    return this.#play;
  }
  get engine(): Engine {
    if (!this.#engine) {
      throw new Error('the engine is not there yet');
    }
    return this.#engine;
  }

  /** The engine has arrived. */
  attach(started: Started): void {
    this.#engine = started.engine;
    this.#play = new Play(started.engine, this.scheduler);
    this.table = new TablePane(started.engine);
    this.layout.fill('table', this.table.element);
    this.#play.changed.subscribe((status) => this.#showMoment(status));
    this.#play.rested.subscribe((status) => this.#showState(status));
    this.picture.start(started);
    this.picture.setTheme(this.theme.shown, this.theme.reducedMotion);
    this.theme.changed.subscribe(() => this.picture.setTheme(this.theme.shown, this.theme.reducedMotion));
    this.picture.touched.subscribe(() => this.#followPicture());
    this.bar.setReady(true);
    this.#showMoment(this.#play.status);
    this.#showState(this.#play.status);
    this.panes(this, this.layout.tab);
  }

  /** Opens a work: its script becomes the machine, if it is one. Runs it, to `step` if given. */
  async open(work: Work, step: number | null): Promise<Ending | 'bad-script'> {
    this.works.open(work);
    return this.#start(step);
  }

  /** Opens a work and leaves the machine before its first command. */
  openAtStart(work: Work): boolean {
    this.works.open(work);
    return this.#load();
  }

  goBack(): void {
    const previous = this.works.previous;
    if (previous) {
      history.replaceState(null, '', location.pathname + location.search);
      this.works.reopen(previous);
      void this.#start(previous.step);
    }
  }

  /** What was open when the page was left. */
  reopenLast(): boolean {
    const last = this.works.last;
    if (!last) {
      return false;
    }
    this.works.reopen(last);
    void this.#start(last.step);
    return true;
  }

  run(): void {
    if (this.ensureLoaded()) {
      void this.play.run();
    }
  }

  step(): void {
    const { step, line } = this.play.status;
    const from = resumeStep(this.#loadedText ?? '', this.works.text, step, line);
    if (this.ensureLoaded()) {
      void this.play.seek(from + 1);
    }
  }

  back(): void {
    void this.play.back();
  }

  reset(): void {
    if (this.ensureLoaded()) {
      void this.play.seek(0);
    }
  }

  /** Whether the machine is that of the text; if the text was changed, makes it so, or says why not. */
  ensureLoaded(): boolean {
    if (this.works.text === this.#loadedText) {
      return true;
    }
    const problems = this.play.load(this.works.text);
    this.script.showProblems(problems);
    if (problems.length === 0) {
      this.#loadedText = this.works.text;
    } else {
      this.layout.reveal('script');
    }
    this.#showScriptState();
    return problems.length === 0;
  }

  /** Replaces the text as its author would. */
  replaceText(text: string): void {
    this.#replaceText(text);
  }

  select(pfn: number): void {
    this.engine.select(pfn);
    this.scheduler.wake();
    this.#followPicture();
  }

  async share(): Promise<void> {
    const { openShareDialog } = await import('./share_dialog.ts');
    const step = this.works.text === this.#loadedText ? this.play.status.step : 0;
    const work = { script: this.works.text, step, revision: this.engine.modelRevision() };
    await openShareDialog(work, this.#fileName());
  }

  async download(): Promise<void> {
    const { download } = await import('./share_dialog.ts');
    download(this.#fileName(), this.works.text);
  }

  async help(panel = ''): Promise<void> {
    const { openHelp } = await import('./help_dialog.ts');
    openHelp(panel);
  }

  #load(): boolean {
    this.#loadedText = null;
    this.script.setText(this.works.text);
    this.#showScriptState();
    void this.#showTitle();
    this.#offerWayBack(this.works.work);
    return this.ensureLoaded();
  }

  async #start(step: number | null): Promise<Ending | 'bad-script'> {
    if (!this.#load()) {
      return 'bad-script';
    }
    const ending = await (step === null ? this.play.autoRun() : this.play.seek(step));
    if (ending === 'out-of-allowance') {
      this.banners.show({
        kind: 'waiting',
        text: () => t('ui.banner.waiting'),
        action: { name: 'ui.run', do: () => this.run() },
      });
    } else {
      this.banners.hide('waiting');
    }
    return ending;
  }

  #offerWayBack(work: Work): void {
    const previous = this.works.previous;
    if (!previous || previous.text === previous.original) {
      this.banners.hide('opened');
      return;
    }
    this.banners.show({
      kind: 'opened',
      text: () => t('ui.banner.opened', { title: work.title || t('ui.untitled') }),
      action: { name: 'ui.banner.goBack', do: () => this.goBack() },
    });
  }

  #replaceText(text: string): void {
    this.script.setText(text);
    this.works.edit(text);
    this.script.showProblems([]);
    this.run();
  }

  #barActions() {
    return {
      togglePane: () => this.layout.setOpen(!this.layout.isOpen),
      run: () => this.run(),
      stop: () => this.play.stop(),
      back: () => this.back(),
      step: () => this.step(),
      reset: () => this.reset(),
      speed: (stepsPerSecond: number) => {
        this.play.speed = stepsPerSecond;
      },
      share: () => void this.share(),
      language: (next: Language) => {
        this.store.set(languageKey, next);
        void useLanguage(next);
      },
      theme: (choice: Theme['choice']) => this.theme.choose(choice),
      help: () => void this.help(),
    };
  }

  #build(): void {
    const stage = make('div', { class: 'stage' }, this.banners.element, this.picture.element);
    const main = make(
      'main',
      {},
      this.layout.views,
      this.layout.pane,
      this.layout.separator,
      stage,
      this.timeline.element,
      this.log.element,
    );
    this.layout.fill('script', this.script.element);
    document.body.replaceChildren(this.bar.element, main);
    document.documentElement.toggleAttribute('data-embedded', this.settings.isEmbedded);
    this.bar.setReady(false);
    this.bar.showChoices(language(), this.theme.choice);
    this.bar.showPane(this.layout.isOpen);
    this.bar.showTitle('');
  }

  #listen(): void {
    this.works.edited.subscribe(() => this.#showScriptState());
    this.layout.tabShown.subscribe((tab) => this.#tabShown(tab));
    this.layout.paneToggled.subscribe((isOpen) => {
      this.store.set('mm.open.v1', isOpen ? 'yes' : 'no');
      this.bar.showPane(isOpen);
    });
    languageChanged.subscribe((next) => this.#spokenAgain(next));
    this.picture.lost.subscribe((isLost) => this.#contextChanged(isLost));
    listenToShortcuts({
      ' ': () => (this.play.isRunning ? this.play.stop() : this.run()),
      '.': () => this.step(),
      ',': () => this.back(),
      '?': () => void this.help(),
    });
    document.addEventListener('visibilitychange', () => this.scheduler.visibilityChanged());
    window.addEventListener('pagehide', () => this.works.keepStep());
    document.addEventListener('frame', () => this.scheduler.wake());
  }

  #tabShown(tab: Tab): void {
    this.store.set('mm.tab.v1', tab);
    if (tab === 'script') {
      this.script.shown();
    }
    if (this.#engine) {
      this.panes(this, tab);
    }
  }

  #contextChanged(isLost: boolean): void {
    if (isLost) {
      this.banners.show({ kind: 'context', text: () => t('ui.picture.lost'), isBad: true });
    } else {
      this.banners.hide('context');
    }
  }

  /** Cheap enough for every frame of a run. */
  #showMoment(status: Status): void {
    this.works.rememberStep(status.step);
    this.timeline.show(status, this.play.isRunning);
    this.bar.showRun(status, this.play.isRunning);
    this.script.showLine(this.works.text === this.#loadedText ? status.line : 0);
  }

  /** The machine has come to rest: tables, log, sentences. */
  #showState(status: Status): void {
    this.#showMoment(status);
    this.#showWords(status);
    this.#showFrame();
    this.script.showProblems(status.failure ? [status.failure] : []);
    this.learn?.rested();
  }

  #showWords(status: Status): void {
    const isSpeakable = knows(status.summary.key);
    const summary = isSpeakable ? speak(status.summary) : '';
    this.table?.show(summary, isSpeakable ? status.machineNotes.map(speak) : []);
    this.picture.label(summary || t('ui.name'));
    if (isSpeakable) {
      this.log.show(status, this.engine.narration(mostSentences));
    }
  }

  #followPicture(): void {
    if (this.engine.selected() !== this.#selected) {
      this.#showFrame();
    }
    const panel = this.engine.takeHelpRequest();
    if (panel) {
      void this.help(panel);
    }
  }

  #showFrame(): void {
    this.#selected = this.engine.selected();
    this.table?.showFrame(this.#selected < 0 ? null : this.engine.frame(this.#selected));
  }

  #showScriptState(): void {
    this.script.showState(this.works.isChanged, this.works.text === this.#loadedText);
    if (this.#play) {
      this.script.showLine(this.works.text === this.#loadedText ? this.#play.status.line : 0);
    }
  }

  async #showTitle(): Promise<void> {
    const { kind, id, title } = this.works.work;
    this.bar.showTitle(title);
    if (kind === 'scenario') {
      this.bar.showTitle((await findScenario(id))?.title ?? title);
    } else if (kind === 'lesson') {
      this.bar.showTitle((await fetchLesson(id.split('/')[0] ?? '', language()))?.title ?? title);
    } else if (kind === 'import' || kind === 'link') {
      this.bar.showTitle(t(kind === 'import' ? 'ui.work.import' : 'ui.work.link'));
    }
  }

  #spokenAgain(next: Language): void {
    document.documentElement.lang = next;
    translate(document);
    this.timeline.spokenAgain();
    this.bar.showChoices(next, this.theme.choice);
    void this.#showTitle();
    this.#showScriptState();
    if (this.#play) {
      this.timeline.show(this.#play.status, this.#play.isRunning);
      this.#showWords(this.#play.status);
      this.#showFrame();
    }
  }

  #fileName(): string {
    const name = this.works.work.id.replace(/[^\w-]+/g, '-').replace(/^-+|-+$/g, '') || 'script';
    return name.endsWith('-mm') ? name.replace(/-mm$/, '.mm') : `${name}.mm`;
  }
}

export async function findScenario(id: string | null): Promise<Scenario | null> {
  const scenarios = await fetchScenarios(language());
  return (id === null ? scenarios[0] : scenarios.find((one) => one.id === id)) ?? null;
}
