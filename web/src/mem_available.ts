// The terms of MemAvailable, as sentences, and the kinds of frames among which the counted ones are.

import { frameKinds } from './counters.ts';
import type { MemAvailable } from './engine_faces.ts';
import type { UiKey } from './i18n.ts';

const kibPerPage = 4;

/** Frames among which the counted ones are. */
export function countedKinds({ file, reclaimable }: MemAvailable): number {
  return frameKinds.free | (file > 0 ? frameKinds.pageCache : 0) | (reclaimable > 0 ? frameKinds.slab : 0);
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
