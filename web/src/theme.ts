// Dark or light: as the system has it, or as it was chosen. CSS reads `data-theme`, the picture is told.

import type { Store } from './storage.ts';
import { Topic } from './topic.ts';

export type ThemeChoice = 'system' | 'dark' | 'light';
export const themeChoices: readonly ThemeChoice[] = ['system', 'dark', 'light'];

const key = 'mm.theme.v1';

export class Theme {
  readonly changed = new Topic<void>();
  readonly #light = matchMedia('(prefers-color-scheme: light)');
  readonly #still = matchMedia('(prefers-reduced-motion: reduce)');
  #choice: ThemeChoice;

  constructor(private readonly store: Store) {
    const saved = store.get(key) as ThemeChoice | null;
    this.#choice = saved && themeChoices.includes(saved) ? saved : 'system';
    this.#light.addEventListener('change', () => this.#apply());
    this.#still.addEventListener('change', () => this.#apply());
    this.#apply();
  }

  get choice(): ThemeChoice {
    return this.#choice;
  }
  get shown(): 'dark' | 'light' {
    return this.#choice === 'system' ? (this.#light.matches ? 'light' : 'dark') : this.#choice;
  }
  get reducedMotion(): boolean {
    return this.#still.matches;
  }

  choose(choice: ThemeChoice): void {
    this.#choice = choice;
    this.store.set(key, choice);
    this.#apply();
  }

  #apply(): void {
    document.documentElement.dataset.theme = this.shown;
    this.changed.publish();
  }
}
