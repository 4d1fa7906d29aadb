// The slab caches as a table, and the slabs of the one that is chosen, each with its objects letter by letter.

import { make } from './dom.ts';
import type { CacheRow, Engine, PlacePart, SlabQueueRow, SlabRow } from './engine_faces.ts';
import { number, t, type UiKey } from './i18n.ts';

const partKeys: Record<PlacePart, UiKey> = {
  leftRedZone: 'ui.slab.part.leftRedZone',
  object: 'ui.slab.part.object',
  rightRedZone: 'ui.slab.part.rightRedZone',
  pointer: 'ui.slab.part.pointer',
  tracks: 'ui.slab.part.tracks',
  padding: 'ui.slab.part.padding',
};

export class SlabView {
  readonly element: HTMLDetailsElement;
  readonly #caches = make('table', { class: 'numbers' });
  readonly #queues = make('table', { class: 'numbers' });
  readonly #slabs = make('table', { class: 'numbers' });
  readonly #parts = make('p', { class: 'quiet' });
  readonly #choice: HTMLSelectElement;
  #rows: CacheRow[] = [];
  #frame = -1; // the selected one, which lies in a slab or not

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
      this.#parts,
      scroller('ui.slab.queues', this.#queues),
      scroller('ui.slab.slabs', this.#slabs),
      make('p', { class: 'quiet', t: 'ui.slab.letters' }),
    );
  }

  /** Opens at a cache, with the slab of the selected frame in sight. */
  open(cache: number): void {
    this.element.open = true;
    this.refresh();
    this.#choice.value = String(cache);
    this.#showSlabs();
    const row = this.#slabs.querySelector('[aria-current]') ?? this.element;
    row.scrollIntoView({ block: 'nearest' });
    row.querySelector('button')?.focus();
  }

  /** The selected frame: its slab's row is marked. */
  mark(frame: number): void {
    const isOther = frame !== this.#frame;
    this.#frame = frame;
    if (isOther && this.element.open) {
      this.#showSlabs();
    }
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
        make('th', { class: 'mono', attributes: { scope: 'row' } }, row.name, leftOver(row)),
        ...columns.map(([, value]) => make('td', {}, value(row))),
      ),
    );
    this.#caches.replaceChildren(head(['ui.slab.cache', ...columns.map(([key]) => key)]), make('tbody', {}, ...body));
    this.#rows = caches;
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

  #showParts(parts: CacheRow['parts']): void {
    const list = parts.map(({ kind, bytes }) => t(partKeys[kind], { bytes: number(bytes) }));
    this.#parts.textContent = list.length > 0 ? t('ui.slab.parts', { parts: list.join(' | ') }) : '';
    this.#parts.hidden = list.length === 0;
  }

  #showSlabs(): void {
    const isChosen = this.#choice.value !== '';
    this.#showParts(this.#rows.find((row) => String(row.number) === this.#choice.value)?.parts ?? []);
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

  #slab({ pfn, frames, place, used, objects, overwritten }: SlabRow): HTMLElement {
    const frame = `0x${pfn.toString(16)}`;
    const isMarked = this.#frame >= pfn && this.#frame < pfn + frames;
    const damage = overwritten > 0 ? t('ui.slab.overwritten', { bytes: number(overwritten) }) : null;
    return make(
      'tr',
      isMarked ? { attributes: { 'aria-current': 'true' } } : {},
      make('th', { attributes: { scope: 'row' } }, place),
      make(
        'td',
        {},
        make('button', { class: 'cell', on: { click: () => this.select(pfn) }, attributes: { type: 'button' } }, frame),
      ),
      make('td', {}, `${number(used)} / ${number(objects.length)}`),
      make('td', { class: 'mono letters' }, objects, damage && make('div', { class: 'quiet' }, damage)),
    );
  }
}

// Nobody's cache any more, and yet there.
function leftOver(row: CacheRow): HTMLElement | null {
  const key = row.isUnlinked ? 'ui.slab.unlinked' : 'ui.slab.leftOver';
  return row.isLeftOver ? make('div', { class: 'quiet', t: key }) : null;
}

function head(keys: UiKey[]): HTMLElement {
  return make('thead', {}, make('tr', {}, ...keys.map((key) => make('th', { t: key, attributes: { scope: 'col' } }))));
}

function scroller(label: UiKey, table: HTMLTableElement): HTMLElement {
  return make('div', { class: 'scroller', label, attributes: { tabindex: 0, role: 'region' } }, table);
}
