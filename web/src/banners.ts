// Notices above the picture: one sentence, at most one action, and a way to put them away. Nothing has to be answered.

import { make } from './dom.ts';
import { languageChanged, t, type UiKey } from './i18n.ts';
import { icon } from './icons.ts';

export interface Banner {
  /** One at a time of each kind. */
  kind: string;
  text: () => string;
  action?: { name: UiKey; do: () => void };
  /** Text that could not be used, to copy. */
  raw?: string;
  isBad?: boolean;
}

export class Banners {
  readonly element = make('div', { class: 'banners', attributes: { role: 'status', 'aria-live': 'polite' } });
  readonly #shown = new Map<string, Banner>();

  constructor() {
    languageChanged.subscribe(() => this.#render());
  }

  show(banner: Banner): void {
    this.#shown.delete(banner.kind);
    this.#shown.set(banner.kind, banner);
    this.#render();
  }

  has(kind: string): boolean {
    return this.#shown.has(kind);
  }

  hide(kind: string): void {
    if (this.#shown.delete(kind)) {
      this.#render();
    }
  }

  #render(): void {
    this.element.replaceChildren(...[...this.#shown.values()].map((banner) => this.#element(banner)));
  }

  #element({ kind, text, action, raw, isBad }: Banner): HTMLElement {
    const buttonOf = (key: UiKey, act: () => void) =>
      make('button', { t: key, attributes: { type: 'button' }, on: { click: act } });
    const perform = () => {
      this.hide(kind);
      action?.do();
    };
    const close = make(
      'button',
      { class: 'plain', label: 'ui.close', attributes: { type: 'button' }, on: { click: () => this.hide(kind) } },
      icon('close'),
    );
    const element = make(
      'div',
      { class: isBad ? 'banner bad' : 'banner', attributes: { 'data-kind': kind } },
      make('span', { class: 'grow' }, text()),
      action ? buttonOf(action.name, perform) : null,
      close,
    );
    if (raw) {
      const box = make('textarea', { attributes: { readonly: true, rows: 3, 'aria-label': t('ui.link.raw') } });
      box.value = raw;
      element.append(box);
    }
    return element;
  }
}
