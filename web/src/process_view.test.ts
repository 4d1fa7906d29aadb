import { expect, test } from 'vitest';
import { placeToShow } from './process_view.ts';

const nowhere = { pid: 0, address: '' };
const first = { pid: 2, address: '0x1000' };
const second = { pid: 3, address: '0x2000' };

test('the process that is shown stays where it maps the frame too', () => {
  expect(placeToShow([nowhere, first, second], 3)).toEqual(second);
});

test('otherwise the first that maps it is shown, and none where nobody does', () => {
  expect(placeToShow([nowhere, first, second], 9)).toEqual(first);
  expect(placeToShow([nowhere], 2)).toBeUndefined();
});
