// The card of a kernel's log: what each of its reports says, in sentences, as `./mmscope explain` tells it.

import { button, make } from './dom.ts';
import type { Explanation } from './engine_faces.ts';
import { languageChanged, number, speak, t } from './i18n.ts';

export class ReportCard {
  readonly element: HTMLElement;
  readonly #list = make('div', { attributes: { role: 'status', 'aria-live': 'polite' } });
  #explanations: readonly Explanation[] = [];

  constructor() {
    this.element = make(
      'section',
      { class: 'brought explained-log', label: 'report.heading' },
      make('h2', { t: 'report.heading' }),
      this.#list,
      make(
        'div',
        { class: 'row' },
        button('report.forget', () => this.show([])),
      ),
    );
    languageChanged.subscribe(() => this.#speak());
    this.show([]);
  }

  show(explanations: readonly Explanation[]): void {
    this.#explanations = explanations;
    this.element.hidden = explanations.length === 0;
    this.#speak();
    if (!this.element.hidden) {
      this.element.scrollIntoView({ block: 'nearest' });
    }
  }

  #speak(): void {
    this.#list.replaceChildren(...this.#explanations.flatMap(reportsOf));
  }
}

function reportsOf({ file, reports, problem }: Explanation): HTMLElement[] {
  const place = (line: number) =>
    file === '' ? t('lockstep.line', { line: number(line) }) : t('lockstep.place', { file, line: number(line) });
  const parts = reports.flatMap(({ line, sentences }) => [
    make('h3', {}, place(line)),
    make('ul', { class: 'brought-list' }, ...sentences.map((sentence) => make('li', {}, speak(sentence)))),
  ]);
  if (problem) {
    parts.push(make('p', { class: 'off' }, `${place(problem.line)} ${speak(problem.message)}`));
  }
  return parts;
}
