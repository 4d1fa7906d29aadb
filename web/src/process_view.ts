// The processes of the machine as text: each one's areas, and the walk of its page tables to any address.

import { button, make } from './dom.ts';
import type { Engine, ProcessPlace, ProcessRow } from './engine_faces.ts';
import { number, t, type UiKey } from './i18n.ts';

export class ProcessView {
  readonly element: HTMLDetailsElement;
  readonly #choice: HTMLSelectElement;
  readonly #sizes = make('p', {});
  readonly #areas = make('table', { class: 'numbers' });
  readonly #address: HTMLInputElement;
  readonly #walk = make('ol', { class: 'chain mono', attributes: { 'aria-live': 'polite' } });
  #rows: ProcessRow[] = [];

  constructor(private readonly engine: Engine) {
    this.#choice = make('select', { label: 'ui.process.process', on: { change: () => this.#show() } });
    this.#address = make('input', {
      class: 'mono grow',
      label: 'ui.process.address',
      hint: 'ui.process.hint',
      attributes: { type: 'text', spellcheck: 'false', autocomplete: 'off' },
      on: { change: () => this.#showWalk() },
    });
    this.element = make(
      'details',
      { class: 'process', on: { toggle: () => this.refresh() } },
      make('summary', { t: 'ui.panel.process' }),
      make('div', { class: 'row' }, make('span', { t: 'ui.process.process' }), this.#choice),
      this.#sizes,
      make(
        'div',
        { class: 'scroller', label: 'ui.process.areas', attributes: { tabindex: 0, role: 'region' } },
        this.#areas,
      ),
      make(
        'div',
        { class: 'row' },
        this.#address,
        button('ui.process.walk', () => this.#showWalk()),
      ),
      this.#walk,
    );
  }

  /** Lists everything again, if somebody is looking. */
  refresh(): void {
    if (this.element.open) {
      this.#list(Number(this.#choice.value));
    }
  }

  #list(wanted: number): void {
    this.#rows = this.engine.processes();
    const options = this.#rows.map(({ pid }) => make('option', { attributes: { value: pid } }, String(pid)));
    this.#choice.replaceChildren(...options);
    const last = this.#rows.at(-1)?.pid;
    this.#choice.value = String(this.#rows.some(({ pid }) => pid === wanted) ? wanted : (last ?? ''));
    this.#show();
  }

  /** This process, and the walk to this address. */
  showWalk({ pid, address }: ProcessPlace): void {
    this.element.open = true;
    this.#address.value = address;
    this.#list(pid);
    this.element.scrollIntoView({ block: 'nearest' });
  }

  /** A frame was selected that is met at these places: the process shown stays if it is one of theirs. */
  follow(places: ProcessPlace[]): void {
    const place = placeToShow(places, Number(this.#choice.value));
    if (this.element.open && place) {
      this.#address.value = place.address;
      this.#list(place.pid);
    }
  }

  #show(): void {
    const row = this.#rows.find(({ pid }) => String(pid) === this.#choice.value);
    if (!row) {
      this.#sizes.textContent = t('ui.process.none');
      this.#areas.replaceChildren();
      this.#walk.replaceChildren();
      return;
    }
    const { parent, total, resident, tables } = row;
    this.#sizes.textContent = t('ui.process.sizes', {
      parent: String(parent),
      total: number(total),
      resident: number(resident),
      tables: number(tables),
    });
    const columns: UiKey[] = [
      'ui.process.start',
      'ui.process.rights',
      'ui.process.name',
      'ui.process.resident',
      'ui.process.swapped',
      'ui.process.huge',
    ];
    const heads = columns.map((key) => make('th', { t: key, attributes: { scope: 'col' } }));
    const body = row.areas.map((area) =>
      make(
        'tr',
        {},
        make('th', { class: 'mono', attributes: { scope: 'row' } }, area.start),
        make('td', { class: 'mono' }, area.rights),
        make('td', {}, area.name),
        make('td', {}, `${number(area.resident)} / ${number(area.pages)}`),
        make('td', {}, number(area.swapped)),
        make('td', {}, number(area.huge)),
      ),
    );
    this.#areas.replaceChildren(make('thead', {}, make('tr', {}, ...heads)), make('tbody', {}, ...body));
    if (this.#address.value === '') {
      this.#address.value = row.areas[0]?.start ?? '';
    }
    this.#showWalk();
  }

  #showWalk(): void {
    const lines = this.#choice.value === '' ? [] : this.engine.walk(Number(this.#choice.value), this.#address.value.trim());
    this.#walk.replaceChildren(...lines.map((line) => make('li', {}, line)));
  }
}

/** The one in the process that is shown, else the first; undefined where there is none. */
export function placeToShow(places: ProcessPlace[], shown: number): ProcessPlace | undefined {
  const inProcesses = places.filter(({ pid }) => pid > 0);
  return inProcesses.find(({ pid }) => pid === shown) ?? inProcesses[0];
}
