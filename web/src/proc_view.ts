// The machine as the kernel's own files print it, to read and to copy.

import { button, make } from './dom.ts';
import type { Engine, ProcFile } from './engine.ts';

const files: ProcFile[] = ['buddyinfo', 'zoneinfo', 'pagetypeinfo', 'slabinfo', 'meminfo', 'vmstat', 'swaps'];

export class ProcView {
  readonly element: HTMLDetailsElement;
  readonly #file: HTMLSelectElement;
  readonly #text = make('pre', {
    class: 'mono proc-text',
    label: 'ui.table.proc',
    attributes: { tabindex: 0, role: 'region' },
  });

  constructor(private readonly engine: Engine) {
    this.#file = make(
      'select',
      { label: 'ui.table.procFile', on: { change: () => this.refresh() } },
      ...files.map((name) => make('option', { attributes: { value: name } }, `/proc/${name}`)),
    );
    this.element = make(
      'details',
      { on: { toggle: () => this.refresh() } },
      make('summary', { t: 'ui.table.proc' }),
      make(
        'div',
        { class: 'row' },
        this.#file,
        button('ui.copy', () => this.#copy()),
      ),
      this.#text,
    );
  }

  /** Prints again, if somebody is looking. */
  refresh(): void {
    if (this.element.open) {
      this.#text.textContent = this.engine.procText(this.#file.value as ProcFile);
    }
  }

  async #copy(): Promise<void> {
    getSelection()?.selectAllChildren(this.#text);
    await navigator.clipboard?.writeText(this.#text.textContent ?? '').catch(() => document.execCommand('copy'));
  }
}
