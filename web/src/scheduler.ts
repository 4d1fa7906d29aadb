// The one owner of requestAnimationFrame.
//
// A frame is requested when something asked for one (`wake`), while a run has work left, or while the picture says
// that it is still moving; otherwise none, so that idleness costs nothing. Each piece of work gets about eight
// milliseconds of a frame, in portions whose size follows the machine's speed, and between two frames the browser hears
// every click: that is why Stop always answers. The picture is drawn again only where somebody asked for it. While the
// page is hidden everything pauses.

export interface Clock {
  requestFrame(callback: () => void): number;
  cancelFrame(id: number): void;
  setTimer(callback: () => void, milliseconds: number): number;
  clearTimer(id: number): void;
  now(): number;
  isHidden(): boolean;
}

/** What takes longer than a frame. */
export interface Work {
  /** Does a portion; true if there is more. */
  work(budget: number): boolean;
  /** After a slice, before drawing: tell the page. */
  worked(isOver: boolean): void;
}

const sliceMilliseconds = 8;
const portionMilliseconds = 2;
const firstPortion = 64;

export class Scheduler {
  #frame: number | null = null;
  #timer: number | null = null;
  readonly #portions = new Map<Work, number>(); // of what has work left
  #isWanted = false;
  #waiting: (() => void)[] = [];

  constructor(
    private readonly clock: Clock,
    /** Draws; true if the picture wants another frame. */
    private readonly draw: (milliseconds: number) => boolean,
  ) {}

  /** Something changed: draw once more. */
  wake(): void {
    this.#isWanted = true;
    this.#request();
  }

  startWork(work: Work): void {
    this.#portions.set(work, firstPortion);
    this.#request();
  }

  stopWork(work: Work): void {
    this.#portions.delete(work);
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

  get #hasWork(): boolean {
    return this.#portions.size > 0;
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
    for (const work of this.#portions.keys()) {
      const isOver = !this.#slice(work);
      if (isOver) {
        this.#portions.delete(work);
      }
      work.worked(isOver);
    }
    if (this.#isWanted) {
      this.#isWanted = false;
      this.#isWanted = this.draw(this.clock.now()) || this.#isWanted;
    }
    if (this.#hasWork || this.#isWanted) {
      this.#request();
    }
    this.#settle();
  }

  /** Works until the slice is used up; true if there is more to do. */
  #slice(work: Work): boolean {
    const end = this.clock.now() + sliceMilliseconds;
    for (let start = this.clock.now(); start < end; ) {
      const portion = this.#portions.get(work) ?? firstPortion;
      if (!work.work(portion)) {
        return false;
      }
      const now = this.clock.now();
      this.#portions.set(work, adapted(portion, now - start));
      start = now;
    }
    return true;
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

function adapted(portion: number, took: number): number {
  if (took < portionMilliseconds / 2) {
    return Math.min(portion * 2, 1 << 20);
  }
  return took > portionMilliseconds ? Math.max(portion >> 1, 16) : portion;
}

export const browserClock: Clock = {
  requestFrame: (callback) => requestAnimationFrame(callback),
  cancelFrame: (id) => cancelAnimationFrame(id),
  setTimer: (callback, milliseconds) => window.setTimeout(callback, milliseconds),
  clearTimer: (id) => window.clearTimeout(id),
  now: () => performance.now(),
  isHidden: () => document.hidden,
};
