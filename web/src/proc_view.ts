// The machine as the kernel's own files print it, to read and to copy.

import { CounterLinks } from './counter_links.ts';
import { button, make } from './dom.ts';
import type { Engine, ProcFile } from './engine_faces.ts';

const files: ProcFile[] = [
  'buddyinfo',
  'zoneinfo',
  'pagetypeinfo',
  'slabinfo',
  'meminfo',
  'vmstat',
  'swaps',
  'vmallocinfo',
];

export class ProcView {
  readonly element: HTMLDetailsElement;
  readonly #file: HTMLSelectElement;
  readonly #text = make('div', {
    class: 'mono proc-text',
    label: 'ui.table.proc',
    attributes: { tabindex: 0, role: 'region' },
  });

  readonly #counters = new CounterLinks({
    memAvailable: () => this.engine.memAvailable(),
    showFrames: (kinds, of) =>
      this.#inPicture(() => {
        this.engine.showKinds(kinds);
        this.engine.showFramesOf(of);
      }),
    showPanel: (name) => this.#inPicture(() => this.engine.showPanel(name)),
  });
  #printed = '';

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
      const text = this.engine.procText(this.#file.value as ProcFile);
      this.#printed = text;
      this.#text.replaceChildren(this.#counters.output(text));
    }
  }

  #inPicture(change: () => void): void {
    change();
    document.dispatchEvent(new Event('frame')); // the picture is drawn anew
  }

  async #copy(): Promise<void> {
    const shown = this.#text.querySelector('pre');
    if (shown) {
      getSelection()?.selectAllChildren(shown);
    }
    await navigator.clipboard?.writeText(this.#printed).catch(() => document.execCommand('copy'));
  }
}
