// What has been done of the lessons: kept in this browser, carried elsewhere as text.

import type { Store } from './storage.ts';

export type StepResult = 'done' | 'revealed'; // revealed: the solution was looked at

const key = 'mm.progress.v1';

interface Kept {
  steps: Record<string, StepResult>; // by "lesson/step"
  last: string | null;
}

export class Progress {
  #kept: Kept;

  constructor(private readonly store: Store) {
    this.#kept = parse(store.get(key)) ?? { steps: {}, last: null };
  }

  result(lesson: string, step: string): StepResult | null {
    return this.#kept.steps[`${lesson}/${step}`] ?? null;
  }

  /** The step that was open last, to go on from. */
  get last(): string | null {
    return this.#kept.last;
  }

  opened(lesson: string, step: string): void {
    this.#kept.last = `${lesson}/${step}`;
    this.#save();
  }

  finished(lesson: string, step: string, result: StepResult): void {
    const place = `${lesson}/${step}`;
    if (this.#kept.steps[place] !== 'done') {
      this.#kept.steps[place] = result;
      this.#save();
    }
  }

  asText(): string {
    return JSON.stringify(this.#kept);
  }

  /** Adds what the text says to what is known; false if it is no progress. */
  addText(text: string): boolean {
    const added = parse(text);
    if (!added) {
      return false;
    }
    for (const [place, result] of Object.entries(added.steps)) {
      if (this.#kept.steps[place] !== 'done') {
        this.#kept.steps[place] = result;
      }
    }
    this.#kept.last ??= added.last;
    this.#save();
    return true;
  }

  #save(): void {
    this.store.set(key, this.asText());
  }
}

function parse(text: string | null): Kept | null {
  try {
    const { steps, last } = JSON.parse(text ?? '') as Partial<Kept>;
    const entries = Object.entries(steps ?? {}).filter(([, result]) => result === 'done' || result === 'revealed');
    return steps ? { steps: Object.fromEntries(entries), last: typeof last === 'string' ? last : null } : null;
  } catch {
    return null;
  }
}
