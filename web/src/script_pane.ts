// The editor: a textarea, which every reader, keyboard and phone knows, over a layer that shows the line numbers,
// the line that comes next and where an error is. Tab leaves it, as it leaves any field.

import { button, make } from './dom.ts';
import type { Diagnostic } from './engine_faces.ts';
import { languageChanged, speak, t } from './i18n.ts';

export interface ScriptActions {
  edited(text: string): void;
  run(): void;
  revert(): void;
  download(): void;
}

export class ScriptPane {
  readonly element: HTMLElement;
  readonly #area: HTMLTextAreaElement;
  readonly #numbers = make('div', { class: 'editor-numbers' });
  readonly #band = make('div', { class: 'editor-band' });
  readonly #marker = make('div', { class: 'editor-marker' });
  readonly #problems = make('div', {
    class: 'problems',
    attributes: { role: 'status', 'aria-live': 'polite', id: 'problems' },
  });
  readonly #state = make('span', { class: 'quiet' });
  readonly #goals = make('div', { class: 'row goals-row', attributes: { role: 'status' } });
  readonly #stateRow: HTMLElement;
  #lines = 0;
  #line = 0;
  #diagnostics: Diagnostic[] = [];

  constructor(private readonly actions: ScriptActions) {
    this.#area = this.#makeArea();
    const revert = button('ui.script.revert', () => actions.revert());
    this.#stateRow = make('div', { class: 'row' }, this.#state, make('span', { class: 'grow' }), revert);
    this.element = make(
      'section',
      { class: 'pane-body script', label: 'ui.tab.script' },
      this.#goals,
      this.#stateRow,
      make(
        'div',
        { class: 'editor' },
        make(
          'div',
          { class: 'editor-under', attributes: { 'aria-hidden': 'true' } },
          this.#band,
          this.#marker,
          this.#numbers,
        ),
        this.#area,
      ),
      this.#problems,
      make(
        'div',
        { class: 'row' },
        make('p', { class: 'quiet small grow', t: 'ui.script.keys' }),
        button('ui.script.download', () => actions.download(), { class: 'plain' }),
      ),
    );
    this.showGoals(null);
    languageChanged.subscribe(() => this.showProblems(this.#diagnostics));
  }

  get text(): string {
    return this.#area.value;
  }

  setText(text: string): void {
    if (this.#area.value !== text) {
      this.#area.value = text;
      this.#area.scrollTop = 0;
    }
    this.#showNumbers();
  }

  /** Whether the text differs from what was opened, and from what runs. */
  showState(isChanged: boolean, isLoaded: boolean): void {
    this.#state.textContent = t(isLoaded ? 'ui.script.changed' : 'ui.script.notLoaded');
    this.#stateRow.hidden = !isChanged;
  }

  /** While a lesson asks for a change of the script: where its goals stand. */
  showGoals(goals: { reached: number; all: number; address: string } | null): void {
    this.#goals.hidden = goals === null;
    if (goals) {
      const { reached, all, address } = goals;
      this.#goals.classList.toggle('reached', reached === all);
      this.#goals.replaceChildren(
        make('span', { class: 'grow' }, t('ui.script.goals', { reached, goals: all })),
        make('a', { t: 'ui.script.lesson', attributes: { href: address } }),
      );
    }
  }

  /** The line that comes next; 0 shows none. */
  showLine(line: number): void {
    this.#line = line;
    this.#band.hidden = line === 0;
    this.#band.style.setProperty('--line', String(line - 1));
    this.#bringIntoView(line);
  }

  showProblems(diagnostics: Diagnostic[]): void {
    this.#diagnostics = diagnostics;
    const first = diagnostics.find((diagnostic) => diagnostic.line > 0);
    this.#area.setAttribute('aria-invalid', String(diagnostics.length > 0));
    this.#showMarker(first);
    this.#problems.replaceChildren(...diagnostics.slice(0, 20).map((diagnostic) => this.#problem(diagnostic)));
  }

  /** Puts the caret where the diagnostic points. */
  goTo(diagnostic: Pick<Diagnostic, 'line' | 'column' | 'length'>): void {
    const start = this.#offset(diagnostic.line) + Math.max(0, diagnostic.column - 1);
    this.#area.focus();
    this.#area.setSelectionRange(start, start + diagnostic.length);
    this.#bringIntoView(diagnostic.line);
  }

  #makeArea(): HTMLTextAreaElement {
    const area = make('textarea', {
      class: 'editor-text',
      label: 'ui.script.label',
      attributes: {
        wrap: 'off',
        spellcheck: 'false',
        autocomplete: 'off',
        autocapitalize: 'off',
        'aria-describedby': 'problems',
        id: 'script',
      },
      on: {
        input: () => {
          this.#showNumbers();
          this.actions.edited(area.value);
        },
        scroll: () => this.#followScroll(),
        keydown: (event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
            event.preventDefault();
            this.actions.run();
          }
        },
      },
    });
    return area;
  }

  #problem(diagnostic: Diagnostic): HTMLElement {
    const { line, column, message } = diagnostic;
    if (line === 0) {
      return make('p', {}, speak(message));
    }
    const place = make(
      'button',
      { class: 'link', attributes: { type: 'button' }, on: { click: () => this.goTo(diagnostic) } },
      t('ui.script.place', { line: String(line), column: String(column) }),
    );
    return make('p', {}, place, ` ${speak(message)}`);
  }

  #showMarker(diagnostic: Diagnostic | undefined): void {
    this.#marker.hidden = !diagnostic;
    if (!diagnostic) {
      return;
    }
    const line = this.text.split('\n')[diagnostic.line - 1] ?? '';
    const from = diagnostic.column - 1;
    const to = from + Math.max(1, diagnostic.length);
    this.#marker.style.setProperty('--line', String(diagnostic.line - 1));
    this.#marker.replaceChildren(line.slice(0, from), make('mark', {}, line.slice(from, to) || ' '));
    this.#bringIntoView(diagnostic.line);
  }

  #showNumbers(): void {
    const lines = this.text.split('\n').length;
    if (lines !== this.#lines) {
      this.#lines = lines;
      this.#numbers.textContent = Array.from({ length: lines }, (_, index) => index + 1).join('\n');
    }
    this.#followScroll();
  }

  #followScroll(): void {
    const under = this.#band.parentElement;
    under?.style.setProperty('--scroll-y', `${-this.#area.scrollTop}px`);
    under?.style.setProperty('--scroll-x', `${-this.#area.scrollLeft}px`);
  }

  #bringIntoView(line: number): void {
    const height = Number.parseFloat(getComputedStyle(this.#area).lineHeight) || 20;
    const top = (line - 1) * height;
    const isAbove = top < this.#area.scrollTop;
    const isBelow = top + 2 * height > this.#area.scrollTop + this.#area.clientHeight;
    if (line > 0 && this.#area.clientHeight > 0 && (isAbove || isBelow)) {
      this.#area.scrollTop = Math.max(0, top - this.#area.clientHeight / 3);
    }
  }

  #offset(line: number): number {
    return this.text
      .split('\n')
      .slice(0, Math.max(0, line - 1))
      .reduce((sum, text) => sum + text.length + 1, 0);
  }

  /** The pane has become visible: what could not be measured before can be now. */
  shown(): void {
    this.#bringIntoView(this.#line);
    this.#followScroll();
  }
}
