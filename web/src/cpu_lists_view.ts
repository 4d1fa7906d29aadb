// The per-CPU lists as a table: a column for each zone and CPU, a row for each list, then the counters.

import { make } from './dom.ts';
import type { CpuListsRow, Engine } from './engine_faces.ts';
import { number } from './i18n.ts';

export class CpuListsView {
  readonly element: HTMLDetailsElement;
  readonly #table = make('table', { class: 'numbers' });

  constructor(private readonly engine: Engine) {
    this.element = make(
      'details',
      { class: 'cpu-lists', on: { toggle: () => this.refresh() } },
      make('summary', { t: 'ui.table.cpuLists' }),
      make(
        'div',
        { class: 'scroller', label: 'ui.table.cpuLists', attributes: { tabindex: 0, role: 'region' } },
        this.#table,
      ),
    );
  }

  /** Fills the table again, if somebody is looking. */
  refresh(): void {
    if (!this.element.open) {
      return;
    }
    const columns = this.engine.cpuLists();
    const head = columns.map(({ zone, cpu }) => make('th', { attributes: { scope: 'col' } }, `${zone}, CPU ${cpu}`));
    const rows = [
      ...(columns[0]?.lists ?? []).map(({ name }, at) => row(name, columns, (column) => column.lists[at]?.blocks ?? 0)),
      ...(columns[0]?.numbers ?? []).map(({ name }, at) =>
        row(name, columns, (column) => column.numbers[at]?.value ?? 0),
      ),
    ];
    this.#table.replaceChildren(
      make('thead', {}, make('tr', {}, make('th', { t: 'ui.table.list', attributes: { scope: 'col' } }), ...head)),
      make('tbody', {}, ...rows),
    );
  }
}

function row(name: string, columns: CpuListsRow[], value: (column: CpuListsRow) => number): HTMLElement {
  const cells = columns.map((column) =>
    make('td', { class: value(column) === 0 ? 'zero' : '' }, number(value(column))),
  );
  return make('tr', {}, make('th', { attributes: { scope: 'row' } }, name), ...cells);
}
