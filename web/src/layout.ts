// Where things stand: the pane for words with its tabs, the separator that sizes it, and the phone's three views.

import { make } from './dom.ts';
import type { UiKey } from './i18n.ts';
import type { Store } from './storage.ts';
import { Topic } from './topic.ts';

export const tabs = ['learn', 'script', 'terminal', 'import', 'gallery', 'table'] as const;
export type Tab = (typeof tabs)[number];
export type View = 'words' | 'picture' | 'table';

const tabNames: Record<Tab, UiKey> = {
  learn: 'ui.tab.learn',
  script: 'ui.tab.script',
  terminal: 'ui.tab.terminal',
  import: 'ui.tab.import',
  gallery: 'ui.tab.gallery',
  table: 'ui.tab.table',
};
const viewNames: Record<View, UiKey> = { words: 'ui.view.words', picture: 'ui.view.picture', table: 'ui.view.table' };

const width = { least: 280, usual: 380, most: 720, step: 20 };

export class Layout {
  readonly pane: HTMLElement;
  readonly separator: HTMLElement;
  readonly views: HTMLElement;
  readonly tabShown = new Topic<Tab>();
  readonly paneToggled = new Topic<boolean>();
  readonly #panels = new Map<Tab, HTMLElement>();
  readonly #tabButtons = new Map<Tab, HTMLButtonElement>();
  #tab: Tab = 'script';
  #isOpen: boolean;

  constructor(
    private readonly store: Store,
    isOpen: boolean,
  ) {
    this.#isOpen = isOpen;
    const bar = make('div', { class: 'tabs', label: 'ui.tabs', attributes: { role: 'tablist' } });
    this.pane = make('aside', { class: 'pane', label: 'ui.view.words', attributes: { id: 'pane' } }, bar);
    for (const tab of tabs) {
      this.#addTab(tab, bar);
    }
    bar.addEventListener('keydown', (event) => this.#moveTab(event));
    this.separator = this.#makeSeparator();
    this.views = this.#makeViews();
    this.#setWidth(Number(store.get('mm.pane.v1')) || width.usual);
    this.showView('picture');
    this.setOpen(isOpen);
  }

  get tab(): Tab {
    return this.#tab;
  }
  get isOpen(): boolean {
    return this.#isOpen;
  }

  fill(tab: Tab, content: HTMLElement): void {
    this.#panels.get(tab)?.replaceChildren(content);
  }

  show(tab: Tab): void {
    this.#tab = tab;
    for (const [name, button] of this.#tabButtons) {
      button.setAttribute('aria-selected', String(name === tab));
      button.tabIndex = name === tab ? 0 : -1;
    }
    for (const [name, panel] of this.#panels) {
      panel.hidden = name !== tab;
    }
    this.tabShown.publish(tab);
  }

  /** Shows a tab and whatever has to be open for it to be seen. */
  reveal(tab: Tab): void {
    this.show(tab);
    this.setOpen(true);
    this.showView(tab === 'table' ? 'table' : 'words');
  }

  setOpen(isOpen: boolean): void {
    this.#isOpen = isOpen;
    document.documentElement.dataset.pane = isOpen ? 'open' : 'closed';
    this.paneToggled.publish(isOpen);
  }

  /** On a phone, one of three views fills the screen. */
  showView(view: View): void {
    document.documentElement.dataset.view = view;
    for (const button of this.views.querySelectorAll<HTMLElement>('[data-view]')) {
      button.setAttribute('aria-pressed', String(button.dataset.view === view));
    }
    if (view === 'table' && this.#tab !== 'table') {
      this.show('table');
    } else if (view === 'words' && this.#tab === 'table') {
      this.show('script');
    }
  }

  #addTab(tab: Tab, bar: HTMLElement): void {
    const button = make('button', {
      t: tabNames[tab],
      attributes: { type: 'button', role: 'tab', id: `tab-${tab}`, 'aria-controls': `panel-${tab}` },
      on: { click: () => this.show(tab) },
    });
    const panel = make('div', {
      class: 'panel',
      attributes: { role: 'tabpanel', id: `panel-${tab}`, 'aria-labelledby': `tab-${tab}` },
    });
    panel.hidden = true;
    this.#tabButtons.set(tab, button);
    this.#panels.set(tab, panel);
    bar.append(button);
    this.pane.append(panel);
  }

  #moveTab(event: KeyboardEvent): void {
    const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key] ?? 0;
    if (move !== 0) {
      const next = tabs[(tabs.indexOf(this.#tab) + move + tabs.length) % tabs.length] ?? 'script';
      this.show(next);
      this.#tabButtons.get(next)?.focus();
    }
  }

  #makeViews(): HTMLElement {
    const buttons = (['words', 'picture', 'table'] as const).map((view) =>
      make('button', {
        t: viewNames[view],
        attributes: { type: 'button', 'data-view': view },
        on: { click: () => this.showView(view) },
      }),
    );
    return make('nav', { class: 'views', label: 'ui.views' }, ...buttons);
  }

  #makeSeparator(): HTMLElement {
    const separator = make('div', {
      class: 'separator',
      label: 'ui.pane.resize',
      attributes: {
        role: 'separator',
        tabindex: 0,
        'aria-orientation': 'vertical',
        'aria-controls': 'pane',
        'aria-valuemin': width.least,
        'aria-valuemax': width.most,
        'aria-valuenow': width.usual,
      },
    });
    separator.addEventListener('keydown', (event) => {
      const change = { ArrowRight: width.step, ArrowLeft: -width.step }[event.key] ?? 0;
      if (change !== 0) {
        event.preventDefault();
        this.#setWidth(this.#width() + change);
      }
    });
    separator.addEventListener('pointerdown', (event) => {
      separator.setPointerCapture(event.pointerId);
      event.preventDefault();
    });
    separator.addEventListener('pointermove', (event) => {
      if (separator.hasPointerCapture(event.pointerId)) {
        this.#setWidth(event.clientX);
      }
    });
    separator.addEventListener('dblclick', () => this.#setWidth(width.usual));
    return separator;
  }

  #width(): number {
    return Number(this.separator.getAttribute('aria-valuenow'));
  }

  #setWidth(wanted: number): void {
    const chosen = Math.round(Math.min(width.most, Math.max(width.least, wanted)));
    document.documentElement.style.setProperty('--pane-width', `${chosen}px`);
    this.separator.setAttribute('aria-valuenow', String(chosen));
    this.store.set('mm.pane.v1', String(chosen));
  }
}

/** What stands in the place of a pane that could not be fetched. */
export const unfetched = (): HTMLElement =>
  make('section', { class: 'pane-body' }, make('p', { t: 'ui.pane.unfetched', attributes: { role: 'alert' } }));
