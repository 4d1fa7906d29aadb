// The card of a memory trace: through which TLB it is played, how far it is, and the table of hits, misses and walks by
// level that `./mmscope tlb` prints.

import { button, make } from './dom.ts';
import type { TlbChoices, TlbOddities, TlbResult } from './engine_faces.ts';
import { languageChanged, number, speak, t, type UiKey } from './i18n.ts';
import type { TlbPlay, TlbPlayStatus } from './tlb_play.ts';

const byHand = ''; // the value of that choice
const kindKeys = {
  fetches: 'tlb.table_fetches',
  loads: 'tlb.table_loads',
  stores: 'tlb.table_stores',
  modifies: 'tlb.table_modifies',
} as const;

export class TlbCard {
  readonly element: HTMLElement;
  readonly #file = make('p', {});
  readonly #cpu: HTMLSelectElement;
  readonly #geometry: HTMLInputElement;
  readonly #pages: HTMLSelectElement;
  readonly #progress = make('progress', { label: 'ui.tlb.progress', attributes: { max: 100 } });
  readonly #said = make('p', { attributes: { role: 'status', 'aria-live': 'polite' } });
  readonly #table = make('table', { class: 'numbers' });
  readonly #scroller: HTMLElement;
  readonly #oddities = make('ul', { class: 'brought-list' });
  readonly #stop: HTMLButtonElement;
  readonly #again: HTMLButtonElement;
  #areChoicesShown = false;
  #isByHand = false;

  constructor(private readonly play: TlbPlay) {
    const choose = () => void this.play.choose(this.#cpu.value || this.#geometry.value, this.#pages.value);
    this.#cpu = make('select', { attributes: { id: 'tlb-cpu' }, on: { change: () => this.#pickCpu(choose) } });
    this.#geometry = make('input', {
      class: 'mono grow',
      label: 'ui.tlb.geometry',
      attributes: { type: 'text', spellcheck: 'false', autocomplete: 'off' },
      on: { change: choose },
    });
    this.#pages = make('select', { attributes: { id: 'tlb-pages' }, on: { change: choose } });
    this.#scroller = make(
      'div',
      { class: 'scroller', label: 'ui.tlb.levels', attributes: { tabindex: 0, role: 'region' } },
      this.#table,
    );
    this.#stop = button('ui.stop', () => play.stop(), { class: 'primary' });
    this.#again = button('ui.tlb.again', () => void play.again());
    this.element = make(
      'section',
      { class: 'brought memory-trace', label: 'ui.tlb.heading' },
      make('h2', { t: 'ui.tlb.heading' }),
      this.#file,
      make(
        'div',
        { class: 'row wrap' },
        make('label', { t: 'ui.tlb.cpu', attributes: { for: 'tlb-cpu' } }),
        this.#cpu,
        make('label', { t: 'ui.tlb.pages', attributes: { for: 'tlb-pages' } }),
        this.#pages,
      ),
      this.#geometry,
      this.#progress,
      this.#said,
      this.#scroller,
      this.#oddities,
      make(
        'div',
        { class: 'row' },
        this.#stop,
        this.#again,
        button('ui.tlb.forget', () => play.forget()),
      ),
    );
    play.changed.subscribe((status) => this.#show(status));
    languageChanged.subscribe(() => this.#show(play.status));
    this.#show(play.status);
  }

  /** A CPU's name at once; a geometry by hand begins as that of the CPU chosen before. */
  #pickCpu(choose: () => void): void {
    this.#isByHand = this.#cpu.value === byHand;
    if (this.#isByHand) {
      this.#geometry.hidden = false;
      this.#geometry.focus();
    } else {
      choose();
    }
  }

  #show(status: TlbPlayStatus): void {
    const { state, result } = status;
    const wasHidden = this.element.hidden;
    this.element.hidden = state === 'empty';
    if (wasHidden && !this.element.hidden) {
      this.element.scrollIntoView({ block: 'nearest' }); // a drop may land anywhere
    }
    this.#file.textContent = t('ui.tlb.file', { file: status.file });
    if (this.play.choices) {
      this.#showChoices(this.play.choices, status);
    }
    this.#progress.hidden = result === null;
    this.#progress.value = status.percent;
    this.#said.textContent = sentenceFor(status);
    this.#said.className = state === 'bad-geometry' || state === 'cut-off' || state === 'dead' ? 'off' : '';
    this.#geometry.setAttribute('aria-invalid', String(state === 'bad-geometry'));
    this.#scroller.hidden = result === null || result.references === 0;
    if (result) {
      this.#table.replaceChildren(...tableOf(result));
    }
    this.#oddities.replaceChildren(...(result ? odditiesOf(result) : []));
    this.#stop.hidden = state !== 'running';
    this.#again.hidden = !['stopped', 'finished', 'cut-off'].includes(state);
  }

  #showChoices({ cpus, pageSizes }: TlbChoices, { geometry, pageSize }: TlbPlayStatus): void {
    if (!this.#areChoicesShown) {
      this.#areChoicesShown = true;
      this.#cpu.append(
        ...cpus.map(({ name }) => make('option', { attributes: { value: name } }, name)),
        make('option', { t: 'ui.tlb.byHand', attributes: { value: byHand } }),
      );
      this.#pages.append(...pageSizes.map((name) => make('option', { attributes: { value: name } }, name)));
    }
    if (!this.#isByHand) {
      const cpu = cpus.find(({ name }) => name === geometry);
      this.#cpu.value = cpu?.name ?? byHand;
      this.#geometry.value = cpu?.geometry ?? geometry;
      this.#geometry.hidden = cpu !== undefined;
    }
    this.#pages.value = pageSize;
  }
}

function sentenceFor({ state, percent, problem, result }: TlbPlayStatus): string {
  switch (state) {
    case 'running':
      return t('ui.tlb.running');
    case 'stopped':
      return t('ui.tlb.stoppedAt', { percent });
    case 'finished':
      return t(result?.references === 0 ? 'tlb.table_empty' : 'ui.tlb.finished');
    case 'cut-off':
      return t('ui.tlb.cutOff');
    case 'bad-geometry':
      return problem ? speak(problem.message) : '';
    case 'dead':
      return t('ui.tlb.dead');
    case 'empty':
      return '';
  }
}

function tableOf(result: TlbResult): HTMLElement[] {
  const head = (key: UiKey) => make('th', { t: key, attributes: { scope: 'col' } });
  const levels = result.levels.map(({ name, accesses, hits, misses }) => row(name, accesses, hits, misses));
  const single = (name: string, value: number) => row(name, value);
  return [
    make('caption', {}, `${t('ui.tlb.levels')} (${result.geometry}, ${t('tlb.table_pages', { size: result.pageSize })})`),
    make(
      'thead',
      {},
      make(
        'tr',
        {},
        head('tlb.table_level'),
        head('tlb.table_accesses'),
        head('tlb.table_hits'),
        head('tlb.table_misses'),
      ),
    ),
    make('tbody', {}, ...levels),
    make(
      'tbody',
      {},
      single(t('tlb.table_walks'), result.walks),
      ...result.begun.map(({ level, walks }) => single(t('tlb.table_begun', { level }), walks)),
      single(t('tlb.table_read'), result.entriesRead),
      single(t('tlb.table_cycles'), result.cycles),
      single(t('tlb.table_cycles_l2'), result.l2Cycles),
      single(t('tlb.table_cycles_walk'), result.walkCycles),
    ),
    make(
      'tbody',
      {},
      single(t('tlb.table_references'), result.references),
      ...result.kinds.map(({ name, count }) => single(t(kindKeys[name]), count)),
    ),
  ];
}

function row(name: string, ...values: number[]): HTMLElement {
  const cells = values.map((value) => make('td', { class: value === 0 ? 'zero' : '' }, number(value)));
  return make('tr', {}, make('th', { attributes: { scope: 'row' } }, name), ...cells);
}

function odditiesOf({ torn, foreign }: TlbResult): HTMLElement[] {
  return [...oddity('tlb.table_torn', torn), ...oddity('tlb.table_foreign', foreign)];
}

function oddity(key: 'tlb.table_torn' | 'tlb.table_foreign', { count, line, message }: TlbOddities): HTMLElement[] {
  if (count === 0 || line === undefined || !message) {
    return [];
  }
  const first = make('div', {}, `${t('lockstep.line', { line: number(line) })} ${speak(message)}`);
  return [make('li', {}, t(key, { count }), first)];
}
