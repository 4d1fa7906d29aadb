// The terminal: what the tools of a running Linux would print about this machine, and the script's own lines, done here and
// now. Tab completes a word that has begun, and leaves the field where there is nothing to complete.

import { type CounterActions, CounterLinks } from './counter_links.ts';
import { button, make } from './dom.ts';
import type { EvaluateAnswer, Message } from './engine_faces.ts';
import { speak, t } from './i18n.ts';
import type { Appended, KeptPlace } from './loaded_script.ts';

export interface TerminalActions extends CounterActions {
  terminal(line: string): { text: string; error: Message | null };
  completions(line: string): string[];
  evaluate(expression: string): EvaluateAnswer;
  append(command: string): Promise<Appended>;
  putBack(place: KeptPlace): Promise<void>;
  kernelLog(): Promise<string>;
}

const mostEntries = 200;

export class TerminalPane {
  readonly element: HTMLElement;
  readonly #log = make('div', {
    class: 'terminal-log mono',
    label: 'ui.terminal.output',
    attributes: { role: 'log', tabindex: 0, 'aria-live': 'polite' },
  });
  readonly #watched = make('div', { class: 'mono', label: 'ui.terminal.watched', attributes: { role: 'group' } });
  readonly #watch: HTMLElement;
  readonly #field: HTMLInputElement;
  readonly #lines: string[] = []; // typed before, the oldest first
  readonly #counters: CounterLinks;
  #place = 0; // in them
  #watchedLine = '';

  constructor(private readonly actions: TerminalActions) {
    this.#counters = new CounterLinks(actions);
    this.#field = make('input', {
      class: 'mono grow',
      label: 'ui.terminal.line',
      hint: 'ui.terminal.hint',
      attributes: { type: 'text', spellcheck: 'false', autocomplete: 'off', autocapitalize: 'off', enterkeyhint: 'go' },
      on: { keydown: (event) => this.#key(event) },
    });
    this.#watch = make(
      'div',
      { class: 'watched' },
      make(
        'div',
        { class: 'row' },
        make('span', { class: 'quiet grow', t: 'ui.terminal.watched' }),
        button('ui.terminal.unwatch', () => this.#startWatching('')),
      ),
      this.#watched,
    );
    const form = make('form', { class: 'row', on: { submit: (event) => this.#submit(event) } });
    form.append(make('span', { class: 'mono', attributes: { 'aria-hidden': 'true' } }, '$'), this.#field);
    this.element = make(
      'section',
      { class: 'pane-body terminal', label: 'ui.tab.terminal' },
      this.#watch,
      this.#log,
      form,
      make('p', { class: 'quiet small', t: 'ui.terminal.about' }),
    );
    this.#startWatching('');
  }

  /** The machine has changed: what is watched is printed again. */
  rested(): void {
    if (this.#watchedLine !== '') {
      const { text, error } = this.actions.terminal(this.#watchedLine);
      this.#watched.replaceChildren(error ? complaint(speak(error)) : this.#counters.output(text));
    }
  }

  #submit(event: Event): void {
    event.preventDefault();
    const line = this.#field.value.trim();
    this.#field.value = '';
    if (line !== '') {
      this.#lines.push(line);
      this.#place = this.#lines.length;
      void this.#do(line);
    }
  }

  async #do(line: string): Promise<void> {
    const entry = make('div', { class: 'entry' }, make('p', { class: 'asked' }, `$ ${line}`));
    this.#log.append(entry);
    while (this.#log.childElementCount > mostEntries) {
      this.#log.firstElementChild?.remove();
    }
    const [word = ''] = line.split(/\s+/);
    if (word === 'clear') {
      this.#log.replaceChildren();
    } else if (word === 'watch') {
      const command = line.slice('watch'.length).trim();
      if (command.startsWith('-')) {
        entry.append(complaint(t('terminal.no_clock', { option: command.split(/\s+/)[0] ?? '' })));
      } else {
        this.#startWatching(command);
      }
    } else if (word === 'dmesg') {
      entry.append(output(await this.actions.kernelLog().catch(() => t('ui.terminal.noLog'))));
    } else {
      await this.#answer(line, entry);
    }
    entry.scrollIntoView({ block: 'end' });
  }

  // A tool's output, or a value, or else a line of the script.
  async #answer(line: string, entry: HTMLElement): Promise<void> {
    const { text, error } = this.actions.terminal(line);
    const isTool = error === null || !error.key.startsWith('terminal.not_found');
    if (isTool) {
      entry.append(error ? complaint(speak(error)) : this.#counters.output(text));
      return;
    }
    const value = this.actions.evaluate(line);
    if (value.ok) {
      entry.append(output(value.text));
      return;
    }
    if (/^[\w/.-]+( |$)/.test(line) && !/[=({"]/.test(line) && !isStatement(line)) {
      entry.append(complaint(speak(error))); // a word, and no call: most likely meant for a shell
      return;
    }
    const outcome = await this.actions.append(line);
    if ('refused' in outcome) {
      entry.append(complaint(outcome.refused()));
    } else {
      entry.append(make('p', { class: 'quiet' }, t('ui.terminal.done')));
      if (outcome.hasCut) {
        entry.append(this.#cut(outcome.before));
      }
    }
  }

  #cut(before: KeptPlace): HTMLElement {
    const back = button('ui.append.putBack', () => void this.actions.putBack(before).then(() => row.remove()));
    const row = make('p', { class: 'row' }, make('span', { t: 'ui.append.cut' }), back);
    return row;
  }

  #startWatching(line: string): void {
    this.#watchedLine = line;
    this.#watch.hidden = line === '';
    this.rested();
  }

  #key(event: KeyboardEvent): void {
    const steps = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (steps) {
      event.preventDefault();
      this.#place = Math.min(this.#lines.length, Math.max(0, this.#place + steps));
      this.#field.value = this.#lines[this.#place] ?? '';
    } else if (event.key === 'Tab' && !event.shiftKey && this.#complete()) {
      event.preventDefault();
    }
  }

  /** Whether there was something to complete. */
  #complete(): boolean {
    const line = this.#field.value;
    const begun = /\S*$/.exec(line)?.[0] ?? '';
    const words = begun === '' ? [] : this.actions.completions(line);
    const common = words.reduce(commonStart, words[0] ?? '');
    if (common.length <= begun.length) {
      if (words.length > 1) {
        this.#log.append(make('div', { class: 'entry' }, output(words.join('  '))));
      }
      return words.length > 1;
    }
    this.#field.value = line.slice(0, line.length - begun.length) + common + (words.length === 1 ? ' ' : '');
    return true;
  }
}

const isStatement = (line: string): boolean => /^(sysctl|repeat|for|while|if|on|in|as|mark|note|expect|break|pause)\b/.test(line);
const output = (text: string): HTMLElement => make('pre', {}, text);
const complaint = (text: string): HTMLElement => make('p', { class: 'bad' }, text);

function commonStart(a: string, b: string): string {
  let length = 0;
  while (length < a.length && a[length] === b[length]) {
    length += 1;
  }
  return a.slice(0, length);
}
