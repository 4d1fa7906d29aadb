// Import: paste, drop or choose what a real kernel printed, and its machine opens here. Captures of what a kernel did are
// replayed beside the machine, on a card of their own; so is a program's memory trace through a TLB, and what a kernel's
// log reports is explained.

import { button, make } from './dom.ts';
import { startCaptureEngine } from './engine.ts';
import type { Engine, Explanation } from './engine_faces.ts';
import { languageChanged, speak, t } from './i18n.ts';
import type { Drop } from './drop_reader.ts';
import { ImportCollection, type ImportOutcome, largestImport } from './import_collection.ts';
import { LockStep } from './lock_step.ts';
import { LockStepCard } from './lock_step_card.ts';
import { ReportCard } from './report_card.ts';
import type { Scheduler } from './scheduler.ts';
import { TlbCard } from './tlb_card.ts';
import { TlbPlay } from './tlb_play.ts';

export interface ImportActions {
  openImport(script: string): void;
  openFile(name: string, script: string): void;
}

export class ImportPane {
  readonly element: HTMLElement;
  readonly #collection: ImportCollection;
  readonly #lockStep: LockStep;
  readonly #tlb = new TlbPlay(startCaptureEngine);
  readonly #reports = new ReportCard();
  readonly #box: HTMLTextAreaElement;
  readonly #pieces = make('ul', { class: 'pieces' });
  readonly #report = make('p', { class: 'report', attributes: { role: 'status', 'aria-live': 'polite' } });
  #sentence: () => string = () => '';

  constructor(
    engine: Engine,
    scheduler: Scheduler,
    private readonly actions: ImportActions,
  ) {
    this.#collection = new ImportCollection(engine);
    this.#lockStep = new LockStep(startCaptureEngine, scheduler);
    this.#box = make('textarea', {
      class: 'paste',
      label: 'ui.import.box',
      hint: 'ui.import.hint',
      attributes: { spellcheck: 'false', autocomplete: 'off', wrap: 'off', rows: 8 },
      on: { paste: () => setTimeout(() => void this.#readBox()) },
    });
    const chooser = make('input', {
      class: 'visually-hidden',
      attributes: { type: 'file', multiple: true, id: 'import-files' },
      on: {
        change: () => {
          void this.readFiles([...(chooser.files ?? [])]);
          chooser.value = ''; // so that the same files can be chosen again
        },
      },
    });
    this.element = make(
      'section',
      { class: 'pane-body import', label: 'ui.tab.import' },
      make('h2', { t: 'ui.import.heading' }),
      make('p', { t: 'ui.import.about' }),
      make('pre', { class: 'mono' }, 'cat /proc/zoneinfo /proc/buddyinfo\nsudo cat /proc/pagetypeinfo /proc/slabinfo'),
      this.#box,
      make(
        'div',
        { class: 'row' },
        button('ui.import.read', () => void this.#readBox(), { class: 'primary' }),
        chooser,
        make('label', { class: 'button', t: 'ui.import.choose', attributes: { for: 'import-files' } }),
      ),
      this.#report,
      this.#pieces,
      new LockStepCard(this.#lockStep).element,
      new TlbCard(this.#tlb).element,
      this.#reports.element,
      make('p', { class: 'quiet small', t: 'lockstep.about' }),
      make('p', { class: 'quiet small', t: 'ui.tlb.about' }),
      make('p', { class: 'quiet small', t: 'report.about' }),
      make('p', { class: 'quiet small', t: 'ui.import.private' }),
    );
    languageChanged.subscribe(() => this.#show());
  }

  /** Files from the chooser, or dropped anywhere on the page. */
  async readFiles(files: readonly File[]): Promise<void> {
    const script = files.find((file) => file.name.endsWith('.mm'));
    if (!script) {
      this.#takeDrop(await this.#lockStep.take(files));
    } else if (script.size > largestImport) {
      this.#tell(() => t('ui.import.tooLarge', { name: script.name }));
    } else {
      this.actions.openFile(script.name, await script.text());
    }
  }

  #takeDrop({ files, unread, memoryTraces, explanations }: Drop): void {
    const others = files.filter((file) => file.part === 'none');
    this.#takeAside(memoryTraces, explanations);
    const tooLong = others.find((file) => file.text === null);
    const names = others.map((file) => file.name).join(', ');
    const [fault] = unread;
    if (fault) {
      const key = fault.fault === 'damaged' ? 'lockstep.damaged' : 'lockstep.tooLarge';
      this.#tell(() => t(key, { name: fault.name }));
    } else if (others.length < files.length + memoryTraces.length) {
      this.#tell(() => (names === '' ? '' : t('lockstep.leftAside', { names })));
    } else if (tooLong) {
      this.#tell(() => t('ui.import.tooLarge', { name: tooLong.name }));
    } else if (others.length > 0) {
      this.#take(this.#collection.add(others.map(({ text }) => `${text}${text?.endsWith('\n') ? '' : '\n'}`).join('')));
    }
  }

  /** What is neither a machine nor its replay: a trace to be played (of several the first), and logs that say something. */
  #takeAside([memoryTrace]: readonly File[], explanations: readonly Explanation[]): void {
    if (memoryTrace) {
      void this.#tlb.take(memoryTrace);
    }
    if (explanations.length > 0) {
      this.#reports.show(explanations);
    }
  }

  async #readBox(): Promise<void> {
    const text = this.#box.value;
    if (text.trim() !== '') {
      const outcome = this.#collection.add(text);
      if (!['script', 'missing'].includes(outcome.kind) && (await this.#isForEngine(text))) {
        this.#box.value = '';
        this.#tell(() => '');
      } else {
        this.#take(outcome);
      }
    } else if (this.#collection.pieces.length > 0) {
      this.#take(this.#collection.build());
    } else {
      this.#tell(() => t('ui.import.empty'));
    }
  }

  /** Whether pasted text that makes no machine is a log, a trace or a capture; then it is taken as such. */
  async #isForEngine(text: string): Promise<boolean> {
    const drop = await this.#lockStep.take([new File([text], '')]);
    this.#takeAside(drop.memoryTraces, drop.explanations);
    return drop.memoryTraces.length > 0 || drop.files.some(({ part }) => part !== 'none');
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
