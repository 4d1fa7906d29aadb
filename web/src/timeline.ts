// The timeline: a range over the steps reached so far, with the script's marks standing over it.

import { make } from './dom.ts';
import type { Mark, Status } from './engine_faces.ts';
import { t } from './i18n.ts';

const mostMarks = 40; // more would stand on each other

export class Timeline {
  readonly element: HTMLElement;
  readonly #range: HTMLInputElement;
  readonly #marks = make('div', { class: 'marks', label: 'ui.timeline.marks', attributes: { role: 'group' } });
  readonly #label = make('span', { class: 'timeline-label' });
  readonly #state = make('span', { class: 'timeline-state quiet' });
  #shownMarks = '';

  constructor(private readonly seek: (step: number) => void) {
    this.#range = make('input', {
      label: 'ui.timeline.label',
      attributes: { type: 'range', min: 0, max: 1, step: 1, value: 0, id: 'timeline' },
      on: { input: () => seek(Number(this.#range.value)) },
    });
    this.element = make(
      'div',
      { class: 'timeline' },
      this.#label,
      make('div', { class: 'track' }, this.#range, this.#marks),
      this.#state,
    );
  }

  show(status: Status, isRunning: boolean): void {
    const { step, lastStep, line, state } = status;
    this.#range.max = String(Math.max(1, lastStep));
    this.#range.value = String(step);
    this.#range.disabled = lastStep === 0;
    this.#label.textContent = t('ui.timeline.step', { step, last: lastStep });
    const next = line > 0 ? t('ui.timeline.next', { line: String(line) }) : t('ui.timeline.end');
    const failed = status.failure ? t('ui.timeline.failed', { line: String(status.failure.line) }) : next;
    this.#state.textContent = isRunning ? t('ui.timeline.running') : state === 'failed' ? failed : next;
    this.#range.setAttribute('aria-valuetext', `${this.#label.textContent}. ${this.#state.textContent}`);
    this.#showMarks(status.marks, Math.max(1, lastStep));
  }

  #showMarks(marks: Mark[], last: number): void {
    const shown = JSON.stringify([marks.length, marks.at(-1), last]);
    if (shown === this.#shownMarks) {
      return;
    }
    this.#shownMarks = shown;
    this.#marks.hidden = marks.length === 0;
    this.#marks.replaceChildren(...marks.slice(-mostMarks).map((mark) => this.#mark(mark, last)));
  }

  #mark(mark: Mark, last: number): HTMLElement {
    const name = t('ui.timeline.mark', { label: mark.label, step: mark.step });
    const element = make('button', {
      class: 'mark',
      attributes: { type: 'button', 'aria-label': name, title: name },
      on: { click: () => this.seek(mark.step) },
    });
    element.style.setProperty('--at', String(mark.step / last));
    return element;
  }

  spokenAgain(): void {
    this.#shownMarks = '';
  }
}
