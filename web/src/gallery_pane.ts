// The gallery: scenarios to begin with, each a script with a title and two sentences.

import { fetchIndex } from './content.ts';
import { make } from './dom.ts';
import { language, languageChanged } from './i18n.ts';
import type { LessonIndex } from './lesson_types.ts';

export class GalleryPane {
  readonly element = make('section', { class: 'pane-body gallery', label: 'ui.tab.gallery' });
  #index: LessonIndex | null = null;

  constructor() {
    languageChanged.subscribe(() => this.#render());
  }

  async show(): Promise<void> {
    this.#index ??= await fetchIndex();
    this.#render();
  }

  #render(): void {
    const cards = (this.#index?.scenarios ?? []).map(({ id, title, about }) =>
      make(
        'li',
        { class: 'card' },
        make('a', { attributes: { href: `#x=${id}` } }, title[language()]),
        make('p', {}, about[language()]),
      ),
    );
    this.element.replaceChildren(
      make('p', { class: 'quiet', t: 'ui.gallery.about' }),
      make('ul', { class: 'cards' }, ...cards),
    );
  }
}
