import { expect, test } from 'vitest';
import { changedPlaces, readWatch, titleOf, type Watch } from './watch.ts';

const usual: Watch = { command: '', seconds: 2, differences: 'none', hasTitle: true };
const titled = (line: string) => titleOf(readWatch(line) as Watch);

test('the command begins where the options end, and keeps its own', () => {
  expect(readWatch('free -m')).toEqual({ ...usual, command: 'free -m' });
  expect(readWatch('-n 1 -d free -n 3')).toEqual({ ...usual, seconds: 1, differences: 'last', command: 'free -n 3' });
  expect(readWatch("-t -- 'free  -m | grep Mem'")).toEqual({
    ...usual,
    hasTitle: false,
    command: 'free  -m | grep Mem',
  });
  expect(readWatch('--interval=0.5 --differences=permanent --no-title ps')).toEqual({
    command: 'ps',
    seconds: 0.5,
    differences: 'permanent',
    hasTitle: false,
  });
  expect(readWatch('-tn5 ps')).toEqual({ ...usual, seconds: 5, hasTitle: false, command: 'ps' });
  expect(readWatch('-dx ps')).toEqual({ ...usual, differences: 'permanent', command: 'ps' });
});

test('the interval is a decimal number, of a tenth of a second at least', () => {
  expect(titled('free -m')).toBe('Every 2.0s: free -m');
  expect(['1,5', '.5', '5.', '0', '-1', '+3', '99999999999'].map((seconds) => titled(`-n ${seconds} x`))).toEqual(
    ['1.5', '0.5', '5.0', '0.1', '0.1', '3.0', '4294967295.0'].map((seconds) => `Every ${seconds}s: x`),
  );
  for (const seconds of ['abc', '1e3', '0x10', '1.5s', "''"]) {
    const says = `watch: failed to parse argument: '${seconds.replaceAll("'", '')}'`;
    expect(readWatch(`-n ${seconds} free`)).toEqual({ says, showsUsage: false });
  }
});

test('what is wrong is said as watch says it', () => {
  const says = (line: string) => readWatch(line);
  expect(says('')).toEqual({ says: '', showsUsage: true });
  expect(says('-n')).toEqual({ says: "watch: option requires an argument -- 'n'", showsUsage: true });
  expect(says('--interval')).toEqual({ says: "watch: option '--interval' requires an argument", showsUsage: true });
  expect(says('-y free')).toEqual({ says: "watch: invalid option -- 'y'", showsUsage: true });
  expect(says('--foo free')).toEqual({ says: "watch: unrecognized option '--foo'", showsUsage: true });
  expect(says('-b free')).toEqual({ unknown: '-b' });
  expect(says('--exec free')).toEqual({ unknown: '--exec' });
});

test('differences are those of places, line by line', () => {
  const marked = (before: string, now: string) => [...changedPlaces(before, now)].map((at) => now[at]).join('');
  expect(marked('Mem: 12 34\nSwap: 0', 'Mem: 15 94\nSwap: 0')).toBe('59');
  expect(marked('a\nb', 'a\nbcd\ne')).toBe('cde');
  expect(marked('abc', 'a')).toBe('');
  expect(marked('same', 'same')).toBe('');
});
