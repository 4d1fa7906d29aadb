// Learn: the list of lessons with what has been done of them, and the lesson that is open.

import { renderBlocks } from './blocks.ts';
import { fetchIndex, fetchLesson } from './content.ts';
import { button, make } from './dom.ts';
import { language, languageChanged, t } from './i18n.ts';
import { LessonPlayer, type Stage } from './lesson_player.ts';
import type { LessonIndex, Step } from './lesson_types.ts';
import type { Progress } from './progress.ts';
import { renderStep, trackName } from './step_view.ts';
import { Topic } from './topic.ts';

const idleBeforeHint = 90_000; // milliseconds

export class LearnPane {
  readonly element = make('section', { class: 'pane-body learn', label: 'ui.tab.learn' });
  /** The open step, or nothing: it or its goals changed. */
  readonly changed = new Topic<LessonPlayer | null>();
  #index: LessonIndex | null = null;
  #player: LessonPlayer | null = null;
  #isEntering = false;
  #hintTimer = 0;

  constructor(
    private readonly stage: Stage,
    private readonly progress: Progress,
  ) {
    languageChanged.subscribe(() => this.#speakAgain());
  }

  async showIndex(): Promise<void> {
    this.#leave();
    this.#index ??= await fetchIndex();
    if (!this.#player) {
      this.#renderIndex(this.#index);
    }
  }

  /** False if there is no such lesson. */
  async open(id: string, stepId: string | null): Promise<boolean> {
    if (this.#player?.lesson.id === id && stepId === this.#player.step.id) {
      return true;
    }
    const lesson = await fetchLesson(id, language());
    if (!lesson) {
      return false;
    }
    this.#index ??= await fetchIndex();
    this.#leave();
    const player = new LessonPlayer(lesson, stepId, this.stage, this.progress);
    this.#player = player;
    player.changed.subscribe(() => this.#renderStep(player));
    this.#isEntering = true;
    await player.enter();
    this.#isEntering = false;
    this.#armHint(player);
    this.#renderStep(player);
    this.element.scrollTop = 0;
    return true;
  }

  get isInLesson(): boolean {
    return this.#player !== null;
  }

  /** Something else was opened: the lesson is put aside. */
  putAside(): void {
    if (this.#player) {
      this.#leave();
      void this.showIndex();
    }
  }

  /** The machine has come to rest. */
  rested(): void {
    if (!this.#isEntering) {
      this.#player?.rested();
    }
  }

  #leave(): void {
    window.clearTimeout(this.#hintTimer);
    this.#player?.leave();
    this.#player = null;
    this.changed.publish(null);
  }

  #armHint(player: LessonPlayer): void {
    window.clearTimeout(this.#hintTimer);
    if (player.step.kind === 'do') {
      this.#hintTimer = window.setTimeout(() => {
        if (player.hintsShown === 0 && !player.result) {
          player.hint();
        }
      }, idleBeforeHint);
    }
  }

  async #speakAgain(): Promise<void> {
    const player = this.#player;
    if (!player) {
      if (this.#index) {
        this.#renderIndex(this.#index);
      }
      return;
    }
    const lesson = await fetchLesson(player.lesson.id, language());
    if (lesson && this.#player === player) {
      player.speak(lesson);
    }
  }

  #renderStep(player: LessonPlayer): void {
    if (this.#player !== player) {
      return;
    }
    const { lesson, step, position } = player;
    this.changed.publish(player);
    const focusedId = document.activeElement?.id;
    this.element.replaceChildren(
      make(
        'div',
        { class: 'row' },
        make('a', { class: 'back-link', t: 'ui.learn.all', attributes: { href: '#l=' } }),
        make('span', { class: 'grow' }),
        make('span', { class: 'quiet' }, t('ui.learn.position', { step: position + 1, steps: lesson.steps.length })),
      ),
      lesson.stale ? make('p', { class: 'off', t: 'ui.learn.stale' }) : '',
      make('p', { class: 'lesson-title quiet' }, lesson.title),
      make('h2', {}, step.title),
      this.#stepDots(player),
      ...renderStep(player),
      this.#navigation(player),
    );
    if (focusedId) {
      document.getElementById(focusedId)?.focus({ preventScroll: true });
    }
  }

  #stepDots(player: LessonPlayer): HTMLElement {
    const dots = player.lesson.steps.map((step) => {
      const result = player.resultOf(step);
      const isHere = step === player.step;
      return make(
        'li',
        {},
        make('a', {
          class: `dot ${result ?? ''}`,
          attributes: {
            href: this.#address(player, step),
            title: step.title,
            'aria-label': result
              ? `${step.title}: ${t(result === 'done' ? 'ui.learn.done' : 'ui.learn.revealed')}`
              : step.title,
            ...(isHere ? { 'aria-current': 'step' } : {}),
          },
        }),
      );
    });
    return make('ol', { class: 'dots', label: 'ui.learn.steps' }, ...dots);
  }

  #navigation(player: LessonPlayer): HTMLElement {
    const { lesson, position } = player;
    const before = lesson.steps[position - 1];
    const next = lesson.steps[position + 1];
    const link = (step: Step | undefined, key: 'ui.learn.before' | 'ui.learn.next', look: string) =>
      step ? make('a', { class: `button ${look}`, t: key, attributes: { href: this.#address(player, step) } }) : null;
    const reset = button('ui.learn.reset', () => player.enter());
    const row = make(
      'div',
      { class: 'row wrap lesson-nav' },
      link(before, 'ui.learn.before', ''),
      reset,
      make('span', { class: 'grow' }),
      link(next, 'ui.learn.next', player.result ? 'primary' : ''),
    );
    return next ? row : make('div', {}, ...this.#closing(player), row);
  }

  #closing({ lesson }: LessonPlayer): HTMLElement[] {
    const next = lesson.next
      ? make('a', { class: 'button', t: 'ui.learn.nextLesson', attributes: { href: `#l=${lesson.next}` } })
      : null;
    return [
      make(
        'aside',
        { class: 'aside closing' },
        make('h3', {}, lesson.closing.title),
        ...renderBlocks(lesson.closing.blocks),
        next,
      ),
    ];
  }

  #address(player: LessonPlayer, step: Step): string {
    return `#l=${player.lesson.id}/${step.id}`;
  }

  #renderIndex(index: LessonIndex): void {
    const last = this.progress.last;
    const resume = last
      ? make(
          'p',
          { class: 'resume' },
          make('a', { class: 'button primary', t: 'ui.learn.resume', attributes: { href: `#l=${last}` } }),
        )
      : null;
    const tracks = index.tracks.map((track) =>
      make(
        'section',
        {},
        make('h2', {}, trackName(track.id)),
        make('ul', { class: 'cards' }, ...track.lessons.map((id) => this.#card(index, id))),
      ),
    );
    const parts = [resume, ...tracks, this.#moveProgress()].filter((part) => part !== null);
    this.element.replaceChildren(...parts);
  }

  #card(index: LessonIndex, id: string): HTMLElement {
    const lesson = index.lessons.find((one) => one.id === id);
    if (!lesson) {
      return make('li');
    }
    const done = lesson.steps.filter((step) => this.progress.result(id, step.id)).length;
    const facts = t('ui.learn.facts', { minutes: lesson.minutes, done, steps: lesson.steps.length });
    return make(
      'li',
      { class: 'card' },
      make('a', { attributes: { href: `#l=${id}` } }, lesson.title[language()]),
      make('p', {}, lesson.summary[language()]),
      make('p', { class: 'quiet small' }, facts),
    );
  }

  #moveProgress(): HTMLElement {
    const box = make('textarea', {
      class: 'mono',
      label: 'ui.learn.progressBox',
      attributes: { rows: 3, spellcheck: 'false' },
    });
    const report = make('p', { class: 'small', attributes: { role: 'status' } });
    const exportText = () => {
      box.value = this.progress.asText();
      box.select();
    };
    const importText = () => {
      const isTaken = this.progress.addText(box.value);
      if (isTaken && this.#index) {
        this.#renderIndex(this.#index);
      } else {
        report.textContent = t('ui.learn.progressBad');
      }
    };
    return make(
      'details',
      { class: 'move-progress' },
      make('summary', { t: 'ui.learn.progress' }),
      make('p', { class: 'small', t: 'ui.learn.progressAbout' }),
      box,
      make(
        'div',
        { class: 'row' },
        button('ui.learn.progressExport', exportText),
        button('ui.learn.progressImport', importText),
      ),
      report,
    );
  }
}
