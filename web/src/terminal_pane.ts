// The terminal: what the tools of a running Linux would print about this machine, and the script's own lines, done here and
// now. Tab completes a word that has begun, and leaves the field where there is nothing to complete. What goes on (vmstat
// with a delay) or is printed again and again (watch) leaves the line free for what moves the machine; Ctrl+C ends it.

import { type CounterActions, CounterLinks } from './counter_links.ts';
import { button, make } from './dom.ts';
import type { EvaluateAnswer, Message } from './engine_faces.ts';
import { speak, t } from './i18n.ts';
import type { Appended, KeptPlace } from './loaded_script.ts';
import { RunningOutput } from './running_output.ts';
import { readWatch, watchUsage, type WatchRefusal } from './watch.ts';
import { WatchView } from './watch_view.ts';

export interface TerminalActions extends CounterActions {
  terminal(line: string): { text: string; error: Message | null };
  beginCommand(line: string): { text: string; error: Message | null; goesOn: boolean };
  continueCommand(): { text: string; goesOn: boolean };
  endCommand(): void;
  completions(line: string): string[];
  evaluate(expression: string): EvaluateAnswer;
  append(command: string): Promise<Appended>;
  putBack(place: KeptPlace): Promise<void>;
  kernelLog(): Promise<string>;
}

const mostEntries = 200;
const ownCommands = ['clear', 'dmesg', 'watch']; // which the page does, not the engine

export class TerminalPane {
  readonly element: HTMLElement;
  readonly #log = make('div', {
    class: 'terminal-log mono',
    label: 'ui.terminal.output',
    attributes: { role: 'log', tabindex: 0, 'aria-live': 'polite' },
  });
  readonly #watch: WatchView;
  #running: RunningOutput | null = null;
  readonly #field: HTMLInputElement;
  readonly #lines: string[] = []; // typed before, the oldest first
  readonly #counters: CounterLinks;
  #place = 0; // in them

  constructor(private readonly actions: TerminalActions) {
    this.#counters = new CounterLinks(actions);
    this.#field = make('input', {
      class: 'mono grow',
      label: 'ui.terminal.line',
      hint: 'ui.terminal.hint',
      attributes: { type: 'text', spellcheck: 'false', autocomplete: 'off', autocapitalize: 'off', enterkeyhint: 'go' },
      on: { keydown: (event) => this.#key(event) },
    });
    this.#watch = new WatchView((line) => actions.terminal(line), this.#counters);
    const form = make('form', { class: 'row', on: { submit: (event) => this.#submit(event) } });
    form.append(make('span', { class: 'mono', attributes: { 'aria-hidden': 'true' } }, '$'), this.#field);
    this.element = make(
      'section',
      { class: 'pane-body terminal', label: 'ui.tab.terminal' },
      this.#watch.element,
      this.#log,
      form,
      make('p', { class: 'quiet small', t: 'ui.terminal.about' }),
    );
    this.element.addEventListener('keydown', (event) => this.#interrupt(event));
  }

  /** The machine has come to rest: what is watched is printed again, and what goes on may have printed. */
  rested(): void {
    this.#watch.show();
    if (this.#running && !this.#running.isOver) {
      const { text, goesOn } = this.actions.continueCommand();
      this.#running.add(text, goesOn);
    }
  }

  /** The machine is at work. */
  moved(): void {
    this.#watch.showInTime();
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
      this.#endRunning();
      this.#log.replaceChildren();
    } else if (word === 'watch') {
      this.#startWatching(line.slice('watch'.length), entry);
    } else if (line === 'q' && this.#watch.isOn) {
      this.#watch.end();
    } else if (word === 'dmesg') {
      entry.append(output(await this.actions.kernelLog().catch(() => t('ui.terminal.noLog'))));
    } else {
      await this.#answer(line, entry);
    }
    entry.scrollIntoView({ block: 'end' });
  }

  // A tool's output, or a value, or else a line of the script.
  async #answer(line: string, entry: HTMLElement): Promise<void> {
    if (/^vmstat\s(.*\s)?\d/.test(line)) {
      this.#start(line, entry);
      return;
    }
    const { text, error } = this.actions.terminal(line);
    const isTool = error === null || !error.key.startsWith('terminal.not_found');
    if (isTool) {
      entry.append(error ? complaint(speak(error)) : this.#counters.output(text, line));
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

  #startWatching(line: string, entry: HTMLElement): void {
    const watch = readWatch(line);
    if ('command' in watch) {
      this.#watch.begin(watch);
    } else {
      entry.append(...refusal(watch));
    }
  }

  /** A command that may go on; what went on before is over. */
  #start(line: string, entry: HTMLElement): void {
    this.#endRunning();
    const { text, error, goesOn } = this.actions.beginCommand(line);
    if (error) {
      entry.append(complaint(speak(error)));
      return;
    }
    this.#running = new RunningOutput(line, text, goesOn, this.#counters);
    entry.append(this.#running.element);
  }

  #endRunning(): void {
    if (this.#running && !this.#running.isOver) {
      this.#running.interrupt();
      this.actions.endCommand();
    }
    this.#running = null;
  }

  /** Ctrl+C, where nothing is selected that it could copy; and q, where it is not a letter of the line. */
  #interrupt(event: KeyboardEvent): void {
    const { selectionStart, selectionEnd } = this.#field;
    const isCopying = getSelection()?.isCollapsed === false || selectionStart !== selectionEnd;
    const isInterrupt = event.key === 'c' && event.ctrlKey && !isCopying;
    const isQuit = event.key === 'q' && !event.ctrlKey && !event.metaKey && event.target !== this.#field;
    if (this.#watch.isOn && (isInterrupt || isQuit)) {
      event.preventDefault();
      this.#watch.end();
      this.#field.focus();
    } else if (isInterrupt && this.#running) {
      event.preventDefault();
      this.#endRunning();
    }
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

  #completions(line: string): string[] {
    if (!/\s/.test(line)) {
      return [...this.actions.completions(line), ...ownCommands.filter((word) => word.startsWith(line))].sort();
    }
    const watch = /^watch\s/.test(line) ? readWatch(line.slice('watch'.length)) : null;
    return this.actions.completions(watch && 'command' in watch ? watch.command : line);
  }

  /** Whether there was something to complete. */
  #complete(): boolean {
    const line = this.#field.value;
    const begun = /\S*$/.exec(line)?.[0] ?? '';
    const words = begun === '' ? [] : this.#completions(line);
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

const refusal = (why: WatchRefusal): HTMLElement[] =>
  'unknown' in why
    ? [complaint(t('terminal.unknown_option', { command: 'watch', option: why.unknown, usage: watchUsage }))]
    : [...(why.says ? [complaint(why.says)] : []), ...(why.showsUsage ? [output(`\nUsage:\n ${watchUsage}`)] : [])];
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
