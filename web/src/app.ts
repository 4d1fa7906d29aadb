// What is done: every control, key, link and lesson ends here, in a wish to the engine or in another script.

import type { Started } from './engine.ts';
import type { Engine, Status } from './engine_faces.ts';
import { fetchWords, languageChanged, t, useLanguage } from './i18n.ts';
import { type Introduction, introductionOf } from './introduction.ts';
import { languageKey } from './language.ts';
import type { Tab } from './layout.ts';
import type { Language } from './lesson_types.ts';
import { LoadedScript } from './loaded_script.ts';
import { Page, type PageSettings } from './page.ts';
import { type Ending, Play } from './play.ts';
import { browserClock, Scheduler } from './scheduler.ts';
import { listenToShortcuts } from './shortcuts.ts';
import type { Store } from './storage.ts';
import type { Theme } from './theme.ts';
import { Topic } from './topic.ts';
import { type Work, Works } from './works.ts';

export class App {
  readonly scheduler: Scheduler;
  readonly works: Works;
  readonly page: Page;
  readonly script: LoadedScript;
  /** The machine has come to rest. */
  readonly rested = new Topic<Status>();

  #engine: Engine | null = null;
  #play: Play | null = null;

  constructor(
    readonly store: Store,
    theme: Theme,
    settings: PageSettings,
    private readonly showPane: (app: App, tab: Tab) => void,
  ) {
    this.works = new Works(store);
    this.scheduler = new Scheduler(browserClock, (milliseconds) => this.page.picture.draw(milliseconds));
    this.page = new Page(store, theme, settings, {
      bar: this.#barActions(),
      script: {
        edited: (text) => this.works.edit(text),
        run: () => this.run(),
        revert: () => this.replaceText(this.works.work.original),
        download: () => void this.download(),
      },
      seek: (step) => void this.play.seek(step),
      select: (pfn) => this.select(pfn),
      append: (command) => void this.#appendOrSayWhyNot(command),
      lookAt: (event) => this.play.lookAt(event),
      nextEvent: () => this.nextEvent(),
      previousEvent: () => void this.play.previousEvent(),
      readKernelLog: (isWanted) => this.#readKernelLog(isWanted),
      wake: () => this.scheduler.wake(),
    });
    this.script = new LoadedScript(this.works, this.page, this, () => this.#showScriptState());
    this.#listen();
  }

  get play(): Play {
    return arrived(this.#play);
  }
  get engine(): Engine {
    return arrived(this.#engine);
  }

  /** The engine has arrived. */
  attach(started: Started): void {
    const play = new Play(started.engine, this.scheduler);
    this.#engine = started.engine;
    this.#play = play;
    this.page.picture.start(started);
    this.page.attach(started.engine);
    this.page.picture.touched.subscribe(() => this.#followPicture());
    play.changed.subscribe((status) => this.#showMoment(status));
    play.rested.subscribe((status) => this.#rest(status));
    this.#showMoment(play.status);
    this.page.showState(play.status);
    this.showPane(this, this.page.layout.tab);
  }

  /** Resolves when nothing runs, not even slowly, and nothing moves any more. */
  async idle(): Promise<void> {
    do {
      await this.scheduler.idle();
      await new Promise((resolve) => setTimeout(resolve)); // a slow run sets its timer first
    } while (this.#play?.isRunning);
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

  /** What was open when the page was left; false if there was nothing. */
  async reopenLast(): Promise<boolean> {
    const last = this.works.last;
    if (last) {
      this.works.reopen(last);
      await this.#start(last.step);
    }
    return last !== null;
  }

  run(): void {
    if (this.script.ensure()) {
      void this.play.run();
    }
  }

  step(): void {
    const from = this.script.resumed;
    if (this.script.ensure()) {
      void this.play.seek(from + 1);
    }
  }

  nextEvent(): void {
    if (this.script.isCurrent) {
      void this.play.nextEvent();
    } else {
      this.step();
    }
  }

  reset(): void {
    if (this.script.ensure()) {
      void this.play.seek(0);
    }
  }

  /** Replaces the text as its author would, and runs it. */
  replaceText(text: string): void {
    this.page.script.setText(text);
    this.works.edit(text);
    this.page.script.showProblems([]);
    this.run();
  }

  select(pfn: number): void {
    this.engine.select(pfn);
    this.scheduler.wake();
    this.#followPicture();
  }

  /** Brings one of the picture's panels to the front; see Engine.showPanel. */
  showPanel(name: string): void {
    this.engine.showPanel(name);
    this.scheduler.wake();
  }

  async share(): Promise<void> {
    const [{ openShareDialog }] = await Promise.all([import('./share_dialog.ts'), fetchWords('rare')]);
    const step = this.script.isCurrent ? this.play.status.step : 0;
    const work = { script: this.works.text, step, revision: this.engine.modelRevision() };
    await openShareDialog(work, this.#fileName());
  }

  async download(): Promise<void> {
    const { download } = await import('./share_dialog.ts');
    download(this.#fileName(), this.works.text);
  }

  async help(panel = ''): Promise<void> {
    const [{ openHelp }] = await Promise.all([import('./help_dialog.ts'), fetchWords('help')]);
    openHelp(panel);
  }

  async #appendOrSayWhyNot(command: string): Promise<void> {
    await fetchWords('rare');
    const outcome = await this.script.append(command);
    this.page.banners.hide('append');
    if ('refused' in outcome) {
      this.page.banners.show({ kind: 'append', text: outcome.refused, isBad: true });
    } else if (outcome.hasCut) {
      const action = { name: 'ui.append.putBack', do: () => void this.script.putBack(outcome.before) } as const;
      this.page.banners.show({ kind: 'append', text: () => t('ui.append.cut'), action });
    }
  }

  /** All that the kernel has logged so far. */
  async kernelLog(): Promise<string> {
    return (await this.#readKernelLog(() => true, 'all')) ?? '';
  }

  async #readKernelLog(isWanted: () => boolean, part: 'last command' | 'all' = 'last command'): Promise<string | null> {
    const { step } = this.play.status;
    const { readKernelLog } = await import('./kernel_log.ts');
    return isWanted() ? readKernelLog(this.engine.source(), step, this.scheduler, isWanted, part) : null;
  }

  #load(): boolean {
    this.script.forget();
    this.page.script.setText(this.works.text);
    this.page.banners.hide('waiting');
    this.page.banners.hide('about');
    void this.#introduce();
    this.#offerWayBack(this.works.work);
    return this.script.ensure();
  }

  async #start(step: number | null): Promise<Ending | 'bad-script'> {
    if (!this.#load()) {
      return 'bad-script';
    }
    const ending = await (step === null ? this.play.autoRun() : this.play.seek(step));
    if (ending === 'out-of-allowance') {
      const action = { name: 'ui.run', do: () => this.run() } as const;
      this.page.banners.show({ kind: 'waiting', text: () => t('ui.banner.waiting'), action });
    }
    return ending;
  }

  #offerWayBack(work: Work): void {
    const previous = this.works.previous;
    if (!previous || previous.text === previous.original) {
      this.page.banners.hide('opened');
      return;
    }
    this.page.banners.show({
      kind: 'opened',
      text: () => t('ui.banner.opened', { title: work.title || t('ui.untitled') }),
      action: { name: 'ui.banner.goBack', do: () => this.goBack() },
    });
  }

  #barActions() {
    return {
      run: () => this.run(),
      stop: () => this.play.stop(),
      back: () => void this.play.back(),
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
      help: () => void this.help(),
    };
  }

  #listen(): void {
    this.works.edited.subscribe(() => this.#showScriptState());
    this.page.layout.tabShown.subscribe((tab) => {
      if (this.#engine) {
        this.showPane(this, tab);
      }
    });
    languageChanged.subscribe((next) => this.#spokenAgain(next));
    listenToShortcuts({
      ' ': () => (this.play.isRunning ? this.play.stop() : this.run()),
      '.': () => this.step(),
      ',': () => void this.play.back(),
      '>': () => this.nextEvent(),
      '<': () => void this.play.previousEvent(),
      '?': () => void this.help(),
    });
    document.addEventListener('visibilitychange', () => this.scheduler.visibilityChanged());
    window.addEventListener('pagehide', () => this.works.keepStep());
    document.addEventListener('frame', () => this.scheduler.wake());
  }

  #showMoment(status: Status): void {
    this.works.rememberStep(status.step);
    this.page.showMoment(status, this.play.isRunning, this.script.isCurrent ? status.line : 0);
  }

  #rest(status: Status): void {
    this.#showMoment(status);
    this.page.showState(status);
    this.page.script.showProblems(status.failure ? [status.failure] : []);
    this.rested.publish(status);
  }

  #followPicture(): void {
    this.page.followSelection();
    const panel = this.engine.takeHelpRequest();
    if (panel) {
      void this.help(panel);
    }
  }

  #showScriptState(): void {
    this.page.script.showState(this.works.isChanged, this.script.isCurrent);
    this.page.script.showLine(this.script.isCurrent ? (this.#play?.status.line ?? 0) : 0);
  }

  /** What has been opened says what it is, and has in front what shows it; then its reader chooses. */
  async #introduce(): Promise<void> {
    const { about, panel } = await this.#showTitle();
    if (about) {
      this.page.banners.show({ kind: 'about', text: () => about });
    }
    if (panel) {
      this.showPanel(panel);
    }
  }

  /** Where another work was opened meanwhile there is nothing more to say of this one. */
  async #showTitle(): Promise<Partial<Introduction>> {
    const { work } = this.works;
    this.page.showTitle(work.title);
    const introduction = await introductionOf(work);
    if (this.works.work !== work) {
      return {};
    }
    this.page.showTitle(introduction.title);
    return introduction;
  }

  async #speakAgain(): Promise<void> {
    const { about } = await this.#showTitle();
    if (about && this.page.banners.has('about')) {
      this.page.banners.show({ kind: 'about', text: () => about });
    }
  }

  #spokenAgain(next: Language): void {
    this.page.spokenAgain(next, this.#play?.status ?? null, this.#play?.isRunning ?? false);
    void this.#speakAgain();
    this.#showScriptState();
  }

  #fileName(): string {
    const name = this.works.work.id.replace(/\.mm$/, '').replace(/[^\w-]+/g, '-') || 'script';
    return `${name}.mm`;
  }
}

function arrived<T>(part: T | null): T {
  if (part === null) {
    throw new Error('the engine is not there yet');
  }
  return part;
}
