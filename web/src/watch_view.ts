// What `watch` shows: a command's output, printed again after every step of the machine, and in its interval during a step
// or a run that takes long. q or Ctrl+C ends it.

import type { CounterLinks } from './counter_links.ts';
import { button, make } from './dom.ts';
import type { Message } from './engine_faces.ts';
import { speak } from './i18n.ts';
import { changedPlaces, titleOf, type Watch } from './watch.ts';

export class WatchView {
  readonly element: HTMLElement;
  readonly #title = make('p', { class: 'mono' });
  readonly #output = make('div', {
    class: 'mono',
    label: 'ui.terminal.watched',
    attributes: { role: 'group', tabindex: 0 },
  });
  #watch: Watch | null = null;
  #last: string | null = null; // what it printed
  #ever = new Set<number>(); // places that were ever another than the time before
  #shownAt = 0;

  constructor(
    private readonly print: (line: string) => { text: string; error: Message | null },
    private readonly counters: CounterLinks,
    private readonly now: () => number = () => performance.now(),
  ) {
    const row = make(
      'div',
      { class: 'row' },
      make('span', { class: 'quiet grow', t: 'ui.terminal.watched' }),
      button('ui.terminal.unwatch', () => this.end()),
    );
    this.element = make('div', { class: 'watched', attributes: { hidden: true } }, row, this.#title, this.#output);
  }

  get isOn(): boolean {
    return this.#watch !== null;
  }

  begin(watch: Watch): void {
    this.#watch = watch;
    this.#last = null;
    this.#ever = new Set();
    this.element.hidden = false;
    this.#title.hidden = !watch.hasTitle;
    this.#title.textContent = titleOf(watch);
    this.show();
  }

  end(): void {
    this.#watch = null;
    this.element.hidden = true;
  }

  /** The machine has come to rest. */
  show(): void {
    if (!this.#watch) {
      return;
    }
    this.#shownAt = this.now();
    const { text, error } = this.print(this.#watch.command);
    if (error) {
      this.#output.replaceChildren(make('p', { class: 'bad' }, speak(error)));
      return;
    }
    const shown = this.counters.output(text, this.#watch.command);
    mark(shown, this.#changes(this.#watch, text));
    this.#output.replaceChildren(shown);
    this.#last = text;
  }

  /** The machine is at work. */
  showInTime(): void {
    if (this.#watch && this.now() - this.#shownAt >= this.#watch.seconds * 1_000) {
      this.show();
    }
  }

  #changes({ differences }: Watch, text: string): Set<number> {
    const isCompared = this.#last !== null && differences !== 'none';
    const changes = isCompared ? changedPlaces(this.#last ?? '', text) : new Set<number>();
    this.#ever = new Set([...this.#ever, ...changes]);
    return differences === 'permanent' ? this.#ever : changes;
  }
}

/** Marks places of a text that stands in an element, in whatever elements its parts are. */
function mark(element: HTMLElement, places: Set<number>): void {
  const texts = document.createTreeWalker(element.querySelector('pre') ?? element, NodeFilter.SHOW_TEXT);
  const parts: Text[] = [];
  while (places.size > 0 && texts.nextNode()) {
    parts.push(texts.currentNode as Text);
  }
  let start = 0;
  for (const part of parts) {
    const first = start;
    start += part.data.length;
    part.replaceWith(...piecesOf(part.data, (index) => places.has(first + index)));
  }
}

function piecesOf(text: string, isMarked: (index: number) => boolean): (string | HTMLElement)[] {
  const pieces: (string | HTMLElement)[] = [];
  for (let from = 0, to = 0; from < text.length; from = to) {
    const marked = isMarked(from);
    for (to = from + 1; to < text.length && isMarked(to) === marked; to += 1);
    const piece = text.slice(from, to);
    pieces.push(marked ? make('mark', {}, piece) : piece);
  }
  return pieces;
}
