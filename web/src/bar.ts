// The bar: what is open, the controls of the run, and what belongs to the whole page.

import { make, say } from './dom.ts';
import type { Status } from './engine_faces.ts';
import { type UiKey, t } from './i18n.ts';
import { type IconName, icon } from './icons.ts';
import { languageNames, languages } from './language.ts';
import type { Language } from './lesson_types.ts';
import { speeds } from './play.ts';
import { type ThemeChoice, themeChoices } from './theme.ts';

export interface BarActions {
  togglePane(): void;
  run(): void;
  stop(): void;
  back(): void;
  step(): void;
  reset(): void;
  speed(stepsPerSecond: number): void;
  share(): void;
  language(language: Language): void;
  theme(choice: ThemeChoice): void;
  help(): void;
}

const speedNames: readonly UiKey[] = ['ui.speed.1', 'ui.speed.3', 'ui.speed.10', 'ui.speed.30', 'ui.speed.max'];
const themeNames: Record<ThemeChoice, UiKey> = {
  system: 'ui.theme.system',
  dark: 'ui.theme.dark',
  light: 'ui.theme.light',
};

export class Bar {
  readonly element: HTMLElement;
  readonly #title = make('h1', { class: 'work-title' });
  readonly #badge = make('span', { class: 'badge', t: 'ui.imported', tip: 'ui.importedAbout' });
  readonly #full = make('a', { class: 'button whole-page', t: 'ui.embed.full', attributes: { target: '_blank' } });
  readonly #pane: HTMLButtonElement;
  readonly #run: HTMLButtonElement;
  readonly #back: HTMLButtonElement;
  readonly #reset: HTMLButtonElement;
  readonly #step: HTMLButtonElement;
  readonly #theme: HTMLSelectElement;
  readonly #language: HTMLSelectElement;
  #isRunning = false;

  constructor(private readonly actions: BarActions) {
    this.#badge.hidden = true;
    this.#full.addEventListener('click', () => {
      this.#full.href = wholePage(); // as it is now
    });
    this.#full.href = wholePage();
    this.#pane = control('pane', 'ui.pane.toggle', () => actions.togglePane(), 'plain pane-toggle');
    this.#run = control('run', 'ui.run', () => (this.#isRunning ? actions.stop() : actions.run()), 'primary');
    this.#back = control('back', 'ui.back', () => actions.back());
    this.#step = control('step', 'ui.step', () => actions.step());
    this.#reset = control('reset', 'ui.reset', () => actions.reset());
    this.#theme = choice('ui.theme.label', themeChoices, themeNames, (value) => actions.theme(value));
    this.#language = this.#makeLanguage();
    const speed = choice('ui.speed.label', speeds.map(String), speedRecord(), (value) => actions.speed(Number(value)));
    speed.value = String(Number.POSITIVE_INFINITY);
    this.element = make(
      'header',
      { class: 'bar' },
      make(
        'div',
        { class: 'bar-title' },
        this.#pane,
        make('span', { class: 'name' }, 'mmscope'),
        this.#title,
        this.#badge,
      ),
      make(
        'div',
        { class: 'bar-controls', label: 'ui.controls', attributes: { role: 'group' } },
        this.#back,
        this.#run,
        this.#step,
        this.#reset,
        speed,
      ),
      make(
        'div',
        { class: 'bar-tools' },
        control('share', 'ui.share', () => actions.share()),
        this.#full,
        this.#language,
        this.#theme,
        control('help', 'ui.help', () => actions.help(), 'plain icon-only'),
      ),
    );
  }

  showTitle(title: string): void {
    this.#title.textContent = title;
    document.title = title ? t('ui.documentTitle', { title }) : t('ui.name');
  }

  showRun(status: Status, isRunning: boolean): void {
    this.#badge.hidden = !status.machine.imported;
    this.#back.disabled = status.step === 0;
    this.#reset.disabled = status.step === 0 && !isRunning;
    this.#step.disabled = isRunning;
    if (isRunning !== this.#isRunning) {
      this.#isRunning = isRunning;
      const words = this.#run.querySelector('span');
      if (words) {
        say(words, isRunning ? 'ui.stop' : 'ui.run');
      }
      this.#run.querySelector('svg')?.replaceWith(icon(isRunning ? 'stop' : 'run'));
    }
  }

  /** Without an engine there is nothing to control yet. */
  setReady(isReady: boolean): void {
    for (const element of this.element.querySelectorAll<HTMLButtonElement | HTMLSelectElement>('.bar-controls > *')) {
      element.disabled = !isReady;
    }
  }

  showChoices(language: Language, theme: ThemeChoice): void {
    this.#language.value = language;
    this.#theme.value = theme;
  }

  showPane(isOpen: boolean): void {
    this.#pane.setAttribute('aria-expanded', String(isOpen));
    this.#pane.setAttribute('aria-controls', 'pane');
  }

  #makeLanguage(): HTMLSelectElement {
    const options = languages.map((tag) =>
      make('option', { attributes: { value: tag, lang: tag } }, languageNames[tag]),
    );
    const select = make('select', { label: 'ui.language', attributes: { id: 'language' } }, ...options);
    select.addEventListener('change', () => this.actions.language(select.value as Language));
    return select;
  }
}

function control(name: IconName, key: UiKey, action: () => void, look = ''): HTMLButtonElement {
  return make(
    'button',
    { class: look, tip: key, attributes: { type: 'button', 'data-control': name }, on: { click: action } },
    icon(name),
    make('span', { t: key }),
  );
}

function choice<T extends string>(
  label: UiKey,
  values: readonly T[],
  names: Record<T, UiKey>,
  chosen: (value: T) => void,
): HTMLSelectElement {
  const options = values.map((value) => make('option', { t: names[value], attributes: { value } }));
  const select = make('select', { label, tip: label }, ...options);
  select.addEventListener('change', () => chosen(select.value as T));
  return select;
}

function speedRecord(): Record<string, UiKey> {
  return Object.fromEntries(speeds.map((speed, index) => [String(speed), speedNames[index] ?? 'ui.speed.max']));
}

/** This page out of the frame that it stands in. */
function wholePage(): string {
  const address = new URL(location.href);
  address.searchParams.delete('embed');
  return address.href;
}
