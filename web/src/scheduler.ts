// The one owner of requestAnimationFrame.
//
// A frame is requested when something asked for one (`wake`), while a run has work left, or while the picture says
// that it is still moving; otherwise none, so that idleness costs nothing. A run gets about eight milliseconds of a
// frame, in portions whose size follows the machine's speed, and between two frames the browser hears every click:
// that is why Stop always answers. While the page is hidden everything pauses.

export interface Clock {
  requestFrame(callback: () => void): number;
  cancelFrame(id: number): void;
  setTimer(callback: () => void, milliseconds: number): number;
  clearTimer(id: number): void;
  now(): number;
  isHidden(): boolean;
}

export interface Tasks {
  /** Does a portion of the run; true if there is more. */
  work(budget: number): boolean;
  /** After work, before drawing: tell the page. */
  worked(isOver: boolean): void;
  /** Draws; true if the picture wants another frame. */
  draw(milliseconds: number): boolean;
}

const sliceMilliseconds = 8;
const portionMilliseconds = 2;

export class Scheduler {
  #frame: number | null = null;
  #timer: number | null = null;
  #hasWork = false;
  #isWanted = false;
  #portion = 64;
  #waiting: (() => void)[] = [];

  constructor(
    private readonly clock: Clock,
    private readonly tasks: Tasks,
  ) {}

  /** Something changed: draw once more. */
  wake(): void {
    this.#isWanted = true;
    this.#request();
  }

  /** The engine has a wish to fulfil. */
  startWork(): void {
    this.#hasWork = true;
    this.#request();
  }

  stopWork(): void {
    this.#hasWork = false;
    this.#settle();
  }

  /** Calls back once, later; a new call replaces the one before. Hidden pages wait. */
  after(milliseconds: number, action: () => void): void {
    this.cancelAfter();
    this.#timer = this.clock.setTimer(() => {
      this.#timer = null;
      action();
      this.#settle();
    }, milliseconds);
  }

  cancelAfter(): void {
    if (this.#timer !== null) {
      this.clock.clearTimer(this.#timer);
      this.#timer = null;
    }
    this.#settle();
  }

  visibilityChanged(): void {
    if (this.clock.isHidden()) {
      if (this.#frame !== null) {
        this.clock.cancelFrame(this.#frame);
        this.#frame = null;
      }
    } else if (this.#hasWork || this.#isWanted) {
      this.#request();
    }
  }

  get isWorking(): boolean {
    return this.#hasWork;
  }

  /** Resolves as soon as there is nothing left to do. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#settle();
    });
  }

  #request(): void {
    if (this.#frame === null && !this.clock.isHidden()) {
      this.#frame = this.clock.requestFrame(() => this.#onFrame());
    }
  }

  #onFrame(): void {
    this.#frame = null;
    this.#isWanted = false;
    if (this.#hasWork) {
      this.#hasWork = this.#slice();
      this.tasks.worked(!this.#hasWork);
    }
    if (this.tasks.draw(this.clock.now())) {
      this.#isWanted = true;
    }
    if (this.#hasWork || this.#isWanted) {
      this.#request();
    }
    this.#settle();
  }

  /** Works until the slice is used up; true if there is more to do. */
  #slice(): boolean {
    const end = this.clock.now() + sliceMilliseconds;
    for (let start = this.clock.now(); start < end; ) {
      if (!this.tasks.work(this.#portion)) {
        return false;
      }
      const now = this.clock.now();
      this.#adapt(now - start);
      start = now;
    }
    return true;
  }

  #adapt(took: number): void {
    if (took < portionMilliseconds / 2) {
      this.#portion = Math.min(this.#portion * 2, 1 << 20);
    } else if (took > portionMilliseconds) {
      this.#portion = Math.max(this.#portion >> 1, 16);
    }
  }

  #settle(): void {
    if (!this.#hasWork && !this.#isWanted && this.#timer === null) {
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const resolve of waiting) {
        resolve();
      }
    }
  }
}

export const browserClock: Clock = {
  requestFrame: (callback) => requestAnimationFrame(callback),
  cancelFrame: (id) => cancelAnimationFrame(id),
  setTimer: (callback, milliseconds) => window.setTimeout(callback, milliseconds),
  clearTimer: (id) => window.clearTimeout(id),
  now: () => performance.now(),
  isHidden: () => document.hidden,
};
