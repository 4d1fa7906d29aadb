// A program's memory trace, played through a TLB as it is read: nothing of it is kept, so that its size does not matter.
// The file stays the browser's, and is read anew for another geometry. Between two slices the page hears every click.

import { unpacked } from './drop_reader.ts';
import type { Diagnostic, TlbChoices, TlbEngine, TlbResult } from './engine_faces.ts';
import { Topic } from './topic.ts';

export interface TlbPlayStatus {
  /** cut-off: the file ends early or is damaged; bad-geometry: nothing was played. */
  state: 'empty' | 'running' | 'stopped' | 'finished' | 'cut-off' | 'bad-geometry' | 'dead';
  file: string; // its name
  percent: number; // of the file as it is, packed or not
  geometry: string; // as asked for: a CPU's name or a geometry
  pageSize: string;
  problem: Diagnostic | null; // of the geometry
  result: TlbResult | null; // so far
}

const slice = 65_536; // bytes
const sliceMilliseconds = 8;

export class TlbPlay {
  readonly changed = new Topic<TlbPlayStatus>();
  #engine: TlbEngine | null = null;
  #choices: TlbChoices | null = null;
  #file: File | null = null;
  #geometry = '';
  #pageSize = '4K';
  #state: TlbPlayStatus['state'] = 'empty';
  #problem: Diagnostic | null = null;
  #read = 0; // bytes of the file
  #turn = 0; // of playing; an older one ends where it finds itself replaced

  constructor(
    private readonly startEngine: (onAbort: () => void) => Promise<TlbEngine>,
    private readonly pause: () => Promise<void> = () => new Promise((resolve) => setTimeout(resolve)),
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Null until the first trace comes. */
  get choices(): TlbChoices | null {
    return this.#choices;
  }

  get status(): TlbPlayStatus {
    const hasResult = ['running', 'stopped', 'finished', 'cut-off'].includes(this.#state);
    const size = this.#file?.size ?? 0;
    return {
      state: this.#state,
      file: this.#file?.name ?? '',
      percent: size === 0 ? 0 : Math.floor((100 * this.#read) / size),
      geometry: this.#geometry,
      pageSize: this.#pageSize,
      problem: this.#problem,
      result: hasResult ? (this.#engine?.tlbStatus() ?? null) : null,
    };
  }

  take(file: File): Promise<void> {
    this.#file = file;
    return this.again();
  }

  choose(geometry: string, pageSize: string): Promise<void> {
    this.#geometry = geometry;
    this.#pageSize = pageSize;
    return this.again();
  }

  stop(): void {
    if (this.#state === 'running') {
      this.#turn += 1;
      this.#become('stopped');
    }
  }

  /** Lets the file go, and the memory of the engine. */
  forget(): void {
    this.#turn += 1;
    this.#file = null;
    this.#engine = null;
    this.#become('empty');
  }

  /** From the beginning. Resolves when this turn is over, however it ends. */
  async again(): Promise<void> {
    this.#turn += 1;
    const turn = this.#turn;
    const file = this.#file;
    if (!file) {
      return;
    }
    this.#read = 0;
    try {
      this.#engine ??= await this.#start();
      this.#choices ??= this.#engine.tlbChoices();
      this.#geometry ||= this.#choices.usual;
      this.#problem = this.#engine.beginTlb(this.#geometry, this.#pageSize);
      this.#become(this.#problem ? 'bad-geometry' : 'running');
      if (!this.#problem) {
        await this.#play(file, this.#engine, turn);
      }
    } catch {
      if (turn === this.#turn) {
        this.#die();
      }
    }
  }

  async #play(file: File, engine: TlbEngine, turn: number): Promise<void> {
    let isCutOff = false;
    const stream = await unpacked(file, (bytes) => {
      this.#read += turn === this.#turn ? bytes : 0;
    });
    const reader = stream.getReader();
    let start = this.now();
    while (turn === this.#turn) {
      const portion = await reader.read().catch(() => null);
      isCutOff = portion === null;
      if (!portion || portion.done) {
        break;
      }
      for (let at = 0; at < portion.value.length && turn === this.#turn; at += slice) {
        engine.playTlb(portion.value.subarray(at, at + slice));
        if (this.now() - start >= sliceMilliseconds) {
          this.#tell();
          await this.pause();
          start = this.now();
        }
      }
    }
    if (turn === this.#turn) {
      engine.finishTlb();
      this.#become(isCutOff ? 'cut-off' : 'finished');
    } else {
      await reader.cancel().catch(() => undefined);
    }
  }

  #start(): Promise<TlbEngine> {
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#die();
        reject(new Error('the capture engine died'));
      };
      this.startEngine(onAbort).then(resolve, reject);
    });
  }

  #die(): void {
    this.#turn += 1;
    this.#engine = null;
    this.#become('dead');
  }

  #become(state: TlbPlayStatus['state']): void {
    this.#state = state;
    this.#tell();
  }

  #tell(): void {
    this.changed.publish(this.status);
  }
}
