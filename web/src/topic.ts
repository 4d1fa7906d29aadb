// A topic: who publishes does not know who listens.

export type Listener<T> = (value: T) => void;

export class Topic<T> {
  readonly #listeners = new Set<Listener<T>>();

  /** Answers with the way to stop listening. */
  subscribe(listener: Listener<T>): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  publish(value: T): void {
    for (const listener of [...this.#listeners]) {
      listener(value);
    }
  }
}
