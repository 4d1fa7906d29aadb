// The script that is shown and the machine that it was made into: whether they are still one, and commands that are done
// here and now and put into it.

import type { Engine } from './engine_faces.ts';
import { speak, t } from './i18n.ts';
import type { Page } from './page.ts';
import type { Play } from './play.ts';
import { resumeStep } from './resume.ts';
import { Topic } from './topic.ts';
import type { Works } from './works.ts';

/** A script and how far it was run. */
export interface KeptPlace {
  text: string;
  step: number;
}

/** What came of a command: why it was not done, as a function that says it, or what the script was before. */
export type Appended = { refused: () => string } | { before: KeptPlace; hasCut: boolean };

export interface Machinery {
  readonly engine: Engine;
  readonly play: Play;
}

export class LoadedScript {
  /** Something was appended, or refused. */
  readonly appended = new Topic<void>();
  #isAppending = false;
  #text: string | null = null; // what the machine was made from

  constructor(
    private readonly works: Works,
    private readonly page: Page,
    private readonly machinery: Machinery,
    private readonly showState: () => void,
  ) {}

  /** The machine is the one of the text that is shown. */
  get isCurrent(): boolean {
    return this.works.text === this.#text;
  }

  /** The machine plays again what it has played before, to go on from there: its rests in between are no news. */
  get isAppending(): boolean {
    return this.#isAppending;
  }

  /** The step that Step goes on from: what stands before it is as it was when it was run. */
  get resumed(): number {
    const { step, line } = this.machinery.play.status;
    return resumeStep(this.#text ?? '', this.works.text, step, line);
  }

  /** Another text is shown: its machine is made anew even where it is the same. */
  forget(): void {
    this.#text = null;
  }

  /** Makes the machine that of the text, or says why not. */
  ensure(): boolean {
    if (this.isCurrent) {
      return true;
    }
    const problems = this.machinery.play.load(this.works.text);
    this.page.script.showProblems(problems);
    if (problems.length === 0) {
      this.#text = this.works.text;
    } else {
      this.page.layout.reveal('script');
    }
    this.showState();
    return problems.length === 0;
  }

  /** Does a command here and now: it is put into the script after what was done so far, and what followed there is cut. */
  async append(command: string): Promise<Appended> {
    this.#isAppending = true;
    try {
      return await this.#append(command);
    } finally {
      this.#isAppending = false;
      this.appended.publish();
    }
  }

  async #append(command: string): Promise<Appended> {
    const { engine, play } = this.machinery;
    if (!this.isCurrent && !(this.ensure() && (await play.toEnd()) === 'done')) {
      return { refused: () => t('ui.append.script') };
    }
    const soFar = engine.sourceSoFar();
    if (soFar === '\0') {
      return { refused: () => t('ui.append.loop') };
    }
    const before = { text: this.works.text, step: play.status.step };
    const text = `${soFar}${soFar === '' || soFar.endsWith('\n') ? '' : '\n'}${command}\n`;
    const [problem] = play.load(text);
    if (problem) {
      return { refused: () => speak(problem.message) };
    }
    this.#text = text;
    this.#show(text);
    const ending = await play.toEnd();
    const { failure } = play.status;
    return ending === 'done' && !failure
      ? { before, hasCut: !text.startsWith(before.text) }
      : { refused: () => (failure ? speak(failure.message) : t('ui.append.stopped')) };
  }

  /** The script and the step as they were before something was appended. */
  async putBack({ text, step }: KeptPlace): Promise<void> {
    this.#show(text);
    if (this.ensure()) {
      await this.machinery.play.seek(step);
    }
  }

  #show(text: string): void {
    this.page.script.setText(text);
    this.works.edit(text);
  }
}
