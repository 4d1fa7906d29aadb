// What reclaim and compaction have to work with, as text: a list of named values for each node, zone and so on.

import { make } from './dom.ts';
import type { Engine, ReclaimGroup } from './engine_faces.ts';
import { t } from './i18n.ts';

export class ReclaimView {
  readonly element: HTMLDetailsElement;
  readonly #groups = make('div', {});

  constructor(private readonly engine: Engine) {
    this.element = make(
      'details',
      { class: 'reclaim', on: { toggle: () => this.refresh() } },
      make('summary', { t: 'ui.panel.reclaim' }),
      this.#groups,
    );
  }

  /** Lists everything again, if somebody is looking. */
  refresh(): void {
    if (this.element.open) {
      this.#groups.replaceChildren(...this.engine.reclaim().flatMap(group));
    }
  }
}

function group({ kind, name, rows }: ReclaimGroup): HTMLElement[] {
  const fields = rows.flatMap((row) => [make('dt', {}, row.name), make('dd', {}, row.value)]);
  return [make('h3', {}, t(`ui.reclaim.${kind}`, { name })), make('dl', { class: 'fields' }, ...fields)];
}
