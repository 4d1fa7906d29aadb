// The replay of a capture, as the page sees it: files go to an engine of its own, the scheduler has the replay worked in
// slices beside whatever the machine does, and whoever shows it hears when it has come further.

import { type Drop, emptyDrop, readDrop } from './drop_reader.ts';
import type { CaptureEngine, CaptureStatus } from './engine_faces.ts';
import type { Scheduler, Work } from './scheduler.ts';
import { Topic } from './topic.ts';

/** What the page itself adds: files on their way in, and an engine that could not be fetched or died for want of memory. */
export type LockStepState = CaptureStatus['state'] | 'reading' | 'dead';
export interface LockStepStatus extends Omit<CaptureStatus, 'state'> {
  state: LockStepState;
}

const nothing: CaptureStatus = {
  state: 'empty',
  kind: 'none',
  files: [],
  bytesRead: 0,
  bytesTotal: 0,
  machine: { kernel: '', rules: '', isShown: false, arch: '', cpus: 0 },
  kernels: [],
};

export class LockStep implements Work {
  readonly changed = new Topic<LockStepStatus>();
  /** Of the engine's work on this replay. */
  milliseconds = 0;
  #engine: CaptureEngine | null = null;
  #busy: 'reading' | 'dead' | null = null;
  #reading: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly startEngine: (onAbort: () => void) => Promise<CaptureEngine>,
    private readonly scheduler: Pick<Scheduler, 'startWork' | 'stopWork'>,
    private readonly now: () => number = () => performance.now(),
  ) {}

  get status(): LockStepStatus {
    const status = this.#engine?.status() ?? nothing;
    return this.#busy ? { ...status, state: this.#busy } : status;
  }

  /** The files of one drop; what belongs to a capture is replayed as soon as nothing is missing. */
  take(files: readonly File[]): Promise<Drop> {
    const drop = this.#reading.then(() => this.#read(files));
    this.#reading = drop.catch(() => undefined);
    return drop;
  }

  chooseKernel(version: string): void {
    this.#engine?.chooseKernel(version);
    this.#begin();
  }

  restart(): void {
    this.#engine?.restart();
    this.#begin();
  }

  stop(): void {
    this.#engine?.stop();
    this.#rest();
  }

  /** Lets the capture go, and the memory that holds it. */
  forget(): void {
    this.#engine = null;
    this.#busy = null;
    this.#rest();
  }

  work(budget: number): boolean {
    const start = this.now();
    try {
      return this.#engine?.work(budget) ?? false;
    } catch {
      return false; // dead, and said so; the scheduler goes on
    } finally {
      this.milliseconds += this.now() - start;
    }
  }

  worked(): void {
    this.#tell();
  }

  async #read(files: readonly File[]): Promise<Drop> {
    this.#busy = 'reading';
    this.#tell();
    try {
      this.#engine ??= await this.#start();
      const drop = await readDrop(this.#engine, files);
      this.#busy = null;
      if (drop.files.some((file) => file.part !== 'none' && file.part !== 'log')) {
        this.#begin();
      } else {
        this.#tell();
      }
      return drop;
    } catch {
      this.#die();
      return emptyDrop;
    }
  }

  /** Fails too where the engine dies before it is there. */
  #start(): Promise<CaptureEngine> {
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#die();
        reject(new Error('the capture engine died'));
      };
      this.startEngine(onAbort).then(resolve, reject);
    });
  }

  #die(): void {
    this.#engine = null;
    this.#busy = 'dead';
    this.#rest();
  }

  #begin(): void {
    this.milliseconds = 0;
    this.scheduler.startWork(this);
    this.#tell();
  }

  #rest(): void {
    this.scheduler.stopWork(this);
    this.#tell();
  }

  #tell(): void {
    this.changed.publish(this.status);
  }
}
