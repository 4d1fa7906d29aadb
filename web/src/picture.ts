// The canvas: its size, its context and its input. The picture itself is the engine's.
//
// The wrapper is sized by CSS and observed; the engine is told CSS pixels and the device pixel ratio in one place.
// Keys go to the picture only while the canvas has the focus, and Tab always leaves it.

import { make } from './dom.ts';
import type { Started } from './engine.ts';
import { t } from './i18n.ts';
import { Topic } from './topic.ts';

export class Picture {
  readonly element: HTMLElement;
  /** Something in the picture may have changed: selection, help wanted. */
  readonly touched = new Topic<void>();
  readonly lost = new Topic<boolean>();
  readonly #canvas: HTMLCanvasElement;
  readonly #fallback = make('p', { class: 'no-picture', attributes: { role: 'status' } });
  readonly #fingers = new Map<number, { x: number; y: number }>();
  #engine: Started['engine'] | null = null;
  #isLost = false;

  constructor(
    private readonly wake: () => void,
    private readonly fixedRatio: number | null,
  ) {
    this.#canvas = make('canvas', {
      attributes: { id: 'picture', tabindex: 0, role: 'img', 'aria-describedby': 'state-summary picture-keys' },
    });
    this.#fallback.hidden = true;
    this.element = make(
      'div',
      { class: 'picture' },
      this.#canvas,
      make('p', { class: 'visually-hidden', t: 'ui.picture.keys', attributes: { id: 'picture-keys' } }),
      this.#fallback,
    );
  }

  /** Answers with '' or the reason why there is no picture. */
  start({ engine, mono, sans }: Started): string {
    const problem = engine.createPicture('#picture', mono, sans);
    if (problem) {
      this.#canvas.hidden = true;
      this.#fallback.hidden = false;
      this.#fallback.textContent = t('ui.picture.none', { reason: problem });
      return problem;
    }
    this.#engine = engine;
    this.#observeSize();
    this.#listenToPointers();
    this.#listenToKeys();
    this.#listenToContext();
    return '';
  }

  draw(milliseconds: number): boolean {
    if (!this.#engine || this.#isLost) {
      return false;
    }
    const wantsMore = this.#engine.draw(milliseconds);
    this.touched.publish();
    return wantsMore;
  }

  label(summary: string): void {
    this.#canvas.setAttribute('aria-label', summary);
  }

  setTheme(theme: 'dark' | 'light', reducedMotion: boolean): void {
    this.#engine?.setTheme(theme, reducedMotion);
    this.wake();
  }

  #observeSize(): void {
    const measure = () => {
      const { clientWidth, clientHeight } = this.element;
      if (clientWidth > 0 && clientHeight > 0) {
        this.#engine?.resize(clientWidth, clientHeight, this.fixedRatio ?? window.devicePixelRatio);
        this.wake();
      }
    };
    new ResizeObserver(measure).observe(this.element);
    const watchRatio = () => {
      const query = matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`);
      query.addEventListener(
        'change',
        () => {
          measure();
          watchRatio();
        },
        { once: true },
      );
    };
    watchRatio();
    measure();
  }

  #listenToPointers(): void {
    const canvas = this.#canvas;
    canvas.addEventListener('pointerdown', (event) => this.#pointerDown(event));
    canvas.addEventListener('pointermove', (event) => this.#pointerMove(event));
    canvas.addEventListener('pointerup', (event) => this.#pointerUp(event));
    canvas.addEventListener('pointercancel', (event) => this.#pointerUp(event));
    canvas.addEventListener('pointerleave', (event) => {
      if (event.pointerType !== 'touch') {
        this.#tell((engine) => engine.pointer('leave', 0, 0, 0, false));
      }
    });
    canvas.addEventListener('contextmenu', (event) => event.preventDefault());
    canvas.addEventListener(
      'wheel',
      (event) => {
        event.preventDefault();
        const unit = [1, 16, canvas.clientHeight][event.deltaMode] ?? 1;
        const { x, y } = place(event);
        this.#tell((engine) => engine.wheel(x, y, event.deltaX * unit, event.deltaY * unit));
      },
      { passive: false },
    );
  }

  #pointerDown(event: PointerEvent): void {
    const { x, y } = place(event);
    this.#canvas.focus({ preventScroll: true });
    this.#canvas.setPointerCapture(event.pointerId);
    event.preventDefault();
    if (event.pointerType === 'touch') {
      this.#fingers.set(event.pointerId, { x, y });
      if (this.#fingers.size > 1) {
        this.#tell((engine) => engine.pointer('leave', 0, 0, 0, true)); // the first finger becomes half a pinch
        return;
      }
    }
    this.#tell((engine) => engine.pointer('down', x, y, event.button, event.pointerType === 'touch'));
  }

  #pointerMove(event: PointerEvent): void {
    const { x, y } = place(event);
    const before = this.#fingers.get(event.pointerId);
    if (before && this.#fingers.size > 1) {
      const other = [...this.#fingers].find(([id]) => id !== event.pointerId)?.[1] ?? before;
      const factor =
        Math.hypot(x - other.x, y - other.y) / Math.max(1, Math.hypot(before.x - other.x, before.y - other.y));
      this.#fingers.set(event.pointerId, { x, y });
      this.#tell((engine) => engine.pinch((x + other.x) / 2, (y + other.y) / 2, factor));
      return;
    }
    if (before) {
      this.#fingers.set(event.pointerId, { x, y });
    }
    this.#tell((engine) => engine.pointer('move', x, y, 0, event.pointerType === 'touch'));
  }

  #pointerUp(event: PointerEvent): void {
    const { x, y } = place(event);
    const wasPinch = this.#fingers.size > 1;
    this.#fingers.delete(event.pointerId);
    if (!wasPinch) {
      this.#tell((engine) => engine.pointer('up', x, y, event.button, event.pointerType === 'touch'));
    }
  }

  #listenToKeys(): void {
    const canvas = this.#canvas;
    canvas.addEventListener('focus', () => this.#tell((engine) => engine.focus(true)));
    canvas.addEventListener('blur', () => this.#tell((engine) => engine.focus(false)));
    const isOurs = (event: KeyboardEvent) =>
      event.key === 'Tab' || event.altKey || event.metaKey || /^F\d+$/.test(event.key) || event.defaultPrevented;
    canvas.addEventListener('keydown', (event) => {
      if (isOurs(event) || !this.#engine) {
        return;
      }
      const isUsed = this.#engine.key(event.key, true, event.shiftKey, event.ctrlKey);
      this.wake();
      if (isUsed && !event.ctrlKey) {
        event.preventDefault();
      } else if (event.key === 'Escape') {
        canvas.blur();
      }
    });
    canvas.addEventListener('keyup', (event) => {
      if (!isOurs(event)) {
        this.#tell((engine) => engine.key(event.key, false, event.shiftKey, event.ctrlKey));
      }
    });
  }

  #listenToContext(): void {
    this.#canvas.addEventListener('webglcontextlost', (event) => {
      event.preventDefault();
      this.#isLost = true;
      this.#engine?.contextLost();
      this.lost.publish(true);
    });
    this.#canvas.addEventListener('webglcontextrestored', () => {
      const problem = this.#engine?.contextRestored() ?? '';
      this.#isLost = problem !== '';
      this.lost.publish(this.#isLost);
      this.wake();
    });
  }

  #tell(what: (engine: Started['engine']) => void): void {
    if (this.#engine && !this.#isLost) {
      what(this.#engine);
      this.wake();
    }
  }
}

function place(event: MouseEvent): { x: number; y: number } {
  return { x: event.offsetX, y: event.offsetY };
}
