// The output of a command that goes on as the machine's time passes: a line for each delay, until it is over or somebody
// ends it.

import type { CounterLinks } from './counter_links.ts';
import { make } from './dom.ts';

const mostOutputs = 100; // the first one, with the heading, and the last ones

export class RunningOutput {
  readonly element: HTMLElement;
  readonly #hint = make('p', { class: 'quiet', t: 'ui.terminal.goesOn' });
  readonly #heading: string;
  #isOver: boolean;

  constructor(
    private readonly command: string,
    text: string,
    goesOn: boolean,
    private readonly counters: CounterLinks,
  ) {
    this.#isOver = !goesOn;
    this.#heading = text.split('\n').slice(0, 2).join('\n');
    this.element = make('div', {}, counters.output(text, command), goesOn ? this.#hint : null);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  add(text: string, goesOn: boolean): void {
    if (text !== '') {
      this.#hint.before(this.counters.output(text, this.command, `${this.#heading}\n`));
      if (this.element.childElementCount > mostOutputs) {
        this.element.children[1]?.remove();
      }
      this.element.lastElementChild?.scrollIntoView({ block: 'nearest' });
    }
    if (!goesOn) {
      this.#end();
    }
  }

  /** As a shell shows what Ctrl+C ended. */
  interrupt(): void {
    this.#hint.before(make('pre', {}, '^C'));
    this.#end();
  }

  #end(): void {
    this.#isOver = true;
    this.#hint.remove();
  }
}
