// What is open, what was open before, and the drafts: nothing that somebody wrote is ever lost by opening something.

import type { Store } from './storage.ts';
import { Topic } from './topic.ts';

export interface Work {
  kind: 'scenario' | 'lesson' | 'link' | 'import' | 'file';
  id: string;
  title: string; // as it was when the work was opened; scenarios are named anew by their id
  original: string;
}

interface KeptWork extends Work {
  text: string;
  step: number;
}

const currentKey = 'mm.work.v1';
const previousKey = 'mm.previous.v1';
const draftKey = (work: Work): string => `mm.draft.v1.${work.kind}:${work.id}`;

export class Works {
  /** Another work has been opened. */
  readonly opened = new Topic<Work>();
  readonly edited = new Topic<string>();

  #work: Work = { kind: 'file', id: '', title: '', original: '' };
  #text = '';
  #step = 0;

  constructor(private readonly store: Store) {}

  get work(): Work {
    return this.#work;
  }
  get text(): string {
    return this.#text;
  }
  get isChanged(): boolean {
    return this.#text !== this.#work.original;
  }
  /** What was open before this, if it was something else. */
  get previous(): KeptWork | null {
    return this.#read(previousKey);
  }
  /** What was open when the page was left. */
  get last(): KeptWork | null {
    return this.#read(currentKey);
  }

  /** Scenarios and lesson steps open with the draft made of them before; what came from elsewhere opens as it came. */
  open(work: Work): void {
    const draft = ['scenario', 'lesson'].includes(work.kind) ? this.store.get(draftKey(work)) : null;
    this.#take(work, draft ?? work.original, 0);
  }

  reopen(kept: KeptWork): void {
    const { text, step, ...work } = kept;
    this.#take(work, text, step);
  }

  edit(text: string): void {
    this.#text = text;
    if (this.isChanged) {
      this.store.set(draftKey(this.#work), text);
    } else {
      this.store.remove(draftKey(this.#work));
    }
    this.#keep();
    this.edited.publish(text);
  }

  revert(): void {
    this.edit(this.#work.original);
  }

  rememberStep(step: number): void {
    this.#step = step;
  }

  /** On leaving the page. */
  keepStep(): void {
    this.#keep();
  }

  #take(work: Work, text: string, step: number): void {
    const before = this.#work.id ? this.#kept() : this.last;
    if (before && before.text !== text) {
      this.store.set(previousKey, JSON.stringify(before));
    } else if (before && before.text === text) {
      this.store.remove(previousKey);
    }
    this.#work = work;
    this.#text = text;
    this.#step = step;
    this.#keep();
    this.opened.publish(work);
  }

  #kept(): KeptWork {
    return { ...this.#work, text: this.#text, step: this.#step };
  }

  #keep(): void {
    this.store.set(currentKey, JSON.stringify(this.#kept()));
  }

  #read(key: string): KeptWork | null {
    try {
      const kept = JSON.parse(this.store.get(key) ?? 'null') as KeptWork | null;
      return kept && typeof kept.text === 'string' && typeof kept.original === 'string' ? kept : null;
    } catch {
      return null;
    }
  }
}
