// Elements, made in one expression. Text goes in as text nodes only, so nothing a script says can become markup.

import { type UiKey, translateElement } from './i18n.ts';

export type Child = Node | string | null;

export interface Properties {
  class?: string;
  /** Keys of the sentences that the element shows, and that follow the language. */
  t?: UiKey;
  label?: UiKey;
  tip?: UiKey;
  hint?: UiKey; // placeholder
  on?: { [K in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[K]) => void };
  attributes?: Record<string, string | number | boolean>;
}

export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Properties = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (properties.class) {
    element.className = properties.class;
  }
  sentences(element, properties);
  for (const [name, value] of Object.entries(properties.attributes ?? {})) {
    if (value !== false) {
      element.setAttribute(name, value === true ? '' : String(value));
    }
  }
  for (const [type, listener] of Object.entries(properties.on ?? {})) {
    element.addEventListener(type, listener as EventListener);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

function sentences(element: HTMLElement, { t, label, tip, hint }: Properties): void {
  const keys = { t, tLabel: label, tTitle: tip, tPlaceholder: hint };
  for (const [place, key] of Object.entries(keys)) {
    if (key) {
      element.dataset[place] = key;
    }
  }
  translateElement(element);
}

/** Changes the sentence that an element shows. */
export function say(element: HTMLElement, key: UiKey): void {
  element.dataset.t = key;
  translateElement(element);
}

export function button(
  key: UiKey,
  action: (event: MouseEvent) => void,
  properties: Properties = {},
): HTMLButtonElement {
  return make('button', {
    t: key,
    ...properties,
    on: { click: action },
    attributes: { type: 'button', ...properties.attributes },
  });
}
