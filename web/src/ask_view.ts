// "Would it succeed?" as a table and in sentences: the usual requests by orders, and any one of them step by step.

import { button, make } from './dom.ts';
import type { Engine } from './engine_faces.ts';
import { speak } from './i18n.ts';

const orders = Array.from({ length: 11 }, (_, order) => order);

export class AskView {
  readonly element: HTMLDetailsElement;
  readonly #table = make('table', { class: 'numbers asked' });
  readonly #names = make('datalist', { attributes: { id: 'asked-flags' } });
  readonly #flags: HTMLInputElement;
  readonly #order: HTMLSelectElement;
  readonly #cpu: HTMLInputElement;
  readonly #chain = make('ol', { class: 'chain', attributes: { 'aria-live': 'polite' } });

  constructor(
    private readonly engine: Engine,
    private readonly append: (command: string) => void,
  ) {
    const answer = { change: () => this.#answer() };
    this.#flags = make('input', {
      class: 'mono grow',
      label: 'ui.ask.flags',
      on: answer,
      attributes: { type: 'text', list: 'asked-flags', value: 'GFP_KERNEL', spellcheck: 'false', autocomplete: 'off' },
    });
    this.#order = make(
      'select',
      { label: 'ui.table.order', on: answer },
      ...orders.map((order) => make('option', { attributes: { value: order } }, String(order))),
    );
    this.#cpu = make('input', {
      class: 'cpu-number',
      label: 'ui.ask.cpu',
      on: { change: () => this.refresh() },
      attributes: { type: 'number', min: 0, value: 0 },
    });
    this.element = make(
      'details',
      { class: 'ask', on: { toggle: () => this.refresh() } },
      make('summary', { t: 'ui.panel.ask' }),
      make(
        'div',
        { class: 'scroller', label: 'ui.panel.ask', attributes: { tabindex: 0, role: 'region' } },
        this.#table,
      ),
      make('p', { class: 'quiet signs', t: 'ui.ask.signs' }),
      this.#names,
      make(
        'div',
        { class: 'row' },
        this.#flags,
        make('label', { class: 'row' }, make('span', { t: 'ui.table.order' }), this.#order),
        make('label', { class: 'row' }, 'CPU', this.#cpu),
        button('ui.ask.do', () => this.append(this.#call())),
      ),
      this.#chain,
    );
  }

  /** Asks again, if somebody is looking. */
  refresh(): void {
    if (!this.element.open) {
      return;
    }
    const most = this.engine.status().machine.cpus - 1;
    this.#cpu.max = String(most);
    this.#cpu.value = String(Math.min(Math.max(0, Math.trunc(Number(this.#cpu.value))), most));
    const rows = this.engine.prospects(Number(this.#cpu.value));
    const head = orders.map((order) => make('th', { attributes: { scope: 'col' } }, String(order)));
    this.#table.replaceChildren(
      make('thead', {}, make('tr', {}, make('th', { t: 'ui.table.order', attributes: { scope: 'col' } }), ...head)),
      make(
        'tbody',
        {},
        ...rows.map(({ gfp, cells }) =>
          make(
            'tr',
            {},
            make('th', { attributes: { scope: 'row' } }, gfp),
            ...cells.map((cell, order) => this.#cell(cell, gfp, order)),
          ),
        ),
      ),
    );
    this.#names.replaceChildren(...rows.map(({ gfp }) => make('option', { attributes: { value: gfp } })));
    this.#answer();
  }

  #cell(text: string, gfp: string, order: number): HTMLElement {
    const choose = () => {
      this.#flags.value = gfp;
      this.#order.value = String(order);
      this.#answer();
    };
    return make(
      'td',
      { class: text.startsWith('-') ? 'zero' : '' },
      make('button', { class: 'cell', on: { click: choose }, attributes: { type: 'button' } }, text),
    );
  }

  #call(): string {
    const call = `alloc_pages(${this.#flags.value}, ${this.#order.value})`;
    return this.#cpu.value === '0' ? call : `on cpu ${this.#cpu.value} { ${call} }`;
  }

  #answer(): void {
    const { sentences } = this.engine.ask(this.#flags.value, Number(this.#order.value), Number(this.#cpu.value));
    this.#chain.replaceChildren(...sentences.map((sentence) => make('li', {}, speak(sentence))));
  }
}
