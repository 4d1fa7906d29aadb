// Import: paste, drop or choose what a real kernel printed, and its machine opens here.

import { button, make } from './dom.ts';
import type { Engine } from './engine.ts';
import { languageChanged, speak, t } from './i18n.ts';
import { ImportCollection, type ImportOutcome, largestImport } from './import_collection.ts';

export interface ImportActions {
  openImport(script: string): void;
  openFile(name: string, script: string): void;
}

export class ImportPane {
  readonly element: HTMLElement;
  readonly #collection: ImportCollection;
  readonly #box: HTMLTextAreaElement;
  readonly #pieces = make('ul', { class: 'pieces' });
  readonly #report = make('p', { class: 'report', attributes: { role: 'status', 'aria-live': 'polite' } });
  #sentence: () => string = () => '';

  constructor(
    engine: Engine,
    private readonly actions: ImportActions,
  ) {
    this.#collection = new ImportCollection(engine);
    this.#box = make('textarea', {
      class: 'paste',
      label: 'ui.import.box',
      hint: 'ui.import.hint',
      attributes: { spellcheck: 'false', autocomplete: 'off', wrap: 'off', rows: 8 },
      on: { paste: () => setTimeout(() => this.#readBox()) },
    });
    const chooser = make('input', {
      class: 'visually-hidden',
      attributes: { type: 'file', multiple: true, id: 'import-files' },
      on: { change: () => this.readFiles(chooser.files) },
    });
    this.element = make(
      'section',
      { class: 'pane-body import', label: 'ui.tab.import' },
      make('h2', { t: 'ui.import.heading' }),
      make('p', { t: 'ui.import.about' }),
      make('pre', { class: 'mono' }, 'cat /proc/zoneinfo /proc/buddyinfo\nsudo cat /proc/pagetypeinfo'),
      this.#box,
      make(
        'div',
        { class: 'row' },
        button('ui.import.read', () => this.#readBox(), { class: 'primary' }),
        chooser,
        make('label', { class: 'button', t: 'ui.import.choose', attributes: { for: 'import-files' } }),
      ),
      this.#report,
      this.#pieces,
      make('p', { class: 'quiet small', t: 'ui.import.private' }),
    );
    languageChanged.subscribe(() => this.#show());
  }

  /** Files from the chooser, or dropped anywhere on the page. */
  async readFiles(files: Iterable<File> | null): Promise<void> {
    const texts: string[] = [];
    for (const file of files ?? []) {
      if (file.size > largestImport) {
        return this.#tell(() => t('ui.import.tooLarge', { name: file.name }));
      }
      const text = await file.text();
      if (file.name.endsWith('.mm')) {
        return this.actions.openFile(file.name, text);
      }
      texts.push(text.endsWith('\n') ? text : `${text}\n`);
    }
    if (texts.length > 0) {
      this.#take(this.#collection.add(texts.join('')));
    }
  }

  #readBox(): void {
    if (this.#box.value.trim() !== '') {
      this.#take(this.#collection.add(this.#box.value));
    } else if (this.#collection.pieces.length > 0) {
      this.#take(this.#collection.build());
    } else {
      this.#tell(() => t('ui.import.empty'));
    }
  }

  #take(outcome: ImportOutcome): void {
    this.#tell(() => this.#sentenceFor(outcome));
    if (outcome.kind === 'script') {
      this.#box.value = '';
      this.actions.openImport(outcome.script);
    } else if (outcome.kind === 'missing') {
      this.#box.value = '';
    }
  }

  #sentenceFor(outcome: ImportOutcome): string {
    switch (outcome.kind) {
      case 'script':
        return t('ui.import.done');
      case 'missing':
        return t('ui.import.missing', { kinds: outcome.missing.join(', ') });
      case 'problem': {
        const { line, column, message } = outcome.problem;
        const place = line > 0 ? `${t('ui.script.place', { line: String(line), column: String(column) })} ` : '';
        return place + speak(message);
      }
      case 'unknown':
        return t('ui.import.unknown');
      case 'too-large':
        return t('ui.import.tooLarge', { name: t('ui.import.thisText') });
    }
  }

  #tell(sentence: () => string): void {
    this.#sentence = sentence;
    this.#show();
  }

  #show(): void {
    this.#report.textContent = this.#sentence();
    const pieces = this.#collection.pieces.map((piece) =>
      make('li', {}, make('code', {}, piece.kind), ` ${t('ui.import.lines', { lines: piece.lines })}`),
    );
    const forget = button('ui.import.forget', () => {
      this.#collection.forget();
      this.#tell(() => '');
    });
    this.#pieces.replaceChildren(...pieces, ...(pieces.length > 0 ? [make('li', {}, forget)] : []));
  }
}
