// The replay of a capture, as the page sees it: files go to the engine, the scheduler has the replay worked in slices
// beside whatever the machine does, and whoever shows it hears when it has come further.

import { type Drop, readDrop } from './drop_reader.ts';
import type { CaptureStatus, Engine } from './engine.ts';
import type { Scheduler, Work } from './scheduler.ts';
import { Topic } from './topic.ts';

export class LockStep implements Work {
  readonly changed = new Topic<CaptureStatus>();
  /** Of the engine's work on this replay. */
  milliseconds = 0;
  #isReading = false;
  #reading: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly engine: Engine,
    private readonly scheduler: Pick<Scheduler, 'startWork' | 'stopWork'>,
    private readonly now: () => number = () => performance.now(),
  ) {}

  get status(): CaptureStatus {
    return this.engine.captureStatus();
  }

  get isReading(): boolean {
    return this.#isReading;
  }

  /** The files of one drop; what belongs to a capture is replayed as soon as nothing is missing. */
  take(files: readonly File[]): Promise<Drop> {
    const drop = this.#reading.then(() => this.#read(files));
    this.#reading = drop.catch(() => undefined);
    return drop;
  }

  chooseKernel(version: string): void {
    this.engine.captureKernel(version);
    this.#begin();
  }

  restart(): void {
    this.engine.captureRestart();
    this.#begin();
  }

  stop(): void {
    this.engine.captureStop();
    this.#rest();
  }

  forget(): void {
    this.engine.captureForget();
    this.#rest();
  }

  work(budget: number): boolean {
    const start = this.now();
    const hasMore = this.engine.captureWork(budget);
    this.milliseconds += this.now() - start;
    return hasMore;
  }

  worked(): void {
    this.changed.publish(this.status);
  }

  async #read(files: readonly File[]): Promise<Drop> {
    this.#isReading = true;
    this.changed.publish(this.status);
    try {
      const drop = await readDrop(this.engine, files);
      this.#isReading = false;
      if (drop.files.some((file) => file.part !== 'none')) {
        this.#begin();
      }
      return drop;
    } finally {
      this.#isReading = false;
      this.changed.publish(this.status);
    }
  }

  #begin(): void {
    this.milliseconds = 0;
    this.scheduler.startWork(this);
    this.changed.publish(this.status);
  }

  #rest(): void {
    this.scheduler.stopWork(this);
    this.changed.publish(this.status);
  }
}
