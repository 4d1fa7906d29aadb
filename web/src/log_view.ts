// What the last command did, sentence by sentence; page frame numbers in it can be clicked. A request that failed can be
// read as the kernel would have logged it.

import { make, say } from './dom.ts';
import type { Message, Status } from './engine_faces.ts';
import { speak, speakParts, t, type UiKey } from './i18n.ts';

export const mostSentences = 60;
const failure = 'event.page_alloc_failure';

export class LogView {
  readonly element: HTMLElement;
  readonly #list = make('ol', { class: 'log-lines' });

  /** `readKernelLog`: null where the log is no longer wanted. */
  constructor(
    private readonly selectFrame: (pfn: number) => void,
    private readonly readKernelLog: (isWanted: () => boolean) => Promise<string | null>,
  ) {
    this.element = make(
      'section',
      { class: 'log', label: 'ui.log.title', attributes: { tabindex: 0, role: 'log', 'aria-live': 'polite' } },
      this.#list,
    );
  }

  show(status: Status, sentences: Message[]): void {
    const lines = sentences.map((message) => this.#line(message));
    if (status.hasKernelLog) {
      const at = sentences.findLastIndex(({ key }) => key === failure);
      (lines[at] ?? lines.at(-1))?.append(this.#kernelLog());
    }
    const note = status.notes.findLast((mark) => mark.step === status.step);
    if (note) {
      lines.push(make('li', { class: 'note' }, note.label));
    }
    if (status.failure) {
      const { line, column, message } = status.failure;
      const place = t('ui.script.place', { line: String(line), column: String(column) });
      lines.push(make('li', { class: 'bad' }, `${place} ${speak(message)}`));
    }
    if (lines.length === 0) {
      lines.push(make('li', { class: 'quiet', t: nothingToTell(status) }));
    }
    this.#list.replaceChildren(...lines);
    this.element.scrollTop = 0;
  }

  #line(message: Message): HTMLElement {
    const parts = speakParts(message).map(({ text, pfn }) =>
      pfn === undefined
        ? text
        : make(
            'button',
            { class: 'link mono', attributes: { type: 'button' }, on: { click: () => this.selectFrame(pfn) } },
            text,
          ),
    );
    return make('li', {}, ...parts);
  }

  /** Printed whenever it is opened; in vain where it was closed or the machine went on before it was there. */
  #kernelLog(): HTMLElement {
    const attributes = { tabindex: 0, role: 'region', 'aria-live': 'polite' };
    const text = make('pre', { class: 'mono kernel-log', label: 'ui.log.kernel', attributes });
    const isWanted = () => details.open && details.isConnected;
    const print = async () => {
      say(text, 'ui.log.reading');
      const log = await this.readKernelLog(isWanted).catch(() => undefined);
      if (log === undefined) {
        say(text, 'ui.log.unread');
      } else if (log !== null) {
        delete text.dataset.t;
        text.textContent = log;
      }
    };
    const details = make(
      'details',
      { on: { toggle: () => void (details.open && print()) } },
      make('summary', { t: 'ui.log.kernel' }),
      text,
    );
    return details;
  }
}

function nothingToTell({ step, line }: Status): UiKey {
  if (step > 0) {
    return 'ui.log.nothing';
  }
  return line === 0 ? 'ui.log.empty' : 'ui.log.start';
}
