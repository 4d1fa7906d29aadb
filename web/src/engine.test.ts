import { expect, test } from 'vitest';
import { faceOf } from './engine.ts';

const module = {
  status: () => '{"step":3}',
  procText: () => 'Node 0, zone      DMA',
  frame: (pfn: unknown) => JSON.stringify({ pfn }),
  work: () => {
    throw new Error('unreachable');
  },
  memory: 12 as unknown,
};
const face = (onAbort = (_: string) => {}) => faceOf(module as unknown as Parameters<typeof faceOf>[0], onAbort);

test('structured answers are parsed, texts are left alone', () => {
  expect(face().status()).toEqual({ step: 3 });
  expect(face().frame(5)).toEqual({ pfn: 5 });
  expect(face().procText('buddyinfo')).toBe('Node 0, zone      DMA');
});

test('what is no function of the module is not there', () => {
  expect('memory' in face() || (face() as unknown as Record<string, unknown>).memory).toBeUndefined();
});

test('a death is told once, and no call reaches the engine afterwards', () => {
  const heard: string[] = [];
  const engine = face((reason) => heard.push(reason));
  expect(() => engine.work(1)).toThrow('unreachable');
  expect(() => engine.status()).toThrow('unreachable');
  expect(heard).toEqual(['unreachable']);
});
