import { gzipSync } from 'node:zlib';
import { beforeEach, expect, test } from 'vitest';
import type { Diagnostic, TlbResult } from './engine_faces.ts';
import { TlbPlay, type TlbPlayStatus } from './tlb_play.ts';

/** Counts bytes as references. */
class TestEngine {
  calls: string[] = [];
  bytes = 0;
  largest = 0;
  tlbChoices = () => ({ cpus: [{ name: 'skylake', geometry: 'l1i=1' }], usual: 'skylake', pageSizes: ['4K', '2M'] });
  beginTlb = (geometry: string, pageSize: string): Diagnostic | null => {
    this.calls.push(`begin ${geometry} ${pageSize}`);
    this.bytes = 0;
    const message = { key: 'tlb.ways', params: [] };
    return geometry === 'bad' ? { line: 1, column: 1, length: 3, message } : null;
  };
  playTlb = (bytes: Uint8Array) => {
    this.bytes += bytes.length;
    this.largest = Math.max(this.largest, bytes.length);
  };
  finishTlb = () => {
    this.calls.push('finish');
  };
  tlbStatus = () => ({ references: this.bytes }) as TlbResult;
}

let engine: TestEngine;
let play: TlbPlay;
let states: TlbPlayStatus[];
let die: () => void;
let paused: () => void; // what happens while the page has its turn
let time: number;

beforeEach(() => {
  engine = new TestEngine();
  states = [];
  time = 0;
  paused = () => {};
  const start = async (onAbort: () => void) => {
    die = onAbort;
    return engine;
  };
  // Every look at the clock finds that a slice is over.
  play = new TlbPlay(
    start,
    async () => paused(),
    () => (time += 10),
  );
  play.changed.subscribe((status) => states.push(status));
});

const text = ' L 04032ef8,8\n'.repeat(50_000);
const plain = new File([text], 'trace');
const packed = new File([new Uint8Array(gzipSync(text))], 'trace.gz');

test('a trace is played to its end, gzipped or not, in slices', async () => {
  for (const file of [plain, packed]) {
    await play.take(file);
    expect(play.status).toMatchObject({ state: 'finished', file: file.name, percent: 100, geometry: 'skylake' });
    expect(play.status.result?.references).toBe(text.length);
  }
  expect(engine.largest).toBeLessThanOrEqual(65_536);
  expect(engine.calls).toEqual(['begin skylake 4K', 'finish', 'begin skylake 4K', 'finish']);
});

test('on its way it says how far it is', async () => {
  await play.take(plain);
  const percents = states.filter(({ state }) => state === 'running').map(({ percent }) => percent);
  expect(percents.length).toBeGreaterThan(3);
  expect(percents).toEqual([...percents].sort((a, b) => a - b));
});

test('Stop answers between two slices, and what was counted stays', async () => {
  paused = () => play.stop();
  await play.take(plain);
  const { state, result } = play.status;
  expect(state).toBe('stopped');
  expect(result?.references).toBeGreaterThan(0);
  expect(result?.references).toBeLessThan(text.length);
  paused = () => {};
  await play.again();
  expect(play.status.result?.references).toBe(text.length);
});

test('another geometry begins anew, also in the middle of a trace', async () => {
  let second: Promise<void> | null = null;
  paused = () => {
    second ??= play.choose('l1i=4,l1d=4', '2M');
  };
  await play.take(plain);
  await second;
  expect(engine.calls).toEqual(['begin skylake 4K', 'begin l1i=4,l1d=4 2M', 'finish']);
  expect(play.status).toMatchObject({ state: 'finished', geometry: 'l1i=4,l1d=4', pageSize: '2M' });
  expect(play.status.result?.references).toBe(text.length);
});

test('a geometry that is none is said, and nothing is played until it is one', async () => {
  await play.take(plain);
  await play.choose('bad', '4K');
  expect(play.status).toMatchObject({ state: 'bad-geometry', problem: { message: { key: 'tlb.ways' } }, result: null });
  await play.choose('skylake', '4K');
  expect(play.status).toMatchObject({ state: 'finished', problem: null });
});

test('a gzipped trace that is cut off is played as far as it goes', async () => {
  const bytes = gzipSync(text);
  await play.take(new File([new Uint8Array(bytes.subarray(0, bytes.length - 9))], 'cut.gz'));
  expect(play.status.state).toBe('cut-off');
  expect(play.status.result).not.toBeNull();
  expect(engine.calls.at(-1)).toBe('finish');
});

test('an engine that dies is said, and the next trace gets another', async () => {
  engine.playTlb = () => {
    die();
    throw new Error('out of memory');
  };
  await play.take(plain);
  expect(play.status).toMatchObject({ state: 'dead', result: null });
  engine = new TestEngine();
  await play.take(plain);
  expect(play.status.state).toBe('finished');
});

test('what is forgotten is gone', async () => {
  await play.take(plain);
  play.forget();
  expect(play.status).toMatchObject({ state: 'empty', file: '', percent: 0, result: null });
});
