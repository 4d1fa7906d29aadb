// The state as tables: everything that the picture shows in numbers, for eyes, screen readers and tests alike.

import { AskView } from './ask_view.ts';
import { CpuListsView } from './cpu_lists_view.ts';
import { make } from './dom.ts';
import type { Engine, FrameField, FrameRow, ZoneRow } from './engine_faces.ts';
import { number, t, type UiKey } from './i18n.ts';
import { ProcessView } from './process_view.ts';
import { ProcView } from './proc_view.ts';
import { ReclaimView } from './reclaim_view.ts';
import { SlabView } from './slab_view.ts';

const migratetypes = ['Unmovable', 'Movable', 'Reclaimable', 'HighAtomic', 'CMA', 'Isolate'];

export class TablePane {
  readonly element: HTMLElement;
  readonly #summary = make('p', { attributes: { id: 'state-summary' } });
  readonly #notes = make('ul', { class: 'notes' });
  readonly #zones = make('table', { class: 'numbers' });
  readonly #blocks = make('table', { class: 'numbers' });
  readonly #pageblocks = make('table', { class: 'numbers' });
  readonly #frame = make('dl', { class: 'fields' });
  readonly #frameInput: HTMLInputElement;
  readonly #type: HTMLSelectElement;
  readonly #cpuLists: CpuListsView;
  readonly #ask: AskView;
  readonly #reclaim: ReclaimView;
  readonly #slab: SlabView;
  readonly #process: ProcessView;
  readonly #proc: ProcView;
  #rows: ZoneRow[] = [];
  #followed = -1; // the frame that the processes have shown

  constructor(
    private readonly engine: Engine,
    private readonly append: (command: string) => void,
  ) {
    this.#type = make(
      'select',
      { label: 'ui.table.type', attributes: { id: 'block-type' }, on: { change: () => this.#showBlocks() } },
      make('option', { t: 'ui.table.allTypes', attributes: { value: '-1' } }),
      ...migratetypes.map((name, index) => make('option', { attributes: { value: index } }, name)),
    );
    this.#cpuLists = new CpuListsView(engine);
    this.#ask = new AskView(engine, append);
    this.#reclaim = new ReclaimView(engine);
    this.#slab = new SlabView(engine, (pfn) => this.#select(pfn));
    this.#process = new ProcessView(engine);
    this.#proc = new ProcView(engine);
    this.#frameInput = make('input', {
      class: 'frame-number',
      label: 'ui.table.frameNumber',
      attributes: { type: 'text', inputmode: 'text', spellcheck: 'false', autocomplete: 'off' },
      on: { change: () => this.#selectTyped() },
    });
    this.element = make(
      'section',
      { class: 'pane-body state', label: 'ui.tab.table' },
      this.#summary,
      this.#notes,
      make('h2', { t: 'ui.table.zones' }),
      this.#scroller('ui.table.zones', this.#zones),
      make('div', { class: 'row' }, make('h2', { t: 'ui.table.blocks' }), make('span', { class: 'grow' }), this.#type),
      this.#scroller('ui.table.blocks', this.#blocks),
      make('h2', { t: 'ui.table.pageblocks' }),
      this.#scroller('ui.table.pageblocks', this.#pageblocks),
      make(
        'div',
        { class: 'row' },
        make('h2', { t: 'ui.table.frame' }),
        make('span', { class: 'grow' }),
        this.#frameInput,
      ),
      this.#frame,
      this.#cpuLists.element,
      this.#ask.element,
      this.#reclaim.element,
      this.#slab.element,
      this.#process.element,
      this.#proc.element,
    );
  }

  show(summary: string, notes: string[]): void {
    this.#summary.textContent = summary;
    this.#notes.replaceChildren(...notes.map((note) => make('li', {}, note)));
    this.#notes.hidden = notes.length === 0;
    this.#rows = this.engine.zones();
    this.#showZones();
    this.#showBlocks();
    this.#showPageblocks();
    for (const view of [this.#cpuLists, this.#ask, this.#reclaim, this.#slab, this.#process, this.#proc]) {
      view.refresh();
    }
  }

  showFrame(frame: FrameRow | null): void {
    this.#slab.mark(frame?.pfn ?? -1);
    this.#frameInput.value = frame ? hex(frame.pfn) : '';
    if (frame && frame.pfn !== this.#followed) {
      this.#process.follow(frame.fields);
    }
    this.#followed = frame?.pfn ?? -1;
    if (!frame) {
      this.#frame.replaceChildren(make('dd', { class: 'quiet', t: 'ui.table.noFrame' }));
      return;
    }
    const fields = frame.fields.flatMap((field) => [
      make('dt', {}, field.name),
      make('dd', {}, this.#fieldValue(field, frame.slabCache)),
    ]);
    const call = frame.callLine > 0 ? t('ui.table.call', { line: String(frame.callLine), call: frame.callText }) : null;
    this.#frame.replaceChildren(
      ...fields,
      ...(call ? [make('dt', { t: 'ui.table.callName' }), make('dd', {}, call)] : []),
      ...(frame.freeingCall === '' ? [] : [make('dt'), make('dd', {}, this.#freeButton(frame.freeingCall))]),
    );
  }

  /** Text; where it speaks of a process, a button that shows it and the walk, here and in the picture; or of a cache. */
  #fieldValue(field: FrameField, cache: number): Node | string {
    if (field.pid === 0) {
      return field.name === 'slab_cache' && cache >= 0 ? this.#cacheButton(field.value, cache) : field.value;
    }
    const show = () => {
      this.engine.showWalk(field.pid, field.address);
      this.#process.showWalk(field);
      document.dispatchEvent(new Event('frame')); // the picture is drawn anew
    };
    return make(
      'button',
      { class: 'link', tip: 'ui.table.showWalk', on: { click: show }, attributes: { type: 'button' } },
      field.value,
    );
  }

  // From a frame to the slab that it belongs to, among those of its cache.
  #cacheButton(name: string, cache: number): HTMLElement {
    return make(
      'button',
      {
        class: 'cell',
        tip: 'ui.slab.show',
        on: { click: () => this.#slab.open(cache) },
        attributes: { type: 'button' },
      },
      name,
    );
  }

  #freeButton(call: string): HTMLElement {
    return make(
      'button',
      { class: 'mono', on: { click: () => this.append(call) }, attributes: { type: 'button' } },
      call,
    );
  }

  #showZones(): void {
    const columns: [UiKey, (row: ZoneRow) => number][] = [
      ['ui.table.free', (row) => row.free],
      ['ui.table.managed', (row) => row.managed],
      ['ui.table.min', (row) => row.min],
      ['ui.table.low', (row) => row.low],
      ['ui.table.high', (row) => row.high],
      ['ui.table.onCpuLists', (row) => row.onCpuLists],
      ['ui.table.boost', (row) => row.boost],
      ['ui.table.highAtomic', (row) => row.highAtomic],
    ];
    const keys = [...columns.map(([key]) => key), 'ui.table.reclaim' as const];
    const head = make('tr', {}, headCell('ui.table.zone'), ...keys.map(headCell));
    const body = this.#populated().map((row) =>
      make(
        'tr',
        {},
        rowHead(this.#zoneName(row)),
        ...columns.map(([, value]) => make('td', {}, number(value(row)))),
        make('td', {}, t(`ui.table.reclaim_${row.reclaim}`)),
      ),
    );
    this.#zones.replaceChildren(make('thead', {}, head), make('tbody', {}, ...body));
  }

  #showBlocks(): void {
    const zones = this.#populated();
    const type = Number(this.#type.value);
    const count = (row: ZoneRow, order: number): number =>
      (type < 0 ? row.blocks[order] : row.byType[type]?.[order]) ?? 0;
    const body = Array.from({ length: 11 }, (_, order) =>
      make(
        'tr',
        {},
        rowHead(String(order)),
        make('td', { class: 'quiet' }, blockSize(order)),
        ...zones.map((row) => cell(count(row, order))),
      ),
    );
    const head = make('tr', {}, headCell('ui.table.order'), headCell('ui.table.size'), ...this.#zoneHeads());
    this.#blocks.replaceChildren(make('thead', {}, head), make('tbody', {}, ...body));
  }

  #showPageblocks(): void {
    const zones = this.#populated();
    const seen = migratetypes.map((name, type) => ({ name, counts: zones.map((row) => row.pageblocks[type] ?? 0) }));
    const body = seen
      .filter(({ counts }, type) => type < 3 || counts.some(Boolean))
      .map(({ name, counts }) => make('tr', {}, rowHead(name), ...counts.map(cell)));
    const head = make('tr', {}, headCell('ui.table.type'), ...this.#zoneHeads());
    this.#pageblocks.replaceChildren(make('thead', {}, head), make('tbody', {}, ...body));
  }

  #zoneHeads(): HTMLElement[] {
    return this.#populated().map((row) => make('th', { attributes: { scope: 'col' } }, this.#zoneName(row)));
  }

  #populated(): ZoneRow[] {
    return this.#rows.filter((row) => row.present > 0);
  }

  #zoneName(row: ZoneRow): string {
    return this.#rows.some((other) => other.node !== row.node) ? `${row.name}@${row.node}` : row.name;
  }

  #selectTyped(): void {
    const typed = this.#frameInput.value.trim();
    const pfn = /^(0x[0-9a-f]+|\d+)$/i.test(typed) ? Number(typed) : -1;
    this.#select(pfn);
  }

  #select(pfn: number): void {
    this.engine.select(pfn);
    this.#frameInput.dispatchEvent(new CustomEvent('frame', { bubbles: true, detail: pfn }));
  }

  #scroller(label: UiKey, table: HTMLTableElement): HTMLElement {
    return make('div', { class: 'scroller', label, attributes: { tabindex: 0, role: 'region' } }, table);
  }
}

export const hex = (value: number): string => `0x${value.toString(16)}`;

function blockSize(order: number): string {
  return order < 8 ? `${4 << order} KiB` : `${(4 << order) >> 10} MiB`;
}
const cell = (value: number): HTMLElement => make('td', { class: value === 0 ? 'zero' : '' }, number(value));
const headCell = (key: UiKey): HTMLElement => make('th', { t: key, attributes: { scope: 'col' } });
const rowHead = (text: string): HTMLElement => make('th', { attributes: { scope: 'row' } }, text);
