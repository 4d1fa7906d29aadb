// One person's play, as the page sees it: wishes go to the engine, the scheduler has them worked in slices, and
// everybody who shows something hears when the machine has changed.

import type { Diagnostic, Engine, Status } from './engine_faces.ts';
import type { StopPoint } from './lesson_types.ts';
import type { Scheduler, Work } from './scheduler.ts';
import { Topic } from './topic.ts';

/** How a wish ended: fulfilled, stopped by somebody, or out of what it was allowed. */
export type Ending = 'done' | 'stopped' | 'out-of-allowance';

/** Steps per second; Infinity: as fast as the machine goes. */
export const speeds: readonly number[] = [1, 3, 10, 30, Number.POSITIVE_INFINITY];

/** What a page that has just been opened may do unasked. */
export const autoRunStatements = 50_000;
export const autoRunMilliseconds = 250;

/** Of the narration of a step. */
export const mostSentences = 60;

interface Wish {
  resolve(ending: Ending): void;
  statements: number; // left
  milliseconds: number; // left, of work
}

export class Play implements Work {
  /** The machine or the position changed. */
  readonly changed = new Topic<Status>();
  /** A wish has ended; what takes longer to look up can be looked up now. */
  readonly rested = new Topic<Status>();
  readonly loaded = new Topic<string>();

  speed = Number.POSITIVE_INFINITY;
  #status: Status;
  #wish: Wish | null = null;
  #isWalking = false; // a run at less than full speed, between or within its steps

  constructor(
    private readonly engine: Engine,
    private readonly scheduler: Scheduler,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#status = engine.status();
  }

  get status(): Status {
    return this.#status;
  }

  get isRunning(): boolean {
    return this.#wish !== null || this.#isWalking;
  }

  /** On success the machine stands at step 0; on errors everything stays as it was. */
  load(source: string): Diagnostic[] {
    const problems = this.engine.load(source);
    if (problems.length === 0) {
      this.#end('stopped');
      this.#refresh();
      this.loaded.publish(source);
      this.rested.publish(this.#status);
    }
    return problems;
  }

  async run(): Promise<Ending> {
    const isAtEnd = this.#status.line === 0 && this.#status.step > 0;
    if (isAtEnd && (await this.seek(0)) !== 'done') {
      return 'stopped';
    }
    return this.speed === Number.POSITIVE_INFINITY ? this.#fulfil(() => this.engine.run()) : this.#walk();
  }

  /** What a link or a scenario may do without being asked. */
  autoRun(): Promise<Ending> {
    return this.#fulfil(() => this.engine.run(), autoRunStatements, autoRunMilliseconds);
  }

  step(): Promise<Ending> {
    return this.seek(this.#status.step + 1);
  }

  back(): Promise<Ending> {
    return this.seek(Math.max(0, this.#status.step - 1));
  }

  /** The machine right after one event of the last command; 0: after all of it. */
  lookAt(event: number): void {
    this.#end('stopped');
    this.engine.lookAt(event);
    this.#refresh();
    this.rested.publish(this.#status);
  }

  /** One sentence on: inside the step, then its end, then into the next step. */
  async nextEvent(): Promise<void> {
    if (this.#status.event > 0) {
      return this.lookAt(this.#told().find((event) => event > this.#status.event) ?? 0);
    }
    if ((await this.step()) === 'done') {
      this.lookAt(this.#told()[0] ?? 0);
    }
  }

  /** One sentence back: from a step's end into it, from its first sentence to the step before. */
  async previousEvent(): Promise<void> {
    const { event } = this.#status;
    const before = this.#told().findLast((told) => event === 0 || told < event);
    if (before !== undefined) {
      this.lookAt(before);
    } else {
      await this.back();
    }
  }

  #told(): number[] {
    return this.#status.events > 0 ? this.engine.toldEvents(mostSentences).filter((event) => event > 0) : [];
  }

  seek(step: number): Promise<Ending> {
    return this.#fulfil(() => this.engine.seek(step));
  }

  /** To the end, past what a run stops for. */
  toEnd(): Promise<Ending> {
    return this.seek(0xffffffff);
  }

  runTo(point: StopPoint): Promise<Ending> {
    switch (point.at) {
      case 'end':
        return this.#fulfil(() => this.engine.run());
      case 'mark':
        return this.#fulfil(() => this.engine.runUntilMark(point.label));
      case 'line':
        return this.#fulfil(() => this.engine.runUntilLine(point.line));
      case 'step':
        return this.seek(point.step);
    }
  }

  stop(): void {
    this.engine.stop();
    this.scheduler.stopWork(this);
    this.#end('stopped');
    this.#refresh();
    this.rested.publish(this.#status);
  }

  work(budget: number): boolean {
    const wish = this.#wish;
    if (!wish) {
      return false;
    }
    const portion = Math.min(budget, wish.statements);
    const start = this.now();
    const hasMore = this.engine.work(portion);
    wish.statements -= portion;
    wish.milliseconds -= this.now() - start;
    return hasMore && wish.statements > 0 && wish.milliseconds > 0;
  }

  worked(isOver: boolean): void {
    this.#refresh();
    if (!isOver || !this.#wish) {
      return;
    }
    const isUnfinished = this.#status.state === 'running';
    if (isUnfinished) {
      this.engine.stop();
      this.#refresh();
    }
    const wish = this.#wish;
    this.#wish = null;
    this.rested.publish(this.#status);
    wish.resolve(isUnfinished ? 'out-of-allowance' : 'done');
  }

  #fulfil(state: () => void, statements = Number.POSITIVE_INFINITY, milliseconds = Number.POSITIVE_INFINITY) {
    this.#end('stopped');
    return this.#begin(state, statements, milliseconds);
  }

  #begin(state: () => void, statements: number, milliseconds: number): Promise<Ending> {
    state();
    return new Promise<Ending>((resolve) => {
      this.#wish = { resolve, statements, milliseconds };
      this.scheduler.startWork(this);
      this.changed.publish(this.#status);
    });
  }

  /** One step after another, as often a second as `speed` says, until something stops it. */
  async #walk(): Promise<Ending> {
    this.#end('stopped');
    this.#isWalking = true;
    for (;;) {
      const before = this.#status.step;
      const ending = await this.#begin(
        () => this.engine.seek(before + 1),
        Number.POSITIVE_INFINITY,
        Number.POSITIVE_INFINITY,
      );
      const isOver = ending !== 'done' || this.#status.line === 0 || this.#status.step === before;
      if (isOver || !this.#isWalking || !(await this.#pause(1_000 / this.speed))) {
        this.#isWalking = false;
        this.changed.publish(this.#status);
        return ending;
      }
    }
  }

  #resumeWalk: ((goesOn: boolean) => void) | null = null;

  #pause(milliseconds: number): Promise<boolean> {
    return new Promise((resolve) => {
      this.#resumeWalk = resolve;
      this.scheduler.after(milliseconds, () => {
        this.#resumeWalk = null;
        resolve(this.#isWalking);
      });
    });
  }

  #end(ending: Ending): void {
    this.#isWalking = false;
    if (this.#resumeWalk) {
      const resume = this.#resumeWalk;
      this.#resumeWalk = null;
      this.scheduler.cancelAfter();
      resume(false);
    }
    const wish = this.#wish;
    this.#wish = null;
    wish?.resolve(ending);
  }

  #refresh(): void {
    this.#status = this.engine.status();
    this.changed.publish(this.#status);
    this.scheduler.wake();
  }
}
