import { expect, test } from 'vitest';
import { countedKinds, sentencesOf } from './mem_available.ts';

test('the map is left with free frames, and with others only where some are counted', () => {
  const none = { pages: 0, free: 0, totalReserve: 0, file: 0, fileKept: 0, reclaimable: 0, reclaimableKept: 0 };
  expect(countedKinds(none)).toBe(0b1);
  expect(countedKinds({ ...none, file: 1 })).toBe(0b100001);
  expect(countedKinds({ ...none, file: 1, reclaimable: 1 })).toBe(0b101001);
});

test('the sentences come to the sum', () => {
  const terms = {
    pages: 88_258,
    free: 87_244,
    totalReserve: 3_000,
    file: 4_000,
    fileKept: 1_500,
    reclaimable: 2_014,
    reclaimableKept: 500,
  };
  const [sum, ...rest] = sentencesOf(terms);
  expect(sum).toEqual(['ui.available.sum', { pages: 88_258, kib: 353_032 }]);
  const signs = [1, -1, 1, -1, 1, -1];
  const total = rest.reduce((all, [, { pages = 0 }], at) => all + (signs[at] ?? 0) * pages, 0);
  expect(total).toBe(terms.pages);
});
