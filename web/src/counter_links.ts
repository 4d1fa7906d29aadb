// A tool's output whose numbers say what they count: a sentence while the pointer or the focus is on one, and a press that
// leaves on the map only the frames that are counted, of their zone, process or cache where it says one, and brings the
// panel to the front that has the number. The text stays as it was printed, columns and all, and can be copied.
//
// An output is one stop of the Tab key: the arrow keys go from number to number.

import { type Counted, findCounters } from './counters.ts';
import { make } from './dom.ts';
import type { MemAvailable } from './engine_faces.ts';
import { lookUp, type Params, t } from './i18n.ts';
import { countedKinds, sentencesOf } from './mem_available.ts';

export interface CounterActions {
  memAvailable(): MemAvailable;
  /** Leaves on the map frames of these kinds, and of these; see Engine.showKinds and Engine.showFramesOf. */
  showFrames(kinds: number, of: string): void;
  showPanel(name: string): void;
}

let last = 0; // so that each description has an id of its own

export class CounterLinks {
  #pressed: HTMLElement | null = null; // whose frames the map shows alone

  constructor(private readonly actions: CounterActions) {}

  /** `command`: what printed the text, if a command line did; `above`: what stands above it, as a table's heading does. */
  output(text: string, command = '', above = ''): HTMLElement {
    const found = findCounters(above + text, command)
      .filter(({ from }) => from >= above.length)
      .map((one) => ({ ...one, from: one.from - above.length, to: one.to - above.length }));
    return found.length === 0 ? make('pre', {}, text) : new Output(text, found, this.actions, this).element;
  }

  /** Presses a number, or lets it go again; null lets go whatever is pressed. */
  press(link: HTMLElement | null, kinds: number, of: string): void {
    this.#pressed?.setAttribute('aria-pressed', 'false');
    const next = link === this.#pressed ? null : link;
    if (next || this.#pressed) {
      this.actions.showFrames(next ? kinds : 0, next ? of : '');
    }
    this.#pressed = next;
    next?.setAttribute('aria-pressed', 'true');
  }

  isPressed(link: HTMLElement): boolean {
    return this.#pressed === link;
  }
}

class Output {
  readonly element: HTMLElement;
  readonly #tip: HTMLElement;
  readonly #links: HTMLElement[];
  readonly #terms: MemAvailable | null; // of the moment at which the output was printed

  constructor(
    text: string,
    private readonly found: Counted[],
    private readonly actions: CounterActions,
    private readonly owner: CounterLinks,
  ) {
    last += 1;
    this.#terms = found.some(({ counter }) => counter.means === 'available') ? actions.memAvailable() : null;
    this.#tip = make('div', { class: 'tip', attributes: { id: `counter-${last}`, role: 'tooltip', hidden: true } });
    this.#links = found.map((counted, index) => this.#link(text, counted, index));
    const parts = this.#links.flatMap((link, index) => [text.slice(found[index - 1]?.to ?? 0, found[index]?.from), link]);
    this.element = make(
      'div',
      { class: 'explained' },
      make('pre', {}, ...parts, text.slice(found.at(-1)?.to)),
      this.#tip,
    );
    this.#listen();
  }

  #link(text: string, { from, to, name, counter }: Counted, index: number): HTMLElement {
    const value = text.slice(from, to);
    return make(
      'span',
      {
        class: 'linked',
        attributes: {
          role: 'button',
          tabindex: index === 0 ? 0 : -1,
          'aria-label': `${name} ${value}`,
          'aria-describedby': this.#tip.id,
          ...(counter.kinds === 0 ? {} : { 'aria-pressed': 'false' }),
        },
      },
      value,
    );
  }

  #listen(): void {
    const linkOf = (target: EventTarget | null) =>
      this.#links.find((link) => target instanceof Node && link.contains(target)) ?? null;
    const rest = () => this.#show(linkOf(document.activeElement));
    this.element.addEventListener('pointerover', ({ target }) => {
      const link = linkOf(target);
      if (link) {
        this.#show(link);
      }
    });
    this.element.addEventListener('pointerout', ({ relatedTarget }) => {
      if (!linkOf(relatedTarget)) {
        rest();
      }
    });
    this.element.addEventListener('focusin', ({ target }) => this.#show(linkOf(target)));
    this.element.addEventListener('focusout', rest);
    this.element.addEventListener('click', ({ target }) => {
      const link = linkOf(target);
      if (link && getSelection()?.isCollapsed !== false) {
        this.#press(link);
      }
    });
    this.element.addEventListener('keydown', (event) => this.#key(event));
  }

  #key(event: KeyboardEvent): void {
    const at = this.#links.indexOf(event.target as HTMLElement);
    const link = this.#links[at];
    if (!link) {
      return;
    }
    const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: this.#links.length - 1 }[event.key];
    if (next !== undefined) {
      event.preventDefault();
      this.#links[next]?.focus();
    } else if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      this.#press(link);
    } else if (event.key === 'Escape') {
      this.owner.press(null, 0, '');
      this.#show(null);
    }
  }

  #press(link: HTMLElement): void {
    const counted = this.found[this.#links.indexOf(link)];
    if (!counted) {
      return;
    }
    const { counter, of } = counted;
    if (counter.kinds !== 0) {
      this.owner.press(link, this.#kindsOf(counter.means, counter.kinds), of);
    }
    if (counter.panel && (counter.kinds === 0 || this.owner.isPressed(link))) {
      this.actions.showPanel(counter.panel);
    }
    link.focus();
    this.#show(link);
  }

  #kindsOf(means: string, kinds: number): number {
    return means === 'available' && this.#terms ? countedKinds(this.#terms) : kinds;
  }

  #show(link: HTMLElement | null): void {
    const counted = link && this.found[this.#links.indexOf(link)];
    this.#tip.hidden = !counted;
    if (!link || !counted) {
      return;
    }
    for (const one of this.#links) {
      one.tabIndex = one === link ? 0 : -1;
    }
    this.#tip.replaceChildren(...this.#sentences(counted).map((line) => make('span', {}, line)), this.#hint(counted));
    this.#place(link);
  }

  /** Below its number, or above it where it would be cut off there. */
  #place(link: HTMLElement): void {
    const seen = this.element.closest('[role=log], [role=region]')?.getBoundingClientRect();
    const height = this.#tip.offsetHeight;
    const fits = link.getBoundingClientRect().bottom + height <= (seen?.bottom ?? Number.POSITIVE_INFINITY);
    this.#tip.style.top = `${fits ? link.offsetTop + link.offsetHeight : link.offsetTop - height}px`;
  }

  #sentences({ name, counter, order }: Counted): string[] {
    if (counter.means === 'available' && this.#terms) {
      return sentencesOf(this.#terms).map(([key, params]) => t(key, params));
    }
    const params: Params = order === undefined ? {} : { order, frames: 2 ** order };
    return [`${name}: ${lookUp(`ui.counter.${counter.means}`, params)}`];
  }

  #hint({ counter, of }: Counted): HTMLElement {
    const press = of === '' ? t('ui.counter.press_kinds') : t('ui.counter.press_frames', { of });
    const kinds = counter.kinds === 0 ? '' : press;
    const panel = counter.panel ? t('ui.counter.press_panel', { panel: lookUp(`ui.panel.${counter.panel}`) }) : '';
    return make('span', { class: 'quiet' }, [kinds, panel].filter((part) => part !== '').join(' '));
  }
}
