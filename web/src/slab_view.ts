// The slab caches as a table, and the slabs of the one that is chosen, each with its objects letter by letter.

import { make } from './dom.ts';
import type { CacheRow, Engine, SlabQueueRow, SlabRow } from './engine_faces.ts';
import { number, type UiKey } from './i18n.ts';

export class SlabView {
  readonly element: HTMLDetailsElement;
  readonly #caches = make('table', { class: 'numbers' });
  readonly #queues = make('table', { class: 'numbers' });
  readonly #slabs = make('table', { class: 'numbers' });
  readonly #choice: HTMLSelectElement;

  constructor(
    private readonly engine: Engine,
    private readonly select: (pfn: number) => void,
  ) {
    this.#choice = make('select', { label: 'ui.slab.cache', class: 'mono', on: { change: () => this.#showSlabs() } });
    this.element = make(
      'details',
      { class: 'slab', on: { toggle: () => this.refresh() } },
      make('summary', { t: 'ui.panel.slab' }),
      scroller('ui.slab.caches', this.#caches),
      make('div', { class: 'row' }, make('span', { t: 'ui.slab.cache' }), this.#choice),
      scroller('ui.slab.queues', this.#queues),
      scroller('ui.slab.slabs', this.#slabs),
      make('p', { class: 'quiet', t: 'ui.slab.letters' }),
    );
  }

  /** Lists everything again, if somebody is looking. */
  refresh(): void {
    if (!this.element.open) {
      return;
    }
    const caches = this.engine.slabCaches();
    const columns: [UiKey, (row: CacheRow) => string][] = [
      ['ui.slab.used', (row) => number(row.used)],
      ['ui.slab.total', (row) => number(row.total)],
      ['ui.slab.objectSize', (row) => number(row.objectSize)],
      ['ui.slab.size', (row) => number(row.size)],
      ['ui.slab.perSlab', (row) => number(row.perSlab)],
      ['ui.slab.pages', (row) => number(row.pages)],
      ['ui.slab.lost', (row) => row.lost],
    ];
    const shown = caches.filter((row) => row.slabs > 0);
    const body = (shown.length > 0 ? shown : caches).map((row) =>
      make(
        'tr',
        {},
        make('th', { class: 'mono', attributes: { scope: 'row' } }, row.name),
        ...columns.map(([, value]) => make('td', {}, value(row))),
      ),
    );
    this.#caches.replaceChildren(head(['ui.slab.cache', ...columns.map(([key]) => key)]), make('tbody', {}, ...body));
    this.#offer(caches);
    this.#showSlabs();
  }

  #offer(caches: CacheRow[]): void {
    const chosen = this.#choice.value;
    this.#choice.replaceChildren(
      ...caches.map((row) => make('option', { attributes: { value: row.number } }, row.name)),
    );
    if (caches.some((row) => String(row.number) === chosen)) {
      this.#choice.value = chosen;
    }
  }

  #showSlabs(): void {
    const isChosen = this.#choice.value !== '';
    this.#showQueues(isChosen ? this.engine.slabQueues(Number(this.#choice.value)) : []);
    const slabs = isChosen ? this.engine.slabs(Number(this.#choice.value)) : [];
    const body = slabs.map((row) => this.#slab(row));
    this.#slabs.replaceChildren(
      head(['ui.slab.place', 'ui.table.frame', 'ui.slab.used', 'ui.slab.objects']),
      make('tbody', {}, ...body),
    );
  }

  #showQueues(queues: SlabQueueRow[]): void {
    const body = queues.map((row) =>
      make(
        'tr',
        {},
        make('th', { attributes: { scope: 'row' } }, row.name),
        make('td', {}, number(row.held)),
        make('td', {}, number(row.limit)),
        make('td', {}, row.batchcount > 0 ? number(row.batchcount) : ''),
      ),
    );
    const isEmpty = queues.length === 0;
    this.#queues.replaceChildren(
      ...(isEmpty
        ? []
        : [
            head(['ui.slab.queue', 'ui.slab.held', 'ui.slab.limit', 'ui.slab.batchcount']),
            make('tbody', {}, ...body),
          ]),
    );
    this.#queues.parentElement?.toggleAttribute('hidden', isEmpty);
  }

  #slab({ pfn, place, used, objects }: SlabRow): HTMLElement {
    const frame = `0x${pfn.toString(16)}`;
    return make(
      'tr',
      {},
      make('th', { attributes: { scope: 'row' } }, place),
      make(
        'td',
        {},
        make('button', { class: 'cell', on: { click: () => this.select(pfn) }, attributes: { type: 'button' } }, frame),
      ),
      make('td', {}, `${number(used)} / ${number(objects.length)}`),
      make('td', { class: 'mono letters' }, objects),
    );
  }
}

function head(keys: UiKey[]): HTMLElement {
  return make('thead', {}, make('tr', {}, ...keys.map((key) => make('th', { t: key, attributes: { scope: 'col' } }))));
}

function scroller(label: UiKey, table: HTMLTableElement): HTMLElement {
  return make('div', { class: 'scroller', label, attributes: { tabindex: 0, role: 'region' } }, table);
}
