// MemAvailable in a tool's output, linked to what it counts: the sum and its terms, shown while the pointer or the focus is
// on it, and kept by a press, which also leaves on the map only the frames that are counted. The terms are those of the
// moment at which the output was printed.

import { make } from './dom.ts';
import type { MemAvailable } from './engine_faces.ts';
import { number, t, type UiKey } from './i18n.ts';

export interface AvailableActions {
  memAvailable(): MemAvailable;
  showKinds(kinds: number): void;
}

const kibPerPage = 4;
const kind = { free: 1 << 0, slab: 1 << 3, pageCache: 1 << 5 }; // FrameKind

/** Output with its terms; null where it has no MemAvailable. */
export function explainAvailable(text: string, actions: AvailableActions): HTMLElement | null {
  const parts = splitAtAvailable(text);
  return parts ? explained(parts, actions.memAvailable(), (kinds) => actions.showKinds(kinds)) : null;
}

/** Frames among which the counted ones are. */
export function countedKinds({ file, reclaimable }: MemAvailable): number {
  return kind.free | (file > 0 ? kind.pageCache : 0) | (reclaimable > 0 ? kind.slab : 0);
}

// As /proc/meminfo, `free` and `top` name it.
const names = /^MemAvailable: +\d+ kB|\bavailable$|\d+\.\d avail Mem$/m;

/** What stands before, `MemAvailable:  353032 kB` itself or its name, and what follows. */
export function splitAtAvailable(text: string): [string, string, string] | null {
  const found = names.exec(text);
  return found ? [text.slice(0, found.index), found[0], text.slice(found.index + found[0].length)] : null;
}

/** The sum and its terms, a sentence each. */
export function sentencesOf(terms: MemAvailable): [UiKey, Record<string, number>][] {
  return [
    ['ui.available.sum', { pages: terms.pages, kib: terms.pages * kibPerPage }],
    ['ui.available.free', { pages: terms.free }],
    ['ui.available.reserve', { pages: terms.totalReserve }],
    ['ui.available.file', { pages: terms.file }],
    ['ui.available.kept', { pages: terms.fileKept }],
    ['ui.available.reclaimable', { pages: terms.reclaimable }],
    ['ui.available.kept', { pages: terms.reclaimableKept }],
  ];
}

let last = 0; // so that each description has an id of its own

function explained(
  [before, line, behind]: [string, string, string],
  terms: MemAvailable,
  showKinds: (kinds: number) => void,
): HTMLElement {
  last += 1;
  const id = `available-${last}`;
  const sentences = [
    ...sentencesOf(terms).map(([key, params]) => make('span', {}, t(key, spoken(params)))),
    make('span', { class: 'quiet', t: 'ui.available.press' }),
  ];
  const tip = make('span', { class: 'tip', attributes: { id, role: 'tooltip', hidden: true } }, ...sentences);
  const link = make(
    'button',
    { class: 'linked mono', attributes: { type: 'button', 'aria-describedby': id, 'aria-pressed': 'false' } },
    line,
  );
  let isKept = false;
  const show = (isShown: boolean) => {
    tip.hidden = !isShown;
    tip.style.top = `${link.offsetTop + link.offsetHeight}px`;
  };
  const keep = (next: boolean) => {
    if (isKept !== next) {
      showKinds(next ? countedKinds(terms) : 0);
    }
    isKept = next;
    link.setAttribute('aria-pressed', String(isKept));
    show(isKept);
  };
  link.addEventListener('click', () => keep(!isKept));
  link.addEventListener('focus', () => show(true));
  link.addEventListener('blur', () => show(isKept));
  link.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') {
      keep(false);
    }
  });
  const element = make('div', { class: 'explained' }, make('pre', {}, before, link, behind), tip);
  element.addEventListener('pointerover', (event) => {
    if (event.target === link || tip.contains(event.target as Node)) {
      show(true);
    }
  });
  element.addEventListener('pointerout', (event) => {
    const next = event.relatedTarget as Node | null;
    if (next !== link && !tip.contains(next)) {
      show(isKept || document.activeElement === link);
    }
  });
  return element;
}

const spoken = (params: Record<string, number>): Record<string, string> =>
  Object.fromEntries(Object.entries(params).map(([name, value]) => [name, number(value)]));
