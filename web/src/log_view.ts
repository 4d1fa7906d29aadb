// What the last command did, sentence by sentence; page frame numbers in it can be clicked. Each sentence about an event
// has a number that shows the machine as it was right after it. A request that failed can be read as the kernel would
// have logged it.

import { make, say } from './dom.ts';
import type { Message, Status } from './engine_faces.ts';
import { speak, speakParts, t, type UiKey } from './i18n.ts';

const failure = 'event.page_alloc_failure';

export interface LogActions {
  select(pfn: number): void;
  lookAt(event: number): void;
  nextEvent(): void;
  previousEvent(): void;
  /** null where it is no longer wanted. */
  readKernelLog(isWanted: () => boolean): Promise<string | null>;
}

export class LogView {
  readonly element: HTMLElement;
  readonly #list = make('ol', { class: 'log-lines' });

  constructor(private readonly actions: LogActions) {
    this.element = make(
      'section',
      { class: 'log', label: 'ui.log.title', attributes: { tabindex: 0, role: 'log', 'aria-live': 'polite' } },
      this.#list,
    );
  }

  /** `events`: which event of the command each sentence is about; 0: none. */
  show(status: Status, sentences: Message[], events: number[]): void {
    const lines = sentences.map((message, at) => this.#line(message, events[at] ?? 0, status));
    if (status.hasKernelLog) {
      const at = sentences.findLastIndex(({ key }) => key === failure);
      (lines[at] ?? lines.at(-1))?.append(this.#kernelLog());
    }
    if (status.events > 0) {
      const shown = status.event > 0 ? events.indexOf(status.event) : 0;
      const line = lines[Math.max(0, shown)];
      line?.classList.add('led');
      line?.append(this.#steps(status));
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
    const hadFocus = this.#list.contains(document.activeElement);
    this.#list.replaceChildren(...lines);
    const shown = this.#list.querySelector<HTMLElement>('[aria-current] button');
    if (shown) {
      shown.scrollIntoView({ block: 'nearest' });
      if (hadFocus) {
        shown.focus();
      }
    } else {
      this.element.scrollTop = 0;
    }
  }

  /** Through the step's events, for who has no keys. */
  #steps(status: Status): HTMLElement {
    const move = (label: UiKey, sign: string, does: () => void) =>
      make('button', { class: 'moment', label, attributes: { type: 'button' }, on: { click: does } }, sign);
    const place = status.event > 0 ? t('ui.log.place', { event: status.event, events: status.events }) : '';
    return make(
      'span',
      { class: 'moments' },
      move('ui.log.previous', '‹', () => this.actions.previousEvent()),
      move('ui.log.next', '›', () => this.actions.nextEvent()),
      make('span', { class: 'quiet' }, place),
    );
  }

  #line(message: Message, event: number, status: Status): HTMLElement {
    const parts = speakParts(message).map(({ text, pfn }) =>
      pfn === undefined
        ? text
        : make(
            'button',
            { class: 'link mono', attributes: { type: 'button' }, on: { click: () => this.actions.select(pfn) } },
            text,
          ),
    );
    if (event === 0 || status.events === 0) {
      return make('li', {}, ...parts);
    }
    const isShown = event === status.event;
    const name = t('ui.log.moment', { event });
    const moment = make(
      'button',
      {
        class: 'moment mono',
        attributes: { type: 'button', title: name, 'aria-label': name, 'aria-pressed': isShown },
        on: { click: () => this.actions.lookAt(isShown ? 0 : event) },
      },
      String(event),
    );
    const line = make('li', {}, moment, ...parts);
    if (isShown) {
      line.setAttribute('aria-current', 'step');
    }
    line.classList.toggle('ahead', status.event > 0 && event > status.event);
    return line;
  }

  /** Printed whenever it is opened; in vain where it was closed or the machine went on before it was there. */
  #kernelLog(): HTMLElement {
    const attributes = { tabindex: 0, role: 'region', 'aria-live': 'polite' };
    const text = make('pre', { class: 'mono kernel-log', label: 'ui.log.kernel', attributes });
    const isWanted = () => details.open && details.isConnected;
    const print = async () => {
      say(text, 'ui.log.reading');
      const log = await this.actions.readKernelLog(isWanted).catch(() => undefined);
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
