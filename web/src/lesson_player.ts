// A lesson being done: which step is open, what it asks for, and what the machine says to it. No answer is written
// down anywhere: the engine computes it.

import type { EvaluateAnswer } from './engine_faces.ts';
import type { DoStep, Goal, Lesson, PredictStep, Step, StopPoint } from './lesson_types.ts';
import type { Progress } from './progress.ts';
import { Topic } from './topic.ts';

/** What a lesson does with the machine. */
export interface Stage {
  open(lesson: Lesson, step: Step, script: string): void;
  /** Replaces the script as the learner would; what was there can be brought back. */
  offer(script: string): void;
  runTo(point: StopPoint): Promise<string>;
  isFinished(): boolean; // the run is at its end, or failed
  evaluate(expression: string): EvaluateAnswer;
  select(pfn: number): void;
  /** Brings the editor to the front. */
  edit(): void;
}

export interface GoalState {
  goal: Goal;
  current: string | null; // of the goal's left side
  wanted: string | null;
  isReached: boolean;
}
export interface Prediction {
  guess: number;
  answer: string;
  isRight: boolean;
}

const failuresBeforeHint = 3;

export class LessonPlayer {
  readonly changed = new Topic<void>();
  #lesson: Lesson;
  #step: Step;
  #goals: GoalState[] = [];
  #hints = 0;
  #failedRuns = 0;
  #isSolutionShown = false;
  #prediction: Prediction | null = null;
  #choice: string | null = null;
  #isAsked = false;

  constructor(
    lesson: Lesson,
    stepId: string | null,
    private readonly stage: Stage,
    private readonly progress: Progress,
  ) {
    this.#lesson = lesson;
    this.#step = lesson.steps.find((step) => step.id === stepId) ?? first(lesson);
  }

  get lesson(): Lesson {
    return this.#lesson;
  }
  get step(): Step {
    return this.#step;
  }
  get position(): number {
    return this.#lesson.steps.indexOf(this.#step);
  }
  get goals(): readonly GoalState[] {
    return this.#goals;
  }
  get hintsShown(): number {
    return this.#hints;
  }
  get isSolutionShown(): boolean {
    return this.#isSolutionShown;
  }
  get prediction(): Prediction | null {
    return this.#prediction;
  }
  get choice(): string | null {
    return this.#choice;
  }
  /** A predict step: the run has come to the question. */
  get isAsked(): boolean {
    return this.#isAsked;
  }
  get result() {
    return this.progress.result(this.#lesson.id, this.#step.id);
  }
  resultOf(step: Step) {
    return this.progress.result(this.#lesson.id, step.id);
  }

  /** Opens the step on the machine. */
  async enter(): Promise<void> {
    const step = this.#step;
    this.progress.opened(this.#lesson.id, step.id);
    this.stage.open(this.#lesson, step, step.script);
    if (step.kind === 'predict') {
      await this.stage.runTo(step.askAt);
      this.#isAsked = this.#step === step;
    } else if (step.kind === 'do') {
      await this.stage.runTo({ at: 'end' });
      this.#lookAtGoals(step);
    } else if (step.kind === 'explain' || step.kind === 'explore') {
      await this.stage.runTo({ at: 'end' });
    }
    this.#focus();
    this.changed.publish();
  }

  /** The same lesson in another language: the step, the answers and the machine stay. */
  speak(lesson: Lesson): void {
    const id = this.#step.id;
    this.#lesson = lesson;
    this.#step = lesson.steps.find((step) => step.id === id) ?? first(lesson);
    this.#goals = this.#goals.map((state, index) => ({
      ...state,
      goal: this.#step.kind === 'do' ? (this.#step.goals[index] ?? state.goal) : state.goal,
    }));
    this.changed.publish();
  }

  /** A run step: run to where there is something to see. */
  async watch(): Promise<void> {
    const step = this.#step;
    if (step.kind === 'run') {
      await this.stage.runTo(step.stopAt);
      this.#finish('done');
    }
  }

  /** A predict step: the guess, then what the machine says. */
  async predict(guess: number): Promise<void> {
    const step = this.#step;
    if (step.kind !== 'predict') {
      return;
    }
    await this.stage.runTo(step.answer.at);
    const answer = this.stage.evaluate(step.answer.expr);
    this.#prediction = { guess, answer: answer.text, isRight: answer.isNumber && Number(answer.number) === guess };
    this.#finish('done');
  }

  /** What is said to the misconception behind a wrong guess. */
  mistake(step: PredictStep) {
    const prediction = this.#prediction;
    return prediction && !prediction.isRight
      ? step.mistakes.find(({ value }) => value === prediction.guess)
      : undefined;
  }

  choose(id: string): void {
    const step = this.#step;
    if (step.kind !== 'explain') {
      return;
    }
    this.#choice = id;
    if (step.choices.some((choice) => choice.id === id && choice.right)) {
      this.#finish('done');
    } else {
      this.changed.publish();
    }
  }

  /** The machine has come to rest: are the goals reached? */
  rested(): void {
    const step = this.#step;
    if (step.kind !== 'do') {
      return;
    }
    const before = this.#failedRuns;
    const isReached = this.#lookAtGoals(step);
    if (isReached && this.stage.isFinished()) {
      this.#finish(this.#isSolutionShown ? 'revealed' : 'done');
      return;
    }
    if (this.stage.isFinished()) {
      this.#failedRuns = before + 1;
    }
    if (this.#failedRuns >= failuresBeforeHint) {
      this.#hints = Math.max(1, this.#hints);
    }
    this.changed.publish();
  }

  hint(): void {
    if (this.#step.kind === 'do') {
      this.#hints = Math.min(this.#hints + 1, this.#step.hints.length);
      this.changed.publish();
    }
  }

  edit(): void {
    this.stage.edit();
  }

  showSolution(): void {
    if (this.#step.kind === 'do') {
      this.#isSolutionShown = true;
      this.stage.offer(this.#step.solution);
      this.changed.publish();
    }
  }

  tryVariant(id: string): void {
    if (this.#step.kind === 'explore') {
      const variant = this.#step.variants.find((one) => one.id === id);
      if (variant) {
        this.stage.offer(variant.script);
        this.#finish('done');
      }
    }
  }

  /** An explore step has no check: having been there is enough. */
  leave(): void {
    if (this.#step.kind === 'explore') {
      this.progress.finished(this.#lesson.id, this.#step.id, 'done');
    }
  }

  #lookAtGoals(step: DoStep): boolean {
    this.#goals = step.goals.map((goal) => {
      const value = (expression: string | null) => (expression ? this.stage.evaluate(expression).text : null);
      const { ok, isNumber, number, text } = this.stage.evaluate(goal.expr);
      const isReached = ok && (isNumber ? number !== '0' : text === 'true');
      return { goal, current: value(goal.left), wanted: value(goal.right), isReached };
    });
    return this.#goals.every(({ goal, isReached }) => isReached || goal.optional);
  }

  #finish(result: 'done' | 'revealed'): void {
    this.progress.finished(this.#lesson.id, this.#step.id, result);
    this.#focus();
    this.changed.publish();
  }

  #focus(): void {
    const answer = this.#step.focus ? this.stage.evaluate(this.#step.focus) : null;
    if (answer?.ok && answer.isNumber) {
      this.stage.select(Number(answer.number));
    }
  }
}

function first(lesson: Lesson): Step {
  const step = lesson.steps[0];
  if (!step) {
    throw new Error(`the lesson ${lesson.id} has no step`);
  }
  return step;
}
