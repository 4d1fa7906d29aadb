// The card of a capture in lock step: what it is, how far its replay is, and what came of it.

import { button, make } from './dom.ts';
import { languageChanged, number, speak, t } from './i18n.ts';
import type { LockStep, LockStepStatus } from './lock_step.ts';

export class LockStepCard {
  readonly element: HTMLElement;
  readonly #what = make('p', {});
  readonly #machine = make('p', { class: 'quiet small' });
  readonly #kernel: HTMLSelectElement;
  readonly #kernelRow: HTMLElement;
  readonly #progress = make('progress', { label: 'lockstep.progress', attributes: { max: 100 } });
  readonly #result = make('p', { attributes: { role: 'status', 'aria-live': 'polite' } });
  readonly #remarks = make('ul', { class: 'lock-remarks' });
  readonly #took = make('p', { class: 'quiet small' });
  readonly #stop: HTMLButtonElement;
  readonly #again: HTMLButtonElement;

  constructor(private readonly lockStep: LockStep) {
    this.#kernel = make('select', {
      attributes: { id: 'capture-kernel' },
      on: { change: () => lockStep.chooseKernel(this.#kernel.value) },
    });
    this.#kernelRow = make(
      'div',
      { class: 'row' },
      make('label', { t: 'lockstep.rules', attributes: { for: 'capture-kernel' } }),
      this.#kernel,
    );
    this.#stop = button('ui.stop', () => lockStep.stop(), { class: 'primary' });
    this.#again = button('lockstep.again', () => lockStep.restart());
    this.element = make(
      'section',
      { class: 'lock-step', label: 'lockstep.heading' },
      make('h2', { t: 'lockstep.heading' }),
      this.#what,
      this.#machine,
      this.#kernelRow,
      this.#progress,
      this.#result,
      this.#remarks,
      this.#took,
      make(
        'div',
        { class: 'row' },
        this.#stop,
        this.#again,
        button('lockstep.forget', () => lockStep.forget()),
      ),
    );
    lockStep.changed.subscribe((status) => this.#show(status));
    languageChanged.subscribe(() => this.#show(lockStep.status));
    this.#show(lockStep.status);
  }

  #show(status: LockStepStatus): void {
    const { state, kind } = status;
    const wasHidden = this.element.hidden;
    this.element.hidden = state === 'empty';
    if (wasHidden && !this.element.hidden) {
      this.element.scrollIntoView({ block: 'nearest' }); // a drop may land anywhere
    }
    this.#what.textContent = kind === 'none' ? '' : whatItIs(status);
    this.#machine.textContent = machineOf(status);
    this.#machine.hidden = !['running', 'stopped', 'finished'].includes(state);
    this.#showKernels(status);
    this.#showProgress(status);
    this.#result.textContent = resultOf(status);
    this.#result.className = status.outcome ? (status.outcome.isPerfect ? 'good' : 'off') : '';
    this.#remarks.replaceChildren(...remarksOf(status));
    this.#took.textContent =
      state === 'finished' ? t('lockstep.took', { seconds: (this.lockStep.milliseconds / 1_000).toFixed(2) }) : '';
    this.#stop.hidden = state !== 'running';
    this.#again.hidden = !['stopped', 'finished'].includes(state);
  }

  #showKernels({ kind, state, kernels, machine }: LockStepStatus): void {
    this.#kernelRow.hidden = kind === 'none' || !['waiting', 'running', 'stopped', 'finished'].includes(state);
    const choices = machine.rules === '' ? ['', ...kernels] : kernels;
    const isShown = [...this.#kernel.options].map((option) => option.value).join() === choices.join();
    if (!isShown) {
      this.#kernel.replaceChildren(
        ...choices.map((name) => make('option', { attributes: { value: name } }, name || '—')),
      );
    }
    this.#kernel.value = machine.rules;
  }

  /** Only a page trace knows how far it is. */
  #showProgress(status: LockStepStatus): void {
    this.#progress.hidden = !['running', 'stopped', 'finished'].includes(status.state);
    if (status.state === 'running' && status.kind !== 'trace') {
      this.#progress.removeAttribute('value');
    } else {
      this.#progress.value = percentOf(status);
    }
  }
}

function percentOf({ bytesRead, bytesTotal }: LockStepStatus): number {
  return bytesTotal === 0 ? 0 : Math.floor((100 * bytesRead) / bytesTotal);
}

const kinds = {
  golden: 'lockstep.golden',
  module: 'lockstep.module',
  trace: 'lockstep.trace',
  slabTrace: 'lockstep.slabTrace',
  slabs: 'lockstep.slabs',
  objects: 'lockstep.objects',
} as const;

function whatItIs({ kind, files }: LockStepStatus): string {
  return kind === 'none' ? '' : t(kinds[kind], { files: files.join(', ') });
}

function machineOf({ machine }: LockStepStatus): string {
  const { arch, cpus, kernel } = machine;
  const sentence = t('lockstep.machine', { arch, cpus, kernel: kernel || '?' });
  return machine.isShown ? `${sentence} ${t('lockstep.shown')}` : sentence;
}

function resultOf(status: LockStepStatus): string {
  const { state, missing, failure, outcome } = status;
  switch (state) {
    case 'waiting':
      return missing ? speak(missing) : '';
    case 'running':
      return t('lockstep.running');
    case 'stopped':
      return status.kind === 'trace' ? t('lockstep.stoppedAt', { percent: percentOf(status) }) : t('lockstep.stopped');
    case 'finished':
      return outcome ? speak(outcome.tally) + (outcome.isPerfect ? '' : ` ${t('lockstep.differs')}`) : '';
    case 'failed':
      return failure ? `${placeOf(failure.file, failure.problem.line)} ${speak(failure.problem.message)}` : '';
    case 'reading':
      return t('lockstep.reading');
    case 'dead':
      return t('lockstep.dead');
    case 'empty':
      return '';
  }
}

function placeOf(file: string, line: number): string {
  return line > 0 ? t('lockstep.place', { file, line: number(line) }) : t('lockstep.inFile', { file });
}

function remarksOf({ outcome }: LockStepStatus): HTMLElement[] {
  return (outcome?.remarks ?? []).map(({ line, sentences }) => {
    const [first = '', ...rest] = sentences.map(speak);
    const place = line > 0 ? `${t('lockstep.line', { line: number(line) })} ` : '';
    return make('li', {}, place + first, ...rest.map((sentence) => make('div', { class: 'mono' }, sentence)));
  });
}
